/* jpeg_blocks.h - the blocks of a MCU, from the bits of each kind of scan; private to jpeg_entropy.c. */
#ifndef TB_JPEG_BLOCKS_H
#define TB_JPEG_BLOCKS_H

#include "jpeg_bits.h"
#include "jpeg_codes.h"

/* One of its blocks. */
typedef struct {
    const jpeg_component_info *of;
    int component; /* its number in the scan */
    bool detail;   /* more than the mean will be seen */
    const tb_jpeg_codes *means, *details;
} tb_jpeg_place;

/* What a MCU leaves to the next. */
typedef struct {
    int mean[MAX_COMPS_IN_SCAN]; /* of the last block, by component */
    int over;                    /* blocks that have ended before they begin */
} tb_jpeg_before;

typedef struct {
    tb_jpeg_place place[D_MAX_BLOCKS_IN_MCU];
    tb_jpeg_before before;
    JCOEF *made[DCTSIZE2]; /* coefficients that were zero, in a scan that refines a block... */
    int count;             /* ...so many */
} tb_jpeg_mcu;

/* Reads it; to nowhere, if `to` is NULL.  If the bits run out it may be read again, when `made` are zero.
 * May jump, as libjpeg does. */
typedef void tb_jpeg_read(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to);

/* Of the only scan; of a scan after which others may come. */
tb_jpeg_read tb_read_blocks, tb_read_blocks_again;

/* Of the first scan that has some of it; of one that refines what there is. */
tb_jpeg_read tb_read_means, tb_read_more_of_means;
tb_jpeg_read tb_read_details, tb_read_more_of_details;

#endif
