/* outgoing.h - the metadata that an encoder writes. */
#ifndef TB_OUTGOING_H
#define TB_OUTGOING_H

#include "codecs.h"

typedef struct {
    const uint8_t *icc, *exif, *xmp; /* NULL = none; the picture's, but for exif */
    size_t icc_size, exif_size, xmp_size;
    uint8_t *made; /* owned */
} tb_outgoing;

/* What is to be kept of it, EXIF as it is true of a picture of that shape.
 * TB_MORE, or TB_FAIL for want of memory. */
tb_status tb_outgoing_open(tb_outgoing *o, const tb_encode *e, tb_shape shape, tb_mem *mem, tb_error *err);

/* To open it takes longer than a step may: there is more EXIF than any camera writes. */
bool tb_outgoing_is_long(const tb_encode *e);
void tb_outgoing_close(tb_outgoing *o, tb_mem *mem);

#endif
