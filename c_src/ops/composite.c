/* composite.c - lays one picture on another. */
#include "blend.h"
#include <string.h>

#define OVER_STRIP  4096 /* pixels of a step: 10 us, 50 where both are translucent */
#define BLEND_STRIP 1024 /* in the other modes, up to 40 ns each */

typedef struct {
    int left, right, top, bottom; /* what the overlay covers of the base */
    int strip;
    int x;         /* the next row is made so far */
    uint8_t *line; /* a strip of the repeated overlay; owned, NULL if it is not repeated */
} composite;

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int colours(tb_shape shape)
{
    return shape.channels < 3 ? 1 : 3;
}

static tb_status check(const tb_composite_args *a, tb_shape base, tb_shape over, tb_error *err)
{
    if (over.channels % 2 != 0 || colours(over) != colours(base))
        return tb_fail(err, TB_E_UNSUPPORTED, "composite", "%d channels do not lie on %d", over.channels,
                       base.channels);
    if (!(a->opacity >= 0 && a->opacity <= 1))
        return tb_fail(err, TB_E_LIMIT, "composite", "opacity %g is not between 0 and 1", a->opacity);
    if ((unsigned)a->mode > TB_BLEND_XOR)
        return tb_fail(err, TB_E_UNSUPPORTED, "composite", "there is no blend mode %d", (int)a->mode);
    return TB_MORE;
}

/* All zero if that is nothing. */
static void cover(composite *c, const tb_composite_args *a, tb_shape base, tb_shape over)
{
    int64_t left = larger(0, a->x), right = smaller(base.width, (int64_t)a->x + over.width);
    int64_t top = larger(0, a->y), bottom = smaller(base.height, (int64_t)a->y + over.height);

    if (a->tile) {
        c->right = base.width;
        c->bottom = base.height;
    } else if (left < right && top < bottom) {
        c->left = (int)left;
        c->right = (int)right;
        c->top = (int)top;
        c->bottom = (int)bottom;
    }
}

/* Row `next` of the base comes next: which of the overlay's are needed for it? */
static void ask(const composite *c, const tb_composite_args *a, tb_in *over, int next)
{
    if (next < c->top || next > c->bottom || c->bottom == 0)
        return;
    tb_advance(over, next - a->y, next < c->bottom ? next - a->y + 1 : 0);
}

static tb_status open_tiles(tb_stage *s, tb_error *err)
{
    composite *c = s->state;
    tb_in *over = &s->in[1];
    int n = (int)smaller(c->strip, c->right);

    over->window = over->want = over->rows->shape.height;
    c->line = tb_alloc(s->mem, (size_t)n, (size_t)over->rows->shape.channels);
    return c->line ? TB_MORE : tb_no_memory(err, s->mem, "composite", "a row of tiles");
}

static tb_status composite_open(tb_stage *s, tb_error *err)
{
    const tb_composite_args *a = s->args;
    composite *c = s->state;
    tb_shape base = s->in[0].rows->shape, over = s->in[1].rows->shape;

    if (check(a, base, over, err) == TB_FAIL)
        return TB_FAIL;
    s->out[0].shape = base;
    s->in[0].window = s->in[0].want = 1;
    cover(c, a, base, over);
    c->strip = a->mode == TB_BLEND_OVER ? OVER_STRIP : BLEND_STRIP;
    if (a->tile)
        return open_tiles(s, err);
    s->in[1].window = 1;
    ask(c, a, &s->in[1], 0);
    return TB_MORE;
}

static int64_t wrapped(int64_t v, int size)
{
    return (v % size + size) % size;
}

/* Pixels [x, x + n) of endlessly repeated `src`, which begins anew at `origin`. */
static void repeat(const uint8_t *src, int width, size_t channels, int origin, int x, int n, uint8_t *dst)
{
    size_t at = (size_t)wrapped((int64_t)x - origin, width) * channels;
    size_t period = (size_t)width * channels, size = (size_t)n * channels, done = period - at;

    if (done >= size) {
        memcpy(dst, src + at, size);
        return;
    }
    memcpy(dst, src + at, done);
    memcpy(dst + done, src, at < size - done ? at : size - done);
    for (done = period; done < size; done *= 2)
        memcpy(dst + done, dst, done < size - done ? done : size - done);
}

/* The overlay's pixels for [x, x + n) of row y of the base. */
static const uint8_t *overlay_at(const tb_stage *s, int y, int x, int n)
{
    const tb_composite_args *a = s->args;
    const composite *c = s->state;
    const tb_in *over = &s->in[1];
    tb_shape shape = over->rows->shape;
    size_t channels = (size_t)shape.channels;

    if (!a->tile)
        return tb_row(over, y - a->y) + (size_t)(x - a->x) * channels;
    const uint8_t *row = tb_row(over, (int)wrapped((int64_t)y - a->y, shape.height));
    repeat(row, shape.width, channels, a->x, x, n, c->line);
    return c->line;
}

/* The base's pixels [first, end) of row y are at dst. */
static void lay(const tb_stage *s, int y, int first, int end, uint8_t *dst)
{
    const tb_composite_args *a = s->args;
    const composite *c = s->state;
    int channels = s->out[0].shape.channels;
    int left = first > c->left ? first : c->left, right = end < c->right ? end : c->right;

    if (y >= c->top && y < c->bottom && left < right)
        tb_blend_row(a->mode, dst + (size_t)(left - first) * (size_t)channels, channels,
                     overlay_at(s, y, left, right - left), right - left, a->opacity);
}

static tb_status composite_step(tb_stage *s, tb_error *err)
{
    const tb_composite_args *a = s->args;
    composite *c = s->state;
    tb_in *base = &s->in[0];
    tb_rows *out = &s->out[0];
    int y = out->end, left = out->shape.width - c->x, n = left < c->strip ? left : c->strip;
    size_t channels = (size_t)out->shape.channels, at = (size_t)c->x * channels;
    uint8_t *dst = tb_new_row(out, 0) + at;

    (void)err;
    memcpy(dst, tb_row(base, y) + at, (size_t)n * channels);
    lay(s, y, c->x, c->x + n, dst);
    c->x += n;
    if (n < left)
        return TB_MORE;
    c->x = 0;
    tb_advance(base, y + 1, y + 2);
    if (!a->tile)
        ask(c, a, &s->in[1], y + 1);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static void composite_close(tb_stage *s)
{
    composite *c = s->state;

    tb_free(s->mem, c->line);
}

const tb_stage_ops tb_composite = {.name = "composite",
                                   .size = sizeof(composite),
                                   .ins = 2,
                                   .outs = 1,
                                   .open = composite_open,
                                   .step = composite_step,
                                   .close = composite_close};
