/* draw.h - text to a picture, by Pango. */
#ifndef TB_DRAW_H
#define TB_DRAW_H

#include "../error.h"
#include "../input.h"
#include <vips/vips.h>

/* As text.h has it; RGBA.  NULL on failure, which is told. */
VipsImage *tb_draw(const tb_input *in, tb_error *err);

/* Is it worth trying?  False, and told, if it would have more pixels than that (0 = any). */
bool tb_draw_fits(const tb_input *in, uint64_t pixels, tb_error *err);

#endif
