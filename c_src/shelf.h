/* shelf.h - small tables that jobs have made, kept for the next who wants the same.
 *
 * They are copied in and out, so nobody holds what another may replace.  Nobody waits
 * for long, either: whoever still finds a part of the shelf in use goes without.
 *
 * Each core has a part of its own (some share one, where there are many), so that the
 * cores do not take the lock, and the line of cache that it is in, from each other. */
#ifndef TB_SHELF_H
#define TB_SHELF_H

#include "mem.h"

#define TB_SHELF_MOST   ((size_t)16 << 10) /* bytes of a table and its key; larger ones are not kept */
#define TB_SHELF_PLACES 64                 /* of a part */
#define TB_SHELF_PARTS  8

/* All that a table depends on, as bytes. */
typedef struct {
    const void *bytes;
    size_t size;
} tb_shelf_key;

typedef struct {
    uint8_t *block; /* owned, the key and then the table; NULL where there is none */
    size_t key_size, size;
} tb_shelved;

typedef struct {
    _Atomic bool busy;
    _Atomic bool filled; /* something was put there, since it was made or cleared */
    unsigned turn;       /* of those that may be replaced */
    tb_shelved place[TB_SHELF_PLACES];
    char apart[64]; /* from the next */
} tb_shelf_part;

/* All zero: empty. */
typedef struct tb_shelf {
    tb_shelf_part part[TB_SHELF_PARTS];
} tb_shelf;

/* The table of that key and size, whoever put it there; false if it is not there, or the heap has no shelf. */
bool tb_shelf_take(tb_heap *heap, tb_shelf_key key, void *table, size_t size);

/* May replace another, or be in vain. */
void tb_shelf_put(tb_heap *heap, tb_shelf_key key, const void *table, size_t size);
void tb_shelf_clear(tb_heap *heap);

#endif
