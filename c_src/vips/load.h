/* load.h - a picture of libvips' from bytes in memory. */
#ifndef TB_LOAD_H
#define TB_LOAD_H

#include "../codecs/codecs.h"
#include <vips/vips.h>

/* The operation that reads a format: called by name, never found by a look at the bytes.
 * NULL where there is none. */
const char *tb_loader_of(tb_format f);

/* Of the frames, or pages: so many, of which the second and more stand below the first. */
typedef struct {
    int first, count;
} tb_pages;

/* Opens the bytes: nothing but the head is read.  NULL on failure, which is told.
 * The bytes stay where they are until the image is gone. */
VipsImage *tb_load(const tb_input *in, tb_format f, tb_pages pages, bool keep_truncated, tb_error *err);

/* Fails as pages do that are not alike; NULL. */
VipsImage *tb_load_differs(tb_format f, tb_error *err);

/* An SVG or a page of a PDF, drawn so wide and high. */
VipsImage *tb_load_drawn(const tb_input *in, tb_format f, int page, int width, int height, tb_error *err);

/* To 8 bits and 1 to 4 channels, as the rest of us knows them, when its pixels are asked for.
 * Takes the image over.  *own is false where its profile is not that of the pixels any longer. */
VipsImage *tb_load_bytes(VipsImage *im, tb_format f, bool *own, tb_error *err);

#endif
