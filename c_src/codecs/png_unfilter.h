/* png_unfilter.h - PNG's row filters, undone in vectors of one pixel. */
#ifndef TB_PNG_UNFILTER_H
#define TB_PNG_UNFILTER_H

#include <stddef.h>
#include <stdint.h>

enum { TB_PNG_NONE, TB_PNG_SUB, TB_PNG_UP, TB_PNG_AVG, TB_PNG_PAETH, TB_PNG_FILTERS };

#define TB_PNG_SLACK 8 /* bytes behind both rows that are read */

/* Bytes [first, end) of a row, in place, when those before first are done; all
 * whole pixels of bpp bytes: 1, 2, 3, 4, 6 or 8.  Above the first row is zero. */
void tb_png_unfilter(uint8_t *row, const uint8_t *above, size_t first, size_t end, size_t bpp, int filter);

#endif
