/* jpeg_entropy.h - the coefficients of a JPEG, read in libjpeg's place. */
#ifndef TB_JPEG_ENTROPY_H
#define TB_JPEG_ENTROPY_H

#include <stdio.h> /* for jpeglib.h */

#include <jpeglib.h>

/* After tb_jpeg_mem_take and jpeg_start_decompress, before the first row or scan: from now on we read
 * the coefficients of `j`, if they are Huffman coded, and many.  May jump, as libjpeg does. */
void tb_jpeg_entropy_take(j_decompress_ptr j);

#endif
