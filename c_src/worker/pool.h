/* pool.h - the workers that have nothing to do, and those that are about to end.
 *
 * One whose job has ended waits for the next one: at most as many do as there are processors. */
#ifndef TB_POOL_H
#define TB_POOL_H

#include "worker.h"

/* From load to unload workers wait here; before and after, none does.  Calls nest. */
void tb_pool_open(void);
void tb_pool_close(void);

/* A job that is to have a worker has a place first, until it ends: there are some for each processor.
 * False if none is free; then it has waited for a moment, unless others may wait for a processor to go on: of those
 * that ask and ask, while these do nothing, one in a few waits.  One that rests needs none, and it takes one again in
 * any case. */
bool tb_pool_enter(void);
void tb_pool_leave(void);
void tb_pool_rest(bool rests);

/* One question more, or less, is being answered. */
void tb_pool_runs(int more);

/* One that has waited; NULL if there is none. */
tb_worker *tb_pool_take(void);

/* A new one: NULL, and why.  Then it is listened to: with TB_GONE, and why, it is killed; after TB_STOPPED it may be
 * listened to again. */
tb_worker *tb_pool_begin(char why[TB_WHY]);
tb_heard tb_pool_hello(tb_worker *w, tb_hello *hello, tb_stop *stop, char why[TB_WHY]);

/* Both.  NULL, and why; nothing is said if it was told to stop. */
tb_worker *tb_pool_start(tb_hello *hello, tb_stop *stop, char why[TB_WHY]);

/* Its job has ended: from any thread, at once. */
void tb_pool_put(tb_worker *w);

/* Kills it; waits until it is gone, some ms at most.  With 0 it ends beside us. */
void tb_pool_kill(tb_worker *w, int ms);

#endif
