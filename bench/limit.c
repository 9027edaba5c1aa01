/* limit.c - the least a job can cost with these codecs: decode (a JPEG at the scale that
 * Thumbelina does), encode a picture of the wanted size, nothing between.
 *
 * SHRINK in the environment is that scale, 1 to 8: without it, all of the JPEG is decoded. */
#include "peer.h"
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h> /* wants stdio.h before it */
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>

typedef struct {
    int width, height, channels; /* 3 or 4 */
    uint8_t *px;
} picture;

#define ROOM ((size_t)8 << 20)

typedef struct {
    picture decoded; /* made again by each run, in the same memory */
    picture small;   /* what is encoded */
    uint8_t *file;   /* room for the result */
} limit;

static void give_room(picture *p, int width, int height, int channels)
{
    if (!p->px && !(p->px = malloc((size_t)width * (size_t)height * (size_t)channels)))
        peer_fail("no memory");
    p->width = width;
    p->height = height;
    p->channels = channels;
}

static uint8_t *row_of(const picture *p, int y)
{
    return p->px + (size_t)y * (size_t)p->width * (size_t)p->channels;
}

/* --- JPEG */

static unsigned shrink(void)
{
    const char *said = getenv("SHRINK");
    return said ? (unsigned)atoi(said) : 1;
}

static void jpeg_rows(struct jpeg_decompress_struct *d, picture *to, int rows)
{
    give_room(to, (int)d->output_width, rows, 3);
    for (int y = 0; y < rows; y++) {
        JSAMPROW row = row_of(to, y);
        jpeg_read_scanlines(d, &row, 1);
    }
}

/* From the middle: as few columns, and skipped rows above, as libjpeg-turbo can. */
static void jpeg_middle(struct jpeg_decompress_struct *d, picture *to, int side)
{
    JDIMENSION x = (d->output_width - (JDIMENSION)side) / 2, width = (JDIMENSION)side;

    jpeg_crop_scanline(d, &x, &width);
    jpeg_skip_scanlines(d, (d->output_height - (JDIMENSION)side) / 2);
    jpeg_rows(d, to, side);
}

static void jpeg_decode(const peer_job *job, picture *to)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr err;

    d.err = jpeg_std_error(&err);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, job->data, job->size);
    jpeg_read_header(&d, TRUE);
    d.scale_num = 1;
    d.scale_denom = shrink();
    d.out_color_space = JCS_RGB;
    jpeg_start_decompress(&d);
    if (job->work == PEER_CROP) {
        jpeg_middle(&d, to, job->n);
        jpeg_abort_decompress(&d);
    } else {
        jpeg_rows(&d, to, (int)d.output_height);
        jpeg_finish_decompress(&d);
    }
    jpeg_destroy_decompress(&d);
}

static size_t jpeg_encode(const picture *from, uint8_t *file)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    unsigned char *out = file;
    unsigned long size = ROOM;

    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, &size);
    c.image_width = (JDIMENSION)from->width;
    c.image_height = (JDIMENSION)from->height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 80, TRUE);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = row_of(from, (int)c.next_scanline);
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

static void png_decode(const peer_job *job, picture *to)
{
    const uint8_t *at = job->data;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);

    png_set_read_fn(png, &at, png_read);
    png_read_info(png, info);
    png_set_expand(png);
    png_read_update_info(png, info);
    if (png_get_channels(png, info) < 3 || png_get_bit_depth(png, info) != 8)
        peer_fail("only 8-bit colour");
    give_room(to, (int)png_get_image_width(png, info), (int)png_get_image_height(png, info),
              png_get_channels(png, info));
    for (int y = 0; y < to->height; y++)
        png_read_row(png, row_of(to, y), NULL);
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

static size_t png_encode(const picture *from, uint8_t *file)
{
    uint8_t *at = file;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    int type = from->channels == 4 ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB;

    png_set_write_fn(png, &at, png_write, png_no_flush);
    png_set_IHDR(png, info, (png_uint_32)from->width, (png_uint_32)from->height, 8, type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 6);
    png_write_info(png, info);
    for (int y = 0; y < from->height; y++)
        png_write_row(png, row_of(from, y));
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return (size_t)(at - file);
}

/* --- WebP */

static void webp_decode(const peer_job *job, picture *to)
{
    int width, height;

    if (!WebPGetInfo(job->data, job->size, &width, &height))
        peer_fail("no WebP");
    give_room(to, width, height, 3);
    if (!WebPDecodeRGBInto(job->data, job->size, to->px, (size_t)width * (size_t)height * 3, width * 3))
        peer_fail("bad WebP");
}

static size_t webp_encode(const picture *from, uint8_t *file, bool lossless)
{
    WebPConfig config;
    WebPPicture p;
    WebPMemoryWriter out;

    if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, 80) || !WebPPictureInit(&p))
        peer_fail("another libwebp");
    config.method = 4;
    config.lossless = lossless;
    WebPMemoryWriterInit(&out);
    p.use_argb = lossless;
    p.width = from->width;
    p.height = from->height;
    p.writer = WebPMemoryWrite;
    p.custom_ptr = &out;
    if (!WebPPictureImportRGB(&p, from->px, from->width * 3) || !WebPEncode(&config, &p) || out.size > ROOM)
        peer_fail("no WebP made");
    size_t size = out.size;
    memcpy(file, out.mem, size);
    WebPPictureFree(&p);
    WebPMemoryWriterClear(&out);
    return size;
}

/* --- which */

static void decode(const peer_job *job, picture *to)
{
    switch (job->data[0]) {
    case 0xff:
        jpeg_decode(job, to);
        break;
    case 0x89:
        png_decode(job, to);
        break;
    case 'R':
        webp_decode(job, to);
        break;
    default:
        peer_fail("JPEG, PNG or WebP only");
    }
}

static size_t encode(const peer_job *job, const picture *from, uint8_t *file)
{
    switch (job->format) {
    case PEER_JPEG:
        return jpeg_encode(from, file);
    case PEER_PNG:
        return png_encode(from, file);
    default:
        return webp_encode(from, file, job->format == PEER_LOSSLESS);
    }
}

void peer_start(const peer_job *job)
{
    if (job->work == PEER_PIXELS || job->work == PEER_FILE)
        peer_fail("no codec takes part");
}

/* The small picture: every so many pixels of the decoded one. */
void *peer_open(const peer_job *job)
{
    limit *l = calloc(1, sizeof *l);

    if (!l || !(l->file = malloc(ROOM)))
        peer_fail("no memory");
    decode(job, &l->decoded);
    const picture *all = &l->decoded;
    int width = job->work == PEER_BLUR ? all->width : job->n;
    int height = job->work == PEER_CROP ? job->n : all->height * width / all->width;

    give_room(&l->small, width, height, all->channels);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(row_of(&l->small, y) + x * all->channels,
                   row_of(all, y * all->height / height) + x * all->width / width * all->channels,
                   (size_t)all->channels);
    return l;
}

size_t peer_run(const peer_job *job, void *state)
{
    limit *l = state;

    decode(job, &l->decoded);
    return peer_result(job, l->file, encode(job, &l->small, l->file));
}
