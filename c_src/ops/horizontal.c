/* horizontal.c - resampling along a line. */
#include "horizontal.h"
#include <string.h>

#define TILE 2048 /* pixels split at once */

bool tb_horizontal_open(tb_horizontal *h, tb_mem *mem, tb_axis axis, int channels)
{
    axis.align = 1;
    axis.chunk = 8;
    axis.all = true;
    if (!tb_weights_open(&h->weights, mem, &axis))
        return false;
    h->channels = channels;
    h->plane = (size_t)axis.in + TB_SPARE;
    if (channels == 1 && axis.in >= h->weights.taps) /* a line is a plane */
        return true;
    h->planes = tb_alloc(mem, h->plane * (size_t)channels, sizeof *h->planes);
    /* Where the window is wider than the line, taps without weight lie behind its end. */
    for (int c = 0; h->planes && c < channels; c++)
        memset(h->planes + (size_t)c * h->plane + axis.in, 0, TB_SPARE * sizeof *h->planes);
    return h->planes;
}

void tb_horizontal_close(tb_horizontal *h, tb_mem *mem)
{
    tb_weights_close(&h->weights, mem);
    tb_free(mem, h->planes);
}

static void split_line(tb_horizontal *h, const tb_row_kernels *k, const int16_t *in, int *budget)
{
    int width = h->weights.axis.in, c = h->channels;

    for (; *budget > 0 && h->split < width; h->split += TILE) {
        int n = width - h->split < TILE ? width - h->split : TILE;
        k->split(h->planes + h->split, h->plane, in + h->split * c, n, c);
        *budget -= n * c / 8;
    }
}

/* How many pixels cost about 8 microseconds. */
static int tile_of(const tb_horizontal *h)
{
    int ns = h->channels * (2 + h->weights.taps / 16), n = 8000 / ns;
    return n < 8 ? 8 : n / 8 * 8;
}

bool tb_horizontal_step(tb_horizontal *h, const tb_row_kernels *k, int16_t *out, const int16_t *in,
                        int *budget)
{
    const tb_weights *w = &h->weights;
    const int16_t *planes = h->planes ? h->planes : in;
    int width = w->axis.out, tile = tile_of(h);

    if (!h->planes)
        h->split = w->axis.in;
    else if (h->split < w->axis.in)
        split_line(h, k, in, budget);
    for (; *budget > 0 && h->split >= w->axis.in && h->x < width; h->x += tile) {
        int n = width - h->x < tile ? width - h->x : tile;
        k->gather(out + h->x * h->channels, planes, h->plane, h->channels, w->first + h->x,
                  w->w + (size_t)h->x * (size_t)w->taps, w->taps, n, w->shift, w->fold);
        *budget -= h->channels * (2 + w->taps / 16) * n;
    }
    if (h->x < width)
        return false;
    h->split = h->x = 0;
    return true;
}
