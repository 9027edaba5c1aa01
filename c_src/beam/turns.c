/* turns.c - a round of turns after each slice; each scheduler has its own. */
#include "turns.h"
#include <stdatomic.h>
#include <stddef.h>

/* A turn that comes back sooner had nobody waiting (ns), but for jobs that gave up theirs. */
#define NOBODY_WAITS 4000
#define GIVEN_UP     500

/* Turns given up after a slice before there is another in any case: together some 2 % of it. */
#define PATIENCE 12

/* Of the time (ns) that others had, not more is kept for jobs that wait. */
#define MOST_CREDIT 500000

typedef struct tb_turns {
    _Atomic(const tb_queued *) owner; /* had the last slice; NULL: its round is over */
    bool small;                       /* the owner was */
    int64_t credit;                   /* ns that others had more than jobs that waited; below 0: less */
    uint64_t seen;                    /* so far it is counted */
    unsigned left;                    /* rounds that the owner still gives to others */
    unsigned since;                   /* turns given up by other jobs in this round, */
    unsigned given_up;                /* and since the slice */
} tb_turns;

/* Of the thread, so of the scheduler.  Other threads may only set the owner to NULL. */
static _Thread_local tb_turns here;

void tb_turn_ends(tb_queued *t)
{
    const tb_queued *self = t;

    if (t->at)
        atomic_compare_exchange_strong(&t->at->owner, &self, NULL);
    t->at = NULL;
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
static bool owner_comes(tb_queued *t, uint64_t left_at, uint64_t now)
{
    tb_turns *r = t->at;
    bool used = now - left_at >= NOBODY_WAITS + GIVEN_UP * r->since;
    bool alone = r->given_up == 0;

    r->since = 0;
    if (used && r->left > 0 && !is_even(r)) {
        r->left--;
        return false;
    }
    tb_turn_ends(t);
    return alone;
}

static bool other_comes(bool small)
{
    tb_turns *r = &here;

    if (!atomic_load(&r->owner) || is_even(r) || r->given_up >= PATIENCE || (small && !r->small))
        return true;
    r->since++;
    r->given_up++;
    return false;
}

bool tb_turn_comes(tb_queued *t, bool small, uint64_t left_at, uint64_t now)
{
    if (t->at != &here) /* the VM moves processes from one scheduler to another */
        tb_turn_ends(t);
    count_others(&here, now);
    return t->at && atomic_load(&here.owner) == t ? owner_comes(t, left_at, now) : other_comes(small);
}

void tb_turn_taken(tb_queued *t, bool small, unsigned courtesy, uint64_t took, uint64_t end)
{
    tb_turns *r = &here;

    t->at = r;
    r->credit = r->credit > 0 ? r->credit - (int64_t)took : -(int64_t)took;
    r->seen = end;
    r->small = small;
    r->left = courtesy;
    r->since = r->given_up = 0;
    atomic_store(&r->owner, t);
}
