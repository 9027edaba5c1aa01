/* png_filter.h - PNG's row filters, done and undone. */
#ifndef TB_PNG_FILTER_H
#define TB_PNG_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TB_PNG_NONE, TB_PNG_SUB, TB_PNG_UP, TB_PNG_AVG, TB_PNG_PAETH, TB_PNG_FILTERS };

#define TB_PNG_SLACK 8 /* bytes behind both rows that tb_png_unfilter reads */

/* Bytes [first, end) of a row, in place, when those before first are done; whole
 * pixels of bpp bytes: 1, 2, 3, 4, 6 or 8.  Above the first row is zero. */
void tb_png_unfilter(uint8_t *row, const uint8_t *above, size_t first, size_t end, size_t bpp, int filter);

/* Part of a row, and what is above it: whole pixels of bpp bytes. */
typedef struct {
    const uint8_t *row, *above;
    size_t n, bpp;
    bool leftmost; /* nothing is left of it; else bpp bytes are */
} tb_png_part;

/* What each filter would leave, as the sum of its bytes' distances from zero. */
typedef struct {
    uint64_t sum[TB_PNG_FILTERS];
    uint64_t same; /* bytes that are like their left neighbour */
} tb_png_tally;

void tb_png_tally_add(tb_png_tally *t, const tb_png_part *part);

void tb_png_filter(uint8_t *dst, const tb_png_part *part, int filter);

#endif
