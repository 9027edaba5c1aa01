/* pad.c - lays the picture on a larger one of one colour. */
#include "luma.h"
#include "ops.h"
#include <string.h>

typedef struct {
    uint8_t pixel[4]; /* the colour, in the picture's channels */
    size_t size;      /* bytes of a pixel */
} pad;

static void set_pixel(pad *p, const uint8_t *colour, int channels)
{
    uint8_t luma = tb_luma(colour[0], colour[1], colour[2]);

    p->size = (size_t)channels;
    for (int i = 0; i < 3; i++)
        p->pixel[i] = channels < 3 ? luma : colour[i];
    if (channels % 2 == 0)
        p->pixel[channels - 1] = colour[3];
}

static tb_status pad_open(tb_stage *s, tb_error *err)
{
    const tb_pad_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_shape from = in->rows->shape;

    if (a->x < 0 || a->y < 0 || a->width < from.width || a->height < from.height ||
        a->x > a->width - from.width || a->y > a->height - from.height)
        return tb_fail(err, TB_E_LIMIT, "pad", "%dx%d at %d,%d does not fit on %dx%d", from.width,
                       from.height, a->x, a->y, a->width, a->height);
    set_pixel(s->state, a->colour, from.channels);
    s->out[0].shape = (tb_shape){a->width, a->height, from.channels};
    in->window = 1;
    in->want = a->y == 0;
    return TB_MORE;
}

/* n pixels; returns the end of them. */
static uint8_t *fill(const pad *p, uint8_t *dst, int n)
{
    size_t size = (size_t)n * p->size, done = p->size;

    if (n == 0)
        return dst;
    memcpy(dst, p->pixel, p->size);
    for (; done <= size / 2; done *= 2)
        memcpy(dst + done, dst, done);
    memcpy(dst + done, dst, size - done);
    return dst + size;
}

static void lay(const pad *p, const tb_pad_args *a, const uint8_t *src, int width, uint8_t *dst)
{
    size_t size = (size_t)width * p->size;

    dst = fill(p, dst, a->x);
    memcpy(dst, src, size);
    fill(p, dst + size, a->width - a->x - width);
}

static tb_status pad_step(tb_stage *s, tb_error *err)
{
    const tb_pad_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    tb_shape from = in->rows->shape;
    int y = out->end - a->y;

    (void)err;
    if (y >= 0 && y < from.height)
        lay(s->state, a, tb_row(in, y), from.width, tb_new_row(out, 0));
    else
        fill(s->state, tb_new_row(out, 0), a->width);
    tb_advance(in, y + 1 > 0 ? y + 1 : 0, y + 2 > 0 ? y + 2 : 0);
    return ++out->end == a->height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_pad = {
    .name = "pad", .size = sizeof(pad), .ins = 1, .outs = 1, .open = pad_open, .step = pad_step};
