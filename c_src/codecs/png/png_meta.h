/* png_meta.h - the chunks of EXIF and XMP, written in pieces. */
#ifndef TB_PNG_META_H
#define TB_PNG_META_H

#include "../outgoing.h"
#include "png_chunk.h"

/* EXIF -> XMP -> END */
typedef enum { TB_PNG_EXIF, TB_PNG_XMP, TB_PNG_META_END } tb_png_part_of_meta;

typedef struct {
    tb_outgoing what;
    tb_png_chunk chunk;
    tb_png_part_of_meta part;
    size_t written; /* of it */
} tb_png_meta;

/* Some 16 KiB.  TB_MORE, TB_DONE or TB_FAIL. */
tb_status tb_png_meta_step(tb_png_meta *m, tb_bytes *out, tb_mem *mem, tb_error *err);

#endif
