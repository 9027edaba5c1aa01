/* find_box.c - the box of what is not background: a sink, for trimming.
 *
 * A row is looked through from its left end until something is found, then from its
 * right end as far as the box does not reach yet: in most rows that is little. */
#include "luma.h"
#include "ops.h"
#include <stdlib.h>

#define STRIP 8192 /* pixels of a step: 25 us */

typedef struct {
    int seen[4];                  /* the background as it is seen: times its alpha, 0..65025 */
    int most;                     /* that it may be off by, in the same measure */
    bool known;                   /* the background is */
    int left, right, top, bottom; /* of the box so far; [left, right), [top, bottom) */
    bool backwards;               /* the row has something; now from its right end... */
    int x;                        /* ...or left: the next pixel to look at */
} find_box;

static tb_status find_box_open(tb_stage *s, tb_error *err)
{
    const tb_find_box_args *a = s->args;
    find_box *f = s->state;
    tb_shape in = s->in[0].rows->shape;

    if (a->threshold < 0 || a->threshold > 255)
        return tb_fail(err, TB_E_LIMIT, "trim", "a threshold of %d is not in 0..255", a->threshold);
    f->most = a->threshold * 255;
    f->left = in.width;
    f->top = in.height;
    *a->found = (tb_found_box){0};
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* A pixel's samples as they are seen: 255 times them, or its alpha. */
static void see(int seen[4], const uint8_t *pixel, int channels)
{
    int alpha = channels % 2 ? 255 : pixel[channels - 1];

    for (int k = 0; k < channels; k++)
        seen[k] = pixel[k] * alpha;
    if (channels % 2 == 0)
        seen[channels - 1] = alpha * 255;
}

static void know_background(find_box *f, const tb_find_box_args *a, const uint8_t *first, int channels)
{
    const uint8_t *b = a->background;
    uint8_t luma = tb_luma(b[0], b[1], b[2]), pixel[4] = {b[0], b[1], b[2], b[3]};

    if (channels < 3)
        pixel[0] = luma;
    if (channels == 2)
        pixel[1] = b[3];
    see(f->seen, a->corner ? first : pixel, channels);
    f->known = true;
}

static inline bool differs(const find_box *f, const uint8_t *pixel, int channels)
{
    int alpha = channels % 2 ? 255 : pixel[channels - 1], colours = channels % 2 ? channels : channels - 1;
    bool off = channels % 2 == 0 && abs(alpha * 255 - f->seen[colours]) > f->most;

    for (int k = 0; k < colours; k++)
        off |= abs(pixel[k] * alpha - f->seen[k]) > f->most;
    return off;
}

/* The first of the pixels x, x + by, ... before `end` that differs, or end; with
 * constant channels, so that each number of them gets a loop of its own. */
static inline __attribute__((always_inline)) int find(const find_box *f, const uint8_t *row, int x, int end,
                                                      int by, int channels)
{
    while (x != end && !differs(f, row + (size_t)x * (size_t)channels, channels))
        x += by;
    return x;
}

static int find_from(const find_box *f, const uint8_t *row, int x, int end, int by, int channels)
{
    switch (channels) {
    case 1:
        return find(f, row, x, end, by, 1);
    case 2:
        return find(f, row, x, end, by, 2);
    case 3:
        return find(f, row, x, end, by, 3);
    default:
        return find(f, row, x, end, by, 4);
    }
}

/* From the left: true when the row is through, with nothing in it. */
static bool look_forwards(find_box *f, const uint8_t *row, tb_shape shape, int y)
{
    int end = shape.width - f->x < STRIP ? shape.width : f->x + STRIP;

    f->x = find_from(f, row, f->x, end, 1, shape.channels);
    if (f->x == end)
        return end == shape.width;
    f->left = f->x < f->left ? f->x : f->left;
    f->top = y < f->top ? y : f->top;
    f->bottom = y + 1;
    f->right = f->x < f->right ? f->right : f->x + 1;
    f->backwards = true;
    f->x = shape.width - 1;
    return false;
}

/* From the right, to the end of the box: true when the row is through. */
static bool look_backwards(find_box *f, const uint8_t *row, tb_shape shape)
{
    int stop = f->right - 1, end = f->x - stop < STRIP ? stop : f->x - STRIP;

    f->x = find_from(f, row, f->x, end, -1, shape.channels);
    if (f->x != end)
        f->right = f->x + 1;
    return f->x != end || end == stop;
}

static tb_status find_box_step(tb_stage *s, tb_error *err)
{
    const tb_find_box_args *a = s->args;
    find_box *f = s->state;
    tb_in *in = &s->in[0];
    tb_shape shape = in->rows->shape;
    int y = in->first;
    const uint8_t *row = tb_row(in, y);

    (void)err;
    if (!f->known)
        know_background(f, a, row, shape.channels);
    if (!(f->backwards ? look_backwards(f, row, shape) : look_forwards(f, row, shape, y)))
        return TB_MORE;
    f->backwards = false;
    f->x = 0;
    tb_advance(in, y + 1, y + 2);
    if (in->first < shape.height)
        return TB_MORE;
    if (f->right > 0)
        *a->found = (tb_found_box){true, f->left, f->top, f->right - f->left, f->bottom - f->top};
    return TB_DONE;
}

const tb_stage_ops tb_find_box = {
    .name = "trim", .size = sizeof(find_box), .ins = 1, .open = find_box_open, .step = find_box_step};
