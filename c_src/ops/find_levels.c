/* find_levels.c - between which levels of luma most of a picture lies. */
#include "luma.h"
#include "ops.h"

#define STRIP 16384 /* pixels of a step: 30 us */

typedef struct {
    uint64_t weight[256]; /* of the pixels with that luma: 255 for each that is opaque */
    int x;                /* the row is counted so far */
} find_levels;

static tb_status find_levels_open(tb_stage *s, tb_error *err)
{
    const tb_find_levels_args *a = s->args;

    if (!(a->low >= 0 && a->low < a->high && a->high <= 100))
        return tb_fail(err, TB_E_LIMIT, "find_levels", "%g and %g are not two shares of 100", (double)a->low,
                       (double)a->high);
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* Inlined with constant channels. */
static inline __attribute__((always_inline)) void count(uint64_t *weight, const uint8_t *px, int n,
                                                        int channels)
{
    for (int x = 0; x < n; x++, px += channels) {
        uint8_t y = channels < 3 ? px[0] : tb_luma(px[0], px[1], px[2]);
        weight[y] += channels % 2 == 0 ? px[channels - 1] : 255;
    }
}

static void count_strip(uint64_t *weight, const uint8_t *px, int n, int channels)
{
    switch (channels) {
    case 1:
        count(weight, px, n, 1);
        break;
    case 2:
        count(weight, px, n, 2);
        break;
    case 3:
        count(weight, px, n, 3);
        break;
    default:
        count(weight, px, n, 4);
        break;
    }
}

/* The lowest level with more than that share of the weight at and below it, or at
 * least that share. */
static int level_at(const uint64_t *weight, double percent, bool more)
{
    double all = 0, below = 0;
    int v = 0;

    for (int i = 0; i < 256; i++)
        all += (double)weight[i];
    double share = all * percent / 100;
    for (below = (double)weight[0]; v < 255 && (more ? below <= share : below < share); v++)
        below += (double)weight[v + 1];
    return v;
}

static void settle(const find_levels *f, const tb_find_levels_args *a)
{
    tb_levels found = {level_at(f->weight, (double)a->low, true),
                       level_at(f->weight, (double)a->high, false)};

    *a->found = found.low < found.high ? found : (tb_levels){0, 255};
}

static tb_status find_levels_step(tb_stage *s, tb_error *err)
{
    find_levels *f = s->state;
    tb_in *in = &s->in[0];
    tb_shape shape = in->rows->shape;
    int left = shape.width - f->x, n = left < STRIP ? left : STRIP;

    (void)err;
    count_strip(f->weight, tb_row(in, in->first) + (size_t)f->x * (size_t)shape.channels, n, shape.channels);
    f->x += n;
    if (n < left)
        return TB_MORE;
    f->x = 0;
    tb_advance(in, in->first + 1, in->first + 2);
    if (in->first < shape.height)
        return TB_MORE;
    settle(f, s->args);
    return TB_DONE;
}

const tb_stage_ops tb_find_levels = {.name = "find_levels",
                                     .size = sizeof(find_levels),
                                     .ins = 1,
                                     .open = find_levels_open,
                                     .step = find_levels_step};
