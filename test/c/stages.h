/* stages.h - small stages to try the loop with, and for each the same done plainly. */
#ifndef STAGES_H
#define STAGES_H

#include "check.h"

/* What all stages below did. */
static struct {
    long opened, closed, steps;
} seen;

static tb_stop *last_stop;

static size_t row_size(const tb_rows *r)
{
    return (size_t)r->shape.width * (size_t)r->shape.channels;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static void count_close(tb_stage *s)
{
    CHECK(s->opened);
    seen.closed++;
}

/* --- source: an image, with hunger before every `hunger`-th row */

typedef struct {
    image picture;
    int hunger;
} source_args;

typedef struct {
    bool fed;
} source_state;

static tb_status source_open(tb_stage *s, tb_error *err)
{
    const source_args *a = s->args;
    (void)err;
    seen.opened++;
    s->out[0].shape = (tb_shape){a->picture.w, a->picture.h, a->picture.c};
    return TB_MORE;
}

static tb_status source_step(tb_stage *s, tb_error *err)
{
    const source_args *a = s->args;
    source_state *own = s->state;
    tb_rows *out = &s->out[0];
    size_t n = row_size(out);
    (void)err;
    last_stop = s->stop;
    seen.steps++;
    if (a->hunger && out->end % a->hunger == 0 && !own->fed) {
        own->fed = true;
        return TB_HUNGRY;
    }
    own->fed = false;
    memcpy(tb_new_row(out, 0), a->picture.px + (size_t)out->end * n, n);
    return ++out->end == a->picture.h ? TB_DONE : TB_MORE;
}

static const tb_stage_ops source = {"source",    sizeof(source_state), 0,          1,
                                    source_open, source_step,          count_close};

/* --- box: sums of the rows up to `radius` away, `burst` rows a step */

typedef struct {
    int radius, burst;
} box_args;

static tb_status box_open(tb_stage *s, tb_error *err)
{
    const box_args *a = s->args;
    tb_in *in = &s->in[0];
    (void)err;
    seen.opened++;
    s->out[0].shape = in->rows->shape;
    s->out[0].burst = a->burst;
    in->window = 2 * a->radius + a->burst;
    in->want = least(a->radius + a->burst, in->rows->shape.height);
    return TB_MORE;
}

static void sum_rows(const tb_in *in, int y, int radius, uint8_t *dst)
{
    size_t n = row_size(in->rows);
    memset(dst, 0, n);
    for (int d = -radius; d <= radius; d++) {
        int at = y + d < 0 ? 0 : least(y + d, in->rows->shape.height - 1);
        for (size_t x = 0; x < n; x++)
            dst[x] = (uint8_t)(dst[x] + tb_row(in, at)[x]);
    }
}

static tb_status box_step(tb_stage *s, tb_error *err)
{
    const box_args *a = s->args;
    tb_rows *out = &s->out[0];
    int rows = least(a->burst, out->shape.height - out->end);
    (void)err;
    seen.steps++;
    for (int i = 0; i < rows; i++)
        sum_rows(&s->in[0], out->end + i, a->radius, tb_new_row(out, i));
    out->end += rows;
    int first = out->end - a->radius;
    tb_advance(&s->in[0], first > 0 ? first : 0, out->end + a->radius + a->burst);
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops box = {"box", 0, 1, 1, box_open, box_step, count_close};

static image naive_box(image in, int radius)
{
    image out = image_new(in.w, in.h, in.c);
    int n = in.w * in.c;
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < n; x++)
            for (int from = y - radius; from <= y + radius; from++)
                out.px[y * n + x] = (uint8_t)(out.px[y * n + x] + in.px[(from < 0       ? 0
                                                                         : from >= in.h ? in.h - 1
                                                                                        : from) *
                                                                            n +
                                                                        x]);
    return out;
}

/* --- pick_rows: rows start, start + every, ... of which it makes at most `most`;
 * reads one row at a time, and hops over the others */

typedef struct {
    int start, every, most;
} pick_args;

static tb_status pick_open(tb_stage *s, tb_error *err)
{
    const pick_args *a = s->args;
    tb_in *in = &s->in[0];
    (void)err;
    seen.opened++;
    s->out[0].shape = in->rows->shape;
    s->out[0].shape.height = least((in->rows->shape.height - a->start + a->every - 1) / a->every, a->most);
    in->window = 1;
    in->first = a->start;
    in->want = a->start + 1;
    return TB_MORE;
}

static tb_status pick_step(tb_stage *s, tb_error *err)
{
    const pick_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    (void)err;
    seen.steps++;
    memcpy(tb_new_row(out, 0), tb_row(in, in->first), row_size(out));
    tb_advance(in, in->first + a->every, in->first + a->every + 1);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops pick_rows = {"pick", 0, 1, 1, pick_open, pick_step, count_close};

static image naive_pick(image in, pick_args a)
{
    int count = 0;
    for (int y = a.start; y < in.h && count < a.most; y += a.every)
        count++;
    image out = image_new(in.w, count, in.c);
    for (int i = 0; i < count; i++)
        memcpy(out.px + i * in.w * in.c, in.px + (a.start + i * a.every) * in.w * in.c,
               (size_t)(in.w * in.c));
    return out;
}

/* --- hoard: takes the whole picture in, then gives it upside down */

typedef struct {
    uint8_t *px;
} hoard_state;

static tb_status hoard_open(tb_stage *s, tb_error *err)
{
    hoard_state *own = s->state;
    tb_shape shape = s->out[0].shape = s->in[0].rows->shape;
    seen.opened++;
    s->in[0].window = s->in[0].want = 1;
    own->px = tb_alloc(s->mem, (size_t)shape.height, row_size(&s->out[0]));
    return own->px ? TB_MORE : tb_no_memory(err, s->mem, "hoard", "the picture");
}

static tb_status hoard_step(tb_stage *s, tb_error *err)
{
    hoard_state *own = s->state;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    size_t n = row_size(out);
    (void)err;
    seen.steps++;
    if (in->first < out->shape.height) {
        memcpy(own->px + (size_t)in->first * n, tb_row(in, in->first), n);
        tb_advance(in, in->first + 1, in->first + 2);
        return TB_MORE;
    }
    memcpy(tb_new_row(out, 0), own->px + (size_t)(out->shape.height - 1 - out->end) * n, n);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static void hoard_close(tb_stage *s)
{
    hoard_state *own = s->state;
    tb_free(s->mem, own->px);
    count_close(s);
}

static const tb_stage_ops hoard = {"hoard", sizeof(hoard_state), 1, 1, hoard_open, hoard_step, hoard_close};

static image naive_hoard(image in)
{
    image out = image_new(in.w, in.h, in.c);
    size_t n = (size_t)(in.w * in.c);
    for (int y = 0; y < in.h; y++)
        memcpy(out.px + (size_t)y * n, in.px + (size_t)(in.h - 1 - y) * n, n);
    return out;
}

/* --- add: two pictures of one shape */

static tb_status add_open(tb_stage *s, tb_error *err)
{
    (void)err;
    seen.opened++;
    s->out[0].shape = s->in[0].rows->shape;
    for (int i = 0; i < 2; i++)
        s->in[i].window = s->in[i].want = 1;
    return TB_MORE;
}

static tb_status add_step(tb_stage *s, tb_error *err)
{
    tb_rows *out = &s->out[0];
    int y = out->end;
    uint8_t *dst = tb_new_row(out, 0);
    const uint8_t *a = tb_row(&s->in[0], y), *b = tb_row(&s->in[1], y);
    (void)err;
    seen.steps++;
    for (size_t x = 0; x < row_size(out); x++)
        dst[x] = (uint8_t)(a[x] + b[x]);
    for (int i = 0; i < 2; i++)
        tb_advance(&s->in[i], y + 1, y + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops add = {"add", 0, 2, 1, add_open, add_step, count_close};

static image naive_add(image a, image b)
{
    image out = image_new(a.w, a.h, a.c);
    for (size_t i = 0; i < image_size(a); i++)
        out.px[i] = (uint8_t)(a.px[i] + b.px[i]);
    return out;
}

/* --- planes: out 0 has the rows of the picture, out 1 every second one, out 2 none of use */

static tb_status planes_open(tb_stage *s, tb_error *err)
{
    const image *i = s->args;
    (void)err;
    seen.opened++;
    s->out[0].shape = s->out[2].shape = (tb_shape){i->w, i->h, i->c};
    s->out[1].shape = (tb_shape){i->w, (i->h + 1) / 2, i->c};
    s->out[0].burst = 2;
    return TB_MORE;
}

static tb_status planes_step(tb_stage *s, tb_error *err)
{
    const image *i = s->args;
    size_t n = row_size(&s->out[0]);
    int y = s->out[0].end, rows = least(2, i->h - y);
    (void)err;
    seen.steps++;
    for (int k = 0; k < rows; k++)
        memcpy(tb_new_row(&s->out[0], k), i->px + (size_t)(y + k) * n, n);
    memcpy(tb_new_row(&s->out[1], 0), i->px + (size_t)y * n, n);
    memset(tb_new_row(&s->out[2], 0), 0, n);
    s->out[0].end += rows;
    s->out[1].end++;
    s->out[2].end++;
    return s->out[0].end == i->h ? TB_DONE : TB_MORE;
}

static const tb_stage_ops planes = {"planes", 0, 0, 3, planes_open, planes_step, count_close};

/* --- moody: passes rows on, but fails, or is long, where it is told to */

typedef struct {
    bool bad_open, heavy;
    int bad_row, long_row; /* -1 = none */
} moody_args;

static tb_status moody_open(tb_stage *s, tb_error *err)
{
    const moody_args *a = s->args;
    seen.opened++;
    s->out[0].shape = s->in[0].rows->shape;
    s->in[0].window = s->in[0].want = 1;
    s->long_step = a->long_row == 0;
    s->heavy = a->heavy;
    return a->bad_open ? tb_fail(err, TB_E_UNSUPPORTED, "moody", "will not open") : TB_MORE;
}

static tb_status moody_step(tb_stage *s, tb_error *err)
{
    const moody_args *a = s->args;
    tb_rows *out = &s->out[0];
    int y = out->end;
    seen.steps++;
    if (y == a->bad_row)
        return tb_fail(err, TB_E_CORRUPT, "moody", "fails in row %d", y);
    memcpy(tb_new_row(out, 0), tb_row(&s->in[0], y), row_size(out));
    tb_advance(&s->in[0], y + 1, y + 2);
    s->long_step = a->long_row == y + 1;
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops moody = {"moody", 0, 1, 1, moody_open, moody_step, count_close};

/* --- sink: keeps the first `most` rows */

typedef struct {
    image *into; /* as large as the picture */
    int most;
} sink_args;

static tb_status sink_open(tb_stage *s, tb_error *err)
{
    (void)err;
    seen.opened++;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static tb_status sink_step(tb_stage *s, tb_error *err)
{
    const sink_args *a = s->args;
    tb_in *in = &s->in[0];
    size_t n = row_size(in->rows);
    (void)err;
    seen.steps++;
    CHECK(a->into->h == in->rows->shape.height && a->into->w == in->rows->shape.width);
    memcpy(a->into->px + (size_t)in->first * n, tb_row(in, in->first), n);
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == least(a->most, in->rows->shape.height) ? TB_DONE : TB_MORE;
}

static const tb_stage_ops sink = {"sink", 0, 1, 0, sink_open, sink_step, count_close};

/* --- a chain, and what it must come to */

#define NODES 24

typedef struct {
    tb_mem mem;
    tb_chain c;
    tb_error err;
    image want[NODES]; /* what each stage makes */
    image got[NODES];
    union {
        source_args source;
        box_args box;
        pick_args pick;
        sink_args sink;
    } args[NODES];
} graph;

static void graph_new(graph *g)
{
    memset(g, 0, sizeof *g);
    g->mem.heap = &test_heap;
    g->c.mem = &g->mem;
}

static int add_source(graph *g, image i, int hunger)
{
    int n = g->c.count;
    g->args[n].source = (source_args){i, hunger};
    g->want[n] = i;
    return tb_chain_add(&g->c, &source, &g->args[n], -1);
}

static int add_box(graph *g, int from, int radius, int burst)
{
    int n = g->c.count;
    g->args[n].box = (box_args){radius, burst};
    g->want[n] = naive_box(g->want[from], radius);
    return tb_chain_add(&g->c, &box, &g->args[n], from);
}

static int add_pick(graph *g, int from, int start, int every, int most)
{
    int n = g->c.count;
    g->args[n].pick = (pick_args){start, every, most};
    g->want[n] = naive_pick(g->want[from], g->args[n].pick);
    return tb_chain_add(&g->c, &pick_rows, &g->args[n], from);
}

static int add_hoard(graph *g, int from)
{
    g->want[g->c.count] = naive_hoard(g->want[from]);
    return tb_chain_add(&g->c, &hoard, NULL, from);
}

static int add_sum(graph *g, int a, int b)
{
    g->want[g->c.count] = naive_add(g->want[a], g->want[b]);
    int n = tb_chain_add(&g->c, &add, NULL, a);
    if (n >= 0)
        tb_chain_link(&g->c, n, 1, b, 0);
    return n;
}

static int add_sink(graph *g, int from, int most)
{
    int n = g->c.count;
    image like = g->want[from];
    g->got[n] = image_new(like.w, like.h, like.c);
    g->want[n] = image_new(like.w, like.h, like.c);
    memcpy(g->want[n].px, like.px, (size_t)(like.w * least(like.h, most) * like.c));
    g->args[n].sink = (sink_args){&g->got[n], most};
    return tb_chain_add(&g->c, &sink, &g->args[n], from);
}

static void graph_free(graph *g)
{
    long before = seen.closed;
    tb_chain_close(&g->c);
    CHECK(g->mem.used == 0);
    CHECK(seen.closed - before <= NODES);
    images_free();
}

/* Runs to the end, fed whenever it is hungry. */
static tb_status run_fed(graph *g, long steps)
{
    tb_status status;
    do
        status = run_chain(&g->c, steps, &g->err);
    while (status == TB_HUNGRY);
    return status;
}

static void check_sinks(graph *g)
{
    for (int i = 0; i < g->c.count; i++)
        if (g->c.stage[i].ops == &sink)
            CHECK_SAME(g->got[i], g->want[i]);
}

#endif
