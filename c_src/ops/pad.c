/* pad.c - lays the picture on a larger one, and fills what is around it.
 *
 * Rows above and below may be any of the picture's: the ring keeps what is still
 * to come,
 *
 *     colour, copy    one row
 *     mirror          as many as the larger of the two borders is high
 *     repeat          all of them */
#include "pad.h"
#include "luma.h"
#include <limits.h>
#include <string.h>

#define STRIP 16384 /* pixels of a step: 30 us */

typedef struct {
    uint8_t pixel[4]; /* the colour, in the picture's channels */
    int x;            /* the next row is made so far */
} pad;

/* Pixels (or rows) that are, one after the other, number `at`, at + step, ... of the
 * picture's; at -1: of the colour. */
typedef struct {
    int at, step, n;
} run;

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static int modulo(int a, int b)
{
    return (a % b + b) % b;
}

/* From place i on, of a picture that is at 0 .. size - 1. */
static run run_from(tb_extend extend, int i, int size)
{
    int m;

    if (i >= 0 && i < size)
        return (run){i, 1, size - i};
    switch (extend) {
    case TB_EXTEND_COPY:
        return i < 0 ? (run){0, 0, -i} : (run){size - 1, 0, INT_MAX};
    case TB_EXTEND_REPEAT:
        m = modulo(i, size);
        return (run){m, 1, size - m};
    case TB_EXTEND_MIRROR:
        m = modulo(i, 2 * size);
        return m < size ? (run){m, 1, size - m} : (run){2 * size - 1 - m, -1, 2 * size - m};
    case TB_EXTEND_COLOUR:
        break;
    }
    return (run){-1, 0, i < 0 ? -i : INT_MAX};
}

/* ------------------------------------------------------- which rows are held */

static int below(const tb_pad_args *a, int height)
{
    return a->height - height - a->y;
}

int tb_pad_window(const tb_pad_args *a, int height)
{
    int top = a->y, bottom = below(a, height);

    if (a->extend == TB_EXTEND_REPEAT && (top > 0 || bottom > 0))
        return height;
    if (a->extend == TB_EXTEND_MIRROR)
        return most(1, least(most(top, bottom), height));
    return 1;
}

/* The first of the rows that come again below the picture. */
static int kept(const tb_pad_args *a, int height)
{
    int bottom = below(a, height);

    if (bottom == 0 || a->extend == TB_EXTEND_COLOUR)
        return height;
    if (a->extend == TB_EXTEND_COPY)
        return height - 1;
    return a->extend == TB_EXTEND_MIRROR ? most(0, height - bottom) : 0;
}

/* The row that row y of the canvas is made of; -1 for none. */
static int row_of(const tb_pad_args *a, int y, int height)
{
    return run_from(a->extend, y - a->y, height).at;
}

/* Lets go of what rows from y on do not need, and asks for what y does. */
static void ask_for(tb_in *in, const tb_pad_args *a, int y)
{
    int height = in->rows->shape.height, first = most(0, least(y - a->y, kept(a, height)));

    tb_advance(in, first, most(first, row_of(a, y, height) + 1));
}

/* ------------------------------------------------------------------ the work */

static void set_pixel(pad *p, const uint8_t *colour, int channels)
{
    uint8_t luma = tb_luma(colour[0], colour[1], colour[2]);

    for (int i = 0; i < 3; i++)
        p->pixel[i] = channels < 3 ? luma : colour[i];
    if (channels % 2 == 0)
        p->pixel[channels - 1] = colour[3];
}

static tb_status pad_open(tb_stage *s, tb_error *err)
{
    const tb_pad_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_shape from = in->rows->shape;

    if (a->x < 0 || a->y < 0 || a->width < from.width || a->height < from.height ||
        a->x > a->width - from.width || a->y > a->height - from.height)
        return tb_fail(err, TB_E_LIMIT, "pad", "%dx%d at %d,%d does not fit on %dx%d", from.width,
                       from.height, a->x, a->y, a->width, a->height);
    if (a->width > 65500 || a->height > 65500)
        return tb_fail(err, TB_E_LIMIT, "pad", "%dx%d is no size it can make", a->width, a->height);
    set_pixel(s->state, a->colour, from.channels);
    s->out[0].shape = (tb_shape){a->width, a->height, from.channels};
    in->window = tb_pad_window(a, from.height);
    ask_for(in, a, 0);
    return TB_MORE;
}

