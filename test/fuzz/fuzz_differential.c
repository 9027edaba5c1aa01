/* fuzz_differential.c - what the walk lets in has, for the codec too, the size
 * and kind that the walk says. */
#include "../c/walking.h"
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    png_structp png;
    png_infop info;
    const uint8_t *data;
    size_t left;
    int scans;
} codec;

static void jpeg_fails(j_common_ptr jpeg)
{
    longjmp(((codec *)jpeg->client_data)->escape, 1);
}

static void jpeg_warns(j_common_ptr jpeg, int level)
{
    (void)jpeg;
    (void)level;
}

/* Counts the scans as libjpeg meets them, its own error or not. */
static void count_scans(codec *c)
{
    int status = JPEG_SUSPENDED;

    if (setjmp(c->escape))
        return;
    c->jpeg.buffered_image = TRUE;
    jpeg_start_decompress(&c->jpeg);
    while (status != JPEG_REACHED_EOI) {
        status = jpeg_consume_input(&c->jpeg);
        if (c->jpeg.input_scan_number > c->scans)
            c->scans = c->jpeg.input_scan_number;
    }
}

static bool jpeg_header(codec *c, const uint8_t *data, size_t size)
{
    if (setjmp(c->escape))
        return false;
    jpeg_create_decompress(&c->jpeg);
    c->jpeg.client_data = c;
    jpeg_mem_src(&c->jpeg, data, size);
    return jpeg_read_header(&c->jpeg, TRUE) == JPEG_HEADER_OK;
}

static void check_jpeg(const tb_header *h, const uint8_t *data, size_t size)
{
    static codec c;

    memset(&c, 0, sizeof c);
    c.jpeg.err = jpeg_std_error(&c.errors);
    c.errors.error_exit = jpeg_fails;
    c.errors.emit_message = jpeg_warns;
    if (jpeg_header(&c, data, size)) {
        CHECK(h->width == (int)c.jpeg.image_width && h->height == (int)c.jpeg.image_height);
        CHECK(h->components == c.jpeg.num_components && h->progressive == c.jpeg.progressive_mode);
        CHECK(h->depth == c.jpeg.data_precision);
        if ((long)h->width * h->height <= 10000 && h->scans <= 20)
            count_scans(&c);
        CHECK(c.scans <= h->scans);
    }
    if (!setjmp(c.escape))
        jpeg_destroy_decompress(&c.jpeg);
}

static void png_fails(png_structp png, png_const_charp text)
{
    (void)text;
    longjmp(((codec *)png_get_error_ptr(png))->escape, 1);
}

static void png_warns(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void png_reads(png_structp png, png_bytep to, size_t n)
{
    codec *c = png_get_io_ptr(png);

    if (n > c->left)
        png_error(png, "end");
    memcpy(to, c->data, n);
    c->data += n;
    c->left -= n;
}

static bool png_header(codec *c)
{
    if (setjmp(c->escape))
        return false;
    png_set_read_fn(c->png, c, png_reads);
    png_set_crc_action(c->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE); /* the walk does not look at them */
    png_set_benign_errors(c->png, 1);
    png_read_info(c->png, c->info);
    return true;
}

static int expanded_channels(codec *c)
{
    if (setjmp(c->escape))
        return 0;
    png_set_expand(c->png);
    png_read_update_info(c->png, c->info);
    return png_get_channels(c->png, c->info);
}

static void check_png(const tb_header *h, const uint8_t *data, size_t size)
{
    static codec c;

    memset(&c, 0, sizeof c);
    c.data = data;
    c.left = size;
    c.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &c, png_fails, png_warns);
    c.info = png_create_info_struct(c.png);
    if (png_header(&c)) {
        CHECK(h->width == (int)png_get_image_width(c.png, c.info));
        CHECK(h->height == (int)png_get_image_height(c.png, c.info));
        CHECK(h->depth == png_get_bit_depth(c.png, c.info) &&
              h->components == png_get_channels(c.png, c.info));
        CHECK(h->progressive == (png_get_interlace_type(c.png, c.info) == PNG_INTERLACE_ADAM7));
        int channels = expanded_channels(&c);
        CHECK(channels == 0 || h->channels == channels);
    }
    png_destroy_read_struct(&c.png, &c.info, NULL);
}

static void check_webp(const tb_header *h, const uint8_t *data, size_t size)
{
    WebPBitstreamFeatures f;

    if (WebPGetFeatures(data, size, &f) != VP8_STATUS_OK)
        return;
    CHECK(h->width == f.width && h->height == f.height);
    CHECK(h->alpha == (f.has_alpha != 0) && h->animated == (f.has_animation != 0));
    CHECK(h->animated || h->lossless == (f.format == 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const walked *r = walk_bytes(data, size, size, &tb_default_limits);

    if (r->status != TB_DONE)
        return 0;
    switch (r->header.format) {
    case TB_JPEG:
        check_jpeg(&r->header, data, size);
        break;
    case TB_PNG:
        check_png(&r->header, data, size);
        break;
    case TB_WEBP:
        check_webp(&r->header, data, size);
        break;
    default:
        break;
    }
    return 0;
}
