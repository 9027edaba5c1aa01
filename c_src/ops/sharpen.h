/* sharpen.h - the pixels' part of sharpening. */
#ifndef TB_SHARPEN_H
#define TB_SHARPEN_H

#include "ops.h"

#define TB_SHARPEN_TILE 128 /* pixels, at most */

/* Of n pixels: their luma; with alpha the luma premultiplied, and the alpha. */
void tb_sharpen_take(int16_t *line, const uint8_t *px, int n, int channels);

/* n pixels sharpened, whose blurred line is `soft`. */
void tb_sharpen_give(const tb_sharpen_args *a, uint8_t *dst, const uint8_t *px, const int16_t *soft, int n,
                     int channels);

#endif
