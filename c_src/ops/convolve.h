/* convolve.h - a line in, the line through a short filter out; the edges go on outside.
 *
 * The samples a filter needs lie at steps of one pixel, so a piece of the line is
 * laid into a pair row with itself, one pixel on: then what adds rows adds this
 * row's shifted copies. */
#ifndef TB_CONVOLVE_H
#define TB_CONVOLVE_H

#include "row_kernels.h"
#include "weights.h"

#define TB_CONVOLVE_RADIUS 8

typedef struct {
    tb_weights weights; /* of one output, from 2 * radius + 1 samples */
    int width, channels, radius;
    int16_t *piece;  /* of the line, with what is around it; owned, as all here */
    uint32_t *pairs; /* each pixel with the next */
    int x;           /* pixels done */
} tb_convolve;

/* A Gaussian, radius at most TB_CONVOLVE_RADIUS. */
bool tb_convolve_open(tb_convolve *c, tb_mem *mem, double sigma, int radius, int width, int channels);
void tb_convolve_close(tb_convolve *c, tb_mem *mem);

/* Works on `out` until it is complete (true) or *budget is used up. */
bool tb_convolve_step(tb_convolve *c, const tb_row_kernels *k, int16_t *out, const int16_t *in, int *budget);

#endif
