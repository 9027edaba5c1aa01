/* lane.c - slices: where each runs, how long it may be, what it costs.
 *
 * Only the running step touches a task.  Its handle is kept alive by the
 * arguments of the scheduled step; when the process is killed the handle is
 * collected, and the task with it. */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "lane.h"
#include "term.h"
#include "turns.h"
#include <sys/resource.h>
#include <time.h>

/* Copied of the output between two looks at the clock. */
#define COPY ((size_t)128 << 10)

/* Longest piece of input that is copied in one call. */
#define MOST_FED ((size_t)256 << 10)

/* A slice on a normal scheduler as brief as that, in ns, is not worth the system call that tells its CPU
 * time: it waits for nothing, so it is all but the time on the clock. */
#define BRIEF 200000

static ERL_NIF_TERM slice(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty);

/* CPU time of this thread, ns. */
static uint64_t cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of a slice that took so long by the clock, since cpu() was `from`. */
static uint64_t cpu_time(const tb_task *t, uint64_t wall, uint64_t from)
{
    return wall < BRIEF && !t->dirty ? wall : cpu() - from;
}

/* How often this thread has waited for something. */
static uint64_t waits(void)
{
#ifdef RUSAGE_THREAD
    struct rusage u;
    return getrusage(RUSAGE_THREAD, &u) == 0 ? (uint64_t)u.ru_nvcsw : 0;
#else
    return 0;
#endif
}

tb_lane tb_lane_for(const tb_settings *s, double cost)
{
    if (s->lane != TB_LANE_AUTO)
        return s->lane;
    return cost > 1000.0 * (double)s->dirty_threshold ? TB_LANE_DIRTY : TB_LANE_YIELD;
}

/* Large jobs are better off where they keep nobody waiting. */
static bool belongs_on_dirty(const tb_task *t)
{
    return tb_lane_for(&t->settings, t->job.route.cost) == TB_LANE_DIRTY;
}

/* ----------------------------------------------------------------- budget */

typedef struct {
    tb_budget base;
    tb_task *task;
    ErlNifEnv *env;
    uint64_t end, looked;
    int blind; /* steps before the next look at the clock */
} slice_budget;

/* Steps so short, in ns all together, that so many more are taken without a look. */
#define SHORT 8000
#define BLIND 3

/* The caller is gone, or its time is up. */
static bool must_stop(tb_task *t, ErlNifEnv *env, uint64_t at)
{
    t->expired |= t->deadline && at >= t->deadline;
    t->cancelled |= t->dirty && !enif_is_current_process_alive(env);
    return t->expired || t->cancelled;
}

/* Asked after each step.  What comes until the next look may take as long as this did.  A job that turns out
 * to be large has gone far enough here. */
static bool left(tb_budget *base)
{
    slice_budget *b = (slice_budget *)(void *)base;

    if (b->blind-- > 0)
        return true;
    uint64_t at = tb_now(), took = at - b->looked;
    b->looked = at;
    b->blind = took < SHORT ? BLIND : 0;
    return at + took < b->end && !must_stop(b->task, b->env, at) &&
           (b->task->dirty || !belongs_on_dirty(b->task));
}

static bool asked_to_stop(tb_stop *stop)
{
    slice_budget *b = (slice_budget *)(void *)stop;

    return must_stop(b->task, b->env, tb_now());
}

/* ----------------------------------------------------------------- slices */

static ERL_NIF_TERM step(ErlNifEnv *env, ERL_NIF_TERM self, bool dirty)
{
    tb_handle *h = tb_handle_get(env, self);

    return tb_handle_works(h) ? slice(env, h, self, dirty) : enif_make_badarg(env);
}

static ERL_NIF_TERM normal_step(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    return step(env, argv[0], false);
}

static ERL_NIF_TERM dirty_step(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void)argc;
    return step(env, argv[0], true);
}

static ERL_NIF_TERM schedule(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty)
{
    h->task->left_at = tb_now();
    if (dirty) {
        tb_turn_ends(h->task);
        tb_handle_watch(env, h);
    }
    if (!tb_handle_waits(h))
        return enif_make_badarg(env);
    if (dirty)
        return enif_schedule_nif(env, "thumbelina_dirty_slice", ERL_NIF_DIRTY_JOB_CPU_BOUND, dirty_step, 1,
                                 &self);
    return enif_schedule_nif(env, "thumbelina_slice", 0, normal_step, 1, &self);
}

