/* lane.h - where and how long the next slice of a job runs.
 *
 *   inline     the whole job in the calling slice
 *   yielding   slices on a normal scheduler, each billed, others in between
 *   dirty      slices on a dirty CPU scheduler: large jobs, and steps that cannot be cut
 */
#ifndef TB_LANE_H
#define TB_LANE_H

#include "task.h"

/* Hands the task to the garbage collector and runs its first slice: returns what
 * the NIF returns. */
ERL_NIF_TERM tb_lane_start(ErlNifEnv *env, tb_task *t);

/* The NIF that goes on with a job that was hungry, or had a piece of output ready. */
ERL_NIF_TERM tb_lane_resume(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[]);

#endif
