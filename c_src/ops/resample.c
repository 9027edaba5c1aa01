/* resample.c - moves lines through the passes, the one nearest the end first. */
#include "resample.h"

#define BUDGET 30000 /* nanoseconds or so, of a step */
#define TILE   1024  /* pixels taken or given at once */

static int channels_of(const tb_stage *s)
{
    return s->in[0].rows->shape.channels;
}

void tb_resample_open(tb_resample *r, tb_stage *s)
{
    r->k = tb_best_rows();
    r->width[0] = s->in[0].rows->shape.width;
    s->in[0].window = 1;
    s->in[0].want = 0; /* lines and weights come first */
}

tb_status tb_resample_linear(tb_resample *r, tb_stage *s, tb_error *err)
{
    r->light = tb_alloc(s->mem, 1, sizeof *r->light);
    if (!r->light)
        return tb_no_memory(err, s->mem, s->ops->name, "its light");
    tb_light_fill(r->light);
    return TB_MORE;
}

/* Behind it lines are of that width. */
static tb_pass *add_pass(tb_resample *r, int width)
{
    assert(r->count < TB_PASSES);
    r->width[r->count + 1] = width;
    return &r->pass[r->count++];
}

/* What every pass ends with. */
static tb_status added(tb_stage *s, bool opened, tb_error *err)
{
    return opened ? TB_MORE : tb_no_memory(err, s->mem, s->ops->name, "its weights and sums");
}

tb_status tb_resample_down(tb_resample *r, tb_stage *s, const tb_axis *axis, tb_error *err)
{
    int width = r->width[r->count];
    tb_pass *p = add_pass(r, width);

    p->kind = TB_DOWN;
    return added(s, tb_vertical_open(&p->down, s->mem, *axis, width * channels_of(s)), err);
}

tb_status tb_resample_along(tb_resample *r, tb_stage *s, const tb_axis *axis, tb_error *err)
{
    tb_pass *p = add_pass(r, axis->out);

    p->kind = TB_ALONG;
    return added(s, tb_horizontal_open(&p->along, s->mem, *axis, channels_of(s)), err);
}

tb_status tb_resample_convolve(tb_resample *r, tb_stage *s, double sigma, int radius, tb_error *err)
{
    int width = r->width[r->count];
    tb_pass *p = add_pass(r, width);

    p->kind = TB_CONVOLVE;
    return added(s, tb_convolve_open(&p->convolve, s->mem, sigma, radius, width, channels_of(s)), err);
}

static void close_pass(tb_pass *p, tb_mem *mem)
{
    switch (p->kind) {
    case TB_DOWN:
        tb_vertical_close(&p->down, mem);
        break;
    case TB_ALONG:
        tb_horizontal_close(&p->along, mem);
        break;
    case TB_CONVOLVE:
        tb_convolve_close(&p->convolve, mem);
        break;
    }
}

void tb_resample_close(tb_resample *r, tb_stage *s)
{
    for (int i = 0; i < r->count; i++)
        close_pass(&r->pass[i], s->mem);
    tb_free(s->mem, r->lines);
    tb_free(s->mem, r->light);
}

/* The first pass takes rows as they are. */
static bool takes_rows(const tb_resample *r, const tb_in *in)
{
    return r->pass[0].kind == TB_DOWN && in->rows->shape.channels % 2 && !r->light;
}

/* Samples of line i, with what follows it; none of one that is not used. */
static size_t line_size(const tb_resample *r, const tb_stage *s, int i)
{
    size_t n = (size_t)r->width[i] * (size_t)channels_of(s) + TB_SPARE;

    return i == 0 && takes_rows(r, &s->in[0]) ? 0 : (n + 31) / 32 * 32;
}

static tb_status lay_lines(tb_resample *r, tb_stage *s, tb_error *err)
{
    size_t n = 0;

    for (int i = 0; i <= r->count; i++)
        n += line_size(r, s, i);
    r->lines = tb_alloc(s->mem, n, sizeof *r->lines);
    if (!r->lines)
        return tb_no_memory(err, s->mem, s->ops->name, "its lines");
    r->line[0] = r->lines;
    for (int i = 0; i < r->count; i++)
        r->line[i + 1] = r->line[i] + line_size(r, s, i);
    return TB_MORE;
}

static tb_weights *weights_of(tb_pass *p)
{
    switch (p->kind) {
    case TB_DOWN:
        return &p->down.weights;
    case TB_ALONG:
        return &p->along.weights;
    default:
        return &p->convolve.weights;
    }
}

