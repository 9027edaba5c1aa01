/* shelf.c - a table has one place where it can be, which its key says. */
#include "shelf.h"
#include <string.h>

static unsigned place_of(const int64_t *key)
{
    uint64_t sum = 0;

    for (int i = 0; i < TB_SHELF_KEY; i++)
        sum = (sum ^ (uint64_t)key[i]) * 0x9E3779B97F4A7C15u;
    return (unsigned)(sum >> 32) % TB_SHELF_PLACES;
}

static bool enter(tb_shelf *s)
{
    return !atomic_flag_test_and_set_explicit(&s->busy, memory_order_acquire);
}

static void leave(tb_shelf *s)
{
    atomic_flag_clear_explicit(&s->busy, memory_order_release);
}

static bool is_there(const tb_shelf *s, unsigned at, const int64_t *key, size_t size)
{
    return s->place[at].table && s->place[at].size == size &&
           memcmp(s->place[at].key, key, sizeof s->place[at].key) == 0;
}

bool tb_shelf_take(tb_heap *heap, const int64_t *key, void *table, size_t size)
{
    tb_shelf *s = heap->shelf;
    unsigned at = place_of(key);

    if (!s || size > TB_SHELF_MOST || !enter(s))
        return false;
    bool there = is_there(s, at, key, size);
    if (there)
        memcpy(table, s->place[at].table, size);
    leave(s);
    return there;
}

static void replace(tb_heap *heap, unsigned at, const int64_t *key, const void *table, size_t size)
{
    void *copy = heap->alloc(size);

    if (!copy)
        return;
    memcpy(copy, table, size);
    if (heap->shelf->place[at].table)
        heap->free(heap->shelf->place[at].table);
    heap->shelf->place[at].table = copy;
    heap->shelf->place[at].size = size;
    memcpy(heap->shelf->place[at].key, key, sizeof heap->shelf->place[at].key);
}

void tb_shelf_put(tb_heap *heap, const int64_t *key, const void *table, size_t size)
{
    tb_shelf *s = heap->shelf;
    unsigned at = place_of(key);

    if (!s || size > TB_SHELF_MOST || !enter(s))
        return;
    if (!is_there(s, at, key, size))
        replace(heap, at, key, table, size);
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
