/* curve.h - the tone curves of an ICC profile: from stored values to light. */
#ifndef TB_CURVE_H
#define TB_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *table; /* of `count` values of 16 bits, borrowed; NULL = the formula */
    uint32_t count;
    double g, a, b, c, d, e, f; /* (a x + b)^g + e from d on, c x + f below */
} tb_curve;

/* Reads a tag of type `curv` or `para`; false if it is neither, or broken. */
bool tb_curve_read(tb_curve *curve, const uint8_t *tag, size_t size);

/* For x from 0 to 1; from 0 to 1. */
double tb_curve_at(const tb_curve *curve, double x);

/* sRGB's own (IEC 61966-2-1), and back. */
extern const tb_curve tb_srgb_curve;

#endif
