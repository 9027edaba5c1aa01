/* cost.c - nanoseconds a pixel, measured by the benchmark on photographs. */
#include "cost.h"

static double pixels(int width, int height)
{
    return (double)width * height;
}

/* Entropy decoding takes all of the picture, the transform only what is kept of it. */
static double jpeg(const tb_decode *d)
{
    const tb_header *h = d->header;
    double all = pixels(h->width, h->height), kept = pixels(d->region.width, d->region.height);

    return h->progressive ? 6.0 * all + 4.0 * kept : 1.6 * all + 3.0 * kept;
}

double tb_cost_of_decode(const tb_decode *d)
{
    const tb_header *h = d->header;
    double all = pixels(h->width, h->height);

    switch (h->format) {
    case TB_JPEG:
        return jpeg(d);
    case TB_PNG:
        return all * 8.0 * h->channels;
    case TB_WEBP:
        return all * (h->lossless ? 20.0 : 8.0);
    default:
        return all * 20.0;
    }
}

double tb_cost_of_encode(const tb_output *how, tb_shape shape)
{
    double n = pixels(shape.width, shape.height);

    switch (how->format) {
    case TB_JPEG:
        return n * (how->progressive ? 25.0 : how->optimize ? 12.0 : 7.0);
    case TB_PNG:
        return n * shape.channels * (5.0 + 4.0 * how->level);
    case TB_WEBP:
        return n * (how->lossless ? 400.0 : 15.0 + 12.0 * how->method);
    default:
        return n * 50.0;
    }
}

double tb_cost_of(const tb_stage_ops *ops, tb_shape in, tb_shape out)
{
    double from = pixels(in.width, in.height) * in.channels,
           to = pixels(out.width, out.height) * out.channels;

    if (ops == &tb_resize)
        return 1.0 * from + 4.0 * to;
    if (ops == &tb_blur)
        return 5.0 * to;
    if (ops == &tb_turn)
        return 2.0 * to;
    return 0.5 * to;
}
