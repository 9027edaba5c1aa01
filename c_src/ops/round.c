/* round.c - rounds the corners off: what is outside of them is clear, and a pixel on
 * the edge keeps of its alpha what its area has inside.
 *
 *     0     x_at(y)        radius
 *     |       .  -  ~  -----
 *     |    /         the picture      The areas are exact, by the integral of the
 *     |  /                            circle; a corner's square reaches to its middle,
 *     | /                             so that a pixel there loses to two corners. */
#include "ops.h"
#include <math.h>
#include <string.h>

static tb_status round_open(tb_stage *s, tb_error *err)
{
    const tb_round_args *a = s->args;
    tb_shape in = s->in[0].rows->shape;
    int side = in.width < in.height ? in.width : in.height;

    if (in.channels % 2 != 0)
        return tb_fail(err, TB_E_UNSUPPORTED, "round", "the picture has no alpha");
    if (!(a->radius >= 0 && a->radius <= side / 2.0))
        return tb_fail(err, TB_E_LIMIT, "round", "a radius of %g is too much for %dx%d", a->radius, in.width,
                       in.height);
    s->out[0].shape = in;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* Where the picture begins in a line at y, which is measured from the corner. */
static double x_at(double y, double r)
{
    return y >= r ? 0 : r - sqrt(r * r - (r - y) * (r - y));
}

/* The integral of sqrt(r^2 - u^2) from 0 to u. */
static double under_circle(double u, double r)
{
    double rest = r * r - u * u;

    return (u * sqrt(rest > 0 ? rest : 0) + r * r * asin(u / r < 1 ? u / r : 1)) / 2;
}

static double between(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

/* How much of the pixel at x, y, counted from the corner, is outside. */
static double lost(int x, int y, double r)
{
    double from = between(x_at(y + 1, r), x, x + 1), to = between(x_at(y, r), x, x + 1);
    double inside = under_circle(r - from, r) - under_circle(r - to, r);

    return from - x + (r - y) * (to - from) - inside;
}

static void keep(uint8_t *pixel, int channels, double part)
{
    uint8_t *alpha = pixel + channels - 1;

    *alpha = (uint8_t)(*alpha * between(part, 0, 1) + 0.5);
}

/* Row y from the top or from the bottom, whichever is nearer. */
static void cut_corners(uint8_t *row, tb_shape shape, int y, double r)
{
    int clear = (int)floor(x_at(y + 1, r)), end = (int)ceil(x_at(y, r)), w = shape.width;
    size_t c = (size_t)shape.channels;

    memset(row, 0, (size_t)clear * c);
    memset(row + (size_t)(w - clear) * c, 0, (size_t)clear * c);
    for (int x = clear; x < end; x++) {
        double loss = lost(x, y, r) * (2 * y + 1 == shape.height ? 2 : 1);
        if (2 * x + 1 == w) {
            keep(row + (size_t)x * c, shape.channels, 1 - 2 * loss);
        } else {
            keep(row + (size_t)x * c, shape.channels, 1 - loss);
            keep(row + (size_t)(w - 1 - x) * c, shape.channels, 1 - loss);
        }
    }
}

static tb_status round_step(tb_stage *s, tb_error *err)
{
    const tb_round_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int y = out->end, from_bottom = out->shape.height - 1 - y, near = y < from_bottom ? y : from_bottom;
    uint8_t *row = tb_new_row(out, 0);

    (void)err;
    memcpy(row, tb_row(in, y), (size_t)out->shape.width * (size_t)out->shape.channels);
    if (near < a->radius)
        cut_corners(row, out->shape, near, a->radius);
    tb_advance(in, y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_round = {.name = "round", .ins = 1, .outs = 1, .open = round_open, .step = round_step};
