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

/* Shown a file in pieces it decodes as the standard has it; shown all, it leaves of a damaged block some of
 * what it took for coefficients in a first, faster attempt. */
static size_t ref_piece; /* 0 = all */
static bool ref_ended;   /* in pieces, it was shown end marks for what was missing */

static inline void ref_nothing(j_decompress_ptr j)
{
    (void)j;
}

static inline boolean ref_next(j_decompress_ptr j)
{
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    file *rest = j->client_data;
    size_t n = rest->size < ref_piece ? rest->size : ref_piece;

    ref_ended |= n == 0;
    j->src->next_input_byte = n ? rest->data : end;
    j->src->bytes_in_buffer = n ? n : sizeof end;
    *rest = (file){rest->data + n, rest->size - n};
    return TRUE;
}

static inline void ref_skip(j_decompress_ptr j, long n)
{
    for (; n > (long)j->src->bytes_in_buffer; ref_next(j))
        n -= (long)j->src->bytes_in_buffer;
    j->src->next_input_byte += n > 0 ? n : 0;
    j->src->bytes_in_buffer -= (size_t)(n > 0 ? n : 0);
}

static inline void ref_source(j_decompress_ptr j, file *f)
{
    static struct jpeg_source_mgr source;

    source = (struct jpeg_source_mgr){.init_source = ref_nothing,
                                      .fill_input_buffer = ref_next,
                                      .skip_input_data = ref_skip,
                                      .resync_to_restart = jpeg_resync_to_restart,
                                      .term_source = ref_nothing};
    ref_ended = false;
    j->client_data = f;
    if (ref_piece)
        j->src = &source;
    else
        jpeg_mem_src(j, f->data, f->size);
}

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
    ref_source(&j, &f);
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
