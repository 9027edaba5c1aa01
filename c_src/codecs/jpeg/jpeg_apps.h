/* jpeg_apps.h - the markers of a JPEG that hold metadata; private to jpeg_enc.c. */
#ifndef TB_JPEG_APPS_H
#define TB_JPEG_APPS_H

#include "../outgoing.h"
#include <stdio.h>

#include <jpeglib.h>

/* EXIF -> XMP -> ICC -> END */
typedef enum { TB_APP_EXIF, TB_APP_XMP, TB_APP_ICC, TB_APP_END } tb_app;

typedef struct {
    tb_outgoing what;
    tb_app app;
    size_t written; /* of it */
} tb_jpeg_apps;

/* Writes some 16 KiB; false when all is written.  May jump, as libjpeg does. */
bool tb_jpeg_apps_write(tb_jpeg_apps *a, j_compress_ptr jpeg, tb_error *err);

#endif
