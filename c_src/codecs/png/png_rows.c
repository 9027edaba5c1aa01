/* png_rows.c - libpng, caught: its memory, its warnings, its jumps, its rows. */
#include "png_rows.h"
#include <string.h>

#define MAX_SIDE 65500
#define STORED   65535 /* most bytes of a stored block */

static void *take(png_structp png, png_alloc_size_t size)
{
    tb_png_rows *r = png_get_mem_ptr(png);
    void *p = tb_alloc(r->mem, 1, size);

    r->no_memory |= !p;
    return p;
}

static void give_back(png_structp png, void *p)
{
    tb_png_rows *r = png_get_mem_ptr(png);

    tb_free(r->mem, p);
}

static void on_error(png_structp png, const char *text)
{
    tb_png_rows *r = png_get_error_ptr(png);

    if (r->no_memory)
        tb_no_memory(r->err, r->mem, "png", "libpng");
    else
        tb_fail(r->err, TB_E_CORRUPT, "png", "%s", text);
    longjmp(r->escape, 1);
}

static void on_warning(png_structp png, const char *text)
{
    tb_png_rows *r = png_get_error_ptr(png);

    if (r->err)
        tb_warn(r->err, "png", "%s", text);
}

static bool same_header(png_structp png, png_infop info, const tb_header *h)
{
    return png_get_image_width(png, info) == (png_uint_32)h->width &&
           png_get_image_height(png, info) == (png_uint_32)h->height &&
           png_get_bit_depth(png, info) == h->depth && png_get_channels(png, info) == h->components &&
           (png_get_interlace_type(png, info) != PNG_INTERLACE_NONE) == h->progressive;
}

/* All chunks before the picture are read. */
static void on_info(png_structp png, png_infop info)
{
    const tb_png_rows *r = png_get_progressive_ptr(png);
    const tb_header *h = r->how->header;
    bool alpha = (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 ||
                 png_get_valid(png, info, PNG_INFO_tRNS) != 0;

    png_set_expand(png);
    png_set_scale_16(png);
    if (h->channels % 2 == 0 && !alpha)
        png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER); /* a broken tRNS */
    png_read_update_info(png, info);
    if (png_get_channels(png, info) != h->channels || png_get_bit_depth(png, info) != 8)
        png_error(png, "the header read twice has other channels");
}

static void put(tb_png_rows *r, const uint8_t *row, int y, int pass)
{
    const tb_rect *region = &r->how->region;
    size_t c = (size_t)r->how->header->channels;

    if (r->image.px)
        tb_adam7_put(&r->image, row, y, pass);
    else if (y >= region->y && y < region->y + region->height)
        memcpy(tb_new_row(r->out, r->fresh++), row + (size_t)region->x * c, (size_t)region->width * c);
}

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass)
{
    put(png_get_progressive_ptr(png), row, (int)y, pass);
}

static void start(tb_png_rows *r)
{
    uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint32_t side = r->how->limits->max_side;

    side = side && side < MAX_SIDE ? side : MAX_SIDE;
    r->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, r, on_error, on_warning, r, take, give_back);
    if (r->png)
        r->info = png_create_info_struct(r->png);
    if (!r->info)
        return;
    png_set_progressive_read_fn(r->png, r, on_info, on_row, NULL);
    png_set_user_limits(r->png, side, side);
    png_set_chunk_malloc_max(r->png, TB_PNG_CHUNK);
    png_set_benign_errors(r->png, 1);
    png_set_check_for_invalid_index(r->png, -1);                      /* such a pixel is black */
    png_set_crc_action(r->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE); /* checked before */
    png_process_data(r->png, r->info, signature, sizeof signature);
}

tb_status tb_png_rows_open(tb_png_rows *r, const tb_decode *how, tb_rows *out, tb_mem *mem, tb_error *err)
{
    const tb_header *h = how->header;

    r->how = how;
    r->out = out;
    r->mem = mem;
    r->err = err;
    r->as_stored = h->depth == 8 && h->channels == h->components;
    if (h->progressive && !tb_adam7_open(&r->image, how, mem))
        return tb_no_memory(err, mem, "png", "an interlaced picture");
    if (setjmp(r->escape))
        return TB_FAIL;
    start(r);
    return r->info ? TB_MORE : tb_no_memory(err, mem, "png", "libpng");
}

tb_status tb_png_rows_chunk(tb_png_rows *r, const uint8_t *chunk, size_t size, tb_error *err)
{
    uint8_t copy[TB_PNG_CHUNK];

    assert(size <= sizeof copy);
    memcpy(copy, chunk, size);
    r->err = err;
    if (setjmp(r->escape))
        return TB_FAIL;
    png_process_data(r->png, r->info, copy, size);
    if (!same_header(r->png, r->info, r->how->header))
        return tb_fail(err, TB_E_CORRUPT, "png", "the header read twice is not the same");
    return TB_MORE;
}

/* An IDAT: head, the head of the zlib stream in the first, one stored block, and
 * a CRC that nobody checks. */
static void wrap(tb_png_rows *r, uint8_t *bytes, size_t n)
{
    uint8_t head[8 + 2 + 5] = {[4] = 'I', 'D', 'A', 'T'}, crc[4] = {0};
    size_t more = r->wrapped ? 0 : 2;

    png_save_uint_32(head, (uint32_t)(more + 5 + n));
    memcpy(head + 8, "\x78\x01", more);
    memcpy(head + 8 + more, (uint8_t[5]){0, n & 255, (uint8_t)(n >> 8), ~n & 255, (uint8_t)(~n >> 8)}, 5);
    r->wrapped = true;
    png_process_data(r->png, r->info, head, 8 + more + 5);
    png_process_data(r->png, r->info, bytes, n);
    png_process_data(r->png, r->info, crc, sizeof crc);
}

tb_status tb_png_rows_add(tb_png_rows *r, const tb_png_line *line, tb_error *err)
{
    if (r->as_stored) {
        put(r, line->bytes + 1, line->y, line->pass);
        return TB_MORE;
    }
    r->err = err;
    if (setjmp(r->escape))
        return TB_FAIL;
    for (size_t at = 0; at < line->length; at += STORED)
        wrap(r, line->bytes + at, line->length - at < STORED ? line->length - at : STORED);
    return TB_MORE;
}

void tb_png_rows_close(tb_png_rows *r)
{
    r->err = NULL;
    if (r->png && !setjmp(r->escape))
        png_destroy_read_struct(&r->png, &r->info, NULL);
    tb_adam7_close(&r->image, r->mem);
}
