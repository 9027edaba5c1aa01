/* pool.c - one for all jobs: with what foreign.c knows, all in the core that is neither const nor a job's. */
#include "pool.h"
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PLACES  2  /* for each processor */
#define IN_VAIN 16 /* asks for a place, after which one of them waits */

static struct {
    pthread_mutex_t lock; /* held for moments only */
    int open;
    int most;       /* that wait: processors */
    unsigned epoch; /* workers of another one end with their job */
    tb_worker *idle, *dying;
    bool attended;                /* a thread waits for the dying */
    int count;                    /* of the idle */
    int placed, resting, running; /* jobs */
    int in_vain;                  /* asks for a place, since one who has it did anything */
    pthread_cond_t left;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER};

static int processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > 1024 ? 1024 : (int)n;
}

/* Half of a millisecond, or less. */
static void wait_for_place(void)
{
    struct timespec until;

    pool.in_vain = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 500000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&pool.left, &pool.lock, &until);
}

static bool has_place(void)
{
    return pool.placed - pool.resting < PLACES * (pool.most > 0 ? pool.most : 1);
}

/* Who has a place may want this thread: so not each, but one of many that come in a row. */
static bool may_wait(void)
{
    return pool.running >= pool.placed - pool.resting || ++pool.in_vain >= IN_VAIN;
}

bool tb_pool_enter(void)
{
    bool enters;

    pthread_mutex_lock(&pool.lock);
    if (!has_place() && may_wait())
        wait_for_place();
    enters = has_place();
    pool.placed += enters;
    pthread_mutex_unlock(&pool.lock);
    return enters;
}

void tb_pool_leave(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.placed--;
    pthread_cond_signal(&pool.left);
    pthread_mutex_unlock(&pool.lock);
}

void tb_pool_rest(bool rests)
{
    pthread_mutex_lock(&pool.lock);
    pool.resting += rests ? 1 : -1;
    pthread_mutex_unlock(&pool.lock);
}

void tb_pool_runs(int more)
{
    pthread_mutex_lock(&pool.lock);
    pool.running += more;
    pool.in_vain = 0;
    pthread_mutex_unlock(&pool.lock);
}

/* Those that have died are forgotten. */
static void sweep(void)
{
    tb_worker **at = &pool.dying;

    while (*at) {
        tb_worker *next = (*at)->next;
        if (tb_worker_free(*at, 0))
            *at = next;
        else
            at = &(*at)->next;
    }
}

static void push(tb_worker **list, tb_worker *w)
{
    w->next = *list;
    *list = w;
}

static tb_worker *pop(tb_worker **list)
{
    tb_worker *w = *list;

    if (w)
        *list = w->next;
    return w;
}

/* Until none is left. */
static void *attend(void *arg)
{
    bool left;

    do {
        poll(NULL, 0, 5);
        pthread_mutex_lock(&pool.lock);
        sweep();
        left = pool.attended = pool.dying != NULL;
        pthread_mutex_unlock(&pool.lock);
    } while (left);
    return arg;
}

/* Without a thread for it, the next that is taken or dies will find them. */
static void see_to_the_dying(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    sweep();
    if (!pool.dying || pool.attended || pthread_attr_init(&attr))
        return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 1 << 17);
    pool.attended = pthread_create(&thread, &attr, attend, NULL) == 0;
    pthread_attr_destroy(&attr);
}

void tb_pool_kill(tb_worker *w, int ms)
{
    tb_worker_kill(w);
    if (tb_worker_free(w, ms))
        return;
    pthread_mutex_lock(&pool.lock);
    push(&pool.dying, w);
    see_to_the_dying();
    pthread_mutex_unlock(&pool.lock);
}

tb_worker *tb_pool_take(void)
{
    pthread_mutex_lock(&pool.lock);
    sweep();
    tb_worker *w = pop(&pool.idle);
    pool.count -= w != NULL;
    pthread_mutex_unlock(&pool.lock);
    return w;
}

tb_worker *tb_pool_begin(char why[TB_WHY])
{
    tb_worker *w = tb_worker_new();

    why[0] = 0;
    if (!w)
        strcpy(why, "the system has no files for its process");
    if (!w || tb_worker_start(w, why))
        return w;
    tb_pool_kill(w, 0);
    return NULL;
}

tb_heard tb_pool_hello(tb_worker *w, tb_hello *hello, tb_stop *stop, char why[TB_WHY])
{
    tb_heard heard = tb_worker_hello(w, hello, stop, why);

    if (heard == TB_GONE)
        tb_pool_kill(w, 100);
    if (heard != TB_HEARD)
        return heard;
    pthread_mutex_lock(&pool.lock);
    w->epoch = pool.epoch;
    pthread_mutex_unlock(&pool.lock);
    return heard;
}

tb_worker *tb_pool_start(tb_hello *hello, tb_stop *stop, char why[TB_WHY])
{
    tb_worker *w = tb_pool_begin(why);
    tb_heard heard = w ? tb_pool_hello(w, hello, stop, why) : TB_GONE;

    if (heard == TB_STOPPED)
        tb_pool_kill(w, 100);
    return heard == TB_HEARD ? w : NULL;
}

void tb_pool_put(tb_worker *w)
{
    bool kept;

    pthread_mutex_lock(&pool.lock);
    kept = pool.open > 0 && pool.count < pool.most && w->epoch == pool.epoch;
    if (kept) {
        push(&pool.idle, w);
        pool.count++;
    }
    pthread_mutex_unlock(&pool.lock);
    if (!kept)
        tb_pool_kill(w, 0);
}

void tb_pool_open(void)
{
    int n = processors();

    pthread_mutex_lock(&pool.lock);
    pool.open++;
    pool.most = n;
    pthread_mutex_unlock(&pool.lock);
}

void tb_pool_close(void)
{
    tb_worker *idle, *w;

    pthread_mutex_lock(&pool.lock);
    pool.open--;
    pool.epoch++;
    idle = pool.idle;
    pool.idle = NULL;
    pool.count = 0;
    pthread_mutex_unlock(&pool.lock);
    while ((w = pop(&idle)))
        tb_pool_kill(w, 0);
}
