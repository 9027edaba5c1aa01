/* reaper.h - a thread of its own for giving back what takes too long to give
 * back on a scheduler: it comes when there is work and goes when there is none. */
#ifndef TB_REAPER_H
#define TB_REAPER_H

#include <stdatomic.h>

typedef struct tb_reaped {
    struct tb_reaped *next;
    void (*reap)(struct tb_reaped *r);
} tb_reaped;

/* Starts all zero but for the two functions, which keep it alive while its
 * thread runs. */
typedef struct tb_reaper {
    _Atomic(tb_reaped *) waiting; /* NULL: no thread.  &idle: a thread, and nothing for it. */
    tb_reaped idle;
    void (*hold)(struct tb_reaper *r);
    void (*drop)(struct tb_reaper *r);
} tb_reaper;

/* Calls reap(item) soon, on another thread; here and now if there can be none. */
void tb_reap(tb_reaper *r, tb_reaped *item, void (*reap)(tb_reaped *item));

#endif
