/* worker.h - a process in which libvips runs, and how it is spoken to. */
#ifndef TB_WORKER_H
#define TB_WORKER_H

#include "process.h"
#include "region.h"
#include "wire.h"

#define TB_WHY     200 /* bytes of a reason */
#define TB_WITHOUT "this build is without libvips: install it (Debian: libvips-dev) and build again"

typedef struct tb_worker {
    struct tb_worker *next; /* where it waits */
    tb_process process;
    int socket;
    int words;                 /* what it prints, to be read */
    int far_socket, far_words; /* the other ends, until it has them; else -1 */
    tb_region desk;
    uint32_t number; /* of the last question */
    uint64_t cpu;    /* ns, as it has told last */
    unsigned epoch, jobs;
} tb_worker;

typedef enum {
    TB_HEARD,
    TB_STOPPED, /* told to stop waiting */
    TB_GONE     /* it has ended, or does not keep to what is agreed */
} tb_heard;

/* None yet; NULL if the system has no memory or files for it. */
tb_worker *tb_worker_new(void);

/* Starts the process: false, and why.  Then it is waited for, until it says hello: a tenth of
 * a second; else, and but for being stopped, why. */
bool tb_worker_start(tb_worker *w, char why[TB_WHY]);
tb_heard tb_worker_hello(tb_worker *w, tb_hello *hello, tb_stop *stop, char why[TB_WHY]);

/* Asks, with a file descriptor to go with it, or -1, and waits for the answer; `stop` (may be NULL) is asked
 * every other millisecond.  But for TB_HEARD, the worker is to be ended. */
tb_heard tb_worker_ask(tb_worker *w, tb_request *r, int fd, tb_reply *reply, tb_stop *stop);

/* Says what has no answer, and does not wait.  False if it does not listen. */
bool tb_worker_tell(tb_worker *w, tb_request *r);

/* The first of what it has printed since last asked, of the rest nothing; how much. */
size_t tb_worker_words(tb_worker *w, char *to, size_t room);

/* Kills it; what it had is given back.  True if it has ended within so many ms; else it must be asked
 * again, with any.  Then it is freed. */
void tb_worker_kill(tb_worker *w);
bool tb_worker_free(tb_worker *w, int ms);

#endif
