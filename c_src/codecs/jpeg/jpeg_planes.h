/* jpeg_planes.h - Y, Cb and Cr as a JPEG stores them, by libjpeg's interface to raw
 * data: a row of blocks of all three at once. */
#ifndef TB_JPEG_PLANES_H
#define TB_JPEG_PLANES_H

#include "../codecs.h"
#include <stdio.h> /* for jpeglib.h */

#include <jpeglib.h>

#define TB_PLANES 3

typedef struct {
    int first[TB_PLANES]; /* row of the plane that the region begins with */
    int high[TB_PLANES];  /* rows that a row of blocks makes */
    uint8_t *beside;      /* where rows go that are not of the region; owned */
} tb_jpeg_planes;

/* The planes, and the bursts, of a decoder. */
void tb_jpeg_planes_shape(tb_rows *out, const tb_decode *how);

/* After jpeg_read_header: they are as the walk has found them. */
bool tb_jpeg_planes_are(const struct jpeg_decompress_struct *j, const tb_header *h);

/* After jpeg_start_decompress, before the first row.  False: no memory. */
bool tb_jpeg_planes_open(tb_jpeg_planes *p, j_decompress_ptr j, const tb_decode *how, tb_mem *mem);

/* Has libjpeg make its next row of blocks; TB_HUNGRY if it suspends. */
tb_status tb_jpeg_planes_read(tb_jpeg_planes *p, j_decompress_ptr j, tb_rows *out);

void tb_jpeg_planes_close(tb_jpeg_planes *p, tb_mem *mem);

/* How many rows of each plane an encoder needs at once. */
void tb_jpeg_planes_want(tb_in *in, tb_chroma chroma);

/* Gives libjpeg a row of blocks; false if it suspends, and must be given it again. */
bool tb_jpeg_planes_write(tb_in *in, j_compress_ptr j);

#endif
