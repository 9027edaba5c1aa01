/* blend.h - pixels laid on others. */
#ifndef TB_BLEND_H
#define TB_BLEND_H

#include "ops.h"

/* Lays n pixels of 2 or 4 channels on as many of `channels` 1..4, with as many
 * colours, in place.  Reads up to 4 bytes behind the last pixel, and writes
 * one of them as it was. */
void tb_blend_row(tb_blend mode, uint8_t *base, int channels, const uint8_t *over, int n, double opacity);

/* The same for TB_BLEND_OVER alone, and faster. */
void tb_over_row(uint8_t *base, int channels, const uint8_t *over, int n, double opacity);

#endif
