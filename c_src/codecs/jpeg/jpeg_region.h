/* jpeg_region.h - a part of the picture from libjpeg, with the samples it has in the whole. */
#ifndef TB_JPEG_REGION_H
#define TB_JPEG_REGION_H

#include "../codecs.h"
#include <stdio.h> /* for jpeglib.h */

#include <jpeglib.h>

typedef struct {
    int y, high;      /* its first row, and how many a row of blocks makes */
    unsigned needed;  /* bit i: component i is, for these colours */
    uint8_t *block;   /* of row; owned */
    uint8_t *row;     /* libjpeg makes it: the region's columns and some on each side */
    size_t left;      /* bytes of it before the region */
    JDIMENSION width; /* of it, in pixels */
} tb_jpeg_region;

/* After jpeg_start_decompress, before the first row.  False: no memory. */
bool tb_jpeg_region_open(tb_jpeg_region *r, j_decompress_ptr j, const tb_decode *how, tb_mem *mem);

/* Makes libjpeg's next row and copies the region's part of it to dst; TB_HUNGRY
 * if libjpeg suspends, TB_MORE if the row is above the region, TB_DONE. */
tb_status tb_jpeg_region_read(tb_jpeg_region *r, j_decompress_ptr j, uint8_t *dst, size_t size);

void tb_jpeg_region_close(tb_jpeg_region *r, tb_mem *mem);

#endif
