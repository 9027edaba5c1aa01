/* weights.c - tables of resampling weights, made a few at a time. */
#include "weights.h"
#include <math.h>
#include <string.h>

#define PI       3.14159265358979323846
#define NS_COPY  30 /* nanoseconds: to copy an output's weights, */
#define NS_START 70 /* to begin to make them, and per tap */
#define NS_FILL  8
#define NS_ROUND 4
#define NS_LIFT  2

static double radius(tb_kernel kernel)
{
    static const double of[] = {0.5, 1, 2, 2, 2, 3};
    return of[kernel];
}

tb_axis tb_resize_axis(int in, int out, tb_kernel kernel)
{
    return tb_mapped_axis(in, out, kernel,
                          (tb_mapping){.a = 2 * (int64_t)in, .b = (int64_t)in - out, .d = 2 * (int64_t)out});
}

tb_axis tb_mapped_axis(int in, int out, tb_kernel kernel, tb_mapping m)
{
    double scale = (double)m.a / (double)m.d, width = scale > 1 ? scale : 1;

    return (tb_axis){.in = in,
                     .out = out,
                     .a = m.a,
                     .b = m.b,
                     .d = m.d,
                     .kernel = (int)kernel,
                     .width = width,
                     .reach = width * radius(kernel) + (m.lift > 0),
                     .lift = m.lift};
}

