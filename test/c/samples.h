/* samples.h - pictures as bytes: whole files by the codecs' own encoders, and
 * broken or odd ones built by hand. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "jpeg_write.h"
#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>
#include <zlib.h>

typedef struct {
    uint8_t *data;
    size_t size, room;
} blob;

/* Blobs live until blobs_free; they are named by pointers. */
static blob *all_blobs[8192];
static int blob_count;

static inline blob *blob_new(void)
{
    blob *b = calloc(1, sizeof *b);
    CHECK(b && blob_count < 8192);
    all_blobs[blob_count++] = b;
    return b;
}

static inline void blobs_free(void)
{
    while (blob_count) {
        blob *b = all_blobs[--blob_count];
        free(b->data);
        free(b);
    }
}

static inline void put(blob *b, const void *data, size_t n)
{
    if (b->size + n > b->room) {
        b->room = 2 * (b->size + n);
        b->data = realloc(b->data, b->room);
        CHECK(b->data);
    }
    if (n > 0)
        memcpy(b->data + b->size, data, n);
    b->size += n;
}

static inline void put8(blob *b, int v)
{
    put(b, &(uint8_t){(uint8_t)v}, 1);
}

static inline void put_be(blob *b, uint64_t v, int bytes)
{
    while (bytes-- > 0)
        put8(b, (int)(v >> (8 * bytes) & 255));
}

static inline void put_le(blob *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        put8(b, (int)(v >> (8 * i) & 255));
}

static inline void put_zeros(blob *b, size_t n)
{
    while (n-- > 0)
        put8(b, 0);
}

static inline void put_text(blob *b, const char *text)
{
    put(b, text, strlen(text));
}

static inline blob *copy_of(const blob *b)
{
    blob *c = blob_new();
    put(c, b->data, b->size);
    return c;
}

/* b with more bytes put in at an offset. */
static inline blob *insert(const blob *b, size_t at, const blob *more)
{
    blob *c = blob_new();
    put(c, b->data, at);
    put(c, more->data, more->size);
    put(c, b->data + at, b->size - at);
    return c;
}

/* --- EXIF and ICC */

/* A TIFF structure that says one thing only. */
static inline blob *exif_of(int orientation, bool big)
{
    blob *b = blob_new();
    void (*n)(blob *, uint64_t, int) = big ? put_be : put_le;

    put_text(b, big ? "MM" : "II");
    n(b, 42, 2);
    n(b, 8, 4);
    n(b, 2, 2); /* entries */
    n(b, 0x010F, 2), n(b, 2, 2), n(b, 4, 4), put_text(b, "abc"), put8(b, 0);
    n(b, 0x0112, 2), n(b, 3, 2), n(b, 1, 4), n(b, (uint64_t)orientation, 2), n(b, 0, 2);
    n(b, 0, 4);
    return b;
}

/* As much of a profile as is looked at, and noise. */
static inline blob *icc_of(size_t size, const char *space)
{
    blob *b = blob_new();
    uint32_t seed = (uint32_t)size | 1;

    while (b->size < size)
        put8(b, (int)(next_random(&seed) >> 24));
    for (int i = 0; i < 4; i++)
        b->data[i] = (uint8_t)(size >> (24 - 8 * i) & 255);
    memcpy(b->data + 16, space, 4);
    memcpy(b->data + 36, "acsp", 4);
    return b;
}

/* --- JPEG */

static inline void jpeg_segment(blob *b, int marker, const void *data, size_t n)
{
    put8(b, 0xFF);
    put8(b, marker);
    put_be(b, n + 2, 2);
    put(b, data, n);
}

static inline void jpeg_exif(blob *b, const blob *tiff)
{
    blob *app = blob_new();
    put(app, "Exif\0", 6);
    put(app, tiff->data, tiff->size);
    jpeg_segment(b, 0xE1, app->data, app->size);
}

static inline void jpeg_icc(blob *b, const uint8_t *data, size_t n, int number, int count)
{
    blob *app = blob_new();
    put(app, "ICC_PROFILE", 12);
    put8(app, number);
    put8(app, count);
    put(app, data, n);
    jpeg_segment(b, 0xE2, app->data, app->size);
}

/* The frame header alone. */
static inline void jpeg_frame(blob *b, int marker, int depth, int width, int height, int count)
{
    put8(b, 0xFF);
    put8(b, marker);
    put_be(b, (uint64_t)(8 + 3 * count), 2);
    put8(b, depth);
    put_be(b, (uint64_t)height, 2);
    put_be(b, (uint64_t)width, 2);
    put8(b, count);
    for (int i = 0; i < count; i++)
        put8(b, i + 1), put8(b, 0x11), put8(b, 0);
}

