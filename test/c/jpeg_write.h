/* jpeg_write.h - JPEG of all kinds, as libjpeg writes it. */
#ifndef JPEG_WRITE_H
#define JPEG_WRITE_H

#include "check.h"
#include <jpeglib.h>

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

/* The caller frees them. */
static inline uint8_t *jpeg_bytes(image in, recipe r, size_t *size)
{
    static const jpeg_scan_info apart[] = {
        {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}, {1, {3}, 0, 63, 0, 0}};
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long n = 0;

    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &data, &n);
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
    data = realloc(data, n); /* a byte too far is seen */
    CHECK(data);
    *size = n;
    return data;
}

#endif
