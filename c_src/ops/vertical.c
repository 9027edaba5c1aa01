/* vertical.c - resampling down the picture, by whole rows. */
#include "vertical.h"
#include <string.h>

#define SHORT 32   /* taps of a short window */
#define PIECE 8192 /* samples put at once */
#define TILE  512  /* samples worked on at once: what they need stays in the first cache */
#define NEW   2    /* nanoseconds a sample, where it goes to memory that may be fresh from the system */

/* Most outputs that take from the same group, and two folded into each edge. */
static int live_outputs(const tb_axis *a)
{
    double most = (2 * a->reach + TB_GROUP) * (double)a->d / (double)a->a + 6;

    return most < a->out ? (int)most : a->out;
}

bool tb_vertical_open(tb_vertical *v, tb_mem *mem, tb_axis axis, int n)
{
    axis.align = axis.chunk = 2;
    if (!tb_weights_open(&v->weights, mem, &axis))
        return false;
    v->n = n;
    v->stride = ((size_t)n + TB_SPARE + 15) / 16 * 16; /* n is at most 65 500 * 4 */
    v->grouped = v->weights.taps > SHORT;
    v->slots = (v->grouped ? TB_GROUP : v->weights.taps) / 2;
    v->live = v->grouped ? live_outputs(&axis) : 0;
    v->ring = tb_alloc(mem, (size_t)v->slots * v->stride, sizeof *v->ring);
    if (v->grouped)
        v->acc = tb_alloc(mem, (size_t)v->live * v->stride, sizeof *v->acc);
    /* Only read, never used; but valgrind sees a pair of samples as one. */
    for (int i = 0; v->ring && i < v->slots; i++)
        memset(v->ring + (size_t)i * v->stride + n, 0, (v->stride - (size_t)n) * sizeof *v->ring);
    return v->ring && (v->acc || !v->grouped);
}

void tb_vertical_close(tb_vertical *v, tb_mem *mem)
{
    tb_weights_close(&v->weights, mem);
    tb_free(mem, v->ring);
    tb_free(mem, v->acc);
}

static uint32_t *pair_row(const tb_vertical *v, int line)
{
    return v->ring + (size_t)(line / 2 % v->slots) * v->stride;
}

/* Samples of the next piece of a line, or 0. */
static int next_piece(const tb_vertical *v, int *budget)
{
    int n = v->n - v->x < PIECE ? v->n - v->x : PIECE;

    if (*budget <= 0)
        return 0;
    *budget -= NEW * n;
    return n;
}

static bool all_put(tb_vertical *v)
{
    if (v->x < v->n)
        return false;
    v->x = 0;
    v->have++;
    return true;
}

bool tb_vertical_put(tb_vertical *v, const tb_row_kernels *k, const int16_t *line, int *budget)
{
    uint32_t *pairs = pair_row(v, v->have);

    for (int n; (n = next_piece(v, budget)) > 0; v->x += n)
        (v->have % 2 ? k->put_odd : k->put_even)(pairs + v->x, line + v->x, n);
    return all_put(v);
}

bool tb_vertical_put_row(tb_vertical *v, const tb_row_kernels *k, const uint8_t *row, int *budget)
{
    uint32_t *pairs = pair_row(v, v->have);

    for (int n; (n = next_piece(v, budget)) > 0; v->x += n)
        (v->have % 2 ? k->put_row_odd : k->put_row_even)(pairs + v->x, row + v->x, n);
    return all_put(v);
}

static int32_t *sums_of(const tb_vertical *v, int output)
{
    return v->acc + (size_t)(output % v->live) * v->stride;
}

/* Where lines [from, end) lie, two by two, from sample x on; returns how many pairs. */
static int find_pairs(const tb_vertical *v, const uint32_t **pairs, int from, int end, int x)
{
    int count = 0, slot = from / 2 % v->slots;

    for (int y = from; y < end; y += 2) {
        pairs[count++] = v->ring + (size_t)slot * v->stride + x;
        slot = slot + 1 < v->slots ? slot + 1 : 0;
    }
    return count;
}

static const int16_t *weights_of(const tb_weights *w, int output, int line)
{
    return w->w + (size_t)output * (size_t)w->taps + (line - w->first[output]);
}

/* Adds to an output what the group gives to n samples of it at x. */
static void add_lines(const tb_vertical *v, const tb_row_kernels *k, int output, int x, int n, int *budget)
{
    const tb_weights *w = &v->weights;
    const uint32_t *pairs[TB_GROUP / 2];
    int first = w->first[output], from = first > v->added ? first : v->added;
    int end = w->end[output] < v->have ? w->end[output] : v->have;
    int count = find_pairs(v, pairs, from, end, x);

    k->add_rows(sums_of(v, output) + x, pairs, weights_of(w, output, from), count, n, w->fold, from == first);
    *budget -= 20 + n * (count + 1) / 16 + (from == first ? NEW * n : 0);
}

/* Adds the group to every output it belongs to. */
static void add_group(tb_vertical *v, const tb_row_kernels *k, int *budget)
{
    const tb_weights *w = &v->weights;

    for (; *budget > 0 && v->x < v->n; v->x += TILE)
        for (int o = v->next; o < w->axis.out && w->first[o] < v->have; o++) {
            assert(o - v->next < v->live);
            add_lines(v, k, o, v->x, v->n - v->x < TILE ? v->n - v->x : TILE, budget);
        }
    if (v->x >= v->n) {
        v->added = v->have;
        v->x = 0;
    }
}

/* Of the sums, or at once of all the lines. */
static void make_output(tb_vertical *v, const tb_row_kernels *k, int16_t *line, int *budget)
{
    const tb_weights *w = &v->weights;
    const uint32_t *pairs[SHORT / 2];
    int o = v->next, first = w->first[o];

    for (; *budget > 0 && v->x < v->n; v->x += TILE) {
        int n = v->n - v->x < TILE ? v->n - v->x : TILE, count = 1;
        if (v->grouped)
            k->settle(line + v->x, sums_of(v, o) + v->x, n, w->shift);
        else {
            count = find_pairs(v, pairs, first, w->end[o], v->x);
            k->sum_rows(line + v->x, pairs, weights_of(w, o, first), count, n, w->shift);
        }
        *budget -= 20 + n * (count + 1) / 16;
    }
}

bool tb_vertical_step(tb_vertical *v, const tb_row_kernels *k, int16_t *line, int *budget)
{
    if (tb_vertical_group_waits(v))
        add_group(v, k, budget);
    if (!tb_vertical_output_waits(v) || tb_vertical_group_waits(v))
        return false;
    make_output(v, k, line, budget);
    if (v->x < v->n)
        return false;
    v->x = 0;
    v->next++;
    return true;
}
