/* huge.c - a picture again and again, row by row: a large one made in little memory.
 *
 *   huge SIDE FILE.jpg|FILE.png <PICTURE.ppm */
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h> /* wants stdio.h before it */
#include <png.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int width, height;
    uint8_t *px;  /* RGB */
    uint8_t *row; /* a wide one */
    int side;
} tiles;

static _Noreturn void fail(const char *why)
{
    fprintf(stderr, "huge: %s\n", why);
    exit(1);
}

static tiles read_tile(FILE *f, int side)
{
    tiles t = {.side = side};

    if (fscanf(f, "P6 %d %d 255%*c", &t.width, &t.height) != 2 || t.width < 1 || t.width > 20000 ||
        t.height < 1 || t.height > 20000)
        fail("not a PPM of 8 bits");
    size_t size = (size_t)t.width * (size_t)t.height * 3;
    t.px = malloc(size);
    t.row = malloc((size_t)side * 3);
    if (!t.px || !t.row || fread(t.px, 1, size, f) != size)
        fail("no memory, or the PPM ends early");
    return t;
}

static uint8_t *row_of(const tiles *t, int y)
{
    const uint8_t *tile = t->px + (size_t)(y % t->height) * (size_t)t->width * 3;

    for (int x = 0; x < t->side; x += t->width)
        memcpy(t->row + (size_t)x * 3, tile, (size_t)(x + t->width < t->side ? t->width : t->side - x) * 3);
    return t->row;
}

static void write_jpeg(const tiles *t, FILE *f)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;

    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = c.image_height = (JDIMENSION)t->side;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 87, TRUE);
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < t->side; y++) {
        JSAMPROW row = row_of(t, y);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
}

static void write_png(const tiles *t, FILE *f)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);

    png_init_io(png, f);
    png_set_IHDR(png, info, (png_uint_32)t->side, (png_uint_32)t->side, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 1);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_write_info(png, info);
    for (int y = 0; y < t->side; y++)
        png_write_row(png, row_of(t, y));
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

int main(int argc, char **argv)
{
    int side = argc == 3 ? atoi(argv[1]) : 0;

    if (side < 1 || side > 65500)
        fail("usage: huge SIDE FILE <PICTURE.ppm");
    tiles t = read_tile(stdin, side);
    const char *dot = strrchr(argv[2], '.');
    FILE *f = fopen(argv[2], "wb");

    if (!f)
        fail("cannot write the file");
    (dot && strcmp(dot, ".png") == 0 ? write_png : write_jpeg)(&t, f);
    if (fclose(f))
        fail("cannot write the file");
    free(t.px);
    free(t.row);
    return 0;
}