static inline void jpeg_scan(blob *b, int count)
{
    put8(b, 0xFF);
    put8(b, 0xDA);
    put_be(b, (uint64_t)(6 + 2 * count), 2);
    put8(b, count);
    for (int i = 0; i < count; i++)
        put8(b, i + 1), put8(b, 0);
    put8(b, 0), put8(b, 63), put8(b, 0);
    put(b, "\x12\xFF\x00\x34\xFF\xD0\x56", 7); /* data with a stuffed byte and a restart */
}

/* What the walk takes for a JPEG: no tables, a scan that is noise. */
static inline blob *bare_jpeg(int width, int height)
{
    blob *b = blob_new();
    put(b, "\xFF\xD8", 2);
    jpeg_frame(b, 0xC0, 8, width, height, 3);
    jpeg_scan(b, 3);
    put(b, "\xFF\xD9", 2);
    return b;
}

typedef struct {
    int quality, sampling, restart; /* sampling: of the first component, both ways */
    bool progressive, arithmetic;
    const blob *segments; /* put in behind SOI */
} jpeg_how;

static inline blob *encode_jpeg(image i, jpeg_how how)
{
    size_t size;
    uint8_t *bytes = jpeg_bytes(i,
                                (recipe){.quality = how.quality ? how.quality : 80,
                                         .h = how.sampling,
                                         .v = how.sampling,
                                         .progressive = how.progressive,
                                         .arithmetic = how.arithmetic,
                                         .restart = how.restart},
                                &size);
    blob *b = blob_new();

    put(b, bytes, 2);
    if (how.segments)
        put(b, how.segments->data, how.segments->size);
    put(b, bytes + 2, size - 2);
    free(bytes);
    return b;
}

/* --- PNG */

static inline void png_chunk_of(blob *b, const char *name, const void *data, size_t n)
{
    put_be(b, n, 4);
    size_t from = b->size;
    put_text(b, name);
    put(b, data, n);
    put_be(b, crc32(0, b->data + from, (uInt)(b->size - from)), 4);
}

static inline void png_ihdr(blob *b, uint32_t width, uint32_t height, int depth, int type, int interlace)
{
    blob *d = blob_new();
    put_be(d, width, 4);
    put_be(d, height, 4);
    put8(d, depth), put8(d, type), put8(d, 0), put8(d, 0), put8(d, interlace);
    png_chunk_of(b, "IHDR", d->data, d->size);
}

static inline blob *png_start(void)
{
    blob *b = blob_new();
    put(b, "\x89PNG\r\n\x1A\n", 8);
    return b;
}

static inline blob *deflated(const uint8_t *data, size_t size)
{
    blob *b = blob_new();
    uLongf n = compressBound((uLong)size);
    uint8_t *out = malloc(n);
    CHECK(out && compress2(out, &n, data, (uLong)size, 9) == Z_OK);
    put(b, out, n);
    free(out);
    return b;
}

static inline void png_iccp(blob *b, const blob *icc)
{
    blob *d = blob_new(), *z = deflated(icc->data, icc->size);
    put(d, "name\0", 6);
    put(d, z->data, z->size);
    png_chunk_of(b, "iCCP", d->data, d->size);
}

typedef struct {
    int type, depth;
    bool trns, interlaced;
    const blob *chunks; /* put in behind IHDR */
} png_how;

static inline void png_to_blob(png_structp png, png_bytep data, size_t n)
{
    put(png_get_io_ptr(png), data, n);
}

static inline void png_flush_blob(png_structp png)
{
    (void)png;
}

/* Noise of any type and depth. */
static inline blob *encode_png(int width, int height, png_how how)
{
    blob *b = blob_new();
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_color palette[256] = {{0}};
    png_byte alpha[256] = {0};
    png_color_16 clear = {0};
    uint32_t seed = 99;

    CHECK(png && info && !setjmp(png_jmpbuf(png)));
    png_set_write_fn(png, b, png_to_blob, png_flush_blob);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, how.depth, how.type,
                 how.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    if (how.type == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, 1 << how.depth);
    if (how.trns)
        png_set_tRNS(png, info, alpha, how.type == PNG_COLOR_TYPE_PALETTE ? 1 << how.depth : 0, &clear);
    png_write_info(png, info);
    size_t stride = png_get_rowbytes(png, info);
    png_bytepp rows = calloc((size_t)height, sizeof *rows);
    for (int y = 0; y < height; y++) {
        rows[y] = malloc(stride);
        for (size_t x = 0; x < stride; x++)
            rows[y][x] = (png_byte)(next_random(&seed) >> 24);
    }
    png_write_image(png, rows);
    png_write_end(png, info);
    for (int y = 0; y < height; y++)
        free(rows[y]);
    free(rows);
    png_destroy_write_struct(&png, &info);
    return how.chunks ? insert(b, 33, how.chunks) : b;
}

/* --- WebP */

