/* relight.c - the colours follow the luma. */
#include "luma.h"
#include "ops.h"

static tb_status relight_open(tb_stage *s, tb_error *err)
{
    tb_shape shape = s->in[0].rows->shape, luma = s->in[1].rows->shape;

    if (shape.channels < 3 || luma.channels > 2 || shape.width != luma.width || shape.height != luma.height)
        return tb_fail(err, TB_E_UNSUPPORTED, "relight", "the luma is not that of the picture");
    for (int i = 0; i < 2; i++)
        s->in[i].window = s->in[i].want = 1;
    s->out[0].shape = shape;
    return TB_MORE;
}

static uint8_t clip(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void relight(uint8_t *to, const uint8_t *px, const uint8_t *luma, int width, int channels, int step)
{
    for (int x = 0; x < width; x++, px += channels, to += channels, luma += step) {
        int more = *luma - tb_luma(px[0], px[1], px[2]);
        for (int i = 0; i < 3; i++)
            to[i] = clip(px[i] + more);
        if (channels == 4)
            to[3] = px[3];
    }
}

static tb_status relight_step(tb_stage *s, tb_error *err)
{
    tb_rows *out = &s->out[0];
    tb_shape shape = out->shape;
    int y = out->end;

    (void)err;
    relight(tb_new_row(out, 0), tb_row(&s->in[0], y), tb_row(&s->in[1], y), shape.width, shape.channels,
            s->in[1].rows->shape.channels);
    out->end++;
    for (int i = 0; i < 2; i++)
        tb_advance(&s->in[i], y + 1, y + 2);
    return out->end == shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_relight = {
    .name = "relight", .ins = 2, .outs = 1, .open = relight_open, .step = relight_step};
