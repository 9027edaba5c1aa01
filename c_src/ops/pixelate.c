/* pixelate.c - the mean of each square of pixels, in all of it. */
#include "ops.h"
#include <string.h>

#define BUDGET 30000     /* nanoseconds or so, of a step */
#define COPY   (1 << 17) /* bytes of a step */

typedef struct {
    uint64_t *sum;  /* of each square: the channels, colours times alpha; owned */
    uint8_t *line;  /* a row of means; owned */
    int x;          /* the row at hand is done so far; bytes of the one that is given */
    int rows, left; /* of these squares: that they have; that are to be given */
} pixelate;

static int size_of(const tb_stage *s)
{
    return ((const tb_pixelate_args *)s->args)->size;
}

static tb_status pixelate_open(tb_stage *s, tb_error *err)
{
    pixelate *p = s->state;
    tb_shape shape = s->in[0].rows->shape;
    int size = size_of(s);

    if (size < 1 || size > 1000)
        return tb_fail(err, TB_E_LIMIT, "pixelate", "squares of %d are not of 1 to 1000", size);
    s->out[0].shape = shape;
    s->in[0].window = s->in[0].want = 1;
    size_t squares = ((size_t)shape.width + (size_t)size - 1) / (size_t)size;
    p->sum = tb_alloc(s->mem, squares * (size_t)shape.channels, sizeof *p->sum);
    p->line = tb_alloc(s->mem, (size_t)shape.width, (size_t)shape.channels);
    return p->sum && p->line ? TB_MORE : tb_no_memory(err, s->mem, "pixelate", "its sums");
}

static void pixelate_close(tb_stage *s)
{
    pixelate *p = s->state;

    tb_free(s->mem, p->sum);
    tb_free(s->mem, p->line);
}

/* To what the rows above have, or `fresh`.  Inlined with constant channels. */
static inline __attribute__((always_inline)) void add_pixels(uint64_t *sum, const uint8_t *px, int n,
                                                             bool fresh, int channels)
{
    uint32_t s[4] = {0}; /* of at most 1000 pixels */

    for (int x = 0; x < n; x++, px += channels)
        for (int k = 0; k < channels; k++)
            s[k] += channels % 2 == 0 && k < channels - 1 ? (uint32_t)px[k] * px[channels - 1] : px[k];
    for (int k = 0; k < channels; k++)
        sum[k] = (fresh ? 0 : sum[k]) + s[k];
}

static void add_square(uint64_t *sum, const uint8_t *px, int n, bool fresh, int channels)
{
    switch (channels) {
    case 1:
        add_pixels(sum, px, n, fresh, 1);
        break;
    case 2:
        add_pixels(sum, px, n, fresh, 2);
        break;
    case 3:
        add_pixels(sum, px, n, fresh, 3);
        break;
    default:
        add_pixels(sum, px, n, fresh, 4);
        break;
    }
}

static uint8_t mean(uint64_t sum, uint64_t of)
{
    return (uint8_t)(of ? (2 * sum + of) / (2 * of) : 0);
}

static void take_means(const uint64_t *sum, uint64_t pixels, int channels, uint8_t *means)
{
    int alpha = channels - 1;

    for (int k = 0; k < channels; k++)
        means[k] = mean(sum[k], channels % 2 == 0 && k < alpha ? sum[alpha] : pixels);
}

static void fill(uint8_t *dst, const uint8_t *pixel, int n, int channels)
{
    for (int x = 0; x < n; x++)
        for (int k = 0; k < channels; k++)
            *dst++ = pixel[k];
}

/* The next squares of the row: it is added, or they are settled. */
static void work(pixelate *p, const uint8_t *row, tb_shape shape, int size)
{
    int c = shape.channels;

    for (int budget = BUDGET; budget > 0 && p->x < shape.width; p->x += size) {
        int n = shape.width - p->x < size ? shape.width - p->x : size;
        uint64_t *sum = p->sum + (size_t)(p->x / size) * (size_t)c;
        size_t at = (size_t)p->x * (size_t)c;
        if (row) {
            add_square(sum, row + at, n, p->rows == 0, c);
            budget -= 4 + 2 * n;
        } else {
            uint8_t means[4];
            take_means(sum, (uint64_t)n * (uint64_t)p->rows, c, means);
            fill(p->line + at, means, n, c);
            budget -= 10 * c + 2 * n;
        }
    }
}

static void add_row(tb_stage *s, int size)
{
    pixelate *p = s->state;
    tb_in *in = &s->in[0];

    work(p, tb_row(in, in->first), in->rows->shape, size);
    if (p->x < in->rows->shape.width)
        return;
    p->x = 0;
    p->rows++;
    bool more = p->rows < size && in->first + 1 < in->rows->shape.height;
    tb_advance(in, in->first + 1, in->first + 1 + more);
}

static void settle(tb_stage *s, int size)
{
    pixelate *p = s->state;

    work(p, NULL, s->out[0].shape, size);
    if (p->x < s->out[0].shape.width)
        return;
    p->x = 0;
    p->left = p->rows;
    p->rows = 0;
}

static void give_row(tb_stage *s)
{
    pixelate *p = s->state;
    tb_rows *out = &s->out[0];
    int all = out->shape.width * out->shape.channels; /* at most 65 500 * 4 */
    int n = all - p->x < COPY ? all - p->x : COPY;

    memcpy(tb_new_row(out, 0) + p->x, p->line + p->x, (size_t)n);
    p->x += n;
    if (p->x < all)
        return;
    p->x = 0;
    out->end++;
    if (--p->left == 0)
        tb_advance(&s->in[0], s->in[0].first, s->in[0].first + 1);
}

static tb_status pixelate_step(tb_stage *s, tb_error *err)
{
    pixelate *p = s->state;
    int size = size_of(s);

    (void)err;
    if (p->left > 0)
        give_row(s);
    else if (p->rows == size || s->in[0].first == s->out[0].shape.height)
        settle(s, size);
    else
        add_row(s, size);
    return s->out[0].end == s->out[0].shape.height ? TB_DONE : TB_MORE;
}

const tb_stage_ops tb_pixelate = {.name = "pixelate",
                                  .size = sizeof(pixelate),
                                  .ins = 1,
                                  .outs = 1,
                                  .open = pixelate_open,
                                  .step = pixelate_step,
                                  .close = pixelate_close};
