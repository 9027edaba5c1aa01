/* shelf.c - a table has a few places where it can be, which its key says. */
#include "shelf.h"
#include <string.h>

#define CHOICE 4  /* places of a key */
#define TRIES  20 /* of who finds it in use: a microsecond or two, which is less than a table takes */

static unsigned first_place(tb_shelf_key key)
{
    uint64_t sum = key.size;

    for (size_t at = 0, n; at < key.size; at += n) {
        uint64_t part = 0;
        n = key.size - at < sizeof part ? key.size - at : sizeof part;
        memcpy(&part, (const uint8_t *)key.bytes + at, n);
        sum = (sum ^ part) * 0x9E3779B97F4A7C15u;
    }
    return (unsigned)(sum >> 32) % (TB_SHELF_PLACES / CHOICE) * CHOICE;
}

static bool enter(tb_shelf *s)
{
    for (int i = 0; i < TRIES; i++)
        if (!atomic_flag_test_and_set_explicit(&s->busy, memory_order_acquire))
            return true;
    return false;
}

static void leave(tb_shelf *s)
{
    atomic_flag_clear_explicit(&s->busy, memory_order_release);
}

static bool is_at(const tb_shelved *p, tb_shelf_key key, size_t size)
{
    return p->block && p->size == size && p->key_size == key.size &&
           memcmp(p->block, key.bytes, key.size) == 0;
}

/* Where it is; NULL if it is not there. */
static const tb_shelved *find(const tb_shelf *s, tb_shelf_key key, size_t size)
{
    const tb_shelved *p = &s->place[first_place(key)];

    for (int i = 0; i < CHOICE; i++)
        if (is_at(&p[i], key, size))
            return &p[i];
    return NULL;
}

/* An empty place if there is one, else each in turn. */
static tb_shelved *choose(tb_shelf *s, tb_shelf_key key)
{
    tb_shelved *p = &s->place[first_place(key)];

    for (int i = 0; i < CHOICE; i++)
        if (!p[i].block)
            return &p[i];
    return &p[s->turn++ % CHOICE];
}

static bool is_kept(tb_shelf_key key, size_t size)
{
    return key.size <= TB_SHELF_MOST && size <= TB_SHELF_MOST - key.size;
}

bool tb_shelf_take(tb_heap *heap, tb_shelf_key key, void *table, size_t size)
{
    tb_shelf *s = heap->shelf;

    if (!s || !is_kept(key, size) || !enter(s))
        return false;
    const tb_shelved *p = find(s, key, size);
    if (p)
        memcpy(table, p->block + key.size, size);
    leave(s);
    return p;
}

static void put(tb_heap *heap, tb_shelf_key key, const void *table, size_t size)
{
    uint8_t *block = heap->alloc(key.size + size);

    if (!block)
        return;
    memcpy(block, key.bytes, key.size);
    memcpy(block + key.size, table, size);
    tb_shelved *p = choose(heap->shelf, key);
    if (p->block)
        heap->free(p->block);
    *p = (tb_shelved){.block = block, .key_size = key.size, .size = size};
}

void tb_shelf_put(tb_heap *heap, tb_shelf_key key, const void *table, size_t size)
{
    tb_shelf *s = heap->shelf;

    if (!s || !is_kept(key, size) || !enter(s))
        return;
    if (!find(s, key, size))
        put(heap, key, table, size);
    leave(s);
}

void tb_shelf_clear(tb_heap *heap)
{
    for (int i = 0; heap->shelf && i < TB_SHELF_PLACES; i++) {
        if (heap->shelf->place[i].block)
            heap->free(heap->shelf->place[i].block);
        heap->shelf->place[i].block = NULL;
    }
}
