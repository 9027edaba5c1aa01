/* point.c - each pixel from itself alone: a list of matrices and tables.
 *
 * Tables go together: of 8 bits to 8 bits, one is as good as two.  A matrix is a
 * sum of what red, green and blue give to all three: that, too, is read from a
 * table, into which goes any table before it.  So the list comes down to
 *
 *     matrix, matrix, ..., table
 *
 * each done on a strip that stays in the cache.  The sums have 14 bits behind the
 * point: a matrix is exact but for a sum within 1e-4 of a half, and rounds there
 * as the luma of luma.h does. */
#include "point.h"
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define STRIP 1024  /* pixels */
#define WORK  16384 /* pixels through one pass, of a step: 20 us */
#define FIXED 14
#define HALF  0.5001
#define MOST  43000.0 /* levels: three of them do not overflow a sum */

/* Red, green, blue, nothing.  The VM's allocator aligns to less than 16. */
typedef int32_t sums __attribute__((vector_size(16), aligned(4)));
typedef sums matrix[3][256];

typedef struct {
    int built;        /* steps that are in the tables */
    int matrices;     /* those of the steps built */
    matrix *matrix;   /* owned */
    tb_table table;   /* what comes behind them */
    bool tabled;      /* and does anything */
    uint8_t *half[2]; /* strips between two passes; in one block; owned */
    int x;            /* the next row is made so far */
} point;

static tb_status check(const tb_point_args *a, tb_error *err)
{
    if (a->count < 1 || a->count > TB_POINT_STEPS)
        return tb_fail(err, TB_E_LIMIT, "point", "%d steps are not 1..%d", a->count, TB_POINT_STEPS);
    for (int i = 0; i < a->count; i++) {
        const char *wrong = tb_point_wrong(&a->step[i]);
        if (wrong)
            return tb_fail(err, TB_E_LIMIT, "point", "%s", wrong);
    }
    return TB_MORE;
}

static void reset_colours(tb_table *t)
{
    for (int k = 0; k < 3; k++)
        for (int v = 0; v < 256; v++)
            t->of[k][v] = (uint8_t)v;
}

static size_t count_matrices(const tb_point_args *a, int channels)
{
    size_t n = 0;
    tb_matrix unused;

    for (int i = 0; i < a->count; i++)
        n += tb_point_matrix(&a->step[i], channels, &unused);
    return n;
}

static tb_status point_open(tb_stage *s, tb_error *err)
{
    const tb_point_args *a = s->args;
    point *p = s->state;
    tb_shape shape = s->in[0].rows->shape;

    if (check(a, err) == TB_FAIL)
        return TB_FAIL;
    s->out[0].shape = shape;
    s->in[0].window = 1;
    s->in[0].want = 0; /* the tables come first */
    reset_colours(&p->table);
    for (int v = 0; v < 256; v++)
        p->table.of[3][v] = (uint8_t)v;
    size_t n = count_matrices(a, shape.channels), strip = STRIP * 4 + TB_SLACK;
    if (n && !(p->matrix = tb_alloc(s->mem, n, sizeof *p->matrix)))
        return tb_no_memory(err, s->mem, "point", "its tables");
    if (!(p->half[0] = tb_calloc(s->mem, 2, strip)))
        return tb_no_memory(err, s->mem, "point", "its strips");
    p->half[1] = p->half[0] + strip;
    return TB_MORE;
}

static void point_close(tb_stage *s)
{
    point *p = s->state;

    tb_free(s->mem, p->matrix);
    tb_free(s->mem, p->half[0]);
}

/* ---------------------------------------------------------------- tables */

static int32_t fixed(double levels)
{
    double v = levels < -MOST ? -MOST : levels > MOST ? MOST : levels;

    return (int32_t)(v * (1 << FIXED) + (v < 0 ? -0.5 : 0.5));
}

static void add_matrix(point *p, const tb_matrix *m)
{
    matrix *to = &p->matrix[p->matrices++];

    for (int k = 0; k < 3; k++)
        for (int v = 0; v < 256; v++) {
            sums s = {0};
            for (int i = 0; i < 3; i++)
                s[i] = fixed(m->m[i][k] * p->table.of[k][v] + (k == 0 ? m->m[i][3] + HALF : 0));
            (*to)[k][v] = s;
        }
    reset_colours(&p->table);
}

static void add_table(point *p, const tb_table *t)
{
    for (int k = 0; k < 4; k++)
        for (int v = 0; v < 256; v++)
            p->table.of[k][v] = t->of[k][p->table.of[k][v]];
}

