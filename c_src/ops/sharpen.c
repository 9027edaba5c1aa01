/* sharpen.c - unsharp masking of the luma, by the curve of libvips' vips_sharpen.
 *
 * What the luma differs from its blur is stretched, by one factor where it is
 * small (flat areas) and by another beyond (edges), held within bounds, and added
 * to all colours.  vips does so to L of Lab, 0 to 100; here it is luma / 2.55,
 * which is far cheaper, and the numbers mean about the same.
 *
 *     row -> luma -> down -> mid -> along -> soft -> row
 *
 * With alpha, the luma is premultiplied and goes beside the alpha: what cannot be
 * seen leaves no halo. */
#include "sharpen.h"
#include "convolve.h"
#include "horizontal.h"
#include "vertical.h"
#include <math.h>

#define BUDGET 20000 /* nanoseconds or so, of a step */
#define AHEAD  16    /* lines that `down` may want before it makes one */

typedef struct {
    const tb_row_kernels *k;
    tb_vertical down;
    bool wide;                  /* along: by `far`, else by `near` */
    tb_horizontal far;          /* any radius */
    tb_convolve near;           /* a small one */
    int channels;               /* of a line: luma, or luma and alpha */
    int16_t *luma, *mid, *soft; /* in one block; owned */
    bool luma_full, mid_full, soft_full;
    int x; /* pixels that are done of the row that is taken or given */
} sharpen;

static tb_status check(const tb_sharpen_args *a, tb_error *err)
{
    const float other[] = {a->flat, a->jagged, a->threshold, a->brighter, a->darker};
    static const float most[] = {10, 10, 100, 100, 100};

    if (!(a->sigma >= 0.1f && a->sigma <= 10))
        return tb_fail(err, TB_E_LIMIT, "sharpen", "sigma %g is not between 0.1 and 10", (double)a->sigma);
    for (int i = 0; i < 5; i++)
        if (!(other[i] >= 0 && other[i] <= most[i]))
            return tb_fail(err, TB_E_LIMIT, "sharpen", "%g is not between 0 and %g", (double)other[i],
                           (double)most[i]);
    return TB_MORE;
}

static tb_axis gauss(int n, double sigma, int radius)
{
    return (tb_axis){.in = n,
                     .out = n,
                     .a = 1,
                     .d = 1,
                     .kernel = TB_GAUSS,
                     .width = sigma,
                     .reach = radius + 0.5,
                     .repeat = true};
}

static bool open_along(sharpen *p, tb_stage *s, double sigma, int radius)
{
    int width = s->out[0].shape.width;

    p->wide = radius > TB_CONVOLVE_RADIUS;
    return p->wide ? tb_horizontal_open(&p->far, s->mem, gauss(width, sigma, radius), p->channels)
                   : tb_convolve_open(&p->near, s->mem, sigma, radius, width, p->channels);
}

static tb_status sharpen_open(tb_stage *s, tb_error *err)
{
    const tb_sharpen_args *a = s->args;
    sharpen *p = s->state;
    tb_shape shape = s->in[0].rows->shape;

    s->out[0].shape = shape;
    if (check(a, err) == TB_FAIL)
        return TB_FAIL;
    double sigma = (double)a->sigma;
    int radius = (int)ceil(3.5 * sigma);
    p->k = tb_best_rows();
    p->channels = shape.channels % 2 ? 1 : 2;
    size_t n = (size_t)shape.width * (size_t)p->channels, line = n + TB_SPARE;
    s->in[0].window = radius + AHEAD + 2;
    s->in[0].want = 0; /* the weights come first */
    p->luma = tb_alloc(s->mem, 3 * line, sizeof *p->luma);
    if (!p->luma || !tb_vertical_open(&p->down, s->mem, gauss(shape.height, sigma, radius), (int)n) ||
        !open_along(p, s, sigma, radius))
        return tb_no_memory(err, s->mem, "sharpen", "its lines");
    p->mid = p->luma + line;
    p->soft = p->mid + line;
    return TB_MORE;
}

