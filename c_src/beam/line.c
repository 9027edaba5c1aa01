/* line.c - small jobs stand in a line of their own, and go first. */
#include "line.h"
#include "task.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* What a job has of its place, in ns of CPU time, before it is the turn of the next.  Longer jobs are dirty,
 * by the estimate, so most are done by then: who has begun holds memory, and is to end before others begin. */
#define TURN 25000000

/* So many small ones, one after the other, and then one of the others. */
#define SMALL_IN_A_ROW 2

/* Who sleeps looks after so many ms whether the line moves.  Where it has not, those who have the places
 * do not come: they lose them. */
#define STANDS_STILL 100

enum { SMALL, OTHERS, LINES };

struct tb_line {
    pthread_mutex_t lock; /* held for moments, and for no system call */
    unsigned places, taken;
    _Atomic unsigned round; /* who got its place in another has none any more */
    unsigned in_a_row;      /* of the small ones */
    tb_task *head[LINES], *tail[LINES];
    _Atomic unsigned length;
    uint64_t moved;
};

tb_line *tb_line_new(void)
{
    ErlNifSysInfo info;
    tb_line *l = enif_alloc(sizeof *l);

    if (!l)
        return NULL;
    memset(l, 0, sizeof *l);
    if (pthread_mutex_init(&l->lock, NULL) != 0) {
        enif_free(l);
        return NULL;
    }
    enif_system_info(&info, sizeof info);
    l->places = (unsigned)info.scheduler_threads;
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
    return tb_task_is_small(t) ? SMALL : OTHERS;
}

static bool has_had_its_turn(const tb_task *t)
{
    return t->stats.cpu - t->stand.had >= TURN;
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
    return t->stand.is == TB_HAS_PLACE && t->stand.round == atomic_load(&t->world->line->round);
}

static void give_place(tb_line *l, tb_task *t, uint64_t now)
{
    t->stand.is = TB_HAS_PLACE;
    t->stand.had_place = true;
    t->stand.round = atomic_load(&l->round);
    if (has_had_its_turn(t))
        t->stand.had = t->stats.cpu;
    l->taken++;
    l->moved = now;
}

static void take_call(tb_task *t, tb_call *c)
{
    *c = t->stand.call;
    t->stand.call.env = NULL;
}

/* The next, if there is a place for it. */
static void call_next(tb_line *l, tb_call *c)
{
    tb_task *t = l->taken < l->places && atomic_load(&l->length) > 0 ? next_of(l) : NULL;

    if (!t)
        return;
    take_call(t, c);
    take_out(l, t);
    give_place(l, t, tb_now());
}

static void drop_call(tb_call *c)
{
    if (c->env)
        enif_free_env(c->env);
}

/* If its process is gone, the end of the task, which the VM sees to, makes the place free again. */
static void wake(ErlNifEnv *env, tb_call *c)
{
    if (c->env)
        enif_send(env, &c->pid, c->env, c->ref);
    drop_call(c);
}

/* Others wait, and it is their turn: after a while, or at once where they are small and it is not. */
static bool must_make_way(const tb_line *l, const tb_task *t)
{
    return atomic_load(&l->length) > 0 && (has_had_its_turn(t) || (l->head[SMALL] && !tb_task_is_small(t)));
}

static void make_way(tb_line *l, tb_task *t)
{
    l->taken -= has_place(t);
    t->stand.is = TB_OUT_OF_LINE;
}

bool tb_line_is_full(const tb_task *t)
{
    return !has_place(t) && atomic_load(&t->world->line->length) > 0;
}

bool tb_line_stays(ErlNifEnv *env, tb_task *t)
{
    tb_line *l = t->world->line;
    tb_call next = {.env = NULL};

    if (has_place(t) && atomic_load(&l->length) == 0)
        return true;
    pthread_mutex_lock(&l->lock);
    if (!has_place(t) || must_make_way(l, t))
        make_way(l, t);
    call_next(l, &next);
    if (!has_place(t) && l->taken < l->places)
        give_place(l, t, t->slice_end);
    bool stays = has_place(t);
    pthread_mutex_unlock(&l->lock);
    wake(env, &next);
    return stays;
}

/* --------------------------------------------------------------- in the line */

static tb_call call_to(ErlNifEnv *env, ERL_NIF_TERM ref)
{
    tb_call c = {.env = enif_alloc_env()};

    if (c.env && enif_self(env, &c.pid)) {
        c.ref = enif_make_copy(c.env, ref);
        return c;
    }
    drop_call(&c);
    return (tb_call){.env = NULL};
}

/* It had to make way in the midst of its turn: it goes on first. */
static bool has_begun(const tb_task *t)
{
    return t->stand.had_place && !has_had_its_turn(t);
}

static tb_line_up stand_in_line(tb_line *l, tb_task *t, tb_call *c, uint64_t now)
{
    if (l->taken < l->places || !c->env) {
        give_place(l, t, now);
        return TB_LINE_GO;
    }
    t->stand.call = *c;
    c->env = NULL;
    if (has_begun(t))
        put_in(l, t, NULL, l->head[line_of(t)]);
    else
        put_in(l, t, l->tail[line_of(t)], NULL);
    return TB_LINE_SLEEP;
}

static void step_out(tb_line *l, tb_task *t, tb_call *c)
{
    take_out(l, t);
    take_call(t, c);
    t->stand.is = TB_OUT_OF_LINE;
}

/* It goes, if its time is up, or nobody has gone for long. */
static tb_line_up look_around(tb_line *l, tb_task *t, tb_call *c, uint64_t now)
{
    bool still = now - l->moved >= 1000000u * STANDS_STILL;

    if (!still && (!t->deadline || now < t->deadline))
        return TB_LINE_SLEEP;
    step_out(l, t, c);
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

    return t->deadline && left < STANDS_STILL ? (unsigned)left : STANDS_STILL;
}

tb_line_up tb_line_ask(ErlNifEnv *env, tb_task *t, ERL_NIF_TERM ref, uint64_t now, unsigned *ms)
{
    tb_line *l = t->world->line;
    tb_line_up what = TB_LINE_CALLED;
    bool again = t->stand.is != TB_OUT_OF_LINE;
    tb_call c = again ? (tb_call){.env = NULL} : call_to(env, ref);

    pthread_mutex_lock(&l->lock);
    if (t->stand.is == TB_OUT_OF_LINE)
        what = stand_in_line(l, t, &c, now);
    else if (t->stand.is == TB_IN_LINE)
        what = look_around(l, t, &c, now);
    pthread_mutex_unlock(&l->lock);
    drop_call(&c);
    *ms = sleeps(t, now);
    return what;
}

void tb_line_leave(ErlNifEnv *env, tb_task *t)
{
    tb_line *l = t->world->line;
    tb_call own = {.env = NULL}, next = {.env = NULL};

    if (t->stand.is == TB_OUT_OF_LINE)
        return;
    pthread_mutex_lock(&l->lock);
    if (t->stand.is == TB_IN_LINE) {
        step_out(l, t, &own);
    } else {
        make_way(l, t);
        call_next(l, &next);
    }
    pthread_mutex_unlock(&l->lock);
    drop_call(&own);
    wake(env, &next);
}
