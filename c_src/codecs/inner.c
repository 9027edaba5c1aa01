/* inner.c - a stage inside of a stage. */
#include "inner.h"

tb_rows tb_inner_rows(uint8_t *data, size_t stride, tb_shape shape)
{
    return (tb_rows){.shape = shape,
                     .data = data,
                     .stride = stride,
                     .capacity = shape.height,
                     .end = shape.height,
                     .burst = 1};
}

tb_status tb_inner_open(tb_inner *i, tb_stage *outer, const tb_stage_ops *ops, const void *args,
                        tb_error *err)
{
    tb_stage *s = &i->stage;
    tb_status status;

    *s = (tb_stage){.ops = ops, .args = args, .mem = outer->mem, .vips = outer->vips};
    for (int k = 0; k < ops->ins; k++)
        s->in[k].rows = &i->rows[k];
    if (ops->size && !(s->state = tb_calloc(s->mem, 1, ops->size)))
        return tb_no_memory(err, s->mem, ops->name, "its state");
    i->opened = true;
    status = ops->open(s, err);
    outer->long_step = s->long_step;
    return status;
}

tb_status tb_inner_step(tb_inner *i, tb_stage *outer, tb_error *err)
{
    tb_stage *s = &i->stage;
    bool told = outer->long_step;
    tb_status status = TB_MORE;

    s->stop = outer->stop;
    if (!s->long_step || told)
        status = s->ops->step(s, err);
    outer->long_step = s->long_step;
    outer->heavy |= s->heavy;
    return status;
}

void tb_inner_close(tb_inner *i)
{
    tb_stage *s = &i->stage;

    if (i->opened && s->ops->close)
        s->ops->close(s);
    if (s->mem)
        tb_free(s->mem, s->state);
    *s = (tb_stage){0};
    i->opened = false;
}