static void sharpen_close(tb_stage *s)
{
    sharpen *p = s->state;

    tb_vertical_close(&p->down, s->mem);
    tb_horizontal_close(&p->far, s->mem);
    tb_convolve_close(&p->near, s->mem);
    tb_free(s->mem, p->luma);
}

/* Pixels of the next tile of the row; behind the last x is 0 again. */
static int next_tile(sharpen *p, int width)
{
    int left = width - p->x, n = left < TB_SHARPEN_TILE ? left : TB_SHARPEN_TILE;

    p->x = n < left ? p->x + n : 0;
    return n;
}

static void take(sharpen *p, const tb_in *in, int *budget)
{
    tb_shape shape = in->rows->shape;
    int at = p->x, n = next_tile(p, shape.width);

    tb_sharpen_take(p->luma + at * p->channels, tb_row(in, p->down.have) + at * shape.channels, n,
                    shape.channels);
    *budget -= n * 2;
    p->luma_full = p->x == 0;
}

static void give(sharpen *p, tb_stage *s, int *budget)
{
    tb_rows *out = &s->out[0];
    int at = p->x, c = out->shape.channels, n = next_tile(p, out->shape.width);

    tb_sharpen_give(s->args, tb_new_row(out, 0) + at * c, tb_row(&s->in[0], out->end) + at * c,
                    p->soft + at * p->channels, n, c);
    *budget -= n * 5;
    if (p->x > 0)
        return;
    p->soft_full = false;
    out->end++;
}

static void move_down(sharpen *p, int *budget)
{
    if (tb_vertical_hungry(&p->down))
        p->luma_full = !tb_vertical_put(&p->down, p->k, p->luma, budget);
    else
        p->mid_full = tb_vertical_step(&p->down, p->k, p->mid, budget);
}

static void move_along(sharpen *p, int *budget)
{
    p->soft_full = p->wide ? tb_horizontal_step(&p->far, p->k, p->soft, p->mid, budget)
                           : tb_convolve_step(&p->near, p->k, p->soft, p->mid, budget);
    p->mid_full = !p->soft_full;
}

/* A row is to be taken, before anything else can be done. */
static bool needs_row(const sharpen *p)
{
    return !p->soft_full && !p->mid_full && !p->luma_full && tb_vertical_hungry(&p->down);
}

static bool make_weights(sharpen *p)
{
    tb_weights *along = p->wide ? &p->far.weights : &p->near.weights;
    int budget = BUDGET;

    if (!p->down.weights.ready)
        tb_weights_step(&p->down.weights, &budget);
    if (budget > 0 && p->down.weights.ready && !along->ready)
        tb_weights_step(along, &budget);
    return p->down.weights.ready && along->ready;
}

static tb_status sharpen_step(tb_stage *s, tb_error *err)
{
    sharpen *p = s->state;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int budget = p->wide ? BUDGET / 2 : BUDGET, row = out->end;

    (void)err;
    if (in->want == 0) {
        tb_advance(in, 0, make_weights(p));
        return TB_MORE;
    }
    while (budget > 0 && out->end == row && !(needs_row(p) && in->rows->end <= p->down.have))
        if (p->soft_full)
            give(p, s, &budget);
        else if (p->mid_full)
            move_along(p, &budget);
        else if (needs_row(p))
            take(p, in, &budget);
        else
            move_down(p, &budget);
    if (out->end == out->shape.height)
        return TB_DONE;
    tb_advance(in, out->end, needs_row(p) ? p->down.have + 1 : out->end + 1);
    return TB_MORE;
}

const tb_stage_ops tb_sharpen = {.name = "sharpen",
                                 .size = sizeof(sharpen),
                                 .ins = 1,
                                 .outs = 1,
                                 .open = sharpen_open,
                                 .step = sharpen_step,
                                 .close = sharpen_close};
