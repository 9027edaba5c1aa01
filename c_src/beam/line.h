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

typedef struct tb_task tb_task;
typedef struct tb_line tb_line;

typedef enum { TB_NORMAL, TB_DIRTY, TB_KINDS } tb_schedulers;

typedef enum { TB_OUT_OF_LINE, TB_IN_LINE, TB_HAS_PLACE } tb_standing;

/* A process that sleeps, to be called by the message `ref`. */
typedef struct {
    tb_reaped reaped; /* first: the reaper knows no more of it */
    ErlNifPid pid;
    ErlNifEnv *env; /* where ref lives; owned */
    ERL_NIF_TERM ref;
} tb_call;

/* Of one task.  Only the line looks into it. */
typedef struct {
    tb_line *line;          /* where it stands, has its place, or is to stand next */
    _Atomic tb_standing is; /* in line, others may give it a place */
    tb_task *next, *previous;
    bool had_place;
    unsigned round; /* in which it got it */
    uint64_t had;   /* its CPU time when its turn began, ns... */
    uint64_t since; /* ...and when it got its place: in a turn, it may have made way for small ones */
    tb_call *call;  /* in line; owned */
} tb_stand;

/* For so many schedulers.  NULL if there is no memory. */
tb_line *tb_line_new(tb_schedulers kind, unsigned schedulers);
void tb_line_free(tb_line *l);

/* The task has no place on the normal schedulers, and others stand in line. */
bool tb_line_is_full(const tb_task *t);

/* Before a slice there: does the task keep its place, or get one?  If not, it is to stand in line. */
bool tb_line_stays(ErlNifEnv *env, tb_task *t, tb_schedulers kind);

typedef enum {
    TB_LINE_GO,    /* it has a place */
    TB_LINE_SLEEP, /* until it is called; or, after so many ms, to ask again */
    TB_LINE_CALLED /* it has a place, and the message that says so is sent */
} tb_line_up;

/* Puts it in line; or asks for one that stands there, and has slept long enough. */
tb_line_up tb_line_ask(ErlNifEnv *env, tb_task *t, ERL_NIF_TERM ref, uint64_t now, unsigned *ms);

/* It needs no place for now; or none but on those. */
void tb_line_leave(ErlNifEnv *env, tb_task *t);
void tb_line_leave_but(ErlNifEnv *env, tb_task *t, tb_schedulers kind);

#endif
