/* icc.c - from the colours of a profile to sRGB, or back.
 *
 * Where the profile is curves and a matrix, all is looked up: what each sample
 * adds to linear red, green and blue; and, for those, the level that is shown.  Sums
 * of whole numbers are the same on every machine. */
#include "../colour/profile.h"
#include "../colour/tables.h"
#include "ops.h"
#include <math.h>
#include <string.h>

#define STRIP       16384 /* pixels of a step: 50 us */
#define STRIP_GRID  1024  /* lcms2 takes 40 ns for each... */
#define STRIP_TABLE 128   /* ...or 350 */

#define LEVELS   (1 << 14) /* of light; 5 of them make the smallest step of sRGB */
#define FRACTION 8         /* bits more in sums */
#define ONE      ((double)(LEVELS << FRACTION))
#define MOST     (1 << 28) /* of what a sample adds: three do not overflow */

typedef int32_t lanes __attribute__((vector_size(16), aligned(4))); /* no allocator promises 16 */

/* LEVEL -> (RED -> GREEN -> BLUE ->, or TABLES ->) ROWS */
typedef enum { LEVEL, RED, GREEN, BLUE, TABLES, ROWS } phase;

typedef struct {
    lanes mix[3][256];             /* what a sample adds to red, green and blue */
    uint8_t level[3][LEVELS + 64]; /* those of sRGB are alike: the first */
    uint8_t grey[256];
    tb_profile profile;
    tb_tables *tables; /* owned */
    phase phase;
    int x; /* the next row is made so far */
    bool back, as_it_is;
} icc;

static bool is_grey(const tb_stage *s)
{
    return s->out[0].shape.channels < 3;
}

static bool are_many(const tb_stage *s)
{
    return (double)s->out[0].shape.width * s->out[0].shape.height > TB_TABLES_FEW;
}

static tb_status icc_open(tb_stage *s, tb_error *err)
{
    const tb_icc_args *a = s->args;
    icc *w = s->state;

    (void)err;
    s->out[0].shape = s->in[0].rows->shape;
    s->in[0].window = s->in[0].want = 1;
    w->back = a->back;
    tb_profile_read(&w->profile, a->icc, a->size);
    if (w->profile.kind == TB_PROFILE_TABLES) {
        w->phase = TABLES;
        s->long_step = !is_grey(s);
    }
    return TB_MORE;
}

/* From half a level below it on, light is shown as that level.  Where a profile's curve falls, its levels
 * are passed over. */
static void make_levels(icc *w, int k)
{
    const tb_curve *curve = w->back ? &w->profile.curve[k] : &tb_srgb_curve;
    int at = 0;

    for (int v = 0; v < 256; v++) {
        int end = v == 255 ? LEVELS + 1 : (int)ceil(tb_curve_at(curve, (v + 0.5) / 255) * LEVELS);
        if (end <= at)
            continue;
        memset(w->level[k] + at, v, (size_t)(end - at));
        at = end;
    }
}

static double light_of(const icc *w, int k, int v)
{
    return tb_curve_at(w->back ? &tb_srgb_curve : &w->profile.curve[k], v / 255.0);
}

static void make_grey(icc *w)
{
    for (int v = 0; v < 256; v++)
        w->grey[v] = w->level[0][(int)(light_of(w, 0, v) * LEVELS + 0.5)];
}

/* By its cofactors; false if nothing leads back. */
static bool invert(double m[3][3])
{
    double of[3][3], det = 0;

    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            of[k][i] = m[(i + 1) % 3][(k + 1) % 3] * m[(i + 2) % 3][(k + 2) % 3] -
                       m[(i + 1) % 3][(k + 2) % 3] * m[(i + 2) % 3][(k + 1) % 3];
    for (int i = 0; i < 3; i++)
        det += m[0][i] * of[i][0];
    if (fabs(det) < 1e-6)
        return false;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m[i][k] = of[i][k] / det;
    return true;
}

static void make_mix(icc *w, int from)
{
    for (int v = 0; v < 256; v++) {
        double light = light_of(w, from, v);
        for (int to = 0; to < 3; to++) {
            double add = light * w->profile.mix[to][from] * ONE;
            w->mix[from][v][to] = (int32_t)(add > MOST ? MOST : add < -MOST ? -MOST : floor(add + 0.5));
        }
    }
}

/* The picture is right but for its colours: it is made. */
static void give_up(icc *w, tb_error *err)
{
    tb_warn(err, "icc",
            w->back ? "no way leads back to its ICC profile: what is laid on it keeps its numbers"
                    : "its ICC profile is broken: the colours are left as they are");
    w->as_it_is = true;
}

