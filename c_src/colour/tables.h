/* tables.h - profiles that are tables: lcms2 turns their colours into sRGB, or back. */
#ifndef TB_TABLES_H
#define TB_TABLES_H

#include "../mem.h"

typedef struct tb_tables tb_tables;

/* For pixels of 1, 3 or 4 channels.  For many of them all becomes one grid, which
 * takes 40 ms, but then a pixel 40 ns instead of 350; without, a millisecond. */
typedef struct {
    int channels;
    bool many; /* more than TB_TABLES_FEW */
    bool back; /* from sRGB */
} tb_tables_for;

#define TB_TABLES_FEW 120000 /* pixels */

/* *out is NULL where lcms2 cannot; false only for want of memory. */
bool tb_tables_new(tb_tables **out, const uint8_t *icc, size_t size, tb_tables_for pixels, tb_mem *mem);

/* Grey gives three channels, and is made of three; alpha is not written. */
void tb_tables_apply(const tb_tables *t, const uint8_t *src, uint8_t *dst, size_t pixels);
void tb_tables_free(tb_tables *t);

#endif
