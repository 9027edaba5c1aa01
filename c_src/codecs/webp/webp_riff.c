/* webp_riff.c - puts metadata around libwebp's chunks as they are written. */
#include "webp_riff.h"
#include <string.h>

#define RIFF_HEAD 12
#define CHUNK     8
#define VP8X      (CHUNK + 10)
#define VP8L_SEEN (RIFF_HEAD + CHUNK + 5)

enum { HAS_ANIMATION = 0x02, HAS_XMP = 0x04, HAS_EXIF = 0x08, HAS_ALPHA = 0x10, HAS_ICC = 0x20 };

#define PIECE ((size_t)64 << 10) /* bytes of a call */

static void put_le(uint8_t *p, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool first_is(const tb_webp_riff *r, const char *name)
{
    return !memcmp(r->head + RIFF_HEAD, name, 4);
}

/* How much of the head tells all there is to know. */
static size_t wanted(const tb_webp_riff *r)
{
    if (r->have < RIFF_HEAD + CHUNK)
        return RIFF_HEAD + CHUNK;
    return first_is(r, "VP8X") ? RIFF_HEAD + VP8X : first_is(r, "VP8L") ? VP8L_SEEN : RIFF_HEAD + CHUNK;
}

/* Of what there is: flags as of VP8X. */
static int own_flags(const tb_webp_riff *r)
{
    if (first_is(r, "VP8X"))
        return r->head[RIFF_HEAD + CHUNK] & (HAS_ALPHA | HAS_ANIMATION);
    return first_is(r, "VP8L") && (r->head[VP8L_SEEN - 1] & 0x10) ? HAS_ALPHA : 0;
}

static bool put_head(tb_webp_riff *r, const char *name, size_t size)
{
    uint8_t head[CHUNK];

    memcpy(head, name, 4);
    put_le(head + 4, (uint32_t)size, 4);
    return tb_bytes_put(r->bytes, head, CHUNK);
}

static bool put_profile(tb_webp_riff *r)
{
    size_t size = r->what->icc_size;

    return !r->what->icc || (put_head(r, "ICCP", size) && tb_bytes_put(r->bytes, r->what->icc, size) &&
                             tb_bytes_put(r->bytes, "", size & 1));
}

/* Bytes of a chunk with its head and padding; 0 where there is none. */
static size_t chunk_size(const uint8_t *data, size_t size)
{
    return data ? CHUNK + size + (size & 1) : 0;
}

static uint8_t flags_of(const tb_webp_riff *r)
{
    const tb_outgoing *o = r->what;

    return (uint8_t)((o->icc ? HAS_ICC : 0) | (o->exif ? HAS_EXIF : 0) | (o->xmp ? HAS_XMP : 0) |
                     own_flags(r));
}

/* The new head, the profile, and what was held back of libwebp's own chunks. */
static bool begin(tb_webp_riff *r)
{
    const tb_outgoing *o = r->what;
    size_t own = first_is(r, "VP8X") ? VP8X : 0;
    size_t more = VP8X - own + chunk_size(o->icc, o->icc_size) + chunk_size(o->exif, o->exif_size) +
                  chunk_size(o->xmp, o->xmp_size);
    uint8_t head[RIFF_HEAD + VP8X] = {0};

    r->begun = true;
    memcpy(head, r->head, RIFF_HEAD);
    put_le(head + 4, le32(r->head + 4) + (uint32_t)more, 4);
    memcpy(head + RIFF_HEAD, "VP8X\x0a\0\0\0", CHUNK);
    head[RIFF_HEAD + CHUNK] = flags_of(r);
    put_le(head + RIFF_HEAD + CHUNK + 4, (uint32_t)r->width - 1, 3);
    put_le(head + RIFF_HEAD + CHUNK + 7, (uint32_t)r->height - 1, 3);
    own += RIFF_HEAD;
    return tb_bytes_put(r->bytes, head, sizeof head) && put_profile(r) &&
           tb_bytes_put(r->bytes, r->head + own, r->have - own);
}

static bool nothing(const tb_outgoing *o)
{
    return !o || (!o->icc && !o->exif && !o->xmp);
}

/* Some of a chunk that `from` bytes of the tail are before. */
static tb_status put_chunk(tb_webp_riff *r, const char *name, const uint8_t *data, size_t size, size_t from)
{
    size_t done = r->tail - from, left = size - done, n = left < PIECE ? left : PIECE;

    if ((done == 0 && !put_head(r, name, size)) || !tb_bytes_put(r->bytes, data + done, n) ||
        (n == left && !tb_bytes_put(r->bytes, "", size & 1)))
        return TB_FAIL;
    r->tail += n;
    return n < left ? TB_MORE : TB_DONE;
}

tb_status tb_webp_riff_end(tb_webp_riff *r)
{
    const tb_outgoing *o = r->what;
    size_t exif = o && o->exif ? o->exif_size : 0, xmp = o && o->xmp ? o->xmp_size : 0;
    tb_status status = TB_DONE;

    if (r->tail < exif)
        status = put_chunk(r, "EXIF", o->exif, exif, 0);
    else if (r->tail < exif + xmp)
        status = put_chunk(r, "XMP ", o->xmp, xmp, exif);
    return status == TB_DONE && r->tail < exif + xmp ? TB_MORE : status;
}

bool tb_webp_riff_write(tb_webp_riff *r, const uint8_t *data, size_t size)
{
    if (nothing(r->what))
        return tb_bytes_put(r->bytes, data, size);
    while (!r->begun) {
        size_t left = wanted(r) - r->have, n = size < left ? size : left;
        memcpy(r->head + r->have, data, n);
        r->have += n;
        data += n;
        size -= n;
        if (r->have < wanted(r) && size == 0)
            return true;
        if (r->have == wanted(r) && !begin(r))
            return false;
    }
    return tb_bytes_put(r->bytes, data, size);
}
