/* crop.c - a rectangle of the picture; the rows below it are never asked for. */
#include "ops.h"
#include <string.h>

static tb_status crop_open(tb_stage *s, tb_error *err)
{
    const tb_crop_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_shape from = in->rows->shape;

    if (a->x < 0 || a->y < 0 || a->width < 1 || a->height < 1 || a->width > from.width ||
        a->height > from.height || a->x > from.width - a->width || a->y > from.height - a->height)
        return tb_fail(err, TB_E_LIMIT, "crop", "%dx%d at %d,%d leaves the picture, which is %dx%d", a->width,
                       a->height, a->x, a->y, from.width, from.height);
    s->out[0].shape = (tb_shape){a->width, a->height, from.channels};
    in->window = 1;
    in->first = a->y;
    in->want = a->y + 1;
    return TB_MORE;
}

static tb_status crop_step(tb_stage *s, tb_error *err)
{
    const tb_crop_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    size_t channels = (size_t)out->shape.channels;

    (void)err;
    memcpy(tb_new_row(out, 0), tb_row(in, in->first) + (size_t)a->x * channels, (size_t)a->width * channels);
    tb_advance(in, in->first + 1, in->first + 2);
    return ++out->end == a->height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_crop = {.name = "crop", .ins = 1, .outs = 1, .open = crop_open, .step = crop_step};
