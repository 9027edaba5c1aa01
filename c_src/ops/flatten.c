/* flatten.c - lays a picture with alpha over a colour.
 *
 * A sample becomes (alpha * over + (255 - alpha) * under) / 255, rounded; that
 * is (v + (v >> 8)) >> 8 where v is the dividend plus 128, and fits 16 bits. */
#include "luma.h"
#include "ops.h"
#include <string.h>

#define STRIP 16384 /* pixels of a step: 40 us */

typedef struct {
    uint8_t under[4]; /* the background, in the picture's colour channels */
    int x;            /* the next row is made so far */
} flatten;

static tb_status flatten_open(tb_stage *s, tb_error *err)
{
    const tb_flatten_args *a = s->args;
    const uint8_t *b = a->background;
    flatten *f = s->state;
    tb_shape from = s->in[0].rows->shape;

    if (from.channels % 2 != 0)
        return tb_fail(err, TB_E_UNSUPPORTED, "flatten", "the picture has no alpha");
    for (int i = 0; i < 3; i++)
        f->under[i] = from.channels == 2 ? tb_luma(b[0], b[1], b[2]) : b[i];
    s->out[0].shape = (tb_shape){from.width, from.height, from.channels - 1};
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static void flatten_grey(const flatten *f, const uint8_t *restrict src, uint8_t *restrict dst, int n)
{
    const unsigned under = f->under[0];

    for (int x = 0; x < n; x++) {
        unsigned alpha = src[2 * x + 1], v = alpha * src[2 * x] + (255 - alpha) * under + 128;
        dst[x] = (uint8_t)((v + (v >> 8)) >> 8);
    }
}

/* Four bytes in four lanes of 16 bits, the odd ones last... */
static inline uint64_t spread(const uint8_t *src)
{
    uint32_t v;

    memcpy(&v, src, 4);
    return (v & 0x00ff00ff) | (uint64_t)(v & 0xff00ff00) << 24;
}

/* ...and the high bytes of the lanes back in their order. */
static inline void gather_high(uint64_t lanes, uint8_t *dst)
{
    lanes &= 0xff00ff00ff00ff00;
    memcpy(dst, &(uint32_t){(uint32_t)(lanes >> 8) | (uint32_t)(lanes >> 32)}, 4);
}

/* The fourth byte is overwritten by the next pixel, the last one's in the slack. */
static void flatten_colour(const flatten *f, const uint8_t *restrict src, uint8_t *restrict dst, int n)
{
    const uint64_t under = spread(f->under), half = 0x0080008000800080, low = 0x00ff00ff00ff00ff;

    for (int x = 0; x < n; x++, src += 4, dst += 3) {
        uint64_t alpha = src[3], v = alpha * spread(src) + (255 - alpha) * under + half;
        gather_high(v + (v >> 8 & low), dst);
    }
}

static tb_status flatten_step(tb_stage *s, tb_error *err)
{
    flatten *f = s->state;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int y = out->end, c = out->shape.channels, left = out->shape.width - f->x;
    int n = left < STRIP ? left : STRIP;
    const uint8_t *src = tb_row(in, y) + (size_t)f->x * (size_t)(c + 1);
    uint8_t *dst = tb_new_row(out, 0) + (size_t)f->x * (size_t)c;

    (void)err;
    if (c == 1)
        flatten_grey(f, src, dst, n);
    else
        flatten_colour(f, src, dst, n);
    f->x += n;
    if (n < left)
        return TB_MORE;
    f->x = 0;
    tb_advance(in, y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_flatten = {.name = "flatten",
                                 .size = sizeof(flatten),
                                 .ins = 1,
                                 .outs = 1,
                                 .open = flatten_open,
                                 .step = flatten_step};
