/* blur.c - a true Gaussian.
 *
 * A narrow one is a sum over the 2 * radius + 1 samples around, down and along.
 *
 * A wide one leaves nothing in the picture that a grid of fewer samples could not
 * hold.  So one Gaussian shrinks the picture, and another enlarges it again: the
 * squares of their sigmas add up to that of the whole.  The cost is the same for
 * every sigma.  Where a cell of the grid is at most sigma / 1.2, what is lost is
 * some 70 dB down, less than the rounding to 8 bits; from sigma 2.4 on there is
 * such a grid of at least 2 x 2 samples a cell, and it is the cheaper way. */
#include "resample.h"
#include <math.h>

#define PER_CELL 1.2 /* sigma, at least, in cells */
#define ENLARGE  0.8 /* sigma of the enlarging one, in cells, */
#define REACH    4   /* and its radius: 8 taps */
#define MARGIN   4   /* cells outside each edge */

static tb_status add_narrow(tb_resample *r, tb_stage *s, tb_shape shape, double sigma, tb_error *err)
{
    int radius = (int)ceil(3 * sigma);
    tb_axis down = {.in = shape.height,
                    .out = shape.height,
                    .a = 1,
                    .d = 1,
                    .kernel = TB_GAUSS,
                    .width = sigma,
                    .reach = radius + 0.5,
                    .repeat = true};

    if (tb_resample_down(r, s, &down, err) == TB_FAIL)
        return TB_FAIL;
    return tb_resample_convolve(r, s, sigma, radius, err);
}

/* Cell i of the grid covers n samples, from n * (i - MARGIN) on. */
static tb_axis to_grid(int in, int n, double sigma)
{
    double rest = sqrt(sigma * sigma - ENLARGE * n * ENLARGE * n);

    return (tb_axis){.in = in,
                     .out = (in + n - 1) / n + 2 * MARGIN,
                     .a = 2 * n,
                     .b = n - 1 - 2 * MARGIN * n,
                     .d = 2,
                     .kernel = TB_GAUSS,
                     .width = rest,
                     .reach = 3.5 * rest,
                     .repeat = true};
}

static tb_axis from_grid(int out, int n)
{
    return (tb_axis){.in = (out + n - 1) / n + 2 * MARGIN,
                     .out = out,
                     .a = 2,
                     .b = 2 * MARGIN * n - (n - 1),
                     .d = 2 * n,
                     .kernel = TB_GAUSS,
                     .width = ENLARGE,
                     .reach = REACH};
}

static tb_status add_wide(tb_resample *r, tb_stage *s, tb_shape shape, double sigma, tb_error *err)
{
    int n = (int)(sigma / PER_CELL);
    tb_axis down = to_grid(shape.height, n, sigma), along = to_grid(shape.width, n, sigma);
    tb_axis wider = from_grid(shape.width, n), higher = from_grid(shape.height, n);

    if (tb_resample_down(r, s, &down, err) == TB_FAIL || tb_resample_along(r, s, &along, err) == TB_FAIL ||
        tb_resample_along(r, s, &wider, err) == TB_FAIL)
        return TB_FAIL;
    return tb_resample_down(r, s, &higher, err);
}

static tb_status blur_open(tb_stage *s, tb_error *err)
{
    double sigma = ((const tb_blur_args *)s->args)->sigma;
    tb_shape shape = s->in[0].rows->shape;
    tb_resample *r = s->state;

    s->out[0].shape = shape;
    if (!(sigma >= 0.1 && sigma <= 100))
        return tb_fail(err, TB_E_LIMIT, "blur", "sigma %g is not between 0.1 and 100", sigma);
    tb_resample_open(r, s);
    return sigma < 2 * PER_CELL ? add_narrow(r, s, shape, sigma, err) : add_wide(r, s, shape, sigma, err);
}

static tb_status blur_step(tb_stage *s, tb_error *err)
{
    return tb_resample_step(s->state, s, err);
}

static void blur_close(tb_stage *s)
{
    tb_resample_close(s->state, s);
}

const tb_stage_ops tb_blur = {.name = "blur",
                              .size = sizeof(tb_resample),
                              .ins = 1,
                              .outs = 1,
                              .open = blur_open,
                              .step = blur_step,
                              .close = blur_close};