/* n pixels, all the same. */
static void fill(uint8_t *dst, const uint8_t *pixel, int n, size_t channels)
{
    size_t size = (size_t)n * channels, done = channels;

    memcpy(dst, pixel, channels);
    for (; done <= size / 2; done *= 2)
        memcpy(dst + done, dst, done);
    memcpy(dst + done, dst, size - done);
}

static inline void copy_back(uint8_t *dst, const uint8_t *src, int n, size_t channels)
{
    for (int i = 0; i < n; i++, dst += channels, src -= channels)
        memcpy(dst, src, channels);
}

/* n pixels, the first at src, each before the one before; a loop for each number of channels. */
static void reverse(uint8_t *dst, const uint8_t *src, int n, size_t channels)
{
    switch (channels) {
    case 1:
        copy_back(dst, src, n, 1);
        break;
    case 2:
        copy_back(dst, src, n, 2);
        break;
    case 3:
        copy_back(dst, src, n, 3);
        break;
    default:
        copy_back(dst, src, n, 4);
        break;
    }
}

/* n pixels from place i on of a row, which is as wide as `from`, run by run. */
static void lay_runs(const pad *p, tb_extend extend, uint8_t *dst, const uint8_t *src, tb_shape from, int i,
                     int n)
{
    size_t c = (size_t)from.channels;

    while (n > 0) {
        run r = run_from(extend, i, from.width);
        int m = least(r.n, n);
        if (r.step == 0)
            fill(dst, r.at < 0 ? p->pixel : src + (size_t)r.at * c, m, c);
        else if (r.step > 0)
            memcpy(dst, src + (size_t)r.at * c, (size_t)m * c);
        else
            reverse(dst, src + (size_t)r.at * c, m, c);
        i += m;
        n -= m;
        dst += (size_t)m * c;
    }
}

/* The same in the picture or beside it, where runs may be short: once they begin again, they are
 * copied from what is there, twice as many each time. */
static void lay_part(const pad *p, tb_extend extend, uint8_t *dst, const uint8_t *src, tb_shape from, int i,
                     int n)
{
    int period = extend < TB_EXTEND_REPEAT ? n : extend == TB_EXTEND_REPEAT ? from.width : 2 * from.width;
    size_t c = (size_t)from.channels;

    lay_runs(p, extend, dst, src, from, i, least(period, n));
    for (int done = period; done < n; done *= 2)
        memcpy(dst + (size_t)done * c, dst, (size_t)least(done, n - done) * c);
}

/* Pixels [x, end) of a row of the canvas, of a row of the picture. */
static void lay(const pad *p, const tb_pad_args *a, uint8_t *dst, const uint8_t *src, tb_shape from, int x,
                int end)
{
    while (x < end) {
        int i = x - a->x, n = least(end - x, i < 0 ? -i : i < from.width ? from.width - i : INT_MAX);
        lay_part(p, a->extend, dst + (size_t)x * (size_t)from.channels, src, from, i, n);
        x += n;
    }
}

static tb_status pad_step(tb_stage *s, tb_error *err)
{
    const tb_pad_args *a = s->args;
    pad *p = s->state;
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];
    tb_shape from = in->rows->shape;
    size_t c = (size_t)from.channels;
    int row = row_of(a, out->end, from.height), end = least(a->width, p->x + STRIP);

    (void)err;
    if (row < 0)
        fill(tb_new_row(out, 0) + (size_t)p->x * c, p->pixel, end - p->x, c);
    else
        lay(p, a, tb_new_row(out, 0), tb_row(in, row), from, p->x, end);
    p->x = end;
    if (end < a->width)
        return TB_MORE;
    p->x = 0;
    if (++out->end == a->height)
        return TB_DONE;
    ask_for(in, a, out->end);
    return TB_MORE;
}

const tb_stage_ops tb_pad = {
    .name = "pad", .size = sizeof(pad), .ins = 1, .outs = 1, .open = pad_open, .step = pad_step};
