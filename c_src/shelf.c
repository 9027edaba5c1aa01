/* shelf.c - a table has a few places where it can be, which its key says. */
#include "shelf.h"
#include <string.h>

#define CHOICE 4 /* places of a key */

static unsigned first_place(const int64_t *key)
{
    uint64_t sum = 0;

    for (int i = 0; i < TB_SHELF_KEY; i++)
        sum = (sum ^ (uint64_t)key[i]) * 0x9E3779B97F4A7C15u;
    return (unsigned)(sum >> 32) % (TB_SHELF_PLACES / CHOICE) * CHOICE;
}

static bool enter(tb_shelf *s)
{
    return !atomic_flag_test_and_set_explicit(&s->busy, memory_order_acquire);
}

static void leave(tb_shelf *s)
{
    atomic_flag_clear_explicit(&s->busy, memory_order_release);
}

/* Where it is; NULL if it is not there. */
static tb_shelved *find(tb_shelf *s, const int64_t *key, size_t size)
{
    tb_shelved *p = &s->place[first_place(key)];

    for (int i = 0; i < CHOICE; i++)
        if (p[i].table && p[i].size == size && memcmp(p[i].key, key, sizeof p[i].key) == 0)
            return &p[i];
    return NULL;
}

/* An empty place if there is one, else each in turn. */
static tb_shelved *choose(tb_shelf *s, const int64_t *key)
{
    tb_shelved *p = &s->place[first_place(key)];

    for (int i = 0; i < CHOICE; i++)
        if (!p[i].table)
            return &p[i];
    return &p[s->turn++ % CHOICE];
}

bool tb_shelf_take(tb_heap *heap, const int64_t *key, void *table, size_t size)
{
    tb_shelf *s = heap->shelf;

    if (!s || size > TB_SHELF_MOST || !enter(s))
        return false;
    const tb_shelved *p = find(s, key, size);
    if (p)
        memcpy(table, p->table, size);
    leave(s);
    return p;
}

static void put(tb_heap *heap, const int64_t *key, const void *table, size_t size)
{
    void *copy = heap->alloc(size);

    if (!copy)
        return;
    memcpy(copy, table, size);
    tb_shelved *p = choose(heap->shelf, key);
    if (p->table)
        heap->free(p->table);
    *p = (tb_shelved){.table = copy, .size = size};
    memcpy(p->key, key, sizeof p->key);
}

void tb_shelf_put(tb_heap *heap, const int64_t *key, const void *table, size_t size)
{
    tb_shelf *s = heap->shelf;

    if (!s || size > TB_SHELF_MOST || !enter(s))
        return;
    if (!find(s, key, size))
        put(heap, key, table, size);
    leave(s);
}

void tb_shelf_clear(tb_heap *heap)
{
    for (int i = 0; heap->shelf && i < TB_SHELF_PLACES; i++) {
        if (heap->shelf->place[i].table)
            heap->free(heap->shelf->place[i].table);
        heap->shelf->place[i].table = NULL;
    }
}
