/* luma.h - Rec. 709 luma: 0.2126 R + 0.7152 G + 0.0722 B, rounded, halves up.
 *
 * Weights in 1/2^24 err by 4e-6; the sum has four decimals, the last of which is
 * even, so a hair more than a half, 0.5001, makes it exact for every colour. */
#ifndef TB_LUMA_H
#define TB_LUMA_H

#include <stdint.h>

static inline uint8_t tb_luma(uint64_t r, uint64_t g, uint64_t b)
{
    return (uint8_t)((3566836 * r + 11999065 * g + 1211315 * b + 8390286) >> 24);
}

#endif
