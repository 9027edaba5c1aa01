/* png_plain.h - PNG files written and read by libpng in the plain way: whole. */
#ifndef PNG_PLAIN_H
#define PNG_PLAIN_H

#include "check.h"
#include <png.h>

typedef struct {
    uint8_t *data;
    size_t size, room, read;
} file;

static inline void file_put(file *f, const void *data, size_t n)
{
    if (f->size + n > f->room) {
        f->room = 2 * (f->size + n);
        f->data = realloc(f->data, f->room);
        CHECK(f->data);
    }
    memcpy(f->data + f->size, data, n);
    f->size += n;
}

static inline void file_free(file *f)
{
    free(f->data);
    *f = (file){0};
}

static inline void plain_put(png_structp png, png_bytep data, size_t n)
{
    file_put(png_get_io_ptr(png), data, n);
}

static inline void plain_flush(png_structp png)
{
    (void)png;
}

static inline void plain_get(png_structp png, png_bytep data, size_t n)
{
    file *f = png_get_io_ptr(png);
    if (n > f->size - f->read)
        png_error(png, "too short");
    memcpy(data, f->data + f->read, n);
    f->read += n;
}

static inline void plain_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* What to write: everything a PNG can be. */
typedef struct {
    int w, h, type, depth;
    bool interlaced, trns;
    int filters, level; /* of libpng */
    int idat;           /* bytes of an IDAT */
} kind;

static inline int kind_samples(kind k)
{
    return k.type == PNG_COLOR_TYPE_RGB          ? 3
           : k.type == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
           : k.type == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                 : 1;
}

static inline void plain_colours(png_structp png, png_infop info, kind k, uint32_t *seed)
{
    png_color palette[256];
    png_byte alpha[256];
    int n = 1 << (k.depth < 8 ? k.depth : 8), some = n / 2 + 1;
    png_color_16 clear = {0};

    for (int i = 0; i < n; i++) {
        palette[i].red = (png_byte)next_random(seed);
        palette[i].green = (png_byte)next_random(seed);
        palette[i].blue = (png_byte)next_random(seed);
        alpha[i] = (png_byte)next_random(seed);
    }
    if (k.type == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, n);
    if (k.trns && k.type == PNG_COLOR_TYPE_PALETTE)
        png_set_tRNS(png, info, alpha, some, NULL);
    else if (k.trns)
        png_set_tRNS(png, info, NULL, 0, &clear);
}

/* Random samples, the clear colour of zeros among them; byte `flat` of 256
 * repeats the row above. */
static inline file plain_write(kind k, uint32_t seed, int flat)
{
    file f = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, plain_warning);
    png_infop info = png_create_info_struct(png);
    size_t row = ((size_t)k.w * (size_t)(kind_samples(k) * k.depth) + 7) / 8;
    uint8_t *px = calloc((size_t)k.h, row);
    uint8_t **rows = calloc((size_t)k.h, sizeof *rows);

    CHECK(px && rows);
    for (int y = 0; y < k.h; y++) {
        rows[y] = px + (size_t)y * row;
        for (size_t i = 0; i < row; i++)
            rows[y][i] = y > 0 && (int)(next_random(&seed) >> 24) < flat ? rows[y - 1][i]
                         : next_random(&seed) >> 30                      ? (uint8_t)(next_random(&seed) >> 24)
                                                                         : 0;
    }
    png_set_write_fn(png, &f, plain_put, plain_flush);
    png_set_IHDR(png, info, (png_uint_32)k.w, (png_uint_32)k.h, k.depth, k.type,
                 k.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    plain_colours(png, info, k, &seed);
    png_set_filter(png, 0, k.filters ? k.filters : PNG_ALL_FILTERS);
    png_set_compression_level(png, k.level);
    if (k.idat)
        png_set_compression_buffer_size(png, (size_t)k.idat);
    png_write_info(png, info);
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(rows);
    free(px);
    return f;
}

/* The picture as 8-bit samples, and its profile if asked for. */
static inline image plain_read(file f, file *icc)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, plain_warning);
    png_infop info = png_create_info_struct(png);
    char *name;
    int method;
    uint8_t *profile;
    png_uint_32 size;

    f.read = 0;
    png_set_read_fn(png, &f, plain_get);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    image i = image_new((int)png_get_image_width(png, info), (int)png_get_image_height(png, info),
                        png_get_channels(png, info));
    uint8_t **rows = calloc((size_t)i.h, sizeof *rows);
    CHECK(rows);
    for (int y = 0; y < i.h; y++)
        rows[y] = i.px + (size_t)y * (size_t)i.w * (size_t)i.c;
    png_read_image(png, rows);
    png_read_end(png, info);
    if (icc && png_get_iCCP(png, info, &name, &method, &profile, &size))
        file_put(icc, profile, size);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return i;
}

#endif
