/* tables.h - profiles that are tables: lcms2 turns their colours into sRGB. */
#ifndef TB_TABLES_H
#define TB_TABLES_H

#include "../mem.h"

typedef struct tb_tables tb_tables;

/* For pixels of 1, 3 or 4 channels.  *out is NULL where lcms2 cannot; false only
 * for want of memory.  Takes some 10 ms (1 channel: 0.5 ms), whatever the profile. */
bool tb_tables_new(tb_tables **out, const uint8_t *icc, size_t size, int channels, tb_mem *mem);

/* Grey gives three channels; alpha is not written. */
void tb_tables_apply(const tb_tables *t, const uint8_t *src, uint8_t *dst, size_t pixels);
void tb_tables_free(tb_tables *t);

#endif
