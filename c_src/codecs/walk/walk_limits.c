/* walk_limits.c - the limits of the pre-flight walk.  Every refusal says what
 * was found, the limit, and the option that raises it. */
#include "../../meta.h"
#include "walk_formats.h"
#include <inttypes.h>
#include <string.h>

const tb_limits tb_default_limits = {
    .formats = 1u << TB_JPEG | 1u << TB_PNG | 1u << TB_WEBP | 1u << TB_GIF,
    .max_bytes = (uint64_t)32 << 20,
    .max_pixels = 67108864,
    .max_side = TB_MAX_SIDE,
    .max_side_out = 16383,
    .max_frames = 1000,
    .max_scans = 100,
    .max_chunks = 10000,
    .max_blocks = 100000,
    .max_metadata = (uint64_t)8 << 20,
    .max_icc = (uint64_t)4 << 20,
    .max_exif = (uint64_t)1 << 20,
    .max_warnings = 100,
};

tb_status tb_check_size(const tb_limits *limits, const char *stage, uint64_t width, uint64_t height,
                        tb_error *err)
{
    uint64_t side = limits->max_side, pixels = width * height; /* neither is above 2^32 - 1 */

    if (side == 0 || side > TB_MAX_SIDE)
        side = TB_MAX_SIDE;
    if (width == 0 || height == 0)
        return tb_fail(err, TB_E_CORRUPT, stage, "a picture of %" PRIu64 "x%" PRIu64 " has no pixels", width,
                       height);
    if (width > side || height > side)
        return tb_fail(err, TB_E_LIMIT, stage,
                       "%" PRIu64 "x%" PRIu64 " has a side of %" PRIu64 "; the limit is %" PRIu64
                       " (max_side)",
                       width, height, width > height ? width : height, side);
    if (limits->max_pixels && pixels > limits->max_pixels)
        return tb_fail(err, TB_E_LIMIT, stage,
                       "%" PRIu64 "x%" PRIu64 " is %" PRIu64 " pixels; the limit is %" PRIu64 " (max_pixels)",
                       width, height, pixels, limits->max_pixels);
    return TB_MORE;
}

tb_status tb_walk_size(tb_walker *k, uint64_t width, uint64_t height)
{
    if (tb_check_size(k->limits, k->name, width, height, k->err) == TB_FAIL)
        return TB_FAIL;
    k->header->width = (int)width;
    k->header->height = (int)height;
    return TB_MORE;
}

tb_status tb_walk_chunk(tb_walker *k)
{
    uint32_t n = ++k->state->chunks;

    k->work -= TB_WALK_CHUNK;
    if (k->limits->max_chunks && n > k->limits->max_chunks)
        return tb_fail(k->err, TB_E_LIMIT, k->name,
                       "%" PRIu32 " %s or more; the limit is %" PRIu32 " (max_chunks)", n,
                       k->state->format == TB_JPEG ? "markers" : "chunks", k->limits->max_chunks);
    return TB_MORE;
}

tb_status tb_walk_block(tb_walker *k)
{
    uint32_t n = ++k->state->blocks;

    if (k->limits->max_blocks && n > k->limits->max_blocks)
        return tb_fail(k->err, TB_E_LIMIT, k->name,
                       "%" PRIu32 " blocks or more; the limit is %" PRIu32 " (max_blocks)", n,
                       k->limits->max_blocks);
    return TB_MORE;
}

tb_status tb_walk_metadata(tb_walker *k, uint64_t bytes)
{
    uint64_t n = k->state->metadata += bytes;

    if (k->limits->max_metadata && n > k->limits->max_metadata)
        return tb_fail(k->err, TB_E_LIMIT, k->name,
                       "%" PRIu64 " bytes of metadata or more; the limit is %" PRIu64 " (max_metadata)", n,
                       k->limits->max_metadata);
    return TB_MORE;
}

tb_status tb_walk_frame(tb_walker *k, uint32_t ms)
{
    tb_times *t = k->walk->times;

    if (k->header->frames == TB_FRAMES_SEEN)
        return TB_MORE;
    k->header->frames++;
    if (t && !tb_times_add(t, ms))
        return tb_no_memory(k->err, t->mem, k->name, "the times of its frames");
    return TB_MORE;
}

bool tb_walk_fits(tb_walker *k, const char *what, uint64_t size, uint64_t limit, const char *option)
{
    if (limit == 0 || size <= limit)
        return true;
    tb_warn(k->err, k->name, "%s of %" PRIu64 " bytes is left out; the limit is %" PRIu64 " (%s)", what, size,
            limit, option);
    return false;
}

bool tb_walk_waits(const tb_walker *k, uint64_t size)
{
    const tb_limits *l = k->limits;

    return (l->max_exif == 0 || size <= l->max_exif) && (l->max_metadata == 0 || size <= l->max_metadata);
}

/* JPEG has a mark before the TIFF structure; some writers put it into PNG and
 * WebP too. */
void tb_walk_exif(tb_walker *k, size_t from, size_t size)
{
    const uint8_t *p = tb_walk_here(k) + from;

    if (k->header->exif.size != 0)
        return;
    if (size >= 6 && memcmp(p, "Exif\0", 5) == 0) {
        p += 6;
        from += 6;
        size -= 6;
    }
    tb_exif said;
    tb_exif_read(&said, p, size);
    if (said.orientation != 0)
        k->header->orientation = said.orientation;
    k->header->gps = said.gps;
    if (k->header->dpi_x == 0 && k->header->dpi_y == 0) {
        k->header->dpi_x = said.dpi_x;
        k->header->dpi_y = said.dpi_y;
    }
    k->header->exif = (tb_span){k->in->safe + from, size};
}
