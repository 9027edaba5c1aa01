/* weights.c - tables of resampling weights, made a few at a time. */
#include "weights.h"
#include "../shelf.h"
#include "kernel.h"
#include <math.h>
#include <string.h>

#define NS_COPY  30 /* nanoseconds: to copy an output's weights, */
#define NS_START 40 /* to begin to make them, and per tap */
#define NS_FILL  4
#define NS_GAUSS 8
#define NS_ROUND 4

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
                     .reach = width * tb_kernel_radius(kernel) + (m.lift > 0),
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
}

/* One block for all. */
static bool take_room(tb_weights *w, tb_mem *mem)
{
    size_t outs = ((size_t)w->axis.out + 7) / 8 * 8, taps = (size_t)w->taps;
    size_t each = sizeof *w->first + sizeof *w->end + taps * sizeof *w->w; /* at most 65 504 of them */

    w->size = (taps + 2) * sizeof *w->raw + outs * each;
    w->block = tb_alloc(mem, 1, w->size);
    if (!w->block)
        return false;
    w->raw = (double *)w->block + 1;
    w->first = (int32_t *)(void *)(w->raw + taps + 1);
    w->end = w->first + outs;
    w->w = (int16_t *)(void *)(w->end + outs);
    return true;
}

static int64_t bits(double v)
{
    int64_t b;

    memcpy(&b, &v, sizeof b);
    return b;
}

/* All that a table depends on. */
typedef struct {
    int64_t of[10];
} table_key;

static table_key key_of(const tb_axis *a)
{
    return (table_key){{a->in, a->out, a->a, a->b, a->d, bits(a->width), bits(a->reach), bits(a->lift),
                        a->kernel, a->align << 16 | a->chunk << 2 | a->repeat << 1 | a->all}};
}

static bool is_kept(const tb_weights *w)
{
    const table_key key = key_of(&w->axis);

    return tb_shelf_take(w->heap, (tb_shelf_key){&key, sizeof key}, w->block, w->size);
}

static void keep(const tb_weights *w)
{
    const table_key key = key_of(&w->axis);

    tb_shelf_put(w->heap, (tb_shelf_key){&key, sizeof key}, w->block, w->size);
}

bool tb_weights_open(tb_weights *w, tb_mem *mem, const tb_axis *axis)
{
    double window = ceil(2 * axis->reach);
    int chunk = axis->chunk, taps = window < axis->in ? (int)window : axis->in;

    *w = (tb_weights){.axis = *axis, .heap = mem->heap};
    taps = (taps + axis->align - 1 + chunk - 1) / chunk * chunk;
    w->taps = taps;
    choose_shift(w);
    if (!take_room(w, mem))
        return false;
    w->ready = is_kept(w);
    if (!w->ready)
        find_period(w);
    return true;
}

void tb_weights_close(tb_weights *w, tb_mem *mem)
{
    tb_free(mem, w->block);
}

/* What an output a period ago took from its inputs, this one takes from those that are a
 * hop on: `by` taps later in its window, which may be aligned in another way. */
static void copy(int16_t *to, const int16_t *from, int taps, int by)
{
    int n = taps - (by > 0 ? by : -by);

    memcpy(to + (by > 0 ? by : 0), from - (by < 0 ? by : 0), (size_t)n * sizeof *to);
    if (by != 0)
        memset(by > 0 ? to : to + n, 0, (size_t)(taps - n) * sizeof *to);
}

/* Was there such an output, and none of both windows sticks out? */
static bool copied(tb_weights *w, int lo, int stop)
{
    int o = w->o, before = o - w->period;
    size_t taps = (size_t)w->taps;

    if (before < 0 || lo < w->hop || stop > w->axis.in)
        return false;
    copy(w->w + (size_t)o * taps, w->w + (size_t)before * taps, w->taps,
         w->hop + w->first[before] - w->first[o]);
    return true;
}

