/* stage.h - the contract every codec and every operation keeps.
 *
 * A stage turns rows into rows, a piece at a time.  It knows nothing of time,
 * Erlang or threads: two steps may run on two threads, with anything between. */
#ifndef TB_STAGE_H
#define TB_STAGE_H

#include "mem.h"
#include "rows.h"

#define TB_PORTS 3 /* most rings a stage reads, or writes */

typedef struct tb_stage tb_stage;

/* Asked by the inside of a step that cannot be cut: must the job end now? */
typedef struct tb_stop {
    bool (*asked)(struct tb_stop *stop);
    uint64_t aside; /* ns of CPU time that another process took for the step */
    bool waits;     /* set by a step that others must give room: the slice is to end */
} tb_stop;

typedef struct {
    const char *name; /* in messages and statistics; static */
    size_t size;      /* of the state; the job makes it, all zero, and frees it */
    int ins, outs;    /* rings it reads and writes: a source has no in, a sink no out */

    /* Given the shapes of s->in[].rows, sets the shapes of s->out[] and each in's
     * window and want.  Returns TB_MORE or TB_FAIL.  Short (50 us): what takes
     * longer (tables of a wide image) is done in steps. */
    tb_status (*open)(tb_stage *s, tb_error *err);

    /* Does one bounded piece of work, at most 0.1 ms or so: reads rows of its ins,
     * adds at most `burst` rows to its outs (adds to end).  The job calls it only
     * when the rows it wants are here and every out has room for a burst.
     *   TB_MORE    call again
     *   TB_DONE    finished: a stage with outs has written its last row
     *   TB_HUNGRY  (sources) nothing done: more bytes of input are needed
     *   TB_FAIL    with tb_fail */
    tb_status (*step)(tb_stage *s, tb_error *err);

    /* Gives back what open and step took.  Called once for every open, also a
     * failed one, and maybe in the middle of the work.  May be NULL. */
    void (*close)(tb_stage *s);
} tb_stage_ops;

struct tb_stage {
    const tb_stage_ops *ops;
    const void *args;     /* borrowed from the plan; of the type that ops.h or codecs.h says */
    void *state;          /* owned by the job */
    tb_mem *mem;          /* the job's: every allocation goes through it */
    struct tb_vips *vips; /* the job's, see worker/vips.h; NULL where there can be none */
    tb_stop *stop;        /* set by the job before each step */
    tb_in in[TB_PORTS];
    tb_rows out[TB_PORTS];
    bool long_step;            /* the next step cannot be cut to 0.5 ms; set by open or any step */
    bool heavy;                /* close takes longer than 0.1 ms (it frees big foreign memory) */
    bool opened, done, hungry; /* kept by the chain */
};

#endif