static tb_status make_tables(tb_stage *s, icc *w, tb_error *err)
{
    const tb_icc_args *a = s->args;
    const tb_tables_for pixels = {is_grey(s) ? 1 : s->out[0].shape.channels, !is_grey(s) && are_many(s),
                                  w->back};
    uint8_t all[256], rgb[256 * 3];

    if (!tb_tables_new(&w->tables, a->icc, a->size, pixels, s->mem))
        return tb_no_memory(err, s->mem, "icc", "the colours of the profile");
    s->long_step = false;
    w->phase = ROWS;
    if (!w->tables)
        give_up(w, err);
    if (!w->tables || !is_grey(s))
        return TB_MORE;
    for (int v = 0; v < 256; v++)
        all[v] = rgb[3 * v] = rgb[3 * v + 1] = rgb[3 * v + 2] = (uint8_t)v;
    tb_tables_apply(w->tables, w->back ? rgb : all, w->back ? w->grey : rgb, 256);
    for (int v = 0; v < 256 && !w->back; v++)
        w->grey[v] = rgb[3 * v + 1];
    return TB_MORE;
}

static tb_status make_level(tb_stage *s, icc *w, tb_error *err)
{
    tb_profile_kind kind = w->profile.kind;

    w->phase = ROWS;
    if (kind == TB_PROFILE_SRGB)
        w->as_it_is = true;
    else if (kind == TB_PROFILE_BROKEN || (kind == TB_PROFILE_GREY) != is_grey(s) ||
             (w->back && !is_grey(s) && !invert(w->profile.mix)))
        give_up(w, err);
    if (w->as_it_is)
        return TB_MORE;
    for (int k = 0; k < (w->back && !is_grey(s) ? 3 : 1); k++)
        make_levels(w, k);
    if (is_grey(s))
        make_grey(w);
    else
        w->phase = RED;
    return TB_MORE;
}

/* ------------------------------------------------------------------ pixels */

static void map_grey(const icc *w, const uint8_t *src, uint8_t *dst, int n, int channels)
{
    for (int x = 0; x < n; x++, src += channels, dst += channels) {
        dst[0] = w->grey[src[0]];
        if (channels == 2)
            dst[1] = src[1];
    }
}

/* Inlined with constant channels. */
static inline __attribute__((always_inline)) void mix(const icc *w, const uint8_t *src, uint8_t *dst, int n,
                                                      int channels)
{
    const uint8_t *red = w->level[0], *green = w->level[w->back ? 1 : 0], *blue = w->level[w->back ? 2 : 0];
    const lanes most = {LEVELS, LEVELS, LEVELS, LEVELS},
                half = {1 << (FRACTION - 1), 1 << (FRACTION - 1), 1 << (FRACTION - 1)};

    for (int x = 0; x < n; x++, src += channels, dst += channels) {
        lanes v = (w->mix[0][src[0]] + w->mix[1][src[1]] + w->mix[2][src[2]] + half) >> FRACTION;
        v &= ~(v >> 31); /* at least 0 */
        v = most + ((v - most) & ((v - most) >> 31));
        dst[0] = red[v[0]];
        dst[1] = green[v[1]];
        dst[2] = blue[v[2]];
        if (channels == 4)
            dst[3] = src[3];
    }
}

static void map(const icc *w, const uint8_t *src, uint8_t *dst, int n, int channels)
{
    if (w->as_it_is || (w->tables && channels == 4))
        memcpy(dst, src, (size_t)n * (size_t)channels);
    if (w->as_it_is)
        return;
    if (channels < 3)
        map_grey(w, src, dst, n, channels);
    else if (w->tables)
        tb_tables_apply(w->tables, src, dst, (size_t)n);
    else if (channels == 3)
        mix(w, src, dst, n, 3);
    else
        mix(w, src, dst, n, 4);
}

static tb_status map_rows(tb_stage *s, icc *w)
{
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int y = out->end, c = out->shape.channels, left = out->shape.width - w->x;
    int most = !w->tables ? STRIP : are_many(s) ? STRIP_GRID : STRIP_TABLE, n = left < most ? left : most;
    size_t at = (size_t)w->x * (size_t)c;

    map(w, tb_row(in, y) + at, tb_new_row(out, 0) + at, n, c);
    w->x += n;
    if (n < left)
        return TB_MORE;
    w->x = 0;
    tb_advance(in, y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status icc_step(tb_stage *s, tb_error *err)
{
    icc *w = s->state;

    switch (w->phase) {
    case LEVEL:
        return make_level(s, w, err);
    case RED:
    case GREEN:
    case BLUE:
        make_mix(w, (int)(w->phase - RED));
        w->phase = w->phase == BLUE ? ROWS : w->phase + 1;
        return TB_MORE;
    case TABLES:
        return make_tables(s, w, err);
    case ROWS:
        return map_rows(s, w);
    }
    return TB_FAIL;
}

static void icc_close(tb_stage *s)
{
    tb_tables_free(((icc *)s->state)->tables);
}

const tb_stage_ops tb_icc = {.name = "icc",
                             .size = sizeof(icc),
                             .ins = 1,
                             .outs = 1,
                             .open = icc_open,
                             .step = icc_step,
                             .close = icc_close};
