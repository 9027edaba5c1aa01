/* line.c - small jobs stand in a line of their own, and go first. */
#include "line.h"
#include "clock.h"
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
    tb_reaper *reaper;
    unsigned places, taken;
    _Atomic unsigned round; /* who got its place in another has none any more */
    unsigned in_a_row;      /* of the small ones */
    tb_stand *head[LINES], *tail[LINES];
    _Atomic unsigned length;
    uint64_t moved;
};

tb_line *tb_line_new(tb_schedulers kind, unsigned schedulers, tb_reaper *reaper)
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
    l->reaper = reaper;
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

static int line_of(const tb_stand *s)
{
    uint64_t small = s->line->rules->small;

    return s->spent < small && s->cost < (double)small ? SMALL : OTHERS;
}

static bool has_had_its_turn(const tb_stand *s)
{
    return s->spent - s->had >= s->line->rules->turn;
}

/* Between two that stand there; NULL: it is the first, or the last. */
static void put_in(tb_line *l, tb_stand *s, tb_stand *previous, tb_stand *next)
{
    int k = line_of(s);

    s->is = TB_IN_LINE;
    s->previous = previous;
    s->next = next;
    *(previous ? &previous->next : &l->head[k]) = s;
    *(next ? &next->previous : &l->tail[k]) = s;
    atomic_fetch_add(&l->length, 1);
}

static void take_out(tb_line *l, const tb_stand *s)
{
    int k = line_of(s);

    *(s->previous ? &s->previous->next : &l->head[k]) = s->next;
    *(s->next ? &s->next->previous : &l->tail[k]) = s->previous;
    atomic_fetch_sub(&l->length, 1);
}

static tb_stand *next_of(tb_line *l)
{
    bool small = l->head[SMALL] && (!l->head[OTHERS] || l->in_a_row < SMALL_IN_A_ROW);

    l->in_a_row = small ? l->in_a_row + 1 : 0;
    return l->head[small ? SMALL : OTHERS];
}

/* ---------------------------------------------------------------- the places */

static bool has_place(const tb_stand *s)
{
    return s->is == TB_HAS_PLACE && s->round == atomic_load(&s->line->round);
}

static void give_place(tb_line *l, tb_stand *s, uint64_t now)
{
    s->is = TB_HAS_PLACE;
    s->had_place = true;
    s->round = atomic_load(&l->round);
    s->since = s->spent;
    if (has_had_its_turn(s))
        s->had = s->spent;
    l->taken++;
    l->moved = now;
}

static tb_call *take_call(tb_stand *s)
{
    tb_call *c = s->call;

    s->call = NULL;
    return c;
}

