/* phash.c - a perceptual hash: 64 bits that change little when the picture does.
 *
 * The algorithm is that of pHash, as Neal Krawetz describes it ("Looks Like It",
 * hackerfactor.com, 2011): the lowest 8x8 frequencies of a cosine transform of 32x32 grey
 * pixels; a bit is set where one is above their median.  By half a grey level, here: in
 * drawings many are as good as nothing, and what rounding leaves of them is no likeness.
 * The cosines are whole numbers with the symmetry of the real ones, so what cancels out
 * does so exactly, and a hash is the same on every machine. */
#include "look.h"
#include <math.h>
#include <string.h>

#define PI   3.14159265358979323846
#define SIDE TB_PHASH_SIDE
#define LOW  8 /* frequencies in a direction */
#define ONE  (1 << 14)
#define HALF ((int64_t)SIDE * SIDE / 4 / 2 * ONE * ONE) /* a grey level of a wave: its square, summed */

typedef struct {
    int32_t wave[LOW][SIDE];
    int64_t sum[LOW][LOW]; /* down, across */
} phash;

static tb_status phash_open(tb_stage *s, tb_error *err)
{
    phash *p = s->state;
    tb_shape shape = s->in[0].rows->shape;

    if (shape.channels != 1)
        return tb_fail(err, TB_E_UNSUPPORTED, "phash", "takes 1 channel, not %d", shape.channels);
    if (shape.width != SIDE || shape.height != SIDE)
        return tb_fail(err, TB_E_LIMIT, "phash", "%dx%d is not %dx%d", shape.width, shape.height, SIDE, SIDE);
    for (int k = 0; k < LOW; k++)
        for (int i = 0; i < SIDE; i++)
            p->wave[k][i] = (int32_t)lround(ONE * cos(PI * k * (2 * i + 1) / (2 * SIDE)));
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* Sums stay below 255 * 2^14 * 32 for a row, and 2^14 * 32 times that for all. */
static void add_row(phash *p, const uint8_t *row, int y)
{
    for (int kx = 0; kx < LOW; kx++) {
        int32_t v = 0;
        for (int x = 0; x < SIDE; x++)
            v += row[x] * p->wave[kx][x];
        for (int ky = 0; ky < LOW; ky++)
            p->sum[ky][kx] += (int64_t)p->wave[ky][y] * v;
    }
}

/* Twice the median of the 64: the sum of the two in the middle. */
static int64_t twice_median(const int64_t *v)
{
    int64_t sorted[LOW * LOW];

    for (int i = 0; i < LOW * LOW; i++) {
        int at = i;
        for (; at > 0 && sorted[at - 1] > v[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = v[i];
    }
    return sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2];
}

/* Row by row, the first bit is the highest of the first byte. */
static void write_hash(const phash *p, uint8_t *hash)
{
    int64_t middle = twice_median(&p->sum[0][0]);

    memset(hash, 0, TB_PHASH_SIZE);
    for (int i = 0; i < LOW * LOW; i++)
        if (2 * p->sum[i / LOW][i % LOW] > middle + 2 * HALF)
            hash[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

static tb_status phash_step(tb_stage *s, tb_error *err)
{
    const tb_phash_args *a = s->args;
    tb_in *in = &s->in[0];

    (void)err;
    add_row(s->state, tb_row(in, in->first), in->first);
    tb_advance(in, in->first + 1, in->first + 2);
    if (in->first < SIDE)
        return TB_MORE;
    write_hash(s->state, a->look->phash);
    return TB_DONE;
}

const tb_stage_ops tb_phash = {
    .name = "phash", .size = sizeof(phash), .ins = 1, .open = phash_open, .step = phash_step};
