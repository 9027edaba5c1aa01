/* convolve.c - a short filter along a line. */
#include "convolve.h"
#include <string.h>

#define TILE 512 /* pixels worked on at once */

bool tb_convolve_open(tb_convolve *c, tb_mem *mem, double sigma, int radius, int width, int channels)
{
    tb_axis one = {.in = 2 * radius + 1,
                   .out = 1,
                   .b = radius,
                   .d = 1,
                   .kernel = TB_GAUSS,
                   .width = sigma,
                   .reach = radius + 0.5,
                   .align = 1,
                   .chunk = 2};
    size_t n = (size_t)((TILE + 2 * TB_CONVOLVE_RADIUS + 2) * channels + TB_SPARE);

    assert(radius <= TB_CONVOLVE_RADIUS);
    if (!tb_weights_open(&c->weights, mem, &one))
        return false;
    c->width = width;
    c->channels = channels;
    c->radius = radius;
    c->piece = tb_calloc(mem, n, sizeof *c->piece);
    c->pairs = tb_calloc(mem, n, sizeof *c->pairs);
    return c->piece && c->pairs;
}

void tb_convolve_close(tb_convolve *c, tb_mem *mem)
{
    tb_weights_close(&c->weights, mem);
    tb_free(mem, c->piece);
    tb_free(mem, c->pairs);
}

/* Pixels [from, from + n) of the line, some of them maybe outside. */
static void copy_piece(const tb_convolve *c, const int16_t *in, int from, int n)
{
    size_t pixel = (size_t)c->channels;
    int16_t *to = c->piece;
    int x = from, end = from + n;

    for (; x < 0; x++, to += pixel)
        memcpy(to, in, pixel * sizeof *to);
    int inside = (end < c->width ? end : c->width) - x;
    if (inside > 0) {
        memcpy(to, in + (size_t)x * pixel, (size_t)inside * pixel * sizeof *to);
        to += (size_t)inside * pixel;
        x += inside;
    }
    for (; x < end; x++, to += pixel)
        memcpy(to, in + (size_t)(c->width - 1) * pixel, pixel * sizeof *to);
}

static void make_tile(const tb_convolve *c, const tb_row_kernels *k, int16_t *out, const int16_t *in, int n)
{
    const uint32_t *pairs[TB_CONVOLVE_RADIUS + 1];
    int around = n + 2 * c->radius, count = c->weights.taps / 2;

    copy_piece(c, in, c->x - c->radius, around + 1);
    k->put_even(c->pairs, c->piece, around * c->channels);
    k->put_odd(c->pairs, c->piece + c->channels, around * c->channels);
    for (int i = 0; i < count; i++)
        pairs[i] = c->pairs + 2 * i * c->channels;
    k->sum_rows(out + c->x * c->channels, pairs, c->weights.w, count, n * c->channels, c->weights.shift);
}

bool tb_convolve_step(tb_convolve *c, const tb_row_kernels *k, int16_t *out, const int16_t *in, int *budget)
{
    for (; *budget > 0 && c->x < c->width; c->x += TILE) {
        int n = c->width - c->x < TILE ? c->width - c->x : TILE;
        make_tile(c, k, out, in, n);
        *budget -= n * c->channels * (6 + c->weights.taps) / 16;
    }
    if (c->x < c->width)
        return false;
    c->x = 0;
    return true;
}
