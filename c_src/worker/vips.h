/* vips.h - what a job has of libvips: nothing at first, and a worker from the first question to the
 * end of the job.
 *
 * A stage asks in steps that are long, and takes the answer at once: a picture is opened, then its rows come a desk
 * full at a time.  Who is told to stop meanwhile kills the worker, and with it goes all it had. */
#ifndef TB_VIPS_H
#define TB_VIPS_H

#include "../stage.h"
#include "worker.h"

#define TB_VIPS_INPUTS 16

/* A picture that the worker has open. */
typedef struct {
    const uint8_t *data; /* its bytes; borrowed */
    tb_do_open how;
    int slot;
    int frame;       /* the next to be read: it cannot go back */
    size_t reserved; /* for it */
} tb_opened;

typedef struct tb_vips {
    tb_worker *worker;          /* NULL = none (yet, or any longer) */
    bool begun;                 /* there was one */
    int threads;                /* that it may use; 0 is 1 */
    uint8_t used[TB_SLOTS / 8]; /* bits: slots */
    bool placed;                /* it is counted by the pool... */
    bool rests;                 /* ...but for the moment, as it waits for its caller */
    size_t giving;              /* bytes of memory that come along with the first question */
    size_t charged;             /* for what it was given */
    int inputs;
    struct {
        const uint8_t *data;
        size_t size;
        int slot;
    } input[TB_VIPS_INPUTS]; /* those that it has */
    int opens;
    tb_opened opened[TB_VIPS_INPUTS]; /* pictures that wait for the next frame to be asked for */
} tb_vips;

/* Before the first question of a step.  False: as many jobs as may be have a worker at the moment; ask again in
 * the next step, of which this was all. */
bool tb_vips_ready(tb_stage *s);

/* Asks, and waits.  What libvips warns of and what it has printed become the job's warnings.
 * TB_MORE with the answer, or TB_FAIL: an error is said to be of `name`. */
tb_status tb_vips_ask(tb_stage *s, const char *name, tb_request *r, tb_reply *reply, tb_error *err);

/* Gives it memory: in slot r->slot; what is ours of the region is closed.  As above. */
tb_status tb_vips_take(tb_stage *s, const char *name, int slot, tb_region *region, tb_error *err);

/* Sees to it that it has the bytes of a picture, of which all are here; once for each. */
tb_status tb_vips_input(tb_stage *s, const char *name, const tb_input *in, int *slot, tb_error *err);

/* One that is open and has not passed the frame is taken out of those that wait; false if there is none. */
bool tb_vips_reopen(tb_vips *v, tb_opened *o);
/* And goes back; or is dropped, with all that it has. */
void tb_vips_keep(tb_vips *v, tb_mem *mem, const tb_opened *o);
void tb_vips_shut(tb_vips *v, tb_mem *mem, const tb_opened *o);
void tb_vips_shut_all(tb_vips *v, tb_mem *mem);

/* What the last answer has put there: TB_DESK bytes. */
const uint8_t *tb_vips_desk(const tb_vips *v);

/* A free slot; -1 with an error if there is none.  What it holds is dropped later, if not -1: any time, at once. */
int tb_vips_slot(tb_stage *s, const char *name, tb_error *err);
void tb_vips_drop(tb_vips *v, int slot);

/* The job waits for its caller, who may take his time; or it goes on. */
void tb_vips_rest(tb_vips *v, bool rests);

/* The job has ended: the worker is another's.  At once. */
void tb_vips_close(tb_vips *v, tb_mem *mem);

#endif
