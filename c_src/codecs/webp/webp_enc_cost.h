/* webp_enc_cost.h - what libwebp's encoder will take; private to webp_*.c. */
#ifndef TB_WEBP_ENC_COST_H
#define TB_WEBP_ENC_COST_H

#include "../codecs.h"

/* How much there is to see, on a sample of rows. */
typedef struct {
    double pixels;
    double steps; /* sum of the mean differences of green to the left and above */
    double fresh; /* pixels equal to neither the one to the left nor the one above */
    double alpha; /* the same of their alpha alone */
} tb_webp_detail;

void tb_webp_detail_add(tb_webp_detail *d, const uint8_t *row, const uint8_t *above, tb_shape shape);

/* Bytes WebPEncode takes of its own, and nanoseconds.  alpha: some of it is not opaque. */
double tb_webp_enc_memory(const tb_output *how, tb_shape shape, bool alpha, const tb_webp_detail *d);
double tb_webp_enc_time(const tb_output *how, tb_shape shape, bool alpha);

/* It keeps all symbols of a lossy picture until the end, 21 bytes for each that
 * comes out; of larger pictures than this it is told to work twice instead. */
bool tb_webp_enc_is_large(const tb_output *how, tb_shape shape);

#endif
