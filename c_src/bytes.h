/* bytes.h - the output: bytes in blocks, so that growing never copies and a
 * piece can be handed out while the rest is being made. */
#ifndef TB_BYTES_H
#define TB_BYTES_H

#include "mem.h"

#define TB_BLOCK ((size_t)64 << 10) /* bytes of a block */

typedef struct tb_block {
    struct tb_block *next;
    size_t used;
    uint8_t data[];
} tb_block;

typedef struct {
    tb_mem *mem;           /* borrowed */
    tb_block *head, *tail; /* owned */
    size_t size;           /* bytes here */
    size_t taken;          /* bytes of head that were taken */
    size_t total;          /* bytes ever written */
} tb_bytes;

/* At least one byte of space to write to, and how much there is; NULL if there
 * is no memory.  What was written then counts with tb_bytes_wrote. */
uint8_t *tb_bytes_room(tb_bytes *b, size_t *room);
void tb_bytes_wrote(tb_bytes *b, size_t n);

/* Appends a copy.  False if there is no memory. */
bool tb_bytes_put(tb_bytes *b, const void *data, size_t n);

/* Moves up to n bytes from the front to dst; returns how many. */
size_t tb_bytes_take(tb_bytes *b, uint8_t *dst, size_t n);

/* Moves all of `more`, of which nothing was taken, behind b: the same memory, no copy. */
void tb_bytes_join(tb_bytes *b, tb_bytes *more);

void tb_bytes_close(tb_bytes *b);

#endif
