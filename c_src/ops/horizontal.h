/* horizontal.h - a line in, a resampled line out. */
#ifndef TB_HORIZONTAL_H
#define TB_HORIZONTAL_H

#include "row_kernels.h"
#include "weights.h"

typedef struct {
    tb_weights weights;
    int channels;
    int16_t *planes; /* the line, channel by channel; NULL where it is that itself; owned */
    size_t plane;    /* samples of each */
    int split, x;    /* pixels split, pixels made */
} tb_horizontal;

bool tb_horizontal_open(tb_horizontal *h, tb_mem *mem, tb_axis axis, int channels);
void tb_horizontal_close(tb_horizontal *h, tb_mem *mem);

/* Works on `out` until it is complete (true) or *budget is used up. */
bool tb_horizontal_step(tb_horizontal *h, const tb_row_kernels *k, int16_t *out, const int16_t *in,
                        int *budget);

#endif
