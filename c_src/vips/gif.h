/* gif.h - a GIF that does not cover its canvas. */
#ifndef TB_VIPS_GIF_H
#define TB_VIPS_GIF_H

#include <stddef.h>
#include <stdint.h>

/* A copy with a frame more, the last one, that is clear; NULL where there is no need of it, or no memory for it:
 * libvips gives no alpha to a GIF none of whose frames says that it has clear pixels, and shows black where there
 * are none.  Given back by free. */
uint8_t *tb_gif_with_alpha(const uint8_t *data, size_t size, size_t *longer);

#endif