static tb_status make_weights(tb_resample *r, tb_stage *s)
{
    int budget = BUDGET;

    while (budget > 0 && r->ready < r->count) {
        tb_weights *w = weights_of(&r->pass[r->ready]);
        tb_weights_step(w, &budget);
        r->ready += w->ready;
    }
    if (r->ready == r->count)
        tb_advance(&s->in[0], 0, 1);
    return TB_MORE;
}

static void took(tb_in *in)
{
    tb_advance(in, in->first + 1, in->first + 1);
}

static void take(tb_resample *r, tb_in *in, int *budget)
{
    int channels = in->rows->shape.channels, left = in->rows->shape.width - r->taken;
    int n = left < TILE ? left : TILE, at = r->taken * channels;
    const uint8_t *row = tb_row(in, in->first) + at;

    if (r->light)
        tb_light_in(r->light, r->line[0] + at, row, n, channels);
    else if (channels % 2)
        r->k->widen(r->line[0] + at, row, n * channels);
    else
        r->k->premultiply(r->line[0] + at, row, n, channels);
    *budget -= r->light ? 2 * n * channels : n * channels / (channels % 2 ? 8 : 4);
    r->taken += n;
    if (n < left)
        return;
    r->taken = 0;
    r->full[0] = true;
    took(in);
}

/* As many as the first output wants. */
static void take_rows(tb_resample *r, tb_in *in, int *budget)
{
    tb_vertical *v = &r->pass[0].down;

    while (*budget > 0 && in->first < in->rows->end && tb_vertical_hungry(v))
        if (tb_vertical_put_row(v, r->k, tb_row(in, in->first), budget))
            took(in);
}

static void give(tb_resample *r, tb_rows *out, int *budget)
{
    int channels = out->shape.channels, left = out->shape.width - r->given;
    int n = left < TILE ? left : TILE, at = r->given * channels;
    uint8_t *row = tb_new_row(out, 0) + at;

    if (r->light)
        tb_light_out(r->light, row, r->line[r->count] + at, n, channels);
    else if (channels % 2)
        r->k->narrow(row, r->line[r->count] + at, n * channels);
    else
        r->k->unpremultiply(row, r->line[r->count] + at, n, channels);
    *budget -= r->light ? 4 * n * channels : channels % 2 ? n * channels / 8 : n * channels * 2;
    r->given += n;
    if (n < left)
        return;
    r->given = 0;
    r->full[r->count] = false;
    out->end++;
}

/* Can pass i do anything? */
static bool can_move(const tb_resample *r, int i)
{
    const tb_pass *p = &r->pass[i];

    if (p->kind == TB_DOWN)
        return tb_vertical_hungry(&p->down) ? r->full[i] : !r->full[i + 1];
    return r->full[i] && !r->full[i + 1];
}

static void move(tb_resample *r, int i, int *budget)
{
    tb_pass *p = &r->pass[i];
    const int16_t *in = r->line[i];
    int16_t *out = r->line[i + 1];

    if (p->kind == TB_DOWN && tb_vertical_hungry(&p->down)) {
        r->full[i] = !tb_vertical_put(&p->down, r->k, in, budget);
    } else if (p->kind == TB_DOWN) {
        r->full[i + 1] = tb_vertical_step(&p->down, r->k, out, budget);
    } else {
        r->full[i + 1] = p->kind == TB_ALONG ? tb_horizontal_step(&p->along, r->k, out, in, budget)
                                             : tb_convolve_step(&p->convolve, r->k, out, in, budget);
        r->full[i] = !r->full[i + 1];
    }
}

/* What moves next: `count` the giving of a line, a pass, or -1 the taking of a row. */
static int next_move(const tb_resample *r)
{
    int i = r->count;

    if (r->full[i])
        return i;
    while (--i >= 0 && !can_move(r, i))
        ;
    return i;
}

tb_status tb_resample_step(tb_resample *r, tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    int budget = BUDGET, end = out->end + out->burst;
    bool rows = takes_rows(r, in);

    if (!r->lines && lay_lines(r, s, err) == TB_FAIL)
        return TB_FAIL;
    if (r->ready < r->count)
        return make_weights(r, s);
    end = end < out->shape.height ? end : out->shape.height;
    int i = next_move(r);
    while (budget > 0 && out->end < end && (i >= 0 || in->first < in->rows->end)) {
        if (i == r->count)
            give(r, out, &budget);
        else if (i >= 0)
            move(r, i, &budget);
        else if (rows)
            take_rows(r, in, &budget);
        else
            take(r, in, &budget);
        i = next_move(r);
    }
    tb_advance(in, in->first, in->first + (i < 0));
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}
