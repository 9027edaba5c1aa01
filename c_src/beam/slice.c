/* slice.c - one slice of a job: how long it may be, and what it costs. */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "slice.h"
#include "clock.h"
#include <sys/resource.h>
#include <time.h>

/* Copied of the output between two looks at the clock. */
#define COPY ((size_t)128 << 10)

/* A slice on a normal scheduler as brief as that, in ns, is not worth the system call that tells its CPU
 * time: it waits for nothing, so it is all but the time on the clock. */
#define BRIEF 200000

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

/* ------------------------------------------------------------------ budget */

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

/* It turns out to be large; or to be more than a slice, where others wait, and it has not taken the memory
 * that it will need.  So it has gone far enough here. */
static bool is_out_of_place(const tb_task *t)
{
    return !t->dirty && (tb_task_is_large(t) || (t->job.route.cost > 1000.0 * t->settings.slice &&
                                                 tb_line_is_full(t->world->line[TB_NORMAL], &t->stand)));
}

/* Asked after each step.  What comes until the next look may take as long as this did. */
static bool left(tb_budget *base)
{
    slice_budget *b = (slice_budget *)(void *)base;

    if (base->stop.waits || is_out_of_place(b->task))
        return false;
    if (b->blind-- > 0)
        return true;
    uint64_t at = tb_now(), took = at - b->looked;
    b->looked = at;
    b->blind = took < SHORT ? BLIND : 0;
    return at + took < b->end && !must_stop(b->task, b->env, at);
}

static bool asked_to_stop(tb_stop *stop)
{
    slice_budget *b = (slice_budget *)(void *)stop;

    return must_stop(b->task, b->env, tb_now());
}

/* -------------------------------------------------------------------- work */

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

tb_status tb_slice_run(ErlNifEnv *env, tb_task *t, uint64_t at)
{
    const tb_settings *s = &t->settings;
    uint64_t length = 1000u * (uint64_t)(t->dirty ? s->dirty_slice : s->slice);
    slice_budget b = {.base = {{.asked = asked_to_stop}, left, t->dirty},
                      .task = t,
                      .env = env,
                      .end = at + length,
                      .looked = at};
    uint64_t waited = s->measure && !t->dirty ? waits() : 0, from = cpu();
    tb_status status = must_stop(t, env, at) ? TB_FAIL : work(t, &b.base);

    uint64_t end = tb_now(), took = cpu_time(t, end - at, from);
    if (s->measure && !t->dirty)
        t->stats.blocked += waits() - waited;
    count_slice(t, took);
    t->stats.cpu += b.base.stop.aside;
    if (!t->dirty && t->left_at) /* one that only starts is one of the others, to those that wait */
        tb_turn_taken(&t->queued, tb_task_is_small(t), s->courtesy, took, end);
    if (!t->dirty)
        bill(env, took);
    return status;
}
