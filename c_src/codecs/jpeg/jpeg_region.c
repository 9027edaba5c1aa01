/* jpeg_region.c - a part of the picture from libjpeg, with the samples it has in the whole. */
#include "jpeg_region.h"
#include <string.h>

/* libjpeg-turbo writes past the cache where a row begins at a multiple of 32
 * bytes; but these are read at once, so theirs begin between two. */
#define OFF_VECTOR 16
#define VECTOR     32

/* libjpeg forgets, when it makes some of the columns only, that its transform may
 * have scaled a component up already. */
static bool can_crop(const struct jpeg_decompress_struct *j)
{
    for (int i = 0; i < j->num_components; i++) {
        const jpeg_component_info *c = &j->comp_info[i];
        unsigned h = (unsigned)c->h_samp_factor, most = (unsigned)j->max_h_samp_factor;
        if (c->downsampled_width != j->output_width &&
            c->downsampled_width != (j->output_width * h + most - 1) / most)
            return false;
    }
    return true;
}

/* Some columns more on each side, so that what upsampling (a sample) and smoothing
 * (two blocks) do differently at an edge is not seen inside. */
static JDIMENSION choose_columns(j_decompress_ptr j, const tb_decode *how)
{
    const tb_rect *r = &how->region;
    int margin = (j->progressive_mode ? 4 : 2) * j->max_h_samp_factor * DCTSIZE / how->shrink;
    JDIMENSION x = r->x > margin ? (JDIMENSION)(r->x - margin) : 0;
    JDIMENSION width = (JDIMENSION)(r->x + r->width + margin) - x;

    if (!can_crop(j))
        return 0;
    if (width > j->output_width - x)
        width = j->output_width - x;
    jpeg_crop_scanline(j, &x, &width);
    return x;
}

bool tb_jpeg_region_open(tb_jpeg_region *r, j_decompress_ptr j, const tb_decode *how, tb_mem *mem)
{
    size_t pixel = (size_t)j->output_components;

    r->y = how->region.y;
    r->high = j->max_v_samp_factor * DCTSIZE / how->shrink;
    for (int i = 0; i < j->num_components; i++)
        r->needed |= (unsigned)(j->comp_info[i].component_needed != 0) << i;
    r->left = ((size_t)how->region.x - choose_columns(j, how)) * pixel;
    r->width = j->output_width;
    r->block = tb_alloc(mem, 1, j->output_width * pixel + VECTOR + OFF_VECTOR);
    if (!r->block)
        return false;
    r->row = r->block + (VECTOR - (uintptr_t)r->block % VECTOR) + OFF_VECTOR;
    return true;
}

/* Rows above the region are read like the others, for libjpeg cannot suspend while
 * it skips.  But their blocks are not made samples of, up to the row of blocks
 * before the region's first, which upsampling looks at; and of what is made up instead,
 * one pixel a row is enough, up to the rows that are upsampled together with the first. */
static void choose_work(const tb_jpeg_region *r, j_decompress_ptr j)
{
    bool soon = (int)j->output_iMCU_row + 1 >= r->y / r->high;

    for (int i = 0; i < j->num_components; i++)
        j->comp_info[i].component_needed = soon && (r->needed >> i & 1);
    j->output_width = (int)j->output_scanline + j->max_v_samp_factor < r->y ? 1 : r->width;
}

tb_status tb_jpeg_region_read(tb_jpeg_region *r, j_decompress_ptr j, uint8_t *dst, size_t size)
{
    bool above = (int)j->output_scanline < r->y;

    if (above)
        choose_work(r, j);
    if (jpeg_read_scanlines(j, &r->row, 1) == 0)
        return TB_HUNGRY;
    if (above)
        return TB_MORE;
    memcpy(dst, r->row + r->left, size);
    return TB_DONE;
}

void tb_jpeg_region_close(tb_jpeg_region *r, tb_mem *mem)
{
    tb_free(mem, r->block);
}
