/* row_loops.h - the kernels as plain loops, for compilers to make vectors of. */
#ifndef TB_ROW_LOOPS_H
#define TB_ROW_LOOPS_H

#include "row_kernels.h"
#include "weights.h"

#define HALF(shift) ((shift) > 0 ? (int32_t)1 << ((shift)-1) : 0)

static inline int32_t low(uint32_t pair)
{
    return (int16_t)(pair & 0xffff);
}

static inline int32_t high(uint32_t pair)
{
    return (int16_t)(pair >> 16);
}

static inline int16_t saturate(int32_t v)
{
    return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static void widen(int16_t *restrict line, const uint8_t *restrict row, int n)
{
    for (int i = 0; i < n; i++)
        line[i] = (int16_t)(row[i] * 128 + TB_BLACK);
}

/* v * a * 128 / 255: t * 256 / 255 is t + t / 255. */
static inline int16_t premultiplied(int v, int a)
{
    int t = v * a, of_255 = ((t + 128) + ((t + 128) >> 8)) >> 8;
    return (int16_t)(((t + of_255 + 1) >> 1) + TB_BLACK);
}

static void put_even(uint32_t *restrict pairs, const int16_t *restrict line, int n)
{
    for (int i = 0; i < n; i++)
        pairs[i] = (uint16_t)line[i];
}

static void put_odd(uint32_t *restrict pairs, const int16_t *restrict line, int n)
{
    for (int i = 0; i < n; i++)
        pairs[i] = (pairs[i] & 0xffff) | (uint32_t)(uint16_t)line[i] << 16;
}

static void put_row_even(uint32_t *restrict pairs, const uint8_t *restrict row, int n)
{
    for (int i = 0; i < n; i++)
        pairs[i] = (uint16_t)(row[i] * 128 + TB_BLACK);
}

static void put_row_odd(uint32_t *restrict pairs, const uint8_t *restrict row, int n)
{
    for (int i = 0; i < n; i++)
        pairs[i] = (pairs[i] & 0xffff) | (uint32_t)(uint16_t)(row[i] * 128 + TB_BLACK) << 16;
}

/* One loop for each number of channels, which the compiler then knows. */
static inline void split_by(int16_t *restrict planes, size_t plane, const int16_t *restrict line, int pixels,
                            int channels)
{
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < pixels; i++)
            planes[(size_t)c * plane + (size_t)i] = line[i * channels + c];
}

static void split(int16_t *planes, size_t plane, const int16_t *line, int pixels, int channels)
{
    switch (channels) {
    case 1:
        split_by(planes, plane, line, pixels, 1);
        break;
    case 2:
        split_by(planes, plane, line, pixels, 2);
        break;
    case 3:
        split_by(planes, plane, line, pixels, 3);
        break;
    default:
        split_by(planes, plane, line, pixels, 4);
        break;
    }
}

static inline uint8_t narrowed(int32_t v)
{
    v = (v - TB_BLACK + 64) >> 7;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* 255 / a, 24 bits behind the point, for an alpha of a line; what is clear (below half
 * a level) has no colour.  One division, rounded as IEEE 754 wants it: everywhere the
 * same. */
#define CLEAR 64
#define OVER  4278190080.0f

#endif
