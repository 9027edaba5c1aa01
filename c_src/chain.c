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
    assert(c->opened == 0); /* the stages do not move any more once the first is open */
    if (c->count == TB_MAX_STAGES || (c->count == c->room && !grow(c)))
        return -1;
    c->stage[c->count] = (tb_stage){.ops = ops, .args = args, .mem = c->mem, .vips = c->vips};
    if (ops->ins > 0)
        tb_chain_link(c, c->count, 0, from, 0);
    return c->count++;
}

void tb_chain_link(tb_chain *c, int stage, int in, int from, int port)
{
    assert(from >= 0 && from < stage && port < c->stage[from].ops->outs);
    c->stage[stage].in[in].from = from;
    c->stage[stage].in[in].port = port;
    if (stage > c->stage[from].out[port].last)
        c->stage[from].out[port].last = stage;
}

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

static size_t ring_bytes(const tb_rows *r)
{
    return (size_t)r->capacity * r->stride;
}

static bool take_block(tb_chain *c, tb_rows *r)
{
    r->block = tb_alloc(c->mem, (size_t)r->capacity + 1, r->stride);
    if (r->block)
        r->data = r->block + (ALIGN - (uintptr_t)r->block % ALIGN) % ALIGN;
    return r->block;
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
    return take_block(c, r) ? TB_MORE : tb_no_memory(err, c->mem, stage, "its rows");
}

/* One stage's at a time: to take many large blocks is work, too. */
static tb_status lay_next(tb_chain *c, tb_error *err)
{
    tb_stage *s = &c->stage[c->laid];

    if (c->laid == 0)
        size_rings(c);
    for (int k = 0; k < s->ops->outs; k++)
        if (lay_ring(c, &s->out[k], s->ops->name, err) == TB_FAIL)
            return TB_FAIL;
    c->laid++;
    return TB_MORE;
}

static bool has_input(const tb_stage *s)
{
    for (int i = 0; i < s->ops->ins; i++)
        if (s->in[i].rows->end < s->in[i].want)
            return false;
    return true;
}

/* A ring of the stage in which there is no room for a burst; NULL if there is none. */
static tb_rows *full_ring(tb_stage *s)
{
    for (int i = 0; i < s->ops->outs; i++) {
        tb_rows *r = &s->out[i];
        int left = r->shape.height - r->end, burst = r->burst < left ? r->burst : left;
        if (r->end - r->first + burst > r->capacity)
            return r;
    }
    return NULL;
}

static bool ready(tb_stage *s)
{
    return !s->done && !s->hungry && has_input(s) && !full_ring(s);
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

    for (int i = writer + 1; i <= r->last; i++) {
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

/* Twice the rows; those that are here, or begun, keep their contents. */
static tb_status widen(tb_chain *c, tb_rows *r, const char *stage, tb_error *err)
{
    tb_rows old = *r;

    r->capacity = old.capacity < r->shape.height / 2 ? 2 * old.capacity : r->shape.height;
    if (!take_block(c, r)) {
        *r = old;
        return tb_no_memory(err, c->mem, stage, "its rows");
    }
    for (int y = r->first; y < r->first + old.capacity; y++)
        memcpy(r->data + (size_t)(y % r->capacity) * r->stride,
               old.data + (size_t)(y % old.capacity) * r->stride, r->stride);
    tb_free(c->mem, old.block);
    return TB_MORE;
}

static bool has_join(const tb_chain *c)
{
    for (int i = 0; i < c->count; i++)
        if (c->stage[i].ops->ins > 1)
            return true;
    return false;
}

/* Where branches meet again, one may lag behind the other by more than the rings
 * between them hold, and then all wait for each other.  The smallest ring that
 * keeps its writer waiting grows, until they move. */
static tb_status unlock(tb_chain *c, const tb_budget *budget, tb_error *err)
{
    tb_rows *smallest = NULL;
    const char *stage = NULL;

    for (int i = 0; i < c->count; i++) {
        tb_stage *s = &c->stage[i];
        tb_rows *r = s->done || !has_input(s) ? NULL : full_ring(s);
        if (r && (!smallest || ring_bytes(r) < ring_bytes(smallest))) {
            smallest = r;
            stage = s->ops->name;
        }
    }
    if (!smallest || !has_join(c))
        return tb_fail(err, TB_E_UNSUPPORTED, "chain", "no stage can move: this is a bug");
    if (ring_bytes(smallest) > TB_LONG_COPY && !budget->long_ok)
        return TB_LONG;
    return widen(c, smallest, stage, err);
}

static bool starved(const tb_chain *c)
{
    for (int i = 0; i < c->count; i++)
        if (c->stage[i].hungry && !c->stage[i].done)
            return true;
    return false;
}

static tb_status none_ready(tb_chain *c, const tb_budget *budget, tb_error *err)
{
    if (all_done(c))
        return TB_DONE;
    return starved(c) ? TB_HUNGRY : unlock(c, budget, err);
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
        for (int k = 0; k < s->ops->outs; k++) /* a row may be made that no reader wants */
            trim(c, i, k);
        break;
    }
    return TB_MORE;
}

/* A step of whichever stage can do one: a source without input is passed by. */
static tb_status step_on(tb_chain *c, tb_budget *budget, tb_error *err)
{
    tb_status status;
    int i;

    do {
        i = pick(c);
        if (i < 0)
            return none_ready(c, budget, err);
        if (c->stage[i].long_step && !budget->long_ok)
            return TB_LONG;
        c->stage[i].stop = &budget->stop;
        status = step(c, i, err);
    } while (c->stage[i].hungry);
    return status;
}

/* One step of whatever comes next. */
static tb_status move(tb_chain *c, tb_budget *budget, tb_error *err)
{
    if (c->opened < c->count)
        return open_next(c, err);
    if (c->laid < c->count)
        return lay_next(c, err);
    return step_on(c, budget, err);
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
    *c = (tb_chain){.mem = c->mem, .vips = c->vips};
}
