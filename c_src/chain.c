/* chain.c - the only loop over stages, and the only place that stops early. */
#include "chain.h"
#include <string.h>

#define ALIGN 64

static bool grow(tb_chain *c)
{
    int room = c->room ? 2 * c->room : 8;
    tb_stage *bigger = tb_calloc(c->mem, (size_t)room, sizeof *bigger);

    if (!bigger)
        return false;
    if (c->count)
        memcpy(bigger, c->stage, (size_t)c->count * sizeof *bigger);
    tb_free(c->mem, c->stage);
    c->stage = bigger;
    c->room = room;
    return true;
}

int tb_chain_add(tb_chain *c, const tb_stage_ops *ops, const void *args, int from)
{
    if (c->count == TB_MAX_STAGES || (c->count == c->room && !grow(c)))
        return -1;
    c->stage[c->count] = (tb_stage){.ops = ops, .args = args, .mem = c->mem};
    if (ops->ins > 0)
        tb_chain_link(c, c->count, 0, from, 0);
    return c->count++;
}

void tb_chain_link(tb_chain *c, int stage, int in, int from, int port)
{
    assert(from >= 0 && from < stage && port < c->stage[from].ops->outs);
    c->stage[stage].in[in].from = from;
    c->stage[stage].in[in].port = port;
}

/* The stages do not move any more once the first is open. */
static tb_status open_next(tb_chain *c, tb_error *err)
{
    tb_stage *s = &c->stage[c->opened];

    for (int i = 0; i < s->ops->ins; i++)
        s->in[i].rows = &c->stage[s->in[i].from].out[s->in[i].port];
    for (int i = 0; i < s->ops->outs; i++)
        s->out[i].burst = 1;
    if (s->ops->size && !(s->state = tb_calloc(c->mem, 1, s->ops->size)))
        return tb_no_memory(err, c->mem, s->ops->name, "its state");
    s->opened = true;
    c->opened++;
    return s->ops->open(s, err);
}

static tb_rows *ring_of(const tb_chain *c, const tb_in *in)
{
    return &c->stage[in->from].out[in->port];
}

/* A ring holds what its greediest reader needs at once, and a burst more. */
static void size_rings(tb_chain *c)
{
    for (int i = 0; i < c->count; i++)
        for (int k = 0; k < c->stage[i].ops->ins; k++) {
            tb_in *in = &c->stage[i].in[k];
            tb_rows *r = ring_of(c, in);
            int window = in->window > 0 ? in->window : 1;
            if (window > r->capacity)
                r->capacity = window;
        }
}

static tb_status lay_ring(tb_chain *c, tb_rows *r, const char *stage, tb_error *err)
{
    size_t width = (size_t)r->shape.width * (size_t)r->shape.channels;
    int height = r->shape.height;

#ifdef TB_EAGER
    r->capacity += 3;
#endif
    r->capacity = r->capacity < height - r->burst ? r->capacity + r->burst : height;
    r->stride = (width + TB_SLACK + ALIGN - 1) / ALIGN * ALIGN;
    r->block = tb_alloc(c->mem, (size_t)r->capacity + 1, r->stride);
    if (!r->block)
        return tb_no_memory(err, c->mem, stage, "its rows");
    r->data = r->block + (ALIGN - (uintptr_t)r->block % ALIGN) % ALIGN;
    return TB_MORE;
}

static tb_status lay_rings(tb_chain *c, tb_error *err)
{
    size_rings(c);
    for (int i = 0; i < c->count; i++)
        for (int k = 0; k < c->stage[i].ops->outs; k++)
            if (lay_ring(c, &c->stage[i].out[k], c->stage[i].ops->name, err) == TB_FAIL)
                return TB_FAIL;
    c->laid = true;
    return TB_MORE;
}

static bool has_input(const tb_stage *s)
{
    for (int i = 0; i < s->ops->ins; i++)
        if (s->in[i].rows->end < s->in[i].want)
            return false;
    return true;
}

static bool has_room(const tb_stage *s)
{
    for (int i = 0; i < s->ops->outs; i++) {
        const tb_rows *r = &s->out[i];
        int left = r->shape.height - r->end, burst = r->burst < left ? r->burst : left;
        if (r->end - r->first + burst > r->capacity)
            return false;
    }
    return true;
}

