/* lane.h - where and how long the next slice of a job runs.
 *
 *   inline     the whole job in the calling slice
 *   yielding   slices on a normal scheduler, each billed, others in between
 *   dirty      slices on a dirty CPU scheduler: large jobs, and steps that cannot be cut
 */
#ifndef TB_LANE_H
#define TB_LANE_H

#include "job.h"
#include "reaper.h"
#include <erl_nif.h>

typedef enum { TB_LANE_AUTO, TB_LANE_YIELD, TB_LANE_DIRTY } tb_lane;

/* Times in microseconds. */
typedef struct {
    tb_lane lane;
    unsigned slice;           /* on a normal scheduler */
    unsigned dirty_slice;     /* on a dirty one: then the next in its queue has a turn */
    unsigned courtesy;        /* most empty turns after a slice */
    uint64_t dirty_threshold; /* of the estimated cost: above it a job goes dirty */
    uint64_t timeout;         /* from the start of the job; 0 = none */
    uint64_t max_memory;      /* bytes */
    uint64_t piece;           /* bytes of output handed out at a time; 0 = all at the end */
    bool measure;             /* count slices by length, and blocking */
} tb_settings;

#define TB_BINS 5 /* slices of at most 0.25, 0.5, 1, 5 ms of CPU time, and longer */

typedef struct {
    unsigned slices[2]; /* normal, dirty */
    unsigned hops;      /* changes between normal and dirty */
    uint64_t longest;   /* slice on a normal scheduler, ns of CPU time */
    uint64_t cpu, wall, queue;
    uint64_t bin[TB_BINS]; /* of slices on normal schedulers, where measured */
    uint64_t blocked;      /* voluntary context switches in them, where measured */
} tb_stats;

/* What all tasks of a loaded library share; lives until the last of them is gone. */
typedef struct {
    unsigned version;
    _Atomic unsigned holders; /* tasks, and the library instances */
    tb_heap heap;
    tb_reaper reaper;
    _Atomic uint64_t live, started, finished, failed, cancelled;
    _Atomic uint64_t lane[3]; /* jobs that ended inline, yielding, with dirty slices */
} tb_world;

tb_world *tb_world_new(size_t limit);
tb_world *tb_world_hold(tb_world *w);
void tb_world_drop(tb_world *w);

/* A job and what its lane knows of it: what the Erlang resource points to. */
typedef struct tb_task tb_task;

/* Opens the resource type; call it from load and upgrade. */
bool tb_lane_load(ErlNifEnv *env);

/* A new task; its plan, settings and input are still to be filled in. */
tb_task *tb_task_new(tb_world *world);
tb_job *tb_task_job(tb_task *t);
tb_settings *tb_task_settings(tb_task *t);
const tb_stats *tb_task_stats(const tb_task *t);
const char *tb_task_lane(const tb_task *t);

/* The input: a binary, or the atom `pieces`, which come by tb_task_resume.  False for others. */
bool tb_task_take(ErlNifEnv *env, tb_task *t, ERL_NIF_TERM input);

/* Frees a task that was never started; a badarg. */
ERL_NIF_TERM tb_task_refuse(ErlNifEnv *env, tb_task *t);

/* Hands the task to the garbage collector and runs its first slice: returns what
 * the NIF returns. */
ERL_NIF_TERM tb_task_start(ErlNifEnv *env, tb_task *t);

/* Where a job of that estimated cost (ns) does its slices. */
tb_lane tb_lane_for(const tb_settings *s, double cost);

/* The NIF that goes on with a job that was hungry, or had a piece ready. */
ERL_NIF_TERM tb_task_resume(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);

#endif
