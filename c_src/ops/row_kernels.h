/* row_kernels.h - the inner loops of resampling, in plain C and for AVX2, with the
 * same result to the bit.
 *
 * A *line* is a row of 16-bit samples: (v - 176) * 128 for the value v, so there
 * are 7 bits behind the point and room for what a kernel overshoots by: -80 to 431.
 * (Lanczos makes -73 to 328 of 0 to 255 in one pass at worst; after the second a
 * colour is clamped, but an alpha still divides.)  Weights that add up to 1 leave the
 * offset alone.
 *
 * A *pair row* holds two lines, sample by sample: the even one in the low half of
 * each 32 bits, the odd one above it.
 *
 * Kernels work in whole vectors: behind n samples of a line, a pair row, a row of
 * sums or of pixels there are TB_SPARE more that may be read and written. */
#ifndef TB_ROW_KERNELS_H
#define TB_ROW_KERNELS_H

#include "../rows.h"

#define TB_BLACK (-176 * 128) /* the value 0 in a line */
#define TB_SPARE 64           /* samples; as TB_SLACK for rows of pixels */

typedef struct {
    const char *name;

    /* Pixels to a line; with alpha (2 or 4 channels) premultiplied. */
    void (*widen)(int16_t *line, const uint8_t *row, int n);
    void (*premultiply)(int16_t *line, const uint8_t *row, int pixels, int channels);

    /* A line into its half of a pair row; the even one first, it clears the other. */
    void (*put_even)(uint32_t *pairs, const int16_t *line, int n);
    void (*put_odd)(uint32_t *pairs, const int16_t *line, int n);

    /* The same of pixels without alpha, which need not become a line first. */
    void (*put_row_even)(uint32_t *pairs, const uint8_t *row, int n);
    void (*put_row_odd)(uint32_t *pairs, const uint8_t *row, int n);

    /* acc (zero if fresh) += the sum of `count` pair rows, weighted by two weights each,
     * >> fold. */
    void (*add_rows)(int32_t *acc, const uint32_t *const *pairs, const int16_t *w, int count, int n, int fold,
                     bool fresh);

    /* The same of pair rows at once, without a fold, to a line. */
    void (*sum_rows)(int16_t *line, const uint32_t *const *pairs, const int16_t *w, int count, int n,
                     int shift);

    /* Sums to a line, >> shift, rounded. */
    void (*settle)(int16_t *line, const int32_t *acc, int n, int shift);

    /* A line to one plane for each channel, `plane` samples apart. */
    void (*split)(int16_t *planes, size_t plane, const int16_t *line, int pixels, int channels);

    /* n pixels of a line, each from `taps` (a multiple of 8) samples of each plane. */
    void (*gather)(int16_t *line, const int16_t *planes, size_t plane, int channels, const int32_t *first,
                   const int16_t *w, int taps, int n, int shift, int fold);

    /* A line to pixels. */
    void (*narrow)(uint8_t *row, const int16_t *line, int n);
    void (*unpremultiply)(uint8_t *row, const int16_t *line, int pixels, int channels);
} tb_row_kernels;

extern const tb_row_kernels tb_plain_rows;

/* The fastest that this machine can run. */
const tb_row_kernels *tb_best_rows(void);

#if defined(__x86_64__) && defined(__GNUC__)
#define TB_HAS_AVX2 1
extern const tb_row_kernels tb_avx2_rows;
#else
#define TB_HAS_AVX2 0
#endif

#endif
