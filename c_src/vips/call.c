/* call.c - a thread for a call, and the wait for it. */
#define _GNU_SOURCE /* syscall */
#include "call.h"
#include "words.h"
#include <time.h>
#include <unistd.h>
#include <vips/vips.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#endif

#define STACK ((size_t)8 << 20)
#define LOOK  2000000L /* ns between two looks at the stop */
#define NICE  10       /* a tenth of the share of others */
#define GRACE 20       /* looks that it has to end when told */

/* Those that nobody waits for and that run on: they take processors, which are few. */
static _Atomic int stragglers;

static bool too_many(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return atomic_load(&stragglers) >= (processors < 2 ? 2 : processors);
}

static uint64_t cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int number_of_thread(void)
{
#ifdef __linux__
    return (int)syscall(SYS_gettid);
#else
    return 0;
#endif
}

/* Whoever waits may free all of `c` as soon as the lock is open, but where it
 * was abandoned: then `after` does. */
static void *trampoline(void *arg)
{
    tb_call *c = arg;
    void (*after)(void *);
    void *after_arg;

    c->tid = number_of_thread();
    if (c->heard)
        tb_words_begin(c->heard);
    c->fn(c, c->arg);
    if (c->heard)
        tb_words_end();
    vips_thread_shutdown();
    pthread_mutex_lock(&c->lock);
    c->cpu = cpu_time();
    c->running = false;
    if (c->abandoned)
        atomic_fetch_sub(&stragglers, 1);
    after = c->after;
    after_arg = c->after_arg;
    pthread_cond_signal(&c->change);
    pthread_mutex_unlock(&c->lock);
    if (after)
        after(after_arg);
    return NULL;
}

static bool make(tb_call *c)
{
    pthread_condattr_t attr;

    if (c->made)
        return true;
    if (pthread_mutex_init(&c->lock, NULL))
        return false;
    pthread_condattr_init(&attr);
#ifndef __APPLE__
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
#endif
    c->made = pthread_cond_init(&c->change, &attr) == 0;
    pthread_condattr_destroy(&attr);
    if (!c->made)
        pthread_mutex_destroy(&c->lock);
    return c->made;
}

static bool start(tb_call *c)
{
    pthread_attr_t attr;
    int failed;

    if (pthread_attr_init(&attr))
        return false;
    pthread_attr_setstacksize(&attr, STACK);
    c->running = true;
    failed = pthread_create(&c->thread, &attr, trampoline, c);
    pthread_attr_destroy(&attr);
    if (failed)
        c->running = false;
    return !failed;
}

/* True if it has ended. */
static bool wait_a_little(tb_call *c)
{
    struct timespec until;

#ifdef __APPLE__
    clock_gettime(CLOCK_REALTIME, &until);
#else
    clock_gettime(CLOCK_MONOTONIC, &until);
#endif
    until.tv_nsec += LOOK;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&c->lock);
    if (c->running)
        pthread_cond_timedwait(&c->change, &c->lock, &until);
    bool ended = !c->running;
    pthread_mutex_unlock(&c->lock);
    return ended;
}

/* Others first, from now on; but not so far behind that whoever waits for a lock that it
 * holds waits for long.  False if it has just ended. */
static bool abandon(tb_call *c)
{
    pthread_mutex_lock(&c->lock);
    if (c->running) {
#ifdef __linux__
        setpriority(PRIO_PROCESS, (id_t)c->tid, NICE);
#endif
        c->abandoned = true;
        atomic_fetch_add(&stragglers, 1);
    }
    pthread_mutex_unlock(&c->lock);
    return c->abandoned;
}

tb_called tb_call_run(tb_call *c, tb_stop *stop, void (*fn)(tb_call *c, void *arg), void *arg)
{
    bool ended, stopped = false;
    int grace = GRACE;

    if (stop && too_many())
        return TB_CALL_CROWDED;
    if (!make(c))
        return TB_CALL_NO_THREAD;
    c->fn = fn;
    c->arg = arg;
    c->after = NULL;
    c->abandoned = false;
    atomic_store(&c->stop, false);
    if (!start(c))
        return TB_CALL_NO_THREAD;
    do {
        ended = wait_a_little(c);
        if (!ended && !stopped && stop && stop->asked(stop)) {
            stopped = true;
            atomic_store(&c->stop, true);
        }
    } while (!ended && (!stopped || grace-- > 0));
    if (!ended && abandon(c))
        return TB_CALL_STOPPED;
    pthread_join(c->thread, NULL);
    if (stop)
        stop->aside += c->cpu;
    return stopped ? TB_CALL_STOPPED : TB_CALL_ENDED;
}

bool tb_call_lives(tb_call *c, void (*after)(void *arg), void *arg)
{
    bool lives;

    if (!c->abandoned)
        return false;
    pthread_mutex_lock(&c->lock);
    lives = c->running;
    if (lives) {
        c->after = after;
        c->after_arg = arg;
        pthread_detach(c->thread);
    }
    pthread_mutex_unlock(&c->lock);
    if (!lives) {
        pthread_join(c->thread, NULL);
        c->abandoned = false;
    }
    return lives;
}

void tb_call_close(tb_call *c)
{
    if (!c->made)
        return;
    pthread_cond_destroy(&c->change);
    pthread_mutex_destroy(&c->lock);
    c->made = false;
}

tb_status tb_call_failed(tb_called how, const char *stage, tb_error *err)
{
    if (how == TB_CALL_NO_THREAD)
        return tb_fail(err, TB_E_NOMEM, stage, "the system has no thread for libvips");
    if (how == TB_CALL_CROWDED)
        return tb_fail(err, TB_E_LIMIT, stage,
                       "too much of what was given up, and cannot be stopped, still runs in libvips");
    return tb_fail(err, TB_E_CANCELLED, stage, "stopped");
}
