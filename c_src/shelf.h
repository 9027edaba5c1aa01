/* shelf.h - small tables that jobs have made, kept for the next who wants the same.
 *
 * They are copied in and out, so nobody holds what another may replace.  Nobody waits,
 * either: whoever finds the shelf in use goes without. */
#ifndef TB_SHELF_H
#define TB_SHELF_H

#include "mem.h"

#define TB_SHELF_KEY    10                 /* numbers that say which table it is */
#define TB_SHELF_MOST   ((size_t)16 << 10) /* bytes of a table; larger ones are not kept */
#define TB_SHELF_PLACES 64

typedef struct {
    int64_t key[TB_SHELF_KEY];
    void *table; /* owned; NULL where there is none */
    size_t size;
} tb_shelved;

typedef struct tb_shelf {
    atomic_flag busy;
    unsigned turn; /* of those that may be replaced */
    tb_shelved place[TB_SHELF_PLACES];
} tb_shelf;

/* The table of that key and size; false if it is not there, or the heap has no shelf. */
bool tb_shelf_take(tb_heap *heap, const int64_t *key, void *table, size_t size);

/* May replace another, or be in vain. */
void tb_shelf_put(tb_heap *heap, const int64_t *key, const void *table, size_t size);
void tb_shelf_clear(tb_heap *heap);

#endif