static void count_slice(tb_task *t, uint64_t took)
{
    static const uint64_t most[TB_BINS - 1] = {250000, 500000, 1000000, 5000000};
    int bin = 0;

    t->stats.cpu += took;
    t->stats.slices[t->dirty]++;
    if (t->dirty)
        return;
    if (took > t->stats.longest)
        t->stats.longest = took;
    while (bin < TB_BINS - 1 && took > most[bin])
        bin++;
    t->stats.bin[bin]++;
}

/* Tells the scheduler what the slice has cost, so that it lets timers and others
 * have their turn: a thousandth of a second is all of a turn. */
static void bill(ErlNifEnv *env, uint64_t took)
{
    uint64_t percent = took / 10000 + 1;

    enif_monotonic_time(ERL_NIF_NSEC); /* lets timers see the time */
    enif_consume_timeslice(env, percent > 100 ? 100 : (int)percent);
}

/* The output blocks of a result into one binary, a part at a time. */
static tb_status collect_one(tb_task *t, tb_budget *budget)
{
    tb_bytes *b = &t->job.plan.result[t->result].bytes;
    ErlNifBinary *out = &t->out[t->result];

    if (!t->collecting) {
        if (!enif_alloc_binary(b->size, out))
            return tb_fail(&t->job.error, TB_E_NOMEM, "job", "the system has no memory for the output");
        t->collecting = true;
        t->out_at = 0;
    }
    do
        t->out_at += tb_bytes_take(b, out->data + t->out_at, COPY);
    while (b->size > 0 && budget->left(budget));
    if (b->size > 0)
        return TB_MORE;
    t->collecting = false;
    t->result++;
    return TB_DONE;
}

/* All that is there to be handed out. */
static tb_status collect(tb_task *t, tb_budget *budget)
{
    int end = t->then == TB_FULL ? 1 : t->job.plan.pipes;

    while (t->result < end) {
        tb_status status = collect_one(t, budget);
        if (status != TB_DONE)
            return status;
    }
    return t->then;
}

static tb_status work(tb_task *t, tb_budget *budget)
{
    tb_status status = t->then != TB_MORE ? t->then : tb_job_run(&t->job, budget);

    if ((status == TB_DONE && t->job.goal == TB_TO_OUTPUT) || status == TB_FULL) {
        t->then = status;
        status = collect(t, budget);
    }
    return status;
}

/* One slice of work, measured. */
static tb_status timed_work(ErlNifEnv *env, tb_task *t, uint64_t at)
{
    const tb_settings *s = &t->settings;
    uint64_t length = 1000u * (uint64_t)(t->dirty ? s->dirty_slice : s->slice);
    slice_budget b = {.base = {{asked_to_stop, 0}, left, t->dirty},
                      .task = t,
                      .env = env,
                      .end = at + length,
                      .looked = at};
    uint64_t waited = s->measure && !t->dirty ? waits() : 0, from = cpu();
    tb_status status = must_stop(t, env, at) ? TB_FAIL : work(t, &b.base);

    t->slice_end = tb_now();
    uint64_t took = cpu_time(t, t->slice_end - at, from);
    if (s->measure && !t->dirty)
        t->stats.blocked += waits() - waited;
    count_slice(t, took);
    t->stats.cpu += b.base.stop.aside;
    if (!t->dirty) {
        tb_turn_taken(t, took);
        bill(env, took);
    }
    return status;
}

static ERL_NIF_TERM failed(ErlNifEnv *env, tb_handle *h)
{
    tb_task *t = h->task;
    tb_error *err = &t->job.error;
    bool stopped = err->code == TB_E_NONE || err->code == TB_E_CANCELLED;
    ERL_NIF_TERM answer;

    if (stopped)
        err->code = TB_E_NONE;
    if (t->expired && stopped)
        tb_fail(err, TB_E_TIMEOUT, "job", "it was not done after %llu ms (timeout)",
                (unsigned long long)(t->settings.timeout / 1000));
    else
        tb_fail(err, TB_E_CANCELLED, "job", "nobody waits for it any more");
    atomic_fetch_add(t->cancelled ? &t->world->cancelled : &t->world->failed, 1);
    t->stats.wall = tb_now() - t->started;
    answer = tb_term_failed(env, t);
    tb_handle_end(env, h);
    return answer;
}

static ERL_NIF_TERM answer_of(ErlNifEnv *env, tb_task *t)
{
    switch (t->job.goal) {
    case TB_TO_HEADER:
        return tb_term_header(env, t);
    case TB_TO_ROUTE:
        return tb_term_route(env, t);
    case TB_TO_OUTPUT:
        break;
    }
    return tb_term_done(env, t);
}

