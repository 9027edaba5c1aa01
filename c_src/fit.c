/* fit.c - the arithmetic of boxes. */
#include "fit.h"
#include <math.h>

/* Far above any side that is let out, and far below INT_MAX. */
#define HUGE_SIDE 100000000

static int whole(double side)
{
    double r = floor(side + 0.5);

    return r < 1 ? 1 : r > HUGE_SIDE ? HUGE_SIDE : (int)r;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Where the smaller of two lengths starts, by alignment... */
static int place(int inner, int outer, double at)
{
    return (int)floor((outer - inner) * at + 0.5);
}

/* ...or around a point of the larger. */
static int centre_on(int inner, int outer, double at)
{
    int first = (int)floor(outer * at - inner / 2.0 + 0.5);

    return most(0, least(first, outer - inner));
}

static int find_place(int inner, int outer, double at, bool focal)
{
    return focal ? centre_on(inner, outer, at) : place(inner, outer, at);
}

/* What is asked for, in pixels that come out; 0: by the aspect ratio. */
typedef struct {
    const tb_resize_op *op;
    int width, height;
} box;

static int asked(tb_length l, int side, double dpr)
{
    return l.n > 0 ? whole((l.part ? l.n * side : l.n) * dpr) : 0;
}

/* Scales by the side that is given, or that the fit picks. */
static void scale(const box *b, int width, int height, tb_fitted *f)
{
    const tb_resize_op *op = b->op;
    double sx = (double)b->width / width, sy = (double)b->height / height, s;
    bool by_width;

    if (b->width && b->height)
        by_width = (op->fit == TB_FIT_INSIDE || op->fit == TB_FIT_CONTAIN) == (sx < sy);
    else
        by_width = b->width > 0;
    s = by_width ? sx : sy;
    if ((s > 1 && !op->enlarge) || (s < 1 && !op->reduce)) {
        f->width = width;
        f->height = height;
        return;
    }
    f->width = by_width ? b->width : whole(width * s);
    f->height = by_width ? whole(height * s) : b->height;
}

static int stretched(const tb_resize_op *op, int to, int side)
{
    return (to > side ? op->enlarge : op->reduce) ? to : side;
}

static void stretch(const box *b, int width, int height, tb_fitted *f)
{
    f->width = stretched(b->op, b->width, width);
    f->height = stretched(b->op, b->height, height);
}

/* Both sides are given: cuts what a cover sticks out. */
static void cut(const box *b, tb_fitted *f)
{
    tb_gravity at = b->op->gravity;

    f->keep.width = least(f->width, b->width);
    f->keep.height = least(f->height, b->height);
    f->keep.x = find_place(f->keep.width, f->width, at.x, at.focal);
    f->keep.y = find_place(f->keep.height, f->height, at.y, at.focal);
}

static void lay(const box *b, tb_fitted *f)
{
    f->canvas_width = most(b->width, f->width);
    f->canvas_height = most(b->height, f->height);
    f->x = place(f->width, f->canvas_width, b->op->gravity.x);
    f->y = place(f->height, f->canvas_height, b->op->gravity.y);
}

tb_fitted tb_fit_box(const tb_resize_op *op, int width, int height)
{
    box b = {op, asked(op->width, width, op->dpr), asked(op->height, height, op->dpr)};
    tb_fitted f = {0};
    bool both = b.width && b.height;

    if (both && op->fit == TB_FIT_FILL)
        stretch(&b, width, height, &f);
    else
        scale(&b, width, height, &f);
    f.keep = (tb_rect){0, 0, f.width, f.height};
    if (both && op->fit == TB_FIT_COVER)
        cut(&b, &f);
    f.canvas_width = f.keep.width;
    f.canvas_height = f.keep.height;
    if (both && op->fit == TB_FIT_CONTAIN)
        lay(&b, &f);
    return f;
}

static int inward(double gravity, int offset)
{
    return gravity > 0.5 ? -offset : offset;
}

tb_rect tb_fit_place(tb_gravity gravity, int x, int y, int width, int height, int on_width, int on_height)
{
    return (tb_rect){find_place(width, on_width, gravity.x, gravity.focal) + inward(gravity.x, x),
                     find_place(height, on_height, gravity.y, gravity.focal) + inward(gravity.y, y), width,
                     height};
}

/* A range of pixels of a side. */
typedef struct {
    int first, end;
} range;

static int pixels(tb_length l, int side)
{
    return (int)floor(l.part ? l.n * side + 0.5 : l.n);
}

static range at_gravity(tb_length size, int side, double at, bool focal)
{
    int n = most(1, least(pixels(size, side), side)), first = find_place(n, side, at, focal);

    return (range){first, first + n};
}

static range at_place(tb_length at, tb_length size, int side)
{
    range r = {.first = pixels(at, side)};

    if (at.part)
        r.first = least(r.first, side - 1);
    if (at.part && size.part)
        r.end = (int)floor((at.n + size.n) * side + 0.5);
    else
        r.end = r.first + pixels(size, side);
    if (size.part)
        r.end = most(r.first + 1, least(r.end, side));
    return r;
}

bool tb_fit_crop(const tb_crop_op *op, int width, int height, tb_rect *out)
{
    tb_gravity g = op->gravity;
    bool free = op->x.n < 0;
    range x = free ? at_gravity(op->width, width, g.x, g.focal) : at_place(op->x, op->width, width);
    range y = free ? at_gravity(op->height, height, g.y, g.focal) : at_place(op->y, op->height, height);

    *out = (tb_rect){x.first, y.first, x.end - x.first, y.end - y.first};
    return x.end <= width && y.end <= height;
}

tb_pad_args tb_fit_pad(const tb_pad_op *op, int width, int height)
{
    tb_pad_args on = {.width = most(op->width, width), .height = most(op->height, height)};

    on.x = place(width, on.width, op->gravity.x);
    on.y = place(height, on.height, op->gravity.y);
    return on;
}
