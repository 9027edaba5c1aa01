/* change.h - what is made of a picture as a whole. */
#ifndef TB_VIPS_CHANGE_H
#define TB_VIPS_CHANGE_H

#include "../error.h"
#include "../worker/change.h"
#include <vips/vips.h>

/* Of pixels, rows behind each other, which stay where they are until the image is gone: its pixels may be
 * made when they are asked for.  Where a smart crop lies is in *place, or comes there.  NULL on
 * failure, which is told. */
VipsImage *tb_change_pixels(const void *pixels, tb_shape shape, const tb_change_args *how, tb_place *place,
                            tb_error *err);

#endif