static ERL_NIF_TERM done(ErlNifEnv *env, tb_handle *h)
{
    tb_task *t = h->task;
    ERL_NIF_TERM answer;

    t->stats.wall = tb_now() - t->started;
    atomic_fetch_add(&t->world->finished, 1);
    answer = answer_of(env, t);
    tb_handle_end(env, h);
    return answer;
}

static ERL_NIF_TERM hand_out(ErlNifEnv *env, tb_task *t, ERL_NIF_TERM self)
{
    t->then = TB_MORE;
    t->result = 0;
    return tb_term_piece(env, enif_make_binary(env, &t->out[0]), self);
}

/* Until it is resumed; then another process may be the one. */
static ERL_NIF_TERM rest(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM answer)
{
    if (!tb_handle_unwatch(env, h))
        return enif_make_badarg(env);
    h->task->left_at = 0;
    tb_turn_ends(h->task);
    atomic_store(&h->busy, false);
    return answer;
}

/* Where the rest of a finished job's time goes: giving back a lot is dirty work. */
static bool must_end_on_dirty(const tb_task *t)
{
    return !t->dirty && tb_job_heavy(&t->job);
}

static ERL_NIF_TERM go_on(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, tb_status status)
{
    tb_task *t = h->task;

    if (status == TB_MORE && (t->expired || t->cancelled))
        status = TB_FAIL;
    switch (status) {
    case TB_MORE:
        return schedule(env, h, self, belongs_on_dirty(t));
    case TB_LONG:
        return schedule(env, h, self, true);
    case TB_DONE:
        return must_end_on_dirty(t) ? schedule(env, h, self, true) : done(env, h);
    case TB_FAIL:
        return must_end_on_dirty(t) ? schedule(env, h, self, true) : failed(env, h);
    case TB_HUNGRY:
        return rest(env, h, tb_term_hungry(env, self));
    case TB_FULL:
        return rest(env, h, hand_out(env, t, self));
    }
    return failed(env, h);
}

static ERL_NIF_TERM slice(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty)
{
    tb_task *t = h->task;
    uint64_t at = tb_now(), gap = t->left_at ? at - t->left_at : 0;

    t->stats.queue += gap;
    if (!dirty && t->left_at && !tb_turn_comes(t, at))
        return schedule(env, h, self, false);
    t->stats.hops += t->stats.slices[0] + t->stats.slices[1] > 0 && dirty != t->dirty;
    t->dirty = dirty;
    t->job.mem.huge_pages = dirty;
    return go_on(env, h, self, timed_work(env, t, at));
}

static ERL_NIF_TERM resume(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, ERL_NIF_TERM more);

ERL_NIF_TERM tb_lane_start(ErlNifEnv *env, tb_task *t)
{
    tb_handle *h;
    ERL_NIF_TERM self = tb_handle_new(env, t, &h);

    h->resume = resume;
    t->job.mem.limit = (size_t)t->settings.max_memory;
    t->job.piece = (size_t)t->settings.piece;
    t->job.vips.threads = (int)t->settings.threads;
    if (t->settings.timeout)
        t->deadline = t->started + 1000u * t->settings.timeout;
    if (belongs_on_dirty(t))
        return schedule(env, h, self, true);
    return slice(env, h, self, false);
}

/* False where the job waits for something else. */
static bool answer(ErlNifEnv *env, tb_task *t, tb_ask ask, ERL_NIF_TERM term)
{
    ErlNifBinary piece;

    switch (ask) {
    case TB_ASK_FEED:
        if (t->job.plan.picture->input.ended || !enif_inspect_binary(env, term, &piece) ||
            piece.size > MOST_FED)
            return false;
        tb_job_feed(&t->job, piece.data, piece.size); /* if it fails, the job says so */
        return true;
    case TB_ASK_END:
        if (t->job.plan.picture->input.ended)
            return false;
        tb_job_end_input(&t->job);
        return true;
    case TB_ASK_NEXT:
        return true;
    case TB_ASK_PIECES:
    case TB_ASK_NONE:
        return false;
    }
    return false;
}

static ERL_NIF_TERM resume(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, ERL_NIF_TERM more)
{
    if (!h->task || !answer(env, h->task, tb_term_ask(env, more), more)) {
        atomic_store(&h->busy, false);
        return enif_make_badarg(env);
    }
    if (belongs_on_dirty(h->task))
        return schedule(env, h, self, true);
    return slice(env, h, self, false);
}

ERL_NIF_TERM tb_lane_resume(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    tb_handle *h = tb_handle_get(env, argv[0]);

    (void)argc;
    if (!h || atomic_exchange(&h->busy, true))
        return enif_make_badarg(env);
    return h->resume(env, h, argv[0], argv[1]);
}
