/* fit.h - the arithmetic of boxes: how large a resized picture is, what is cut
 * off it, where it lies on its canvas. */
#ifndef TB_FIT_H
#define TB_FIT_H

#include "plan.h"

/* The picture is resized to width x height; of that `keep` is kept; and that is
 * laid at x, y on a canvas (of keep's size, at 0, 0, where nothing is padded). */
typedef struct {
    int width, height;
    tb_rect keep;
    int x, y, canvas_width, canvas_height;
} tb_fitted;

/* Sides must be 1..65500; the result's sides are 1 or more, and may be too large. */
tb_fitted tb_fit_box(const tb_resize_op *op, int width, int height);

/* Where a box of that size lies on a picture; offsets go inward. */
tb_rect tb_fit_place(tb_gravity gravity, int x, int y, int width, int height, int on_width, int on_height);

/* The rectangle a crop takes.  Edges at parts of the picture are rounded to whole pixels, so
 * that crops that meet still meet; it is a pixel wide at least; a side given as a part ends
 * where the picture does.  False if it leaves the picture. */
bool tb_fit_crop(const tb_crop_op *op, int width, int height, tb_rect *out);

/* Where the picture lies on the canvas it is padded to, and how large that is. */
tb_pad_args tb_fit_pad(const tb_pad_op *op, int width, int height);

#endif
