/* convert.c - from 1, 2, 3 or 4 channels to 1, 2, 3 or 4. */
#include "luma.h"
#include "ops.h"
#include <string.h>

#define STRIP 16384 /* pixels of a step: 30 us */

typedef struct {
    int x; /* the next row is made so far */
} convert;

static tb_status convert_open(tb_stage *s, tb_error *err)
{
    const tb_convert_args *a = s->args;
    tb_shape from = s->in[0].rows->shape;

    if (a->channels < 1 || a->channels > 4)
        return tb_fail(err, TB_E_UNSUPPORTED, "convert", "there are no pictures of %d channels", a->channels);
    s->out[0].shape = (tb_shape){from.width, from.height, a->channels};
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* The pixel as RGBA, in the order of memory.  May read a byte too many: the slack. */
static inline uint32_t rgba(const uint8_t *src, int channels)
{
    const uint8_t opaque[4] = {0, 0, 0, 255};
    uint32_t alpha, v;

    memcpy(&alpha, opaque, 4);
    switch (channels) {
    case 1:
        return src[0] * 0x01010101u | alpha;
    case 2:
        return (src[0] * 0x01010101u & ~alpha) | (src[1] * 0x01010101u & alpha);
    case 3:
        memcpy(&v, src, 4);
        return v | alpha;
    default:
        memcpy(&v, src, 4);
        return v;
    }
}

/* Inlined with constant channels, so that each pair gets a loop of its own.  Three
 * channels are written as four, the last of which the next pixel overwrites. */
static inline __attribute__((always_inline)) void row(const uint8_t *restrict src, int from,
                                                      uint8_t *restrict dst, int to, int n)
{
    for (int x = 0; x < n; x++, src += from, dst += to) {
        uint32_t pixel = rgba(src, from);
        if (to >= 3)
            memcpy(dst, &pixel, 4);
        else
            dst[0] = from >= 3 ? tb_luma(src[0], src[1], src[2]) : src[0];
        if (to == 2)
            dst[1] = from % 2 == 0 ? src[from - 1] : 255;
    }
}

typedef void row_of(const uint8_t *restrict src, uint8_t *restrict dst, int n);

#define ROW(from, to)                                                                                        \
    static void row_##from##to(const uint8_t *restrict src, uint8_t *restrict dst, int n)                    \
    {                                                                                                        \
        row(src, from, dst, to, n);                                                                          \
    }

/* clang-format off */
ROW(1, 1) ROW(1, 2) ROW(1, 3) ROW(1, 4)
ROW(2, 1) ROW(2, 2) ROW(2, 3) ROW(2, 4)
ROW(3, 1) ROW(3, 2) ROW(3, 3) ROW(3, 4)
ROW(4, 1) ROW(4, 2) ROW(4, 3) ROW(4, 4)

static row_of *const rows[4][4] = {{row_11, row_12, row_13, row_14},
                                   {row_21, row_22, row_23, row_24},
                                   {row_31, row_32, row_33, row_34},
                                   {row_41, row_42, row_43, row_44}};
/* clang-format on */

static tb_status convert_step(tb_stage *s, tb_error *err)
{
    int *x = &((convert *)s->state)->x;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int y = out->end, from = in->rows->shape.channels, to = out->shape.channels;
    int left = out->shape.width - *x, n = left < STRIP ? left : STRIP;

    (void)err;
    rows[from - 1][to - 1](tb_row(in, y) + (size_t)*x * (size_t)from,
                           tb_new_row(out, 0) + (size_t)*x * (size_t)to, n);
    *x += n;
    if (n < left)
        return TB_MORE;
    *x = 0;
    tb_advance(in, y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_convert = {.name = "convert",
                                 .size = sizeof(convert),
                                 .ins = 1,
                                 .outs = 1,
                                 .open = convert_open,
                                 .step = convert_step};