static void start_output(tb_weights *w, int *budget)
{
    const tb_axis *a = &w->axis;
    double c = centre(a, w->o), reach = a->reach - 1e-6; /* weights vanish at the very end */
    int lo = below(c - reach) + 1, stop = -below(-c - reach);
    int first = clamp(lo, 0, a->in - 1), inside = a->in > w->taps ? a->in - w->taps : 0;

    if (a->all && first > inside)
        first = inside;
    w->first[w->o] = first = first / a->align * a->align;
    w->end[w->o] = clamp(stop, 1, a->in);
    *budget -= NS_COPY + w->taps / 8;
    if (copied(w, lo, stop)) {
        w->o++;
        return;
    }
    *budget -= NS_START;
    memset(w->raw - 1, 0, (size_t)(w->taps + 2) * sizeof *w->raw);
    w->t = a->repeat ? lo : clamp(lo, 0, a->in - 1);
    w->stop = a->repeat ? stop : clamp(stop, w->t + 1, a->in);
    w->used = least(w->stop - first, w->taps);
    w->sum = w->seen = 0;
    w->rounded = 0;
    w->phase = TB_FILL;
}

/* Evaluates the kernel at taps [w->t, end). */
static void weigh(tb_weights *w, int end)
{
    const tb_axis *a = &w->axis;
    const float *table = tb_kernel_table((tb_kernel)a->kernel);
    const double at = centre(a, w->o), unit = 1 / a->width;
    double sum = w->sum, *raw = w->raw;
    const int first = w->first[w->o];

    for (int t = w->t; t < end; t++) {
        double v = tb_kernel_at(table, fabs(t - at) * unit);
        raw[t - first] = v;
        sum += v;
    }
    w->sum = sum;
}

/* Beyond an edge is the edge again, where it goes on. */
static void weigh_gauss(tb_weights *w, int end)
{
    const tb_axis *a = &w->axis;
    const double at = centre(a, w->o);
    const int first = w->first[w->o], last = a->in - 1;

    for (int t = w->t; t < end; t++) {
        double x = (t - at) / a->width, v = exp(-x * x / 2);
        w->raw[clamp(t, 0, last) - first] += v;
        w->sum += v;
    }
}

/* Where the input is sharpened first: beyond an edge is the edge again. */
static void go_on(tb_weights *w)
{
    if (w->axis.lift == 0)
        return;
    if (w->first[w->o] == 0)
        w->raw[-1] = w->raw[0];
    if (w->first[w->o] + w->used == w->axis.in)
        w->raw[w->used] = w->raw[w->used - 1];
}

static void fill(tb_weights *w, int *budget)
{
    bool gauss = w->axis.kernel == TB_GAUSS;
    int ns = gauss ? NS_GAUSS : NS_FILL, end = least(w->stop, w->t + *budget / ns + 1);

    *budget -= (end - w->t) * ns;
    if (gauss)
        weigh_gauss(w, end);
    else
        weigh(w, end);
    w->t = end;
    if (w->t < w->stop)
        return;
    go_on(w);
    w->phase = TB_ROUND;
    w->t = 0;
}

/* Lifts, and rounds: the running sum, not each weight, so that together they are exact. */
static void round_off(tb_weights *w, int *budget)
{
    double unit = (double)((int64_t)1 << (w->shift + w->fold)) / w->sum;
    int16_t *q = w->w + (size_t)w->o * (size_t)w->taps;
    int t = w->t, end = least(w->used, t + *budget / NS_ROUND + 1);
    const double *raw = w->raw, lift = w->axis.lift;
    int64_t before = w->rounded;
    double seen = w->seen;

    *budget -= (end - t) * NS_ROUND;
    for (; t < end; t++) {
        seen += raw[t] + lift * (2 * raw[t] - raw[t - 1] - raw[t + 1]);
        /* up by 2 ^ 32 and down again: to round, what is cut off must not be negative */
        int64_t rounded = (int64_t)(seen * unit + (0x1p32 + 0.5)) - ((int64_t)1 << 32);
        q[t] = (int16_t)(rounded - before);
        before = rounded;
    }
    w->t = t;
    w->seen = seen;
    w->rounded = before;
    if (w->t < w->used)
        return;
    memset(q + t, 0, (size_t)(w->taps - t) * sizeof *q);
    w->phase = TB_START;
    w->o++;
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
    keep(w);
}

void tb_weights_step(tb_weights *w, int *budget)
{
    while (*budget > 0 && !w->ready && w->o < w->axis.out)
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
