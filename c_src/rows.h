/* rows.h - the rows between two stages: a ring of the last few rows of an image.
 *
 *            dropped        here          not made yet
 *     rows 0 ....... first ======= end .................... height
 *
 * One stage writes a ring; one or more read it, each with a cursor of its own.
 * A row leaves the ring when every reader has dropped it.  After each row there
 * are TB_SLACK bytes that may be read and written but mean nothing, so a kernel
 * can work in whole vectors. */
#ifndef TB_ROWS_H
#define TB_ROWS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TB_SLACK 64

/* An image's size.  8-bit samples, interleaved; channels are 1 grey, 2 grey and
 * alpha, 3 RGB, 4 RGBA; alpha is not premultiplied. */
typedef struct {
    int width, height, channels;
} tb_shape;

typedef struct {
    tb_shape shape;
    uint8_t *data;  /* 64-byte aligned, in block */
    uint8_t *block; /* owned by the chain */
    size_t stride;
    int capacity;   /* rows */
    int first, end; /* rows [first, end) are here; end is the next to come */
    int burst;      /* most rows its writer adds in one step; set by open, 1 if not */
    int last;       /* its last reader: kept by the chain */
} tb_rows;

/* A reader's end of a ring. */
typedef struct {
    const tb_rows *rows;
    int first;      /* rows below it are not needed again */
    int want;       /* the next step needs rows [first, want); set by open and by each step */
    int window;     /* most rows it needs at once; set by open */
    int from, port; /* whose ring it is: kept by the chain */
} tb_in;

/* Where row y is, to be read... */
static inline const uint8_t *tb_row(const tb_in *in, int y)
{
    const tb_rows *r = in->rows;
    assert(y >= in->first && y < r->end && y >= r->first);
    return r->data + (size_t)(y % r->capacity) * r->stride;
}

/* ...and where the i-th row to come is to be written: 0 <= i < burst. */
static inline uint8_t *tb_new_row(const tb_rows *r, int i)
{
    assert(r->end + i < r->first + r->capacity);
    return r->data + (size_t)((r->end + i) % r->capacity) * r->stride;
}

/* Rows below y will not be read again, and the next step wants those below `want`. */
static inline void tb_advance(tb_in *in, int y, int want)
{
    int height = in->rows->shape.height;

    assert(y >= in->first);
    in->first = y < height ? y : height;
    in->want = want < height ? want : height;
}

#endif
