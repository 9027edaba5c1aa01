/* task.h - a job and what its lane knows of it; the Erlang handle to it. */
#ifndef TB_TASK_H
#define TB_TASK_H

#include "../job.h"
#include "line.h"
#include "turns.h"
#include "world.h"
#include <erl_nif.h>

typedef enum { TB_LANE_AUTO, TB_LANE_YIELD, TB_LANE_DIRTY } tb_lane;

/* Times in microseconds. */
typedef struct {
    tb_lane lane;
    unsigned slice;           /* on a normal scheduler */
    unsigned dirty_slice;     /* on a dirty one: then the next in its queue has a turn */
    unsigned courtesy;        /* most empty turns after a slice */
    uint64_t dirty_threshold; /* of the estimated cost: above it a job goes dirty */
    uint64_t timeout;         /* from when it was asked for; 0 = none */
    uint64_t spent;           /* of it, when the job starts */
    uint64_t max_memory;      /* bytes */
    uint64_t piece;           /* bytes of output handed out at a time; 0 = all at the end */
    bool prompt;      /* more input is there as soon as it is asked for: the place is kept meanwhile */
    unsigned threads; /* that libvips may use */
    bool measure;     /* count slices by length, and blocking */
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

typedef struct tb_task {
    tb_reaped reaped; /* first: the reaper knows no more of us */
    tb_settings settings;
    tb_stats stats;
    tb_world *world;            /* held */
    ErlNifEnv *own;             /* keeps the inputs' binaries; owned, may be NULL */
    uint64_t started, deadline; /* ns; 0 = none */
    uint64_t left_at;           /* for the queue; 0: it waits for its caller */
    tb_queued queued;           /* on a normal scheduler... */
    tb_stand stand;             /* ...among those that want one of a kind */
    bool dirty;                 /* where the last slice ran */
    bool expired, cancelled;
    bool collecting; /* output goes into out[result] */
    tb_status then;  /* why it is collected: TB_DONE or TB_FULL */
    int result;      /* whose turn it is: those before are whole */
    size_t out_at;
    ErlNifBinary out[TB_MAX_PIPES]; /* owned: those that are whole, and where collecting, the next */
    tb_job job;
} tb_task;

/* A new task, its job still to be opened, planned and given its inputs; NULL if there
 * is no memory. */
tb_task *tb_task_new(tb_world *world);

/* Gives it the whole input of a picture.  False if there is no memory. */
bool tb_task_give(tb_task *t, int picture, ERL_NIF_TERM binary);

/* Where a job of that estimated cost (ns) does its slices. */
tb_lane tb_lane_for(const tb_settings *s, double cost);

/* It is better off where it keeps nobody waiting, on dirty schedulers. */
bool tb_task_is_large(const tb_task *t);

/* By what it has cost, and is thought to cost, it is soon done: on normal schedulers, it does not wait for others. */
bool tb_task_is_small(const tb_task *t);

/* Where its slices ran: inline, yield, dirty, or mixed. */
ERL_NIF_TERM tb_task_lane(const tb_task *t);

void tb_task_free(tb_task *t);

/* The process of a job on dirty schedulers is watched: between two slices it may be
 * killed, and then the VM may take a second until it runs the destructor.
 *     NONE -> WORKS <-> WAITS,  either -> GONE */
typedef enum {
    TB_WATCH_NONE,
    TB_WATCH_WORKS, /* in a slice, which sees for itself that its process is gone */
    TB_WATCH_WAITS, /* for one; if the process goes, the task goes with it */
    TB_WATCH_GONE
} tb_watch;

/* What Erlang holds.  Its layout is the same in every build that may be loaded
 * into one VM; the functions are of the build that made the task, and only they
 * look into it. */
typedef struct tb_handle tb_handle;

struct tb_handle {
    unsigned version;
    void (*destroy)(ErlNifEnv *env, tb_task *t);
    ERL_NIF_TERM (*resume)(ErlNifEnv *env, tb_handle *h, ERL_NIF_TERM self, ERL_NIF_TERM more);
    tb_task *task;     /* owned; NULL when it has ended */
    _Atomic bool busy; /* a step runs or is scheduled */
    _Atomic tb_watch watch;
    ErlNifMonitor monitor; /* of the process that is watched */
};

/* Opens the resource type; from load and from upgrade. */
bool tb_handle_load(ErlNifEnv *env);

/* Owns the task from now on; it is busy.  What resumes it is filled in by the caller. */
ERL_NIF_TERM tb_handle_new(ErlNifEnv *env, tb_task *t, tb_handle **h);
tb_handle *tb_handle_get(ErlNifEnv *env, ERL_NIF_TERM term); /* NULL if it is none */

/* Frees the task; the handle is left empty.  One that has not ended is cancelled. */
void tb_handle_end(ErlNifEnv *env, tb_handle *h);
void tb_handle_cancel(ErlNifEnv *env, tb_handle *h);

/* From a slice on: the calling process is watched, until tb_handle_unwatch. */
void tb_handle_watch(ErlNifEnv *env, tb_handle *h);
/* At the end of a slice, and at the beginning of the next.  False: the process is gone, and
 * the task with it. */
bool tb_handle_waits(ErlNifEnv *env, tb_handle *h);
bool tb_handle_works(tb_handle *h);
bool tb_handle_unwatch(ErlNifEnv *env, tb_handle *h);

#endif
