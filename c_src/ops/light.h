/* light.h - lines that hold light: sRGB samples to linear ones of 15 bits, and back. */
#ifndef TB_LIGHT_H
#define TB_LIGHT_H

#include "row_kernels.h"

#define TB_WHITE (255 * 128) /* the value 255 in a line, above TB_BLACK */

typedef struct {
    int16_t light[256];          /* of each level, above TB_BLACK */
    uint8_t level[TB_WHITE + 1]; /* of each light: the nearest */
} tb_light;

void tb_light_fill(tb_light *l); /* 20 us */

/* Pixels to a line, alpha premultiplied, and a line to pixels. */
void tb_light_in(const tb_light *l, int16_t *line, const uint8_t *row, int pixels, int channels);
void tb_light_out(const tb_light *l, uint8_t *row, const int16_t *line, int pixels, int channels);

#endif
