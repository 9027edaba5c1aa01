/* inflate_parts.h - what the parts of inflate share: the bits, and who reads which. */
#ifndef TB_INFLATE_PARTS_H
#define TB_INFLATE_PARTS_H

#include "inflate.h"

typedef struct {
    const uint8_t *next, *end; /* of the input */
    size_t stop;               /* where in the window there is enough */
} tb_inflate_task;

/* Each reads what its phase is about: TB_HUNGRY where bits are missing, TB_FAIL. */
tb_status tb_inflate_table(tb_inflate *z, tb_inflate_task *t);
tb_status tb_inflate_codes(tb_inflate *z, tb_inflate_task *t);
tb_status tb_inflate_lengths(tb_inflate *z, tb_inflate_task *t);
tb_status tb_inflate_symbols(tb_inflate *z, tb_inflate_task *t);

/* The codes of a fixed block. */
void tb_inflate_fix(tb_inflate *z);

static inline tb_status tb_in_broken(tb_inflate *z, const char *why)
{
    z->phase = TB_IN_BROKEN;
    z->why = why;
    return TB_FAIL;
}

static inline tb_status tb_in_end_block(tb_inflate *z)
{
    z->phase = z->last ? TB_IN_OVER : TB_IN_BLOCK;
    return TB_MORE;
}

static inline void tb_in_take_bytes(tb_inflate *z, tb_inflate_task *t)
{
    for (; z->count <= 56 && t->next < t->end; z->count += 8)
        z->bits |= (uint64_t)*t->next++ << z->count;
}

/* Are there n bits, 48 at most? */
static inline bool tb_in_has(tb_inflate *z, tb_inflate_task *t, unsigned n)
{
    if (z->count < n)
        tb_in_take_bytes(z, t);
    return z->count >= n;
}

static inline void tb_in_drop(tb_inflate *z, unsigned n)
{
    z->bits >>= n;
    z->count -= n;
}

static inline uint32_t tb_in_take(tb_inflate *z, unsigned n)
{
    uint32_t value = (uint32_t)(z->bits & (((uint64_t)1 << n) - 1));

    tb_in_drop(z, n);
    return value;
}

#endif
