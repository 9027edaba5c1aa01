/* change.h - operations that take the picture as a whole, and that libvips does. */
#ifndef TB_CHANGE_H
#define TB_CHANGE_H

#include "../stage.h"

typedef enum { TB_CHANGE_SMART_CROP, TB_CHANGE_AFFINE, TB_CHANGE_CLAHE, TB_CHANGE_EQUALISE } tb_change;

/* What a crop looks for, where no place is given. */
typedef enum {
    TB_SMART_NONE,
    TB_SMART_ATTENTION, /* edges, saturated colours, skin */
    TB_SMART_ENTROPY    /* what differs most within itself */
} tb_smart;

/* Where the part lies, once it was found. */
typedef struct {
    int known; /* 0 or 1: it comes from outside */
    int x, y;
} tb_place;

/* Keeps a part of that size, which is no larger than the picture. */
typedef struct {
    int width, height;
    tb_smart by;
    tb_place *place; /* the job's, for the next frames of an animation; NULL = each by itself */
} tb_smart_crop_args;

typedef enum {
    TB_INTERPOLATE_NEAREST,
    TB_INTERPOLATE_BILINEAR,
    TB_INTERPOLATE_BICUBIC,
    TB_INTERPOLATE_LBB,   /* bicubic that does not overshoot */
    TB_INTERPOLATE_NOHALO /* likewise, for what is made larger */
} tb_interpolator;

/* What is at (x, y), seen from the middle of the picture, comes to (a x + b y, c x + d y), seen from
 * the middle of what comes out, which has that size. */
typedef struct {
    int width, height;
    double a, b, c, d;
    tb_interpolator interpolator;
    uint8_t background[4]; /* as that of tb_pad_args */
} tb_affine_args;

#define TB_AFFINE_MOST  1000.0 /* of a number of the matrix, either way */
#define TB_AFFINE_LEAST 1e-6   /* of its determinant, likewise */

/* Contrast-limited adaptive histogram equalisation: of each pixel as in a window of that size around it, which
 * is no larger than the picture. */
typedef struct {
    int width, height;
    int slope; /* the most that contrast grows: 1..100; 0 = any */
} tb_clahe_args;

typedef struct {
    tb_change kind;
    union {
        tb_smart_crop_args smart_crop;
        tb_affine_args affine;
        tb_clahe_args clahe;
    };
} tb_change_args;

/* The size that holds all of a picture. */
void tb_affine_size(const tb_affine_args *a, int width, int height, double *to_width, double *to_height);

/* Does the part lie in the picture? */
bool tb_place_fits(const tb_place *p, const tb_smart_crop_args *a, tb_shape in);

/* The shape that comes of it; false where the numbers have no sense. */
bool tb_change_gives(const tb_change_args *a, tb_shape in, tb_shape *out);

bool tb_is_change(const tb_stage_ops *ops);

/* All of tb_change_args.  The last two take grey, with alpha or not, which stays. */
extern const tb_stage_ops tb_smart_crop, tb_affine, tb_clahe, tb_equalise;

#endif
