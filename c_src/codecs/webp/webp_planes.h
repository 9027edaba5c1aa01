/* webp_planes.h - Y, U and V as a lossy WebP without alpha stores them; private to webp_*.c.
 *
 * They lie one behind the other, of an area as wide as the picture, whose top is even: U and V have
 * half of the columns and half of the rows, rounded up. */
#ifndef TB_WEBP_PLANES_H
#define TB_WEBP_PLANES_H

#include "../codecs.h"
#include <webp/decode.h>

#define TB_PLANES 3

/* The rings of a decoder. */
void tb_webp_planes_shape(tb_rows *out, const tb_decode *how);

tb_rect tb_webp_planes_area(const tb_decode *how);
size_t tb_webp_planes_bytes(tb_rect area);

/* Has libwebp write there. */
void tb_webp_planes_output(WebPDecBuffer *to, uint8_t *planes, tb_rect area);

/* Gives `count` rows of Y more, and those of U and V that belong to them.  `ready` rows of the area
 * are decoded; those behind are made up. */
void tb_webp_planes_give(tb_rows *out, const tb_decode *how, const uint8_t *planes, tb_rect area, int ready,
                         int count);

#endif