static bool ready(const tb_stage *s)
{
    return !s->done && !s->hungry && has_input(s) && has_room(s);
}

/* The stage to run next: the one nearest the end that can move, so rows leave as
 * early as possible; -1 if none can. */
static int pick(const tb_chain *c)
{
#ifdef TB_EAGER /* a test build: fill everything before anything leaves */
    for (int i = 0; i < c->count; i++)
        if (ready(&c->stage[i]))
            return i;
    return -1;
#else
    int i = c->count - 1;
    while (i >= 0 && !ready(&c->stage[i]))
        i--;
    return i;
#endif
}

/* Lets go of the rows of a ring that no reader needs; true if none will ever
 * need one again. */
static bool trim(const tb_chain *c, int writer, int port)
{
    tb_rows *r = &c->stage[writer].out[port];
    int first = r->end;
    bool idle = true;

    for (int i = writer + 1; i < c->count; i++) {
        const tb_stage *s = &c->stage[i];
        for (int k = 0; !s->done && k < s->ops->ins; k++)
            if (s->in[k].rows == r) {
                idle = false;
                if (s->in[k].first < first)
                    first = s->in[k].first;
            }
    }
    r->first = first;
    return idle;
}

/* A stage nobody reads from any more is done, and so on up to the source. */
static void finish(tb_chain *c, int done)
{
    c->stage[done].done = true;
    for (int i = done - 1; i >= 0; i--) {
        tb_stage *s = &c->stage[i];
        bool idle = s->ops->outs > 0;
        for (int k = 0; k < s->ops->outs; k++)
            idle &= trim(c, i, k);
        s->done |= idle;
    }
}

static bool all_done(const tb_chain *c)
{
    for (int i = 0; i < c->count; i++)
        if (!c->stage[i].done)
            return false;
    return true;
}

static tb_status stuck(const tb_chain *c, tb_error *err)
{
    for (int i = 0; i < c->count; i++)
        if (c->stage[i].hungry)
            return TB_HUNGRY;
    return tb_fail(err, TB_E_UNSUPPORTED, "chain", "no stage can move: this is a bug");
}

static tb_status step(tb_chain *c, int i, tb_error *err)
{
    tb_stage *s = &c->stage[i];

    switch (s->ops->step(s, err)) {
    case TB_FAIL:
        return TB_FAIL;
    case TB_HUNGRY:
        s->hungry = true;
        break;
    case TB_DONE:
        finish(c, i);
        break;
    default:
        for (int k = 0; k < s->ops->ins; k++)
            trim(c, s->in[k].from, s->in[k].port);
        break;
    }
    return TB_MORE;
}

/* One step of whatever comes next. */
static tb_status move(tb_chain *c, tb_budget *budget, tb_error *err)
{
    if (c->opened < c->count)
        return open_next(c, err);
    if (!c->laid)
        return lay_rings(c, err);

    int i = pick(c);
    if (i < 0)
        return all_done(c) ? TB_DONE : stuck(c, err);
    if (c->stage[i].long_step && !budget->long_ok)
        return TB_LONG;
    c->stage[i].stop = &budget->stop;
    return step(c, i, err);
}

tb_status tb_chain_run(tb_chain *c, tb_budget *budget, tb_error *err)
{
    tb_status status;

    if (err->code != TB_E_NONE)
        return TB_FAIL;
    for (int i = 0; i < c->count; i++)
        c->stage[i].hungry = false;
    do
        status = move(c, budget, err);
    while (status == TB_MORE && budget->left(budget));
    return status;
}

bool tb_chain_heavy(const tb_chain *c)
{
    for (int i = 0; i < c->count; i++)
        if (c->stage[i].heavy)
            return true;
    return false;
}

void tb_chain_close(tb_chain *c)
{
    for (int i = 0; i < c->count; i++) {
        tb_stage *s = &c->stage[i];
        if (s->opened && s->ops->close)
            s->ops->close(s);
        tb_free(c->mem, s->state);
        for (int k = 0; k < s->ops->outs; k++)
            tb_free(c->mem, s->out[k].block);
    }
    tb_free(c->mem, c->stage);
    *c = (tb_chain){.mem = c->mem};
}
