/* jpeg_ref.h - JPEG the plain way, to judge by: whole files, libjpeg's defaults. */
#ifndef JPEG_REF_H
#define JPEG_REF_H

#include "files.h"

#include <jpeglib.h>
#include <setjmp.h>

typedef struct {
    int quality; /* 0 = 75 */
    int h, v;    /* sampling of the first component; 0 = 1 */
    int ch, cv;  /* of the others */
    bool progressive;
    bool apart;                   /* a scan for each component */
    const jpeg_scan_info *script; /* of scans */
    int scans;                    /* how many */
    bool optimize, arithmetic;
    int restart;         /* MCUs; 0 = none */
    J_COLOR_SPACE space; /* as stored; 0 = libjpeg's choice */
    const uint8_t *icc;
    unsigned icc_size;
} recipe;

static inline void set_sampling(struct jpeg_compress_struct *j, recipe r)
{
    for (int i = 0; i < j->num_components; i++) {
        j->comp_info[i].h_samp_factor = i == 0 ? (r.h ? r.h : 1) : (r.ch ? r.ch : 1);
        j->comp_info[i].v_samp_factor = i == 0 ? (r.v ? r.v : 1) : (r.cv ? r.cv : 1);
    }
}

static inline file ref_encode(image in, recipe r)
{
    static const jpeg_scan_info apart[] = {
        {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}, {1, {3}, 0, 63, 0, 0}};
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long size = 0;

    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &data, &size);
    j.image_width = (JDIMENSION)in.w;
    j.image_height = (JDIMENSION)in.h;
    j.input_components = in.c;
    j.in_color_space = in.c == 1 ? JCS_GRAYSCALE : in.c == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&j);
    if (r.space)
        jpeg_set_colorspace(&j, r.space);
    jpeg_set_quality(&j, r.quality ? r.quality : 75, TRUE);
    set_sampling(&j, r);
    j.optimize_coding = r.optimize;
    j.arith_code = r.arithmetic;
    j.restart_interval = (unsigned)r.restart;
    if (r.progressive)
        jpeg_simple_progression(&j);
    if (r.apart) {
        j.scan_info = apart;
        j.num_scans = in.c;
    }
    if (r.script) {
        j.scan_info = r.script;
        j.num_scans = r.scans;
    }
    jpeg_start_compress(&j, TRUE);
    if (r.icc)
        jpeg_write_icc_profile(&j, r.icc, r.icc_size);
    while (j.next_scanline < j.image_height) {
        JSAMPROW row = in.px + (size_t)j.next_scanline * (size_t)in.w * (size_t)in.c;
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    file f = file_of(data, size);
    free(data);
    return f;
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
