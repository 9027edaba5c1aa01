/* window.c - pieces of the rows around. */
#include "window.h"
#include <string.h>

tb_status tb_window_open(tb_window *w, tb_stage *s, int radius, tb_error *err)
{
    tb_in *in = &s->in[0];
    tb_shape shape = in->rows->shape;
    int side = 2 * radius + 1;
    size_t n = (size_t)((TB_WINDOW_TILE + 2 * radius) * shape.channels) + TB_SLACK;

    assert(side <= TB_WINDOW_SIDE);
    w->radius = radius;
    w->block = tb_calloc(s->mem, (size_t)side, n);
    if (!w->block)
        return tb_no_memory(err, s->mem, s->ops->name, "its window");
    for (int i = 0; i < side; i++)
        w->piece[i] = w->block + (size_t)i * n;
    s->out[0].shape = shape;
    in->window = side;
    in->want = radius + 1 < shape.height ? radius + 1 : shape.height;
    return TB_MORE;
}

void tb_window_close(tb_window *w, tb_stage *s)
{
    tb_free(s->mem, w->block);
}

static int within(int v, int size)
{
    return v < 0 ? 0 : v < size ? v : size - 1;
}

/* Pixels [from, from + n) of the row, some of them maybe outside. */
static void copy_piece(uint8_t *to, const uint8_t *row, tb_shape shape, int from, int n)
{
    size_t pixel = (size_t)shape.channels;
    int first = from < 0 ? 0 : from, end = from + n < shape.width ? from + n : shape.width;

    for (int x = from; x < first; x++, to += pixel)
        memcpy(to, row, pixel);
    memcpy(to, row + (size_t)first * pixel, (size_t)(end - first) * pixel);
    to += (size_t)(end - first) * pixel;
    for (int x = end; x < from + n; x++, to += pixel)
        memcpy(to, row + (size_t)(shape.width - 1) * pixel, pixel);
}

int tb_window_look(tb_window *w, tb_stage *s, uint8_t **dst)
{
    tb_rows *out = &s->out[0];
    tb_shape shape = out->shape;
    int left = shape.width - w->x, n = left < TB_WINDOW_TILE ? left : TB_WINDOW_TILE;

    for (int i = 0; i <= 2 * w->radius; i++) {
        const uint8_t *row = tb_row(&s->in[0], within(out->end - w->radius + i, shape.height));
        copy_piece(w->piece[i], row, shape, w->x - w->radius, n + 2 * w->radius);
    }
    *dst = tb_new_row(out, 0) + (size_t)w->x * (size_t)shape.channels;
    return n;
}

void tb_window_keep_alpha(const tb_window *w, const tb_stage *s, uint8_t *dst, int n)
{
    int c = s->out[0].shape.channels;
    const uint8_t *src = w->piece[w->radius] + w->radius * c;

    for (int i = c - 1; c % 2 == 0 && i < n * c; i += c)
        dst[i] = src[i];
}

tb_status tb_window_made(tb_window *w, tb_stage *s, int n)
{
    tb_rows *out = &s->out[0];

    w->x += n;
    if (w->x < out->shape.width)
        return TB_MORE;
    w->x = 0;
    out->end++;
    int first = out->end - w->radius;
    tb_advance(&s->in[0], first > s->in[0].first ? first : s->in[0].first, out->end + w->radius + 1);
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}
