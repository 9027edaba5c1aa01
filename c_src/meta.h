/* meta.h - what a picture carries beside its pixels: ICC profile, EXIF, XMP. */
#ifndef TB_META_H
#define TB_META_H

#include "header.h"
#include "input.h"
#include "mem.h"

/* What of it is kept. */
enum {
    TB_KEEP_ICC = 1, /* and the pixels as they are; else they become sRGB */
    TB_KEEP_EXIF = 2,
    TB_KEEP_XMP = 4,
    TB_KEEP_COPYRIGHT = 8, /* of EXIF: who made it, who owns it */
    TB_KEEP_GPS = 16,      /* of EXIF: where it was made */
    TB_KEEP_ALL = 31
};

typedef struct {
    uint8_t *icc, *exif, *xmp; /* whole, as they came; owned; NULL = none */
    size_t icc_size, exif_size, xmp_size;
    struct tb_meta_work *work; /* an inflation under way; owned */
    int piece;                 /* of header.icc: the next to copy */
    size_t copied;             /* bytes of that piece copied already */
    enum { TB_META_ICC, TB_META_EXIF, TB_META_XMP, TB_META_END } at;
} tb_meta;

typedef struct {
    int orientation;     /* 1..8; 0 = it says none */
    double dpi_x, dpi_y; /* 0 = it says none */
    bool gps;
} tb_exif;

/* What a TIFF structure says; nothing if it is broken. */
void tb_exif_read(tb_exif *exif, const uint8_t *tiff, size_t size);

/* Copies the profile, and of EXIF and XMP what is kept, out of the input (a PNG's
 * profile is inflated), at most 64 KiB a call: TB_MORE, TB_DONE, or TB_FAIL for
 * want of memory only.  A profile that is broken, or longer than max_icc, is left
 * out with a warning; so is what is not here. */
tb_status tb_meta_step(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in,
                       const tb_limits *limits, uint32_t keep, tb_error *err);
/* Of what was taken elsewhere: a profile that is broken, or of other colours, is left out. */
void tb_meta_check(tb_meta *m, tb_mem *mem, const tb_header *h, tb_error *err);
void tb_meta_close(tb_meta *m, tb_mem *mem);

#endif
