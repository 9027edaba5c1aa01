/* png_rows.h - what the samples of a row mean: rows without filters become
 * rows of 8-bit pixels, in the ring or the interlaced image.
 *
 * That is libpng's work where anything is to be done: palettes, transparent
 * colours, 1 to 4 and 16 bits.  It cannot stop inside a piece of input, and 4 kB
 * of it may hold 4 MB of rows; so its progressive reader is not given the input,
 * but the chunks it must see, and rows in stored blocks, which do not grow. */
#ifndef TB_PNG_ROWS_H
#define TB_PNG_ROWS_H

#include "png_adam7.h"
#include "png_lines.h"
#include <png.h>
#include <setjmp.h>

#define TB_PNG_CHUNK (12 + 3 * 256) /* the longest it must see: PLTE */

typedef struct {
    const tb_decode *how; /* borrowed, as out and mem */
    tb_rows *out;
    tb_mem *mem;
    tb_error *err; /* of the call under way */
    png_structp png;
    png_infop info;
    jmp_buf escape; /* the way out of libpng */
    bool no_memory; /* why it was taken */
    bool wrapped;   /* libpng has the head of its zlib stream */
    bool as_stored; /* the samples need nothing done */
    int fresh;      /* rows written behind out->end; not there for others yet */
    tb_adam7 image; /* if interlaced: rows go here, and none is fresh */
} tb_png_rows;

/* Needs the header of how alone.  To be closed whatever it returns. */
tb_status tb_png_rows_open(tb_png_rows *r, const tb_decode *how, tb_rows *out, tb_mem *mem, tb_error *err);

/* A whole chunk before the picture, with its head, and a CRC that is right. */
tb_status tb_png_rows_chunk(tb_png_rows *r, const uint8_t *chunk, size_t size, tb_error *err);

tb_status tb_png_rows_add(tb_png_rows *r, const tb_png_line *line, tb_error *err);

void tb_png_rows_close(tb_png_rows *r);

#endif
