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

/* Where the smaller of two lengths starts. */
static int place(int inner, int outer, double gravity)
{
    return (int)floor((outer - inner) * gravity + 0.5);
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
    if (!op->enlarge && s > 1) {
        f->width = width;
        f->height = height;
        return;
    }
    f->width = by_width ? op->width : whole(width * s);
    f->height = by_width ? whole(height * s) : op->height;
}

static void stretch(const tb_resize_op *op, int width, int height, tb_fitted *f)
{
    f->width = op->enlarge ? op->width : least(op->width, width);
    f->height = op->enlarge ? op->height : least(op->height, height);
}

/* Both sides are given: cuts what a cover sticks out. */
static void cut(const tb_resize_op *op, tb_fitted *f)
{
    f->keep.width = least(f->width, op->width);
    f->keep.height = least(f->height, op->height);
    f->keep.x = place(f->keep.width, f->width, op->gravity.x);
    f->keep.y = place(f->keep.height, f->height, op->gravity.y);
}

static void lay(const tb_resize_op *op, tb_fitted *f)
{
    f->canvas_width = op->width;
    f->canvas_height = op->height;
    f->x = place(f->width, op->width, op->gravity.x);
    f->y = place(f->height, op->height, op->gravity.y);
}

tb_fitted tb_fit_box(const tb_resize_op *op, int width, int height)
{
    tb_fitted f = {0};
    bool both = op->width && op->height;

    if (both && op->fit == TB_FIT_FILL)
        stretch(op, width, height, &f);
    else
        scale(op, width, height, &f);
    f.keep = (tb_rect){0, 0, f.width, f.height};
    if (both && op->fit == TB_FIT_COVER)
        cut(op, &f);
    f.canvas_width = f.keep.width;
    f.canvas_height = f.keep.height;
    if (both && op->fit == TB_FIT_CONTAIN)
        lay(op, &f);
    return f;
}

bool tb_fit_crop(const tb_crop_op *op, int width, int height, tb_rect *out)
{
    if (op->x < 0) {
        out->width = least(op->width, width);
        out->height = least(op->height, height);
        out->x = place(out->width, width, op->gravity.x);
        out->y = place(out->height, height, op->gravity.y);
        return true;
    }
    *out = (tb_rect){op->x, op->y, op->width, op->height};
    return op->width <= width && op->height <= height && op->x <= width - op->width &&
           op->y <= height - op->height;
}
