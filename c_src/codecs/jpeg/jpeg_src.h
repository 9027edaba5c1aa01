/* jpeg_src.h - the input, shown to libjpeg a window at a time. */
#ifndef TB_JPEG_SRC_H
#define TB_JPEG_SRC_H

#include "../../error.h"
#include "../../input.h"
#include <stdio.h> /* for jpeglib.h */

#include <jpeglib.h>

typedef struct {
    struct jpeg_source_mgr methods; /* first: all that libjpeg sees */
    tb_input *input;                /* borrowed */
    size_t pos;                     /* offset of the byte libjpeg reads next */
    size_t shown;                   /* it was shown all below */
    size_t beyond;                  /* bytes it skips after them */
    size_t window;                  /* most bytes it reads in a step */
    size_t wall;                    /* it is shown nothing from there on; SIZE_MAX = no wall */
    bool markers;                   /* it reads markers, not the data of a scan; kept by the owner */
    bool starved;                   /* it wants more than there was */
    bool ended;                     /* the input did, and an end mark was made up */
} tb_jpeg_src;

/* Where the header begins. */
void tb_jpeg_src_open(tb_jpeg_src *src, tb_input *input, size_t window);

/* Around everything that reads, in each step. */
void tb_jpeg_src_show(tb_jpeg_src *src);
void tb_jpeg_src_hide(tb_jpeg_src *src);

/* Goes on behind n bytes that it is not shown. */
void tb_jpeg_src_pass(tb_jpeg_src *src, size_t n);

/* When it has suspended: it has read all before the wall. */
bool tb_jpeg_src_at_wall(tb_jpeg_src *src);

/* Likewise: TB_MORE if there is more to show, TB_HUNGRY if that is
 * not here yet, TB_DONE if there is no more at all. */
tb_status tb_jpeg_src_more(tb_jpeg_src *src);

#endif
