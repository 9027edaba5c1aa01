/* task.c - tasks come, are collected, and go. */
#include "task.h"
#include "atoms.h"
#include "clock.h"
#include <string.h>

#define VERSION 4 /* of tb_handle */

static ErlNifResourceType *handle_type; /* set at load */

tb_task *tb_task_new(tb_world *world)
{
    tb_task *t = enif_alloc(sizeof *t);

    if (!t)
        return NULL;
    memset(t, 0, offsetof(tb_task, job.route));
    t->world = tb_world_hold(world);
    t->started = tb_now();
    atomic_fetch_add(&world->started, 1);
    return t;
}

/* A copy of the term in an environment of our own keeps the bytes where they are. */
bool tb_task_give(tb_task *t, int picture, ERL_NIF_TERM binary)
{
    ErlNifBinary b;

    if (!t->own)
        t->own = enif_alloc_env();
    if (!t->own || !enif_inspect_binary(t->own, enif_make_copy(t->own, binary), &b))
        return false;
    tb_job_give(&t->job, picture, b.data, b.size);
    return true;
}

static unsigned lane_index(const tb_task *t)
{
    return t->stats.slices[1] > 0 ? 2 : t->stats.slices[0] > 1 ? 1 : 0;
}

tb_lane tb_lane_for(const tb_settings *s, double cost)
{
    if (s->lane != TB_LANE_AUTO)
        return s->lane;
    return cost > 1000.0 * (double)s->dirty_threshold ? TB_LANE_DIRTY : TB_LANE_YIELD;
}

bool tb_task_is_large(const tb_task *t)
{
    return tb_lane_for(&t->settings, t->job.route.cost) == TB_LANE_DIRTY;
}

bool tb_task_is_small(const tb_task *t)
{
    return t->stats.cpu < TB_SMALL && t->job.route.cost < TB_SMALL;
}

ERL_NIF_TERM tb_task_lane(const tb_task *t)
{
    const ERL_NIF_TERM names[] = {tb_atom.inline_, tb_atom.yield, tb_atom.dirty};

    return t->stats.slices[1] > 0 && t->stats.slices[0] > 1 ? tb_atom.mixed : names[lane_index(t)];
}

void tb_task_free(tb_task *t)
{
    tb_world *w = t->world;

    tb_turn_ends(&t->queued);
    tb_job_close(&t->job);
    for (int i = 0; i < t->result + t->collecting; i++)
        enif_release_binary(&t->out[i]);
    if (t->own)
        enif_free_env(t->own);
    atomic_fetch_add(&w->lane[lane_index(t)], 1);
    enif_free(t);
    tb_world_drop(w);
}

static void reap(tb_reaped *r)
{
    tb_task_free((tb_task *)(void *)r);
}

/* The caller was killed in the middle.  We are on a normal scheduler, so what
 * takes long is left to another thread. */
static void destroy(ErlNifEnv *env, tb_task *t)
{
    atomic_fetch_add(&t->world->cancelled, 1);
    tb_turn_ends(&t->queued);
    tb_line_leave(env, &t->stand);
    if (tb_job_heavy(&t->job))
        tb_reap(&t->world->reaper, &t->reaped, reap);
    else
        tb_task_free(t);
}

void tb_handle_cancel(ErlNifEnv *env, tb_handle *h)
{
    tb_task *t = h->task;

    h->task = NULL;
    if (t)
        h->destroy(env, t);
}

static void collect(ErlNifEnv *env, void *object)
{
    tb_handle_cancel(env, object);
}

static bool pass(tb_handle *h, tb_watch from, tb_watch to)
{
    return atomic_compare_exchange_strong(&h->watch, &from, to);
}

static void down(ErlNifEnv *env, void *object, ErlNifPid *pid, ErlNifMonitor *monitor)
{
    tb_handle *h = object;

    (void)pid;
    if (h->version != VERSION)
        return;
    if (enif_compare_monitors(monitor, &h->monitor) != 0)
        return;
    for (tb_watch is = atomic_load(&h->watch); is == TB_WATCH_WORKS || is == TB_WATCH_WAITS;)
        if (atomic_compare_exchange_weak(&h->watch, &is, TB_WATCH_GONE)) {
            if (is == TB_WATCH_WAITS)
                tb_handle_cancel(env, h);
            return;
        }
}

void tb_handle_watch(ErlNifEnv *env, tb_handle *h)
{
    ErlNifPid self;

    if (!pass(h, TB_WATCH_NONE, TB_WATCH_WORKS))
        return;
    if (!enif_self(env, &self) || enif_monitor_process(env, h, &self, &h->monitor) != 0)
        pass(h, TB_WATCH_WORKS, TB_WATCH_GONE);
}

/* It went in the middle of a slice. */
static bool is_gone(ErlNifEnv *env, tb_handle *h)
{
    if (atomic_load(&h->watch) != TB_WATCH_GONE)
        return false;
    tb_handle_cancel(env, h);
    return true;
}

bool tb_handle_waits(ErlNifEnv *env, tb_handle *h)
{
    return pass(h, TB_WATCH_WORKS, TB_WATCH_WAITS) || !is_gone(env, h);
}

/* Where it is gone, the other thread has seen to the task. */
bool tb_handle_works(tb_handle *h)
{
    return pass(h, TB_WATCH_WAITS, TB_WATCH_WORKS) || atomic_load(&h->watch) != TB_WATCH_GONE;
}

bool tb_handle_unwatch(ErlNifEnv *env, tb_handle *h)
{
    if (atomic_load(&h->watch) == TB_WATCH_NONE)
        return true;
    enif_demonitor_process(env, h, &h->monitor);
    return pass(h, TB_WATCH_WORKS, TB_WATCH_NONE) || !is_gone(env, h);
}

bool tb_handle_load(ErlNifEnv *env)
{
    ErlNifResourceTypeInit init = {.dtor = collect, .down = down};
    ErlNifResourceFlags tried = ERL_NIF_RT_CREATE | ERL_NIF_RT_TAKEOVER;

    ErlNifResourceType *type = enif_open_resource_type_x(env, "thumbelina_job", &init, tried, NULL);

    if (type)
        handle_type = type;
    return type != NULL;
}

ERL_NIF_TERM tb_handle_new(ErlNifEnv *env, tb_task *t, tb_handle **out)
{
    tb_handle *h = enif_alloc_resource(handle_type, sizeof *h);
    ERL_NIF_TERM term;

    *h = (tb_handle){.version = VERSION, .destroy = destroy, .task = t, .busy = true};
    term = enif_make_resource(env, h);
    enif_release_resource(h);
    *out = h;
    return term;
}

tb_handle *tb_handle_get(ErlNifEnv *env, ERL_NIF_TERM term)
{
    void *h;

    if (!enif_get_resource(env, term, handle_type, &h))
        return NULL;
    return ((tb_handle *)h)->version == VERSION ? h : NULL;
}

void tb_handle_end(ErlNifEnv *env, tb_handle *h)
{
    tb_task *t = h->task;

    h->task = NULL;
    if (atomic_load(&h->watch) != TB_WATCH_NONE)
        enif_demonitor_process(env, h, &h->monitor);
    tb_line_leave(env, &t->stand);
    tb_task_free(t);
    atomic_store(&h->busy, false);
}