/* The next, if there is a place for it; whom to call. */
static tb_call *call_next(tb_line *l)
{
    tb_stand *s = l->taken < l->places && atomic_load(&l->length) > 0 ? next_of(l) : NULL;
    tb_call *c;

    if (!s)
        return NULL;
    c = take_call(s);
    take_out(l, s);
    give_place(l, s, tb_now());
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
static void wake(ErlNifEnv *env, const tb_line *l, tb_call *c)
{
    if (c && !enif_send(env, &c->pid, c->env, c->ref))
        tb_reap(l->reaper, &c->reaped, call_from_thread);
    else
        drop_call(c);
}

/* Small ones wait, and it is not small. */
static bool must_let_pass(const tb_line *l, const tb_stand *s)
{
    return l->head[SMALL] && line_of(s) != SMALL && s->spent - s->since >= l->rules->least;
}

/* Others wait, and it is their turn. */
static bool must_make_way(const tb_line *l, const tb_stand *s)
{
    return atomic_load(&l->length) > 0 && (has_had_its_turn(s) || must_let_pass(l, s));
}

static void make_way(tb_line *l, tb_stand *s)
{
    l->taken -= has_place(s);
    s->is = TB_OUT_OF_LINE;
}

bool tb_line_is_full(const tb_line *l, const tb_stand *s)
{
    return !has_place(s) && atomic_load(&l->length) > 0;
}

bool tb_line_stays(ErlNifEnv *env, tb_line *l, tb_stand *s)
{
    tb_call *next;

    tb_line_leave_for(env, s, l);
    if (has_place(s) && atomic_load(&l->length) == 0)
        return true;
    pthread_mutex_lock(&l->lock);
    if (!has_place(s) || must_make_way(l, s))
        make_way(l, s);
    else
        l->moved = tb_now();
    next = call_next(l);
    if (!has_place(s) && l->taken < l->places)
        give_place(l, s, tb_now());
    bool stays = has_place(s);
    pthread_mutex_unlock(&l->lock);
    wake(env, l, next);
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
static bool has_begun(const tb_stand *s)
{
    return s->had_place && !has_had_its_turn(s);
}

/* Keeps the call, where it does stand there. */
static tb_line_up stand_in_line(tb_line *l, tb_stand *s, tb_call **c, uint64_t now)
{
    if (l->taken < l->places || !*c) {
        give_place(l, s, now);
        return TB_LINE_GO;
    }
    s->call = *c;
    *c = NULL;
    if (has_begun(s))
        put_in(l, s, NULL, l->head[line_of(s)]);
    else
        put_in(l, s, l->tail[line_of(s)], NULL);
    return TB_LINE_SLEEP;
}

static tb_call *step_out(tb_line *l, tb_stand *s)
{
    take_out(l, s);
    s->is = TB_OUT_OF_LINE;
    return take_call(s);
}

/* It goes, if its time is up, or nobody has gone for long. */
static tb_line_up look_around(tb_line *l, tb_stand *s, tb_call **c, uint64_t now)
{
    bool still = now - l->moved >= 1000000u * (uint64_t)l->rules->patience;

    if (!still && (!s->deadline || now < s->deadline))
        return TB_LINE_SLEEP;
    *c = step_out(l, s);
    if (still) {
        l->round++;
        l->taken = 0;
    }
    give_place(l, s, now);
    return TB_LINE_GO;
}

static unsigned sleeps(const tb_stand *s, uint64_t now)
{
    uint64_t left = s->deadline > now ? (s->deadline - now) / 1000000u + 1 : 1;
    unsigned most = s->line->rules->patience;

    return s->deadline && left < most ? (unsigned)left : most;
}

tb_line_up tb_line_ask(ErlNifEnv *env, tb_stand *s, ERL_NIF_TERM ref, unsigned *ms)
{
    tb_line *l = s->line;
    tb_line_up what = TB_LINE_CALLED;
    uint64_t now = tb_now();
    bool again = s->is != TB_OUT_OF_LINE;
    tb_call *c = again ? NULL : call_to(env, ref);

    pthread_mutex_lock(&l->lock);
    if (s->is == TB_OUT_OF_LINE)
        what = stand_in_line(l, s, &c, now);
    else if (s->is == TB_IN_LINE)
        what = look_around(l, s, &c, now);
    pthread_mutex_unlock(&l->lock);
    drop_call(c);
    *ms = sleeps(s, now);
    return what;
}

void tb_line_leave(ErlNifEnv *env, tb_stand *s)
{
    tb_line *l = s->line;
    tb_call *own = NULL, *next = NULL;

    if (s->is == TB_OUT_OF_LINE)
        return;
    pthread_mutex_lock(&l->lock);
    if (s->is == TB_IN_LINE) {
        own = step_out(l, s);
    } else {
        make_way(l, s);
        next = call_next(l);
    }
    pthread_mutex_unlock(&l->lock);
    drop_call(own);
    wake(env, l, next);
}

void tb_line_leave_for(ErlNifEnv *env, tb_stand *s, tb_line *other)
{
    if (s->line == other)
        return;
    tb_line_leave(env, s);
    s->line = other;
}
