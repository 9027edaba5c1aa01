/* webp_riff.c - puts a profile between libwebp's chunks as they are written. */
#include "webp_riff.h"
#include <string.h>

#define RIFF_HEAD 12
#define CHUNK     8
#define VP8X      (CHUNK + 10)
#define VP8L_SEEN (RIFF_HEAD + CHUNK + 5)

enum { HAS_ALPHA = 0x10, HAS_ICC = 0x20 };

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

static bool has_alpha(const tb_webp_riff *r)
{
    if (first_is(r, "VP8X"))
        return r->head[RIFF_HEAD + CHUNK] & HAS_ALPHA;
    return first_is(r, "VP8L") && (r->head[VP8L_SEEN - 1] & 0x10);
}

static bool put_profile(tb_webp_riff *r)
{
    size_t size = r->meta->icc_size;
    uint8_t head[CHUNK] = "ICCP";

    put_le(head + 4, (uint32_t)size, 4);
    return tb_bytes_put(r->bytes, head, CHUNK) && tb_bytes_put(r->bytes, r->meta->icc, size) &&
           tb_bytes_put(r->bytes, "", size & 1);
}

/* The new head, the profile, and what was held back of libwebp's own chunks. */
static bool begin(tb_webp_riff *r)
{
    size_t own = first_is(r, "VP8X") ? VP8X : 0, icc = r->meta->icc_size;
    uint8_t head[RIFF_HEAD + VP8X] = {0};

    r->begun = true;
    memcpy(head, r->head, RIFF_HEAD);
    put_le(head + 4, le32(r->head + 4) + (uint32_t)(VP8X - own + CHUNK + icc + (icc & 1)), 4);
    memcpy(head + RIFF_HEAD, "VP8X\x0a\0\0\0", CHUNK);
    head[RIFF_HEAD + CHUNK] = (uint8_t)(HAS_ICC | (has_alpha(r) ? HAS_ALPHA : 0));
    put_le(head + RIFF_HEAD + CHUNK + 4, (uint32_t)r->width - 1, 3);
    put_le(head + RIFF_HEAD + CHUNK + 7, (uint32_t)r->height - 1, 3);
    own += RIFF_HEAD;
    return tb_bytes_put(r->bytes, head, sizeof head) && put_profile(r) &&
           tb_bytes_put(r->bytes, r->head + own, r->have - own);
}

bool tb_webp_riff_write(tb_webp_riff *r, const uint8_t *data, size_t size)
{
    if (!r->meta || !r->meta->icc)
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
