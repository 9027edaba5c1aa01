/* reaper.c - a stack of things to give back, without locks.
 *
 * Whoever pushes onto an empty stack starts the thread; it takes all there is at
 * once, and again, until it finds nothing and can say so.  The library is never
 * unmapped (-z nodelete), so the thread may outlive its unloading. */
#include "reaper.h"
#include <pthread.h>
#include <stddef.h>

#define STACK ((size_t)256 << 10)

static void reap_all(const tb_reaper *r, tb_reaped *item)
{
    while (item && item != &r->idle) {
        tb_reaped *next = item->next;
        item->reap(item);
        item = next;
    }
}

static void *work(void *arg)
{
    tb_reaper *r = arg;
    tb_reaped *nothing;

    do {
        reap_all(r, atomic_exchange(&r->waiting, &r->idle));
        nothing = &r->idle;
    } while (!atomic_compare_exchange_strong(&r->waiting, &nothing, NULL));
    r->drop(r);
    return NULL;
}

static int start(tb_reaper *r)
{
    pthread_attr_t attr;
    pthread_t thread;
    int failed;

    if (pthread_attr_init(&attr))
        return -1;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK);
    failed = pthread_create(&thread, &attr, work, r);
    pthread_attr_destroy(&attr);
    return failed;
}

void tb_reap(tb_reaper *r, tb_reaped *item, void (*reap)(tb_reaped *item))
{
    tb_reaped *top = atomic_load(&r->waiting);

    item->reap = reap;
    r->hold(r); /* for the thread, or until we know there is one */
    do
        item->next = top;
    while (!atomic_compare_exchange_weak(&r->waiting, &top, item));
    if (top != NULL)
        r->drop(r);
    else if (start(r) != 0)
        work(r);
}
