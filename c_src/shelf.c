/* shelf.c - in each part, a table has a few places where it can be, which its key says. */
#define _GNU_SOURCE /* sched_getcpu */
#include "shelf.h"
#include <sched.h>
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

/* Of the core we are on: a moment later we may be on another, which costs time, but is as right. */
static unsigned part_here(void)
{
#ifdef __linux__
    int core = sched_getcpu();
    return core < 0 ? 0 : (unsigned)core % TB_SHELF_PARTS;
#else
    return 0;
#endif
}

static bool enter(tb_shelf_part *s)
{
    for (int i = 0; i < TRIES; i++)
        if (!atomic_exchange_explicit(&s->busy, true, memory_order_acquire))
            return true;
    return false;
}

static void leave(tb_shelf_part *s)
{
    atomic_store_explicit(&s->busy, false, memory_order_release);
}

static bool is_at(const tb_shelved *p, tb_shelf_key key, size_t size)
{
    return p->block && p->size == size && p->key_size == key.size &&
           memcmp(p->block, key.bytes, key.size) == 0;
}

/* Where it is; NULL if it is not there. */
static const tb_shelved *find(const tb_shelf_part *s, tb_shelf_key key, size_t size)
{
    const tb_shelved *p = &s->place[first_place(key)];

    for (int i = 0; i < CHOICE; i++)
        if (is_at(&p[i], key, size))
            return &p[i];
    return NULL;
}

/* An empty place if there is one, else each in turn. */
static tb_shelved *choose(tb_shelf_part *s, tb_shelf_key key)
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

static bool take(tb_shelf_part *s, tb_shelf_key key, void *table, size_t size)
{
    if (!atomic_load_explicit(&s->filled, memory_order_relaxed) || !enter(s))
        return false;
    const tb_shelved *p = find(s, key, size);
    if (p)
        memcpy(table, p->block + key.size, size);
    leave(s);
    return p;
}

static void add(tb_heap *heap, tb_shelf_part *s, tb_shelf_key key, const void *table, size_t size)
{
    uint8_t *block = heap->alloc(key.size + size);

    if (!block)
        return;
    memcpy(block, key.bytes, key.size);
    memcpy(block + key.size, table, size);
    tb_shelved *p = choose(s, key);
    if (p->block)
        heap->free(p->block);
    *p = (tb_shelved){.block = block, .key_size = key.size, .size = size};
    atomic_store_explicit(&s->filled, true, memory_order_relaxed);
}

static void put(tb_heap *heap, tb_shelf_part *s, tb_shelf_key key, const void *table, size_t size)
{
    if (!enter(s))
        return;
    if (!find(s, key, size))
        add(heap, s, key, table, size);
    leave(s);
}

bool tb_shelf_take(tb_heap *heap, tb_shelf_key key, void *table, size_t size)
{
    if (!heap->shelf || !is_kept(key, size))
        return false;
    tb_shelf_part *part = heap->shelf->part;
    unsigned here = part_here();
    if (take(&part[here], key, table, size))
        return true;
    for (unsigned i = 1; i < TB_SHELF_PARTS; i++)
        if (take(&part[(here + i) % TB_SHELF_PARTS], key, table, size)) {
            put(heap, &part[here], key, table, size);
            return true;
        }
    return false;
}

void tb_shelf_put(tb_heap *heap, tb_shelf_key key, const void *table, size_t size)
{
    if (heap->shelf && is_kept(key, size))
        put(heap, &heap->shelf->part[part_here()], key, table, size);
}

static void clear(tb_heap *heap, tb_shelf_part *s)
{
    for (int i = 0; i < TB_SHELF_PLACES; i++) {
        if (s->place[i].block)
            heap->free(s->place[i].block);
        s->place[i].block = NULL;
    }
    atomic_store_explicit(&s->filled, false, memory_order_relaxed);
}

void tb_shelf_clear(tb_heap *heap)
{
    for (int i = 0; heap->shelf && i < TB_SHELF_PARTS; i++)
        clear(heap, &heap->shelf->part[i]);
}
