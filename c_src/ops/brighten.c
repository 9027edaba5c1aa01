/* brighten.c - adds to every colour sample, clamped. */
#include "ops.h"

#define LANES 64 /* samples at a time: whole pixels of 1, 2 and 4 channels; 3 have no alpha */

static_assert(LANES <= TB_SLACK, "the last block may run into the slack");

typedef struct {
    uint8_t low[LANES], high[LANES]; /* a sample is clamped to what can be added to... */
    uint8_t add[LANES];              /* ...modulo 256 */
} brighten;

static tb_status brighten_open(tb_stage *s, tb_error *err)
{
    const tb_brighten_args *a = s->args;
    brighten *b = s->state;
    int channels = s->in[0].rows->shape.channels;

    if (a->add < -255 || a->add > 255)
        return tb_fail(err, TB_E_LIMIT, "brighten", "%d is not in -255..255", a->add);
    for (int i = 0; i < LANES; i++) {
        int add = channels % 2 == 0 && i % channels == channels - 1 ? 0 : a->add;
        b->low[i] = (uint8_t)(add < 0 ? -add : 0);
        b->high[i] = (uint8_t)(add > 0 ? 255 - add : 255);
        b->add[i] = (uint8_t)add;
    }
    s->out[0].shape = s->in[0].rows->shape;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static void add_block(const brighten *b, const uint8_t *restrict src, uint8_t *restrict dst)
{
    for (int i = 0; i < LANES; i++) {
        uint8_t v = src[i] > b->low[i] ? src[i] : b->low[i];
        v = v < b->high[i] ? v : b->high[i];
        dst[i] = (uint8_t)(v + b->add[i]);
    }
}

static tb_status brighten_step(tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int y = out->end;
    const uint8_t *src = tb_row(in, y);
    uint8_t *dst = tb_new_row(out, 0);
    size_t n = (size_t)out->shape.width * (size_t)out->shape.channels;

    (void)err;
    for (size_t x = 0; x < n; x += LANES)
        add_block(s->state, src + x, dst + x);
    tb_advance(in, y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_brighten = {.name = "brighten",
                                  .size = sizeof(brighten),
                                  .ins = 1,
                                  .outs = 1,
                                  .open = brighten_open,
                                  .step = brighten_step};
