/* line.c - small jobs stand in a line of their own, and go first. */
#include "line.h"
#include "task.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Who has had its place for a turn gives it to the next.  Most are done by then: who has begun holds memory, and
 * is to end before others begin.  Who sleeps looks after a while whether the line moves.  Where it does not, those
 * who have the places do not come, and lose them. */
typedef struct {
    uint64_t turn, small; /* ns of CPU time; what costs less is small */
    uint64_t least;       /* likewise: what others have before they make way for small ones */
    unsigned patience;    /* ms: that while */
    unsigned spare;       /* places beyond the schedulers: while one reads of its file, another works */
} rules;

/* Jobs above 20 ms are dirty (dirty_threshold), and a step there may be long. */
static const rules rules_of[TB_KINDS] = {
    [TB_NORMAL] = {.turn = 25000000, .small = TB_SMALL, .patience = 100},
    [TB_DIRTY] = {.turn = 2000000000, .small = 100000000, .least = 100000000, .patience = 1000, .spare = 1},
};

/* So many small ones, one after the other, and then one of the others. */
#define SMALL_IN_A_ROW 2

enum { SMALL, OTHERS, LINES };

struct tb_line {
    pthread_mutex_t lock; /* held for moments, and for no system call */
    const rules *rules;
    unsigned places, taken;
    _Atomic unsigned round; /* who got its place in another has none any more */
    unsigned in_a_row;      /* of the small ones */
    tb_task *head[LINES], *tail[LINES];
    _Atomic unsigned length;
    uint64_t moved;
};

tb_line *tb_line_new(tb_schedulers kind, unsigned schedulers)
{
    tb_line *l = enif_alloc(sizeof *l);

    if (!l)
        return NULL;
    memset(l, 0, sizeof *l);
    if (pthread_mutex_init(&l->lock, NULL) != 0) {
        enif_free(l);
        return NULL;
    }
    l->rules = &rules_of[kind];
    l->places = schedulers + l->rules->spare;
    return l;
}

void tb_line_free(tb_line *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    enif_free(l);
}

/* ----------------------------------------------------------------- the lines */

static int line_of(const tb_task *t)
{
    return tb_task_costs_less(t, t->stand.line->rules->small) ? SMALL : OTHERS;
}

static bool has_had_its_turn(const tb_task *t)
{
    return t->stats.cpu - t->stand.had >= t->stand.line->rules->turn;
}

/* Between two that stand there; NULL: it is the first, or the last. */
static void put_in(tb_line *l, tb_task *t, tb_task *previous, tb_task *next)
{
    int k = line_of(t);

    t->stand.is = TB_IN_LINE;
    t->stand.previous = previous;
    t->stand.next = next;
    *(previous ? &previous->stand.next : &l->head[k]) = t;
    *(next ? &next->stand.previous : &l->tail[k]) = t;
    atomic_fetch_add(&l->length, 1);
}

static void take_out(tb_line *l, tb_task *t)
{
    int k = line_of(t);
    const tb_stand *s = &t->stand;

    *(s->previous ? &s->previous->stand.next : &l->head[k]) = s->next;
    *(s->next ? &s->next->stand.previous : &l->tail[k]) = s->previous;
    atomic_fetch_sub(&l->length, 1);
}

static tb_task *next_of(tb_line *l)
{
    bool small = l->head[SMALL] && (!l->head[OTHERS] || l->in_a_row < SMALL_IN_A_ROW);

    l->in_a_row = small ? l->in_a_row + 1 : 0;
    return l->head[small ? SMALL : OTHERS];
}

/* ---------------------------------------------------------------- the places */

static bool has_place(const tb_task *t)
{
    return t->stand.is == TB_HAS_PLACE && t->stand.round == atomic_load(&t->stand.line->round);
}

static void give_place(tb_line *l, tb_task *t, uint64_t now)
{
    t->stand.is = TB_HAS_PLACE;
    t->stand.had_place = true;
    t->stand.round = atomic_load(&l->round);
    t->stand.since = t->stats.cpu;
    if (has_had_its_turn(t))
        t->stand.had = t->stats.cpu;
    l->taken++;
    l->moved = now;
}

static tb_call *take_call(tb_task *t)
{
    tb_call *c = t->stand.call;

    t->stand.call = NULL;
    return c;
}

/* The next, if there is a place for it; whom to call. */
static tb_call *call_next(tb_line *l)
{
    tb_task *t = l->taken < l->places && atomic_load(&l->length) > 0 ? next_of(l) : NULL;
    tb_call *c;

    if (!t)
        return NULL;
    c = take_call(t);
    take_out(l, t);
    give_place(l, t, tb_now());
    return c;
}

static void drop_call(tb_call *c)
{
    if (!c)
        return;
    if (c->env)
        enif_free_env(c->env);
    enif_free(c);
}

static void call_from_thread(tb_reaped *r)
{
    tb_call *c = (tb_call *)(void *)r;

    enif_send(NULL, &c->pid, c->env, c->ref);
    drop_call(c);
}

/* On a dirty scheduler nothing can be sent for a process that has just been killed: then a thread of our own does it.
 * If it is the other one that is gone, the end of its task, which the VM sees to, makes the place free again. */
static void wake(ErlNifEnv *env, tb_world *w, tb_call *c)
{
    if (c && !enif_send(env, &c->pid, c->env, c->ref))
        tb_reap(&w->reaper, &c->reaped, call_from_thread);
    else
        drop_call(c);
}

