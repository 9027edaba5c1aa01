/* cost.h - about how long the stages take, and how much memory, for choosing a
 * lane and for letting a job in. */
#ifndef TB_COST_H
#define TB_COST_H

#include "codecs/codecs.h"
#include "ops/ops.h"
#include "worker/change.h"

/* All in nanoseconds of CPU time; right within a factor of two. */
double tb_cost_of_decode(const tb_decode *d);
double tb_cost_of_encode(const tb_output *how, tb_shape shape);
double tb_cost_of(const tb_stage_ops *ops, tb_shape in, tb_shape out); /* 0 for codecs */

double tb_cost_of_change(const tb_change_args *a, tb_shape in);
double tb_cost_of_icc(const tb_icc_args *a, tb_shape shape);

/* Bytes at the most.  Of several frames, all that go into one file. */
double tb_memory_of_decode(const tb_decode *d);
double tb_memory_of_encode(const tb_output *how, tb_shape shape, int frames);
double tb_memory_of(const tb_stage_ops *ops, tb_shape in, tb_shape out);

double tb_memory_of_change(const tb_change_args *a, tb_shape in, tb_shape out);

/* And what padding holds back. */
double tb_memory_of_pad(const tb_pad_args *a, tb_shape in);

#endif
