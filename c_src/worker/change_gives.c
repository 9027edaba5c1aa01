/* change_gives.c - what a change makes of a shape: asked where it is planned, and again where it is done. */
#include "change.h"
#include <math.h>

#define LONGEST 65500 /* of a side */
#define HAIR    1e-6  /* of a pixel: sines are not exact */

void tb_affine_size(const tb_affine_args *a, int width, int height, double *to_width, double *to_height)
{
    *to_width = fmax(1, ceil(fabs(a->a) * width + fabs(a->b) * height - HAIR));
    *to_height = fmax(1, ceil(fabs(a->c) * width + fabs(a->d) * height - HAIR));
}

static bool within(int n, int least, int most)
{
    return n >= least && n <= most;
}

/* NaN is not. */
static bool is_factor(double x)
{
    return fabs(x) <= TB_AFFINE_MOST;
}

static bool affine(const tb_affine_args *a, tb_shape *out)
{
    out->width = a->width;
    out->height = a->height;
    return is_factor(a->a) && is_factor(a->b) && is_factor(a->c) && is_factor(a->d) &&
           fabs(a->a * a->d - a->b * a->c) >= TB_AFFINE_LEAST && within(a->width, 1, LONGEST) &&
           within(a->height, 1, LONGEST) &&
           within((int)a->interpolator, TB_INTERPOLATE_NEAREST, TB_INTERPOLATE_NOHALO);
}

static bool smart_crop(const tb_smart_crop_args *a, tb_shape in, tb_shape *out)
{
    out->width = a->width;
    out->height = a->height;
    return within(a->width, 1, in.width) && within(a->height, 1, in.height) &&
           within((int)a->by, TB_SMART_ATTENTION, TB_SMART_ENTROPY);
}

bool tb_place_fits(const tb_place *p, const tb_smart_crop_args *a, tb_shape in)
{
    return within(p->x, 0, in.width - a->width) && within(p->y, 0, in.height - a->height);
}

static bool clahe(const tb_clahe_args *a, tb_shape in)
{
    return within(a->width, 1, in.width) && within(a->height, 1, in.height) && within(a->slope, 0, 100);
}

bool tb_change_gives(const tb_change_args *a, tb_shape in, tb_shape *out)
{
    *out = in;
    if (!within(in.width, 1, LONGEST) || !within(in.height, 1, LONGEST) || !within(in.channels, 1, 4))
        return false;
    switch (a->kind) {
    case TB_CHANGE_SMART_CROP:
        return smart_crop(&a->smart_crop, in, out);
    case TB_CHANGE_AFFINE:
        return affine(&a->affine, out);
    case TB_CHANGE_CLAHE:
        return in.channels < 3 && clahe(&a->clahe, in);
    case TB_CHANGE_EQUALISE:
        return in.channels < 3;
    }
    return false;
}