static inline blob *encode_webp(image i, bool lossless)
{
    blob *b = blob_new();
    uint8_t *out = NULL;
    size_t n = lossless ? (i.c == 4 ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB)(i.px, i.w, i.h,
                                                                                      i.w * i.c, &out)
                        : (i.c == 4 ? WebPEncodeRGBA : WebPEncodeRGB)(i.px, i.w, i.h, i.w * i.c, 60, &out);

    CHECK(n > 0);
    put(b, out, n);
    WebPFree(out);
    return b;
}

/* The file with one more chunk, by libwebpmux. */
static inline blob *webp_with(const blob *file, const char *name, const blob *data)
{
    WebPData in = {file->data, file->size}, chunk = {data->data, data->size}, out;
    WebPMux *mux = WebPMuxCreate(&in, 1);
    blob *b = blob_new();

    CHECK(mux && WebPMuxSetChunk(mux, name, &chunk, 1) == WEBP_MUX_OK);
    CHECK(WebPMuxAssemble(mux, &out) == WEBP_MUX_OK);
    put(b, out.bytes, out.size);
    WebPDataClear(&out);
    WebPMuxDelete(mux);
    return b;
}

static inline blob *webp_animation(int frames, int width, int height)
{
    WebPMux *mux = WebPMuxNew();
    blob *b = blob_new();
    WebPData out;

    CHECK(mux && WebPMuxSetAnimationParams(mux, &(WebPMuxAnimParams){0}) == WEBP_MUX_OK);
    CHECK(WebPMuxSetCanvasSize(mux, width, height) == WEBP_MUX_OK);
    for (int i = 0; i < frames; i++) {
        blob *frame = encode_webp(noise(width - 2 * i, height - 2 * i, i % 2 ? 4 : 3), i % 3 == 0);
        WebPMuxFrameInfo info = {.bitstream = {frame->data, frame->size},
                                 .x_offset = 2 * i,
                                 .y_offset = 2 * i,
                                 .duration = 50,
                                 .id = WEBP_CHUNK_ANMF};
        CHECK(WebPMuxPushFrame(mux, &info, 1) == WEBP_MUX_OK);
    }
    CHECK(WebPMuxAssemble(mux, &out) == WEBP_MUX_OK);
    put(b, out.bytes, out.size);
    WebPDataClear(&out);
    WebPMuxDelete(mux);
    return b;
}

static inline void webp_chunk(blob *b, const char *name, const void *data, size_t n)
{
    put_text(b, name);
    put_le(b, n, 4);
    put(b, data, n);
    if (n % 2)
        put8(b, 0);
}

static inline blob *riff_of(const blob *chunks)
{
    blob *b = blob_new();
    put_text(b, "RIFF");
    put_le(b, 4 + chunks->size, 4);
    put_text(b, "WEBP");
    put(b, chunks->data, chunks->size);
    return b;
}

static inline void webp_vp8x(blob *b, int flags, int width, int height)
{
    blob *d = blob_new();
    put_le(d, (uint64_t)flags, 4);
    put_le(d, (uint64_t)width - 1, 3);
    put_le(d, (uint64_t)height - 1, 3);
    webp_chunk(b, "VP8X", d->data, d->size);
}

static inline void webp_vp8l(blob *b, int width, int height, bool alpha)
{
    blob *d = blob_new();
    put8(d, 0x2F);
    put_le(d, (uint64_t)(width - 1) | (uint64_t)(height - 1) << 14 | (uint64_t)alpha << 28, 4);
    put_zeros(d, 20);
    webp_chunk(b, "VP8L", d->data, d->size);
}

/* --- GIF */

static inline blob *gif_start(int width, int height)
{
    blob *b = blob_new();
    put_text(b, "GIF89a");
    put_le(b, (uint64_t)width, 2);
    put_le(b, (uint64_t)height, 2);
    put(b, "\x80\0\0", 3); /* a colour table of two */
    put_zeros(b, 6);
    return b;
}

static inline void gif_frame(blob *b, int x, int y, int width, int height)
{
    put8(b, 0x2C);
    put_le(b, (uint64_t)x, 2), put_le(b, (uint64_t)y, 2);
    put_le(b, (uint64_t)width, 2), put_le(b, (uint64_t)height, 2);
    put(b, "\0\2\2\x44\1\0", 6); /* no table; LZW of 2 bits; a sub-block of two; the end */
}

static inline void gif_control(blob *b, bool transparent)
{
    put(b, "\x21\xF9\4", 3);
    put8(b, transparent);
    put_zeros(b, 4);
}

/* The first frame is all of the canvas, each other one has a column and a row less; again: how often it is
 * played again, 0 = for ever. */
static inline blob *animated_gif(int width, int height, int frames, int again)
{
    blob *b = gif_start(width, height);

    put(b, "\x21\xFF\x0BNETSCAPE2.0\3\1", 16);
    put_le(b, (uint64_t)again, 2);
    put8(b, 0);
    for (int i = 0; i < frames; i++) {
        gif_control(b, i == 1);
        gif_frame(b, i, i, width - i, height - i);
    }
    put8(b, 0x3B);
    return b;
}

#endif