/* Small ones wait, and it is not small. */
static bool must_let_pass(const tb_line *l, const tb_task *t)
{
    return l->head[SMALL] && line_of(t) != SMALL && t->stats.cpu - t->stand.since >= l->rules->least;
}

/* Others wait, and it is their turn. */
static bool must_make_way(const tb_line *l, const tb_task *t)
{
    return atomic_load(&l->length) > 0 && (has_had_its_turn(t) || must_let_pass(l, t));
}

static void make_way(tb_line *l, tb_task *t)
{
    l->taken -= has_place(t);
    t->stand.is = TB_OUT_OF_LINE;
}

bool tb_line_is_full(const tb_task *t)
{
    return !has_place(t) && atomic_load(&t->world->line[TB_NORMAL]->length) > 0;
}

bool tb_line_stays(ErlNifEnv *env, tb_task *t, tb_schedulers kind)
{
    tb_line *l = t->world->line[kind];
    tb_call *next;

    tb_line_leave_but(env, t, kind);
    t->stand.line = l;
    if (has_place(t) && atomic_load(&l->length) == 0)
        return true;
    pthread_mutex_lock(&l->lock);
    if (!has_place(t) || must_make_way(l, t))
        make_way(l, t);
    else if (t->slice_end > l->moved)
        l->moved = t->slice_end;
    next = call_next(l);
    if (!has_place(t) && l->taken < l->places)
        give_place(l, t, tb_now());
    bool stays = has_place(t);
    pthread_mutex_unlock(&l->lock);
    wake(env, t->world, next);
    return stays;
}

/* --------------------------------------------------------------- in the line */

/* NULL if there is no memory. */
static tb_call *call_to(ErlNifEnv *env, ERL_NIF_TERM ref)
{
    tb_call *c = enif_alloc(sizeof *c);

    if (!c)
        return NULL;
    *c = (tb_call){.env = enif_alloc_env()};
    if (!c->env || !enif_self(env, &c->pid)) {
        drop_call(c);
        return NULL;
    }
    c->ref = enif_make_copy(c->env, ref);
    return c;
}

/* It had to make way in the midst of its turn: it goes on first. */
static bool has_begun(const tb_task *t)
{
    return t->stand.had_place && !has_had_its_turn(t);
}

/* Keeps the call, where it does stand there. */
static tb_line_up stand_in_line(tb_line *l, tb_task *t, tb_call **c, uint64_t now)
{
    if (l->taken < l->places || !*c) {
        give_place(l, t, now);
        return TB_LINE_GO;
    }
    t->stand.call = *c;
    *c = NULL;
    if (has_begun(t))
        put_in(l, t, NULL, l->head[line_of(t)]);
    else
        put_in(l, t, l->tail[line_of(t)], NULL);
    return TB_LINE_SLEEP;
}

static tb_call *step_out(tb_line *l, tb_task *t)
{
    take_out(l, t);
    t->stand.is = TB_OUT_OF_LINE;
    return take_call(t);
}

/* It goes, if its time is up, or nobody has gone for long. */
static tb_line_up look_around(tb_line *l, tb_task *t, tb_call **c, uint64_t now)
{
    bool still = now - l->moved >= 1000000u * (uint64_t)l->rules->patience;

    if (!still && (!t->deadline || now < t->deadline))
        return TB_LINE_SLEEP;
    *c = step_out(l, t);
    if (still) {
        l->round++;
        l->taken = 0;
    }
    give_place(l, t, now);
    return TB_LINE_GO;
}

static unsigned sleeps(const tb_task *t, uint64_t now)
{
    uint64_t left = t->deadline > now ? (t->deadline - now) / 1000000u + 1 : 1;
    unsigned most = t->stand.line->rules->patience;

    return t->deadline && left < most ? (unsigned)left : most;
}

tb_line_up tb_line_ask(ErlNifEnv *env, tb_task *t, ERL_NIF_TERM ref, uint64_t now, unsigned *ms)
{
    tb_line *l = t->stand.line;
    tb_line_up what = TB_LINE_CALLED;
    bool again = t->stand.is != TB_OUT_OF_LINE;
    tb_call *c = again ? NULL : call_to(env, ref);

    pthread_mutex_lock(&l->lock);
    if (t->stand.is == TB_OUT_OF_LINE)
        what = stand_in_line(l, t, &c, now);
    else if (t->stand.is == TB_IN_LINE)
        what = look_around(l, t, &c, now);
    pthread_mutex_unlock(&l->lock);
    drop_call(c);
    *ms = sleeps(t, now);
    return what;
}

void tb_line_leave(ErlNifEnv *env, tb_task *t)
{
    tb_line *l = t->stand.line;
    tb_call *own = NULL, *next = NULL;

    if (t->stand.is == TB_OUT_OF_LINE)
        return;
    pthread_mutex_lock(&l->lock);
    if (t->stand.is == TB_IN_LINE) {
        own = step_out(l, t);
    } else {
        make_way(l, t);
        next = call_next(l);
    }
    pthread_mutex_unlock(&l->lock);
    drop_call(own);
    wake(env, t->world, next);
}

void tb_line_leave_but(ErlNifEnv *env, tb_task *t, tb_schedulers kind)
{
    if (t->stand.line != t->world->line[kind])
        tb_line_leave(env, t);
}
