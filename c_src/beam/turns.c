/* turns.c - a round of turns after each slice; each scheduler has its own. */
#include "turns.h"

/* A turn that comes back sooner had nobody waiting (ns), but for jobs that gave up theirs. */
#define NOBODY_WAITS 4000
#define GIVEN_UP     500

/* Turns given up after a slice before there may be another: together some 2 % of it... */
#define PATIENCE 12
/* ...and before there is another in any case. */
#define NO_MORE_PATIENCE 32

/* A job of less CPU time (ns) does not wait for one of more: it may be a small one. */
#define YOUNG 2000000

/* Slices of one job before another has its turn: what it needs is in the cache by then, and what others
 * need is not. */
#define RUN 8

/* Of the time (ns) that others had, not more is kept for jobs that wait. */
#define MOST_CREDIT 500000

typedef struct tb_turns {
    _Atomic(const tb_task *) owner; /* had the last slice; NULL: its round is over */
    bool young;                     /* the owner was */
    unsigned run;                   /* slices that it had, one after the other */
    int64_t credit;                 /* ns that others had more than jobs that waited; below 0: less */
    uint64_t seen;                  /* so far it is counted */
    unsigned left;                  /* rounds that the owner still gives to others */
    unsigned since;                 /* turns given up by other jobs in this round, */
    unsigned given_up;              /* and since the slice... */
    uint64_t waited;                /* ...by jobs that have waited so long, all in all */
} tb_turns;

/* Of the thread, so of the scheduler.  Other threads may only set the owner to NULL. */
static _Thread_local tb_turns here;

static bool is_young(const tb_task *t)
{
    return t->stats.cpu < YOUNG;
}

void tb_turn_ends(tb_task *t)
{
    const tb_task *self = t;

    if (t->turns)
        atomic_compare_exchange_strong(&t->turns->owner, &self, NULL);
    t->turns = NULL;
}

/* What went by since was the time of others: Erlang processes, jobs that start. */
static void count_others(tb_turns *r, uint64_t now)
{
    r->credit += (int64_t)(now - r->seen);
    if (r->credit > MOST_CREDIT)
        r->credit = MOST_CREDIT;
    r->seen = now;
}

/* Others have had as much time as the slices of those that waited. */
static bool is_even(const tb_turns *r)
{
    return r->credit >= 0;
}

/* The owner is here again.  Another round if somebody made use of this one; else it is
 * the turn of the next job there is. */
static bool owner_comes(tb_task *t, uint64_t now)
{
    tb_turns *r = t->turns;
    bool used = now - t->left_at >= NOBODY_WAITS + GIVEN_UP * r->since;
    bool alone = r->given_up == 0;

    r->since = 0;
    if (used && r->left > 0 && !is_even(r)) {
        r->left--;
        return false;
    }
    tb_turn_ends(t);
    return alone || r->run < RUN;
}

/* Jobs that come at a bad moment, round by round, must not be left behind: who has waited
 * much less than those who gave up their turns does so as well. */
static bool is_fair(const tb_turns *r, const tb_task *t, uint64_t now)
{
    return 4 * r->given_up * (now - t->slice_end) >= 3 * r->waited || r->given_up >= NO_MORE_PATIENCE;
}

static bool other_comes(tb_task *t, uint64_t now)
{
    tb_turns *r = &here;
    bool over = !atomic_load(&r->owner) || is_even(r) || r->given_up >= PATIENCE;

    if ((over && is_fair(r, t, now)) || (is_young(t) && !r->young)) {
        r->run = 0;
        return true;
    }
    r->since++;
    r->given_up++;
    r->waited += now - t->slice_end;
    return false;
}

bool tb_turn_comes(tb_task *t, uint64_t now)
{
    if (t->turns != &here) /* the VM moves processes from one scheduler to another */
        tb_turn_ends(t);
    count_others(&here, now);
    return t->turns && atomic_load(&here.owner) == t ? owner_comes(t, now) : other_comes(t, now);
}

void tb_turn_taken(tb_task *t, uint64_t took)
{
    tb_turns *r = &here;

    if (!t->left_at) /* it only starts: it is one of the others, to those that wait */
        return;
    t->turns = r;
    r->run++;
    r->credit = r->credit > 0 ? r->credit - (int64_t)took : -(int64_t)took;
    r->seen = t->slice_end;
    r->young = is_young(t);
    r->left = t->settings.courtesy;
    r->since = r->given_up = 0;
    r->waited = 0;
    atomic_store(&r->owner, t);
}
