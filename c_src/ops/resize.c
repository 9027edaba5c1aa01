/* resize.c - to exactly that size. */
#include "resample.h"
#include <string.h>

#define TILE          16384 /* pixels picked in a step */
#define BURST_SAMPLES 4096  /* short rows come in bursts */
#define BURST_MOST    8

typedef struct {
    tb_resample work; /* first, so that the kernels can be chosen in tests */
    int x;            /* nearest: pixels of the row that are done */
} resize;

/* The pass that shrinks most goes first; the one along the line costs more a sample. */
static bool down_first(tb_shape in, tb_shape out, const tb_axis *along, const tb_axis *down)
{
    double per_h = 2 * along->reach + 8, per_v = (2 * down->reach + 4) / 3;
    double first = (double)out.height * (in.width * per_v + out.width * per_h);
    double last = (double)out.width * (in.height * per_h + out.height * per_v);

    return first <= last;
}

static tb_axis axis_of(int in, int out, tb_kernel kernel, tb_mapping m)
{
    return m.d ? tb_mapped_axis(in, out, kernel, m) : tb_resize_axis(in, out, kernel);
}

/* Every sample stays where it is. */
static bool keeps(const tb_axis *a)
{
    return a->in == a->out && a->a == a->d && a->b == 0 && a->lift == 0;
}

static tb_status plan(resize *op, tb_stage *s, tb_shape in, tb_shape out, tb_error *err)
{
    const tb_resize_args *args = s->args;
    tb_axis along = axis_of(in.width, out.width, args->kernel, args->along);
    tb_axis down = axis_of(in.height, out.height, args->kernel, args->down);
    bool first = down_first(in, out, &along, &down);

    if (keeps(&along) && keeps(&down))
        return TB_MORE;
    tb_resample_open(&op->work, s);
    tb_status status = args->linear ? tb_resample_linear(&op->work, s, err) : TB_MORE;

    for (int i = 0; i < 2 && status == TB_MORE; i++) {
        bool is_down = (i == 0) == first;
        if (is_down && !keeps(&down))
            status = tb_resample_down(&op->work, s, &down, err);
        else if (!is_down && !keeps(&along))
            status = tb_resample_along(&op->work, s, &along, err);
    }
    return status;
}

static int burst(tb_shape out)
{
    int rows = BURST_SAMPLES / (out.width * out.channels);

    return rows < 1 ? 1 : rows > BURST_MOST ? BURST_MOST : rows;
}

static tb_status resize_open(tb_stage *s, tb_error *err)
{
    const tb_resize_args *args = s->args;
    tb_shape in = s->in[0].rows->shape, out = {args->width, args->height, in.channels};

    if (out.width < 1 || out.height < 1 || out.width > 65500 || out.height > 65500)
        return tb_fail(err, TB_E_LIMIT, "resize", "%dx%d is no size it can make", out.width, out.height);
    s->out[0].shape = out;
    s->in[0].window = s->in[0].want = 1;
    if (args->kernel == TB_NEAREST)
        return TB_MORE;
    s->out[0].burst = burst(out);
    return plan(s->state, s, in, out, err);
}

/* Of `in` samples, the one that holds the centre of output o. */
static int nearest(int o, int in, int out)
{
    return (int)((2 * (int64_t)o + 1) * in / (2 * (int64_t)out));
}

static void pick(uint8_t *to, const uint8_t *row, int x, int end, tb_shape in, tb_shape out)
{
    size_t c = (size_t)in.channels;

    for (; x < end; x++)
        memcpy(to + (size_t)x * c, row + (size_t)nearest(x, in.width, out.width) * c, c);
}

/* Also what keeps its size. */
static tb_status nearest_step(resize *op, tb_in *in, tb_rows *out)
{
    tb_shape from = in->rows->shape, to = out->shape;
    int y = nearest(out->end, from.height, to.height),
        end = op->x + TILE < to.width ? op->x + TILE : to.width;

    tb_advance(in, y, y + 1);
    if (in->rows->end <= y)
        return TB_MORE;
    if (from.width == to.width)
        memcpy(tb_new_row(out, 0), tb_row(in, y), (size_t)to.width * (size_t)to.channels);
    else
        pick(tb_new_row(out, 0), tb_row(in, y), op->x, end, from, to);
    op->x = from.width == to.width || end == to.width ? 0 : end;
    if (op->x > 0)
        return TB_MORE;
    out->end++;
    return out->end == to.height ? TB_DONE : TB_MORE;
}

static tb_status resize_step(tb_stage *s, tb_error *err)
{
    resize *op = s->state;

    return op->work.count > 0 ? tb_resample_step(&op->work, s, err) : nearest_step(op, &s->in[0], &s->out[0]);
}

static void resize_close(tb_stage *s)
{
    tb_resample_close(s->state, s);
}

const tb_stage_ops tb_resize = {.name = "resize",
                                .size = sizeof(resize),
                                .ins = 1,
                                .outs = 1,
                                .open = resize_open,
                                .step = resize_step,
                                .close = resize_close};
