/* strips.c - as many rows as the desk holds, or fewer. */
#include "strips.h"
#include <string.h>

#define ROWS 128 /* of a strip, at the most */

static size_t row_bytes(tb_shape shape)
{
    return (size_t)shape.width * (size_t)shape.channels;
}

tb_status tb_strips_open(tb_stage *s, const char *name, tb_shape shape, tb_error *err)
{
    size_t rows = TB_DESK / row_bytes(shape);

    if (rows == 0)
        return tb_fail(err, TB_E_LIMIT, name, "its rows are too wide");
    s->out[0].shape = shape;
    s->out[0].burst = rows > ROWS ? ROWS : (int)rows;
    return TB_MORE;
}

tb_status tb_strips_next(tb_stage *s, const char *name, int slot, int left, int top, tb_error *err)
{
    tb_rows *out = &s->out[0];
    int rest = out->shape.height - out->end, n = rest < out->burst ? rest : out->burst;
    size_t size = row_bytes(out->shape);
    tb_request r = {.what = TB_DO_ROWS, .slot = slot, .rows = {top + out->end, n, left, out->shape.width}};
    tb_reply a;

    if (tb_vips_ask(s, name, &r, &a, err) == TB_FAIL)
        return TB_FAIL;
    for (int y = 0; y < n; y++)
        memcpy(tb_new_row(out, y), tb_vips_desk(s->vips) + (size_t)y * size, size);
    out->end += n;
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}
