/* inner.h - a sink that another stage runs, over rows that are all there. */
#ifndef TB_INNER_H
#define TB_INNER_H

#include "../stage.h"

typedef struct {
    tb_stage stage;
    tb_rows rows[TB_PORTS]; /* what it reads: set by the outer stage, all rows there */
    bool opened;
} tb_inner;

/* Rows of that shape in one block, behind each other as in a ring. */
tb_rows tb_inner_rows(uint8_t *data, size_t stride, tb_shape shape);

/* Within a step of the outer stage each; a stage that failed is closed, too. */
tb_status tb_inner_open(tb_inner *i, tb_stage *outer, const tb_stage_ops *ops, const void *args,
                        tb_error *err);

/* One step; or, where that will be long and the outer stage was not said to be, none: it is now. */
tb_status tb_inner_step(tb_inner *i, tb_stage *outer, tb_error *err);

void tb_inner_close(tb_inner *i);

#endif
