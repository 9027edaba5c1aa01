/* strips.h - rows of a picture that a worker has, some at a time. */
#ifndef TB_STRIPS_H
#define TB_STRIPS_H

#include "vips.h"

/* In a stage's open: its out has that shape, and comes in strips. */
tb_status tb_strips_open(tb_stage *s, const char *name, tb_shape shape, tb_error *err);

/* In a step: the next strip of what is in that slot, from that pixel on.  TB_DONE with the last one. */
tb_status tb_strips_next(tb_stage *s, const char *name, int slot, int left, int top, tb_error *err);

#endif
