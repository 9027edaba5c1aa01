/* line.h - the lines of jobs that wait for a place on the normal schedulers, or on the dirty ones.
 *
 * A job between two slices waits in the queue of a scheduler.  Each time it comes to the front
 * and lets another go first, that costs a microsecond and more, and the caches of the other; and
 * jobs that all go on together all hold memory, and all end late.  So only as many jobs have a
 * place there as there are schedulers (of the dirty ones one more, for jobs there read files);
 * the rest stand in line: their processes sleep, and a message calls them.
 *
 * Who has had its place for a while gives it to the next; a small job goes before others.  A job
 * that fits into one slice needs no place, nor does one that libvips works for: it waits for a
 * worker.  Where others stand in line, a job that does not stops before it takes the memory it
 * needs. */
#ifndef TB_LINE_H
#define TB_LINE_H

#include "reaper.h"
#include <erl_nif.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tb_line tb_line;

typedef enum { TB_NORMAL, TB_DIRTY, TB_KINDS } tb_schedulers;

/* A job that costs less is small, on normal schedulers; ns of CPU time. */
#define TB_SMALL 2000000

typedef enum { TB_OUT_OF_LINE, TB_IN_LINE, TB_HAS_PLACE } tb_standing;

/* A process that sleeps, to be called by the message `ref`. */
typedef struct {
    tb_reaped reaped; /* first: the reaper knows no more of it */
    ErlNifPid pid;
    ErlNifEnv *env; /* where ref lives; owned */
    ERL_NIF_TERM ref;
} tb_call;

/* One for each job.  All zero to begin with. */
typedef struct tb_stand {
    /* Told by the job before it asks for a place, and then unchanged for as long as it stands in line. */
    uint64_t spent;    /* CPU time so far, ns... */
    double cost;       /* ...and in all, as far as one can say */
    uint64_t deadline; /* by tb_now; 0 = none */

    /* The rest is the line's. */
    tb_line *line;          /* where it stands, has its place, or is to stand next */
    _Atomic tb_standing is; /* in line, others may give it a place */
    struct tb_stand *next, *previous;
    bool had_place;
    unsigned round; /* in which it got it */
    uint64_t had;   /* what was spent when its turn began... */
    uint64_t since; /* ...and when it got its place: in a turn, it may have made way for small ones */
    tb_call *call;  /* in line; owned */
} tb_stand;

/* For so many schedulers; what cannot be sent at once goes by the reaper, borrowed.  NULL if there is no memory. */
tb_line *tb_line_new(tb_schedulers kind, unsigned schedulers, tb_reaper *reaper);
void tb_line_free(tb_line *l);

/* It has no place, and others stand in that line. */
bool tb_line_is_full(const tb_line *l, const tb_stand *s);

/* Before a slice: does it keep its place, or get one?  If not, it is to stand in line. */
bool tb_line_stays(ErlNifEnv *env, tb_line *l, tb_stand *s);

typedef enum {
    TB_LINE_GO,    /* it has a place */
    TB_LINE_SLEEP, /* until it is called; or, after so many ms, to ask again */
    TB_LINE_CALLED /* it has a place, and the message that says so is sent */
} tb_line_up;

/* Puts it in line; or asks for one that stands there, and has slept long enough. */
tb_line_up tb_line_ask(ErlNifEnv *env, tb_stand *s, ERL_NIF_TERM ref, unsigned *ms);

/* It needs no place for now; or none but one of the other line. */
void tb_line_leave(ErlNifEnv *env, tb_stand *s);
void tb_line_leave_for(ErlNifEnv *env, tb_stand *s, tb_line *other);

#endif