static double centre(const tb_axis *a, int o)
{
    return (double)(a->a * o + a->b) / (double)a->d;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* floor(), without a call; v fits in an int. */
static int below(double v)
{
    int i = (int)v;

    return i - (v < i);
}

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* The largest weight has to fit in 16 bits, what TB_FOLD_TAPS of them make of 16-bit
 * samples in 32.  A weight is at most 1.3 where an axis is enlarged, 1.2 / width
 * where it is shrunk, 1 where a Gaussian piles up at an edge. */
static void choose_shift(tb_weights *w)
{
    bool shrunk = w->axis.kernel != TB_GAUSS && w->axis.width >= 2;
    int octaves = shrunk ? ilogb(w->axis.width) : 0;

    w->shift = shrunk ? 15 : 14;
    w->fold = octaves > 6 ? octaves - 6 : 0;
}

/* The kernels' common angle goes from tap to tap by one small turn. */
static double turn_of(const tb_axis *a)
{
    switch (a->kernel) {
    case TB_LANCZOS2:
        return PI / 2;
    case TB_LANCZOS3:
        return PI / 3;
    default:
        return 0;
    }
}

/* The smallest one that keeps the alignment. */
static void find_period(tb_weights *w)
{
    int64_t a = w->axis.a, b = w->axis.d;

    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    w->period = (int)(w->axis.d / a);
    w->hop = (int)(w->axis.a / a);
    if (w->hop % w->axis.align) {
        w->period *= 2;
        w->hop *= 2;
    }
}

/* One block for all. */
static bool take_room(tb_weights *w, tb_mem *mem)
{
    size_t outs = ((size_t)w->axis.out + 7) / 8 * 8, taps = (size_t)w->taps;
    size_t each = sizeof *w->first + sizeof *w->end + taps * sizeof *w->w; /* at most 65 504 of them */

    w->raw = tb_alloc(mem, 1, taps * sizeof *w->raw + outs * each);
    if (!w->raw)
        return false;
    w->first = (int32_t *)(void *)(w->raw + taps);
    w->end = w->first + outs;
    w->w = (int16_t *)(void *)(w->end + outs);
    return true;
}

bool tb_weights_open(tb_weights *w, tb_mem *mem, const tb_axis *axis)
{
    double window = ceil(2 * axis->reach);
    int chunk = axis->chunk, taps = window < axis->in ? (int)window : axis->in;

    *w = (tb_weights){.axis = *axis};
    taps = (taps + axis->align - 1 + chunk - 1) / chunk * chunk;
    w->taps = taps;
    choose_shift(w);
    find_period(w);
    w->turn_sine = sin(turn_of(axis) / axis->width);
    w->turn_cosine = cos(turn_of(axis) / axis->width);
    return take_room(w, mem);
}

void tb_weights_close(tb_weights *w, tb_mem *mem)
{
    tb_free(mem, w->raw);
}

/* Is output o, whose window lies inside, what the one a period before was? */
static bool copied(tb_weights *w, int o)
{
    int before = o - w->period;
    size_t taps = (size_t)w->taps;

    if (before < 0 || w->first[o] - w->first[before] != w->hop || w->end[o] - w->end[before] != w->hop)
        return false;
    memcpy(w->w + (size_t)o * taps, w->w + (size_t)before * taps, taps * sizeof *w->w);
    return true;
}

static void start_output(tb_weights *w, int *budget)
{
    const tb_axis *a = &w->axis;
    double c = centre(a, w->o), reach = a->reach - 1e-6; /* weights vanish at the very end */
    int lo = below(c - reach) + 1, stop = -below(-c - reach);

    if (!a->repeat) {
        lo = clamp(lo, 0, a->in - 1);
        stop = clamp(stop, lo + 1, a->in);
    }
    int first = clamp(lo, 0, a->in - 1), inside = a->in > w->taps ? a->in - w->taps : 0;
    if (a->all && first > inside)
        first = inside;
    w->first[w->o] = first / a->align * a->align;
    w->end[w->o] = clamp(stop, 1, a->in);
    *budget -= NS_COPY + w->taps / 8;
    if (lo >= 0 && stop <= a->in && copied(w, w->o)) {
        w->o++;
        return;
    }
    *budget -= NS_START;
    memset(w->raw, 0, (size_t)w->taps * sizeof *w->raw);
    w->t = lo;
    w->stop = stop;
    w->sum = w->seen = 0;
    w->rounded = 0;
    if (turn_of(a) > 0) {
        w->sine = sin(turn_of(a) * (lo - c) / a->width);
        w->cosine = cos(turn_of(a) * (lo - c) / a->width);
    }
    w->phase = TB_FILL;
}

/* Mitchell and Netravali's family of cubics. */
static double cubic(double x, double b, double c)
{
    if (x < 1)
        return (((12 - 9 * b - 6 * c) * x + (12 * b + 6 * c - 18)) * x * x + 6 - 2 * b) / 6;
    if (x < 2)
        return (((-b - 6 * c) * x + (6 * b + 30 * c)) * x * x + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6;
    return 0;
}

/* sinc(x) sinc(x / a), by the sine s and cosine c of pi x / a. */
static double lanczos(double x, double a, double s, double c)
{
    double sine_of_pi_x = a < 3 ? 2 * s * c : s * (3 - 4 * s * s);

    if (x >= a)
        return 0;
    if (x < 1e-5)
        return 1;
    return a * s * sine_of_pi_x / (PI * PI * x * x);
}

static double kernel_at(int kernel, double x, double s, double c)
{
    switch (kernel) {
    case TB_LINEAR:
        return x < 1 ? 1 - x : 0;
    case TB_CUBIC:
        return cubic(x, 0, 0.5);
    case TB_MITCHELL:
        return cubic(x, 1.0 / 3, 1.0 / 3);
    case TB_LANCZOS2:
        return lanczos(x, 2, s, c);
    case TB_LANCZOS3:
        return lanczos(x, 3, s, c);
    default:
        return exp(-x * x / 2);
    }
}

/* Evaluates the kernel at taps [w->t, end).  Beyond an edge is the edge again, where it
 * goes on. */
static inline void fill_to(tb_weights *w, int kernel, int end)
{
    const tb_axis *a = &w->axis;
    const double at = centre(a, w->o), width = a->width, sine = w->turn_sine, cosine = w->turn_cosine;
    double s = w->sine, c = w->cosine, sum = w->sum, *raw = w->raw;
    const int first = w->first[w->o], last = a->in - 1;

    for (int t = w->t; t < end; t++) {
        double v = kernel_at(kernel, fabs(t - at) / width, s, c), next = s * cosine + c * sine;
        if (kernel == TB_GAUSS)
            raw[clamp(t, 0, last) - first] += v;
        else
            raw[t - first] = v;
        sum += v;
        c = c * cosine - s * sine;
        s = next;
    }
    w->t = end;
    w->sine = s;
    w->cosine = c;
    w->sum = sum;
}

/* The weights of an input that is sharpened first.  Beyond an edge is the edge again. */
static void lift(const tb_weights *w)
{
    int first = w->first[w->o], in = w->axis.in, n = least(w->taps, in - first);
    double *raw = w->raw, before = first == 0 ? raw[0] : 0, last = first + n == in ? raw[n - 1] : 0;

    for (int t = 0; t < n; t++) {
        double v = raw[t], behind = t + 1 < n ? raw[t + 1] : last;
        raw[t] = v + w->axis.lift * (2 * v - before - behind);
        before = v;
    }
}

/* One loop for each kernel, which the compiler then knows. */
static void fill(tb_weights *w, int *budget)
{
    int end = least(w->stop, w->t + *budget / NS_FILL + 1);

    *budget -= (end - w->t) * NS_FILL;
    switch (w->axis.kernel) {
    case TB_LINEAR:
        fill_to(w, TB_LINEAR, end);
        break;
    case TB_CUBIC:
        fill_to(w, TB_CUBIC, end);
        break;
    case TB_MITCHELL:
        fill_to(w, TB_MITCHELL, end);
        break;
    case TB_LANCZOS2:
        fill_to(w, TB_LANCZOS2, end);
        break;
    case TB_LANCZOS3:
        fill_to(w, TB_LANCZOS3, end);
        break;
    default:
        fill_to(w, TB_GAUSS, end);
        break;
    }
    if (w->t < w->stop)
        return;
    if (w->axis.lift > 0) {
        lift(w);
        *budget -= w->taps * NS_LIFT;
    }
    w->phase = TB_ROUND;
    w->t = 0;
}

/* Rounds the running sum, not each weight, so that together they are exact. */
static void round_off(tb_weights *w, int *budget)
{
    double unit = (double)((int64_t)1 << (w->shift + w->fold)) / w->sum;
    int16_t *q = w->w + (size_t)w->o * (size_t)w->taps;
    int t = w->t, end = least(w->taps, t + *budget / NS_ROUND + 1);
    int64_t before = w->rounded;
    double seen = w->seen;

    *budget -= (end - t) * NS_ROUND;
    for (; t < end; t++) {
        seen += w->raw[t];
        /* up by 2 ^ 32 and down again: to round, what is cut off must not be negative */
        int64_t rounded = (int64_t)(seen * unit + (0x1p32 + 0.5)) - ((int64_t)1 << 32);
        q[t] = (int16_t)(rounded - before);
        before = rounded;
    }
    w->t = t;
    w->seen = seen;
    w->rounded = before;
    if (w->t == w->taps) {
        w->phase = TB_START;
        w->o++;
    }
}

/* Up to a multiple of 8, so that a kernel may make whole vectors: they get nothing. */
static void finish(tb_weights *w)
{
    for (int o = w->axis.out; o % 8; o++) {
        w->first[o] = w->end[o] = 0;
        for (int i = 0; i < w->taps; i++)
            w->w[(size_t)o * (size_t)w->taps + (size_t)i] = 0;
    }
    w->ready = true;
}

void tb_weights_step(tb_weights *w, int *budget)
{
    while (*budget > 0 && w->o < w->axis.out)
        switch (w->phase) {
        case TB_START:
            start_output(w, budget);
            break;
        case TB_FILL:
            fill(w, budget);
            break;
        case TB_ROUND:
            round_off(w, budget);
            break;
        }
    if (w->o == w->axis.out && !w->ready)
        finish(w);
}
