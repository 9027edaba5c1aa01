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

/* Scales by the side that is given, or that the fit picks. */
static void scale(const tb_resize_op *op, int width, int height, tb_fitted *f)
{
    double sx = (double)op->width / width, sy = (double)op->height / height, s;
    bool by_width;

    if (op->width && op->height)
        by_width = (op->fit == TB_FIT_INSIDE || op->fit == TB_FIT_CONTAIN) == (sx < sy);
    else
        by_width = op->width > 0;
    s = by_width ? sx : sy;
    if ((s > 1 && !op->enlarge) || (s < 1 && !op->reduce)) {
        f->width = width;
        f->height = height;
        return;
    }
    f->width = by_width ? op->width : whole(width * s);
    f->height = by_width ? whole(height * s) : op->height;
}

static int stretched(const tb_resize_op *op, int asked, int side)
{
    return (asked > side ? op->enlarge : op->reduce) ? asked : side;
}

static void stretch(const tb_resize_op *op, int width, int height, tb_fitted *f)
{
    f->width = stretched(op, op->width, width);
    f->height = stretched(op, op->height, height);
}

/* Both sides are given: cuts what a cover sticks out. */
static void cut(const tb_resize_op *op, tb_fitted *f)
{
    f->keep.width = least(f->width, op->width);
    f->keep.height = least(f->height, op->height);
    f->keep.x = find_place(f->keep.width, f->width, op->gravity.x, op->gravity.focal);
    f->keep.y = find_place(f->keep.height, f->height, op->gravity.y, op->gravity.focal);
}

static void lay(const tb_resize_op *op, tb_fitted *f)
{
    f->canvas_width = most(op->width, f->width);
    f->canvas_height = most(op->height, f->height);
    f->x = place(f->width, f->canvas_width, op->gravity.x);
    f->y = place(f->height, f->canvas_height, op->gravity.y);
}

tb_fitted tb_fit_box(const tb_resize_op *asked, int width, int height)
{
    tb_resize_op op = *asked;
    tb_fitted f = {0};
    bool both = op.width && op.height;

    op.width = op.width ? whole(op.width * op.dpr) : 0;
    op.height = op.height ? whole(op.height * op.dpr) : 0;
    if (both && op.fit == TB_FIT_FILL)
        stretch(&op, width, height, &f);
    else
        scale(&op, width, height, &f);
    f.keep = (tb_rect){0, 0, f.width, f.height};
    if (both && op.fit == TB_FIT_COVER)
        cut(&op, &f);
    f.canvas_width = f.keep.width;
    f.canvas_height = f.keep.height;
    if (both && op.fit == TB_FIT_CONTAIN)
        lay(&op, &f);
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
