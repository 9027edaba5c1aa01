/* call.h - a call that may take as long as it likes, on a stack that is large
 * enough for it.
 *
 * A dirty scheduler has 320 KiB of stack; the libraries below libvips (Rust, C++,
 * recursion by the depth of the input) were written for megabytes.  So each call has a
 * thread, and the scheduler waits for it.  What is left when nobody waits any
 * longer goes on at a low priority, until it comes to its end. */
#ifndef TB_CALL_H
#define TB_CALL_H

#include "../stage.h"
#include <pthread.h>

typedef struct tb_call {
    pthread_mutex_t lock; /* of the two below */
    pthread_cond_t change;
    void (*after)(void *arg);
    void *after_arg;
    bool made;         /* lock and change are there */
    bool running;      /* fn */
    bool abandoned;    /* nobody waits for it */
    _Atomic bool stop; /* fn is to end, if it can */
    pthread_t thread;
    _Atomic int tid; /* of it, for the system */
    void (*fn)(struct tb_call *c, void *arg);
    void *arg;
    tb_error *heard; /* takes what libvips warns of in this thread; borrowed; NULL = fn says nothing */
    uint64_t cpu;    /* ns that fn took */
} tb_call;

typedef enum { TB_CALL_ENDED, TB_CALL_STOPPED, TB_CALL_CROWDED, TB_CALL_NO_THREAD } tb_called;

/* Starts all zero.  Calls fn(c, arg), and waits; `stop` (may be NULL) is asked now and then.
 * Where as many as there are processors run on already,
 * nothing is begun.  When stopped, fn may run on: what it works on stays until tb_call_lives says no. */
tb_called tb_call_run(tb_call *c, tb_stop *stop, void (*fn)(tb_call *c, void *arg), void *arg);

/* As tb_stage_ops.lives. */
bool tb_call_lives(tb_call *c, void (*after)(void *arg), void *arg);

void tb_call_close(tb_call *c); /* nothing runs */

/* Fails the stage for what became of the call. */
tb_status tb_call_failed(tb_called how, const char *stage, tb_error *err);

#endif
