/* meta.h - what a picture carries beside its pixels: orientation, ICC profile. */
#ifndef TB_META_H
#define TB_META_H

#include "header.h"
#include "input.h"
#include "mem.h"

typedef struct {
    uint8_t *icc; /* the profile, whole; owned; NULL = none */
    size_t icc_size;
    struct tb_meta_work *work; /* an inflation under way; owned */
    int piece;                 /* of header.icc: the next to copy */
    size_t copied;             /* bytes of that piece copied already */
} tb_meta;

/* EXIF orientation of a TIFF structure: 1..8, or 0 if it says none or is broken. */
int tb_exif_orientation(const uint8_t *tiff, size_t size);

/* Copies the profile out of the input (a PNG's is inflated), at most 64 KiB a
 * call: TB_MORE, TB_DONE, or TB_FAIL for want of memory only.  A profile that
 * is broken, or longer than max_icc, is left out with a warning. */
tb_status tb_meta_step(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in,
                       const tb_limits *limits, tb_error *err);
void tb_meta_close(tb_meta *m, tb_mem *mem);

#endif
