/* lane.c - where each slice of a job runs, and what comes after it.
 *
 * Only the running step touches a task.  Its handle is kept alive by the
 * arguments of the scheduled step; when the process is killed the handle is
 * collected, and the task with it. */
#include "lane.h"
#include "clock.h"
#include "slice.h"
#include "term.h"

/* Longest piece of input that is copied in one call. */
#define MOST_FED ((size_t)256 << 10)

static ERL_NIF_TERM slice(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty);

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

typedef ERL_NIF_TERM nif(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);

static ERL_NIF_TERM schedule_dirty(ErlNifEnv *env, tb_handle *h, const char *name, nif *next, int argc,
                                   const ERL_NIF_TERM argv[])
{
    h->task->left_at = tb_now();
    tb_turn_ends(&h->task->queued);
    tb_line_leave_for(env, &h->task->stand, h->task->world->line[TB_DIRTY]);
    tb_handle_watch(env, h);
    if (!tb_handle_waits(env, h))
        return enif_make_badarg(env);
    return enif_schedule_nif(env, name, ERL_NIF_DIRTY_JOB_CPU_BOUND, next, argc, argv);
}

static ERL_NIF_TERM schedule(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty)
{
    if (dirty)
        return schedule_dirty(env, h, "thumbelina_dirty_slice", dirty_step, 1, &self);
    h->task->left_at = tb_now();
    if (!tb_handle_waits(env, h))
        return enif_make_badarg(env);
    return enif_schedule_nif(env, "thumbelina_slice", 0, normal_step, 1, &self);
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

/* Until it is resumed; then another process may be the one.  What it waits for is its turn, since left_at; or,
 * if that is 0, its caller, who may be there at once. */
static ERL_NIF_TERM rest(ErlNifEnv *env, tb_handle *h, uint64_t left_at, bool at_once, ERL_NIF_TERM answer)
{
    if (!tb_handle_unwatch(env, h))
        return enif_make_badarg(env);
    h->task->left_at = left_at;
    tb_turn_ends(&h->task->queued);
    if (!at_once)
        tb_line_leave(env, &h->task->stand);
    atomic_store(&h->busy, false);
    return answer;
}

/* Where the rest of a finished job's time goes: giving back a lot is dirty work. */
static bool must_end_on_dirty(const tb_task *t)
{
    return !t->dirty && tb_job_heavy(&t->job);
}

static bool has_place(ErlNifEnv *env, tb_task *t, tb_schedulers kind)
{
    t->stand.spent = t->stats.cpu;
    t->stand.cost = t->job.route.cost;
    t->stand.deadline = t->deadline;
    return tb_line_stays(env, t->world->line[kind], &t->stand);
}

/* Where others have the places, it is to stand in line. */
static ERL_NIF_TERM take_place(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self)
{
    tb_task *t = h->task;
    bool large = tb_task_is_large(t);

    if (large && tb_job_uses_vips(&t->job))
        tb_line_leave(env, &t->stand);
    else if (!has_place(env, t, large ? TB_DIRTY : TB_NORMAL))
        return rest(env, h, tb_now(), false, tb_term_wait(env, self));
    return schedule(env, h, self, large);
}

static ERL_NIF_TERM go_on(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, tb_status status)
{
    tb_task *t = h->task;

    if (status == TB_MORE && (t->expired || t->cancelled))
        status = TB_FAIL;
    switch (status) {
    case TB_MORE:
        return take_place(env, h, self);
    case TB_LONG:
        return schedule(env, h, self, true);
    case TB_DONE:
        return must_end_on_dirty(t) ? schedule(env, h, self, true) : done(env, h);
    case TB_FAIL:
        return must_end_on_dirty(t) ? schedule(env, h, self, true) : failed(env, h);
    case TB_HUNGRY:
        return rest(env, h, 0, t->settings.prompt, tb_term_hungry(env, self));
    case TB_FULL:
        return rest(env, h, 0, false, hand_out(env, t, self));
    }
    return failed(env, h);
}

static void count_wait(tb_task *t, uint64_t now)
{
    t->stats.queue += t->left_at ? now - t->left_at : 0;
}

static ERL_NIF_TERM slice(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty)
{
    tb_task *t = h->task;
    uint64_t at = tb_now();

    count_wait(t, at);
    if (!dirty && t->left_at && !tb_turn_comes(&t->queued, tb_task_is_small(t), t->left_at, at))
        return schedule(env, h, self, false);
    t->stats.hops += t->stats.slices[0] + t->stats.slices[1] > 0 && dirty != t->dirty;
    t->dirty = dirty;
    t->job.mem.huge_pages = dirty;
    return go_on(env, h, self, tb_slice_run(env, t, at));
}

/* To its next slice: here, or, if it is large, where it has a place. */
static ERL_NIF_TERM go_there(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, bool dirty)
{
    if (!tb_task_is_large(h->task))
        return slice(env, h, self, dirty);
    count_wait(h->task, tb_now());
    return take_place(env, h, self);
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
        t->deadline = t->started + 1000u * t->settings.timeout - 1000u * t->settings.spent;
    return go_there(env, h, self, false);
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
    case TB_ASK_LINE:
    case TB_ASK_PIECES:
    case TB_ASK_NONE:
        return false;
    }
    return false;
}

static ERL_NIF_TERM resume_on(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, ERL_NIF_TERM more, bool dirty)
{
    if (!h->task || !answer(env, h->task, tb_term_ask(env, more), more)) {
        atomic_store(&h->busy, false);
        return enif_make_badarg(env);
    }
    return go_there(env, h, self, dirty);
}

static ERL_NIF_TERM dirty_feed(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    tb_handle *h = tb_handle_get(env, argv[0]);

    (void)argc;
    return tb_handle_works(h) ? resume_on(env, h, argv[0], argv[1], true) : enif_make_badarg(env);
}

/* It is a piece, and to take it all that came before is moved. */
static bool is_long_feed(ErlNifEnv *env, const tb_task *t, ERL_NIF_TERM more)
{
    ErlNifBinary piece;

    return tb_term_ask(env, more) == TB_ASK_FEED && !t->job.plan.picture->input.ended &&
           enif_inspect_binary(env, more, &piece) && piece.size <= MOST_FED &&
           tb_job_feed_is_long(&t->job, piece.size);
}

/* It stands in line, and asks whether it is its turn. */
static ERL_NIF_TERM ask(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, ERL_NIF_TERM ref)
{
    unsigned ms;

    switch (tb_line_ask(env, &h->task->stand, ref, &ms)) {
    case TB_LINE_GO:
        return go_there(env, h, self, false);
    case TB_LINE_SLEEP:
        atomic_store(&h->busy, false);
        return tb_term_asleep(env, ms, self);
    case TB_LINE_CALLED:
        break;
    }
    atomic_store(&h->busy, false);
    return tb_term_called(env, self);
}

static ERL_NIF_TERM resume(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, ERL_NIF_TERM more)
{
    const ERL_NIF_TERM both[] = {self, more};

    if (h->task && h->task->left_at && tb_term_ask(env, more) == TB_ASK_LINE)
        return ask(env, h, self, more);
    if (!h->task || !is_long_feed(env, h->task, more))
        return resume_on(env, h, self, more, false);
    return schedule_dirty(env, h, "thumbelina_dirty_feed", dirty_feed, 2, both);
}

ERL_NIF_TERM tb_lane_resume(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    tb_handle *h = tb_handle_get(env, argv[0]);

    (void)argc;
    if (!h || atomic_exchange(&h->busy, true))
        return enif_make_badarg(env);
    return h->resume(env, h, argv[0], argv[1]);
}