static bool does_nothing(const tb_table *t)
{
    bool same = true;

    for (int k = 0; k < 4; k++)
        for (int v = 0; v < 256; v++)
            same &= t->of[k][v] == v;
    return same;
}

static void build(point *p, const tb_point_step *step, int channels)
{
    tb_matrix m;
    tb_table t;

    if (tb_point_matrix(step, channels, &m))
        add_matrix(p, &m);
    if (tb_point_table(step, channels, &t))
        add_table(p, &t);
    p->built++;
    p->tabled = p->matrices == 0 || !does_nothing(&p->table);
}

/* ---------------------------------------------------------------- passes */

/* Whole levels, clamped, as bytes in the order of memory. */
static inline uint32_t clamped(sums v)
{
    v >>= FIXED;
#ifdef __SSE2__
    __m128i words = _mm_packs_epi32((__m128i)v, (__m128i)v);
    return (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(words, words));
#else
    uint8_t bytes[4];
    uint32_t all;
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(v[i] < 0 ? 0 : v[i] > 255 ? 255 : v[i]);
    memcpy(&all, bytes, 4);
    return all;
#endif
}

static inline uint32_t alpha_of(const uint8_t *src)
{
    const uint8_t only_alpha[4] = {0, 0, 0, 255};
    uint32_t pixel, mask;

    memcpy(&pixel, src, 4);
    memcpy(&mask, only_alpha, 4);
    return pixel & mask;
}

/* Inlined with constant channels.  Three are written as four, the last of which the
 * next pixel overwrites. */
static inline __attribute__((always_inline)) void matrix_strip(const matrix *m, const uint8_t *restrict src,
                                                               uint8_t *restrict dst, int n, int channels)
{
    for (int x = 0; x < n; x++, src += channels, dst += channels) {
        uint32_t pixel = clamped((*m)[0][src[0]] + (*m)[1][src[1]] + (*m)[2][src[2]]);
        if (channels == 4)
            pixel |= alpha_of(src);
        memcpy(dst, &pixel, 4);
    }
}

static inline __attribute__((always_inline)) void table_strip(const tb_table *t, const uint8_t *restrict src,
                                                              uint8_t *restrict dst, int n, int channels)
{
    for (int x = 0; x < n; x++, src += channels, dst += channels) {
        for (int k = 0; k < (channels < 3 ? 1 : 3); k++)
            dst[k] = t->of[k][src[k]];
        if (channels % 2 == 0)
            dst[channels - 1] = t->of[3][src[channels - 1]];
    }
}

static void through_matrix(const matrix *m, const uint8_t *src, uint8_t *dst, int n, int channels)
{
    if (channels == 3)
        matrix_strip(m, src, dst, n, 3);
    else
        matrix_strip(m, src, dst, n, 4);
}

static void through_table(const tb_table *t, const uint8_t *src, uint8_t *dst, int n, int channels)
{
    switch (channels) {
    case 1:
        table_strip(t, src, dst, n, 1);
        break;
    case 2:
        table_strip(t, src, dst, n, 2);
        break;
    case 3:
        table_strip(t, src, dst, n, 3);
        break;
    default:
        table_strip(t, src, dst, n, 4);
        break;
    }
}

static void make_strip(const point *p, const uint8_t *src, uint8_t *dst, int n, int channels)
{
    int passes = p->matrices + p->tabled;

    for (int i = 0; i < passes; i++) {
        uint8_t *to = i == passes - 1 ? dst : p->half[i % 2];
        if (i < p->matrices)
            through_matrix(&p->matrix[i], src, to, n, channels);
        else
            through_table(&p->table, src, to, n, channels);
        src = to;
    }
}

static tb_status point_step(tb_stage *s, tb_error *err)
{
    const tb_point_args *a = s->args;
    point *p = s->state;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int c = out->shape.channels, y = out->end;

    (void)err;
    if (p->built < a->count) {
        build(p, &a->step[p->built], c);
        tb_advance(in, 0, p->built == a->count);
        return TB_MORE;
    }
    for (int work = WORK; work > 0 && p->x < out->shape.width; work -= STRIP * (p->matrices + p->tabled)) {
        int left = out->shape.width - p->x, n = left < STRIP ? left : STRIP;
        size_t at = (size_t)p->x * (size_t)c;
        make_strip(p, tb_row(in, y) + at, tb_new_row(out, 0) + at, n, c);
        p->x += n;
    }
    if (p->x < out->shape.width)
        return TB_MORE;
    p->x = 0;
    tb_advance(in, y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_point = {.name = "point",
                               .size = sizeof(point),
                               .ins = 1,
                               .outs = 1,
                               .open = point_open,
                               .step = point_step,
                               .close = point_close};
