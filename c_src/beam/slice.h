/* slice.h - one slice of a job, measured. */
#ifndef TB_SLICE_H
#define TB_SLICE_H

#include "task.h"

/* On the scheduler that t->dirty says, from now, `at`, on.  Tells the scheduler what it has cost.
 *   TB_MORE, TB_LONG, TB_HUNGRY  as tb_job_run
 *   TB_FULL  a piece of output is in out[0]
 *   TB_DONE  all results are in `out`, if it was about them
 *   TB_FAIL  the job has failed, or was expired or cancelled before */
tb_status tb_slice_run(ErlNifEnv *env, tb_task *t, uint64_t at);

#endif
