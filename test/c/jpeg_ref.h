/* jpeg_ref.h - JPEG the plain way, to judge by: whole files, libjpeg's defaults. */
#ifndef JPEG_REF_H
#define JPEG_REF_H

#include "files.h"
#include "jpeg_write.h"
#include <setjmp.h>

static inline file ref_encode(image in, recipe r)
{
    size_t size;
    uint8_t *data = jpeg_bytes(in, r, &size);
    return keep_file((file){data, size});
}

typedef struct {
    struct jpeg_error_mgr errors;
    jmp_buf escape;
} ref_errors;

static inline void ref_exit(j_common_ptr j)
{
    longjmp(((ref_errors *)j->err)->escape, 1);
}

static inline void ref_silence(j_common_ptr j)
{
    (void)j;
}

/* Detail that a progressive file lacks is made up; else it is not there. */
static bool ref_smooths = true;

/* False if libjpeg gives up. */
static inline bool ref_try_decode(file f, int shrink, int channels, image *out)
{
    static struct jpeg_decompress_struct j;
    static ref_errors errors;

    j.err = jpeg_std_error(&errors.errors);
    errors.errors.error_exit = ref_exit;
    errors.errors.output_message = ref_silence;
    if (setjmp(errors.escape)) {
        jpeg_destroy_decompress(&j);
        return false;
    }
    jpeg_create_decompress(&j);
    jpeg_mem_src(&j, f.data, f.size);
    jpeg_read_header(&j, TRUE);
    j.scale_num = 1;
    j.scale_denom = (unsigned)shrink;
    j.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    j.do_block_smoothing = ref_smooths;
    jpeg_start_decompress(&j);
    *out = image_new((int)j.output_width, (int)j.output_height, channels);
    while (j.output_scanline < j.output_height) {
        JSAMPROW row = out->px + (size_t)j.output_scanline * (size_t)out->w * (size_t)channels;
        jpeg_read_scanlines(&j, &row, 1);
    }
    jpeg_destroy_decompress(&j);
    return true;
}

static inline image ref_decode(file f, int shrink, int channels)
{
    image out = {0};
    CHECK(ref_try_decode(f, shrink, channels, &out));
    return out;
}

#endif
