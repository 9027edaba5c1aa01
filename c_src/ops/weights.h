/* weights.h - what each output sample takes from which input samples, along one axis.
 *
 *     output o = sum of w[o * taps + i] * input[first[o] + i]  >> shift,  first[o] + i < end[o]
 *
 * The weights of an output add up to exactly 1 << (shift + fold): a flat picture
 * stays as it is.  Where `fold` is not 0, what TB_FOLD_TAPS taps give is shifted
 * down by it before it is added to the rest, so that the tiny weights of a long
 * window keep their digits in 16 bits. */
#ifndef TB_WEIGHTS_H
#define TB_WEIGHTS_H

#include "ops.h"

#define TB_GAUSS     (TB_LANCZOS3 + 1)
#define TB_FOLD_TAPS 64

/* An axis to be resampled. */
typedef struct {
    int in, out;      /* samples */
    int64_t a, b, d;  /* output o is centred at (a * o + b) / d of the input */
    int kernel;       /* a tb_kernel but nearest, or TB_GAUSS */
    double width;     /* input samples to a unit of the kernel; Gauss: sigma */
    double reach;     /* input samples from the centre to the end of the kernel */
    double lift;      /* as of tb_mapping */
    bool repeat;      /* the edge goes on outside; else what is outside is left out */
    int align, chunk; /* first is a multiple of align (1, 2), taps of chunk (2, 8) */
    bool all;         /* all taps are read, also those without weight behind the end */
} tb_axis;

typedef struct {
    tb_axis axis;
    int taps, shift, fold;
    int32_t *first, *end; /* of each output, never falling */
    int16_t *w;
    double *raw; /* of one output, while they are made, with one more at both ends */
    void *block; /* all of that; owned */
    size_t size; /* of the block */
    tb_heap *heap;
    /* How far the making is: output o, START -> FILL -> ROUND, tap t. */
    enum { TB_START, TB_FILL, TB_ROUND } phase;
    bool ready;
    int o, t, stop, used; /* the last tap's end, and as counted from the first */
    double sum, seen;     /* of the raw weights, all and so far */
    int64_t rounded;      /* what `seen` became */
    int period, hop;      /* so many outputs on, all is the same, so many inputs on */
} tb_weights;

/* The axis that turns `in` samples into `out`, sample centres on pixel centres. */
tb_axis tb_resize_axis(int in, int out, tb_kernel kernel);

/* The one that takes them from there. */
tb_axis tb_mapped_axis(int in, int out, tb_kernel kernel, tb_mapping m);

/* Makes room; false if there is none.  The table may be there, and `ready`, if another job has made it. */
bool tb_weights_open(tb_weights *w, tb_mem *mem, const tb_axis *axis);

/* Makes some of the table, until *budget (nanoseconds or so) is used up or `ready`. */
void tb_weights_step(tb_weights *w, int *budget);
void tb_weights_close(tb_weights *w, tb_mem *mem);

#endif
