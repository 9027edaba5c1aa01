/* limit.c - the least a job can cost with these codecs: decode (a JPEG at the
 * scale the job allows), encode a picture of the wanted size, nothing between. */
#include "peer.h"
#include <stdio.h>

#include <jpeglib.h> /* wants stdio.h before it */
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>

typedef struct {
    int width, height;
    uint8_t *px; /* RGB */
} picture;

static picture decoded; /* made again by each run, in the same memory */
static picture small;   /* what is encoded */
static uint8_t *file;   /* room for the result */
#define ROOM ((size_t)8 << 20)

static void give_room(picture *p, int width, int height)
{
    if (!p->px && !(p->px = malloc((size_t)width * (size_t)height * 3)))
        peer_fail("no memory");
    p->width = width;
    p->height = height;
}

/* --- JPEG */

static void jpeg_decode(const peer_job *job)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr err;

    d.err = jpeg_std_error(&err);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, job->data, job->size);
    jpeg_read_header(&d, TRUE);
    d.scale_num = 1;
    d.scale_denom = 8;
    while (d.scale_denom > 1 && d.image_width < d.scale_denom * (unsigned)job->width)
        d.scale_denom /= 2;
    d.out_color_space = JCS_RGB;
    jpeg_start_decompress(&d);
    give_room(&decoded, (int)d.output_width, (int)d.output_height);
    while (d.output_scanline < d.output_height) {
        JSAMPROW row = decoded.px + (size_t)d.output_scanline * d.output_width * 3;
        jpeg_read_scanlines(&d, &row, 1);
    }
    jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
}

static size_t jpeg_encode(void)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    unsigned char *out = file;
    unsigned long size = ROOM;

    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, &size);
    c.image_width = (JDIMENSION)small.width;
    c.image_height = (JDIMENSION)small.height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 80, TRUE);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = small.px + (size_t)c.next_scanline * c.image_width * 3;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return size;
}

/* --- PNG */

static void png_read(png_structp png, png_bytep to, size_t n)
{
    const uint8_t **at = png_get_io_ptr(png);
    memcpy(to, *at, n);
    *at += n;
}

static void png_decode(const peer_job *job)
{
    const uint8_t *at = job->data;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);

    png_set_read_fn(png, &at, png_read);
    png_read_info(png, info);
    if (png_get_color_type(png, info) != PNG_COLOR_TYPE_RGB || png_get_bit_depth(png, info) != 8)
        peer_fail("only 8-bit RGB");
    give_room(&decoded, (int)png_get_image_width(png, info), (int)png_get_image_height(png, info));
    for (int y = 0; y < decoded.height; y++)
        png_read_row(png, decoded.px + (size_t)y * (size_t)decoded.width * 3, NULL);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
}

static void png_write(png_structp png, png_bytep from, size_t n)
{
    uint8_t **at = png_get_io_ptr(png);
    memcpy(*at, from, n);
    *at += n;
}

static void png_no_flush(png_structp png)
{
    (void)png;
}

static size_t png_encode(void)
{
    uint8_t *at = file;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);

    png_set_write_fn(png, &at, png_write, png_no_flush);
    png_set_IHDR(png, info, (png_uint_32)small.width, (png_uint_32)small.height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 6);
    png_write_info(png, info);
    for (int y = 0; y < small.height; y++)
        png_write_row(png, small.px + (size_t)y * (size_t)small.width * 3);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return (size_t)(at - file);
}

/* --- WebP */

static void webp_decode(const peer_job *job)
{
    int width, height;

    if (!WebPGetInfo(job->data, job->size, &width, &height))
        peer_fail("no WebP");
    give_room(&decoded, width, height);
    if (!WebPDecodeRGBInto(job->data, job->size, decoded.px, (size_t)width * (size_t)height * 3, width * 3))
        peer_fail("bad WebP");
}

static size_t webp_encode(void)
{
    WebPConfig config;
    WebPPicture p;
    WebPMemoryWriter out;

    if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, 80) || !WebPPictureInit(&p))
        peer_fail("another libwebp");
    config.method = 4;
    WebPMemoryWriterInit(&out);
    p.width = small.width;
    p.height = small.height;
    p.writer = WebPMemoryWrite;
    p.custom_ptr = &out;
    if (!WebPPictureImportRGB(&p, small.px, small.width * 3) || !WebPEncode(&config, &p))
        peer_fail("no WebP made");
    size_t size = out.size;
    WebPPictureFree(&p);
    WebPMemoryWriterClear(&out);
    return size;
}

/* --- which */

typedef struct {
    void (*decode)(const peer_job *job);
    size_t (*encode)(void);
} codec;

static codec codec_of(const peer_job *job)
{
    switch (job->data[0]) {
    case 0xff:
        return (codec){jpeg_decode, jpeg_encode};
    case 0x89:
        return (codec){png_decode, png_encode};
    case 'R':
        return (codec){webp_decode, webp_encode};
    default:
        peer_fail("JPEG, PNG or WebP only");
    }
}

/* The small picture: every so many pixels of the decoded one. */
void peer_open(const peer_job *job)
{
    codec_of(job).decode(job);
    int width = job->width, height = decoded.height * width / decoded.width;

    give_room(&small, width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(small.px + ((size_t)y * (size_t)width + (size_t)x) * 3,
                   decoded.px + ((size_t)(y * decoded.height / height) * (size_t)decoded.width +
                                 (size_t)(x * decoded.width / width)) *
                                    3,
                   3);
    file = malloc(ROOM);
    if (!file)
        peer_fail("no memory");
}

size_t peer_run(const peer_job *job)
{
    codec c = codec_of(job);
    c.decode(job);
    return c.encode();
}
