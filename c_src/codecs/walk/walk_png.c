/* walk_png.c - the pre-flight walk over a PNG: its chunks, none of them inflated,
 * no CRC reckoned. */
#include "walk_formats.h"
#include <string.h>

/* START -> CHUNK, again and again; IEND ends */
typedef enum { START, CHUNK } phase;

#define CHUNK_NAME(a, b, c, d)                                                                               \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

enum {
    IHDR = CHUNK_NAME('I', 'H', 'D', 'R'),
    PLTE = CHUNK_NAME('P', 'L', 'T', 'E'),
    IDAT = CHUNK_NAME('I', 'D', 'A', 'T'),
    IEND = CHUNK_NAME('I', 'E', 'N', 'D'),
    TRNS = CHUNK_NAME('t', 'R', 'N', 'S'),
    ICCP = CHUNK_NAME('i', 'C', 'C', 'P'),
    EXIF = CHUNK_NAME('e', 'X', 'I', 'f'),
    PHYS = CHUNK_NAME('p', 'H', 'Y', 's'),
    ITXT = CHUNK_NAME('i', 'T', 'X', 't'),
    ACTL = CHUNK_NAME('a', 'c', 'T', 'L'),
    FDAT = CHUNK_NAME('f', 'd', 'A', 'T')
};

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };

static tb_status corrupt(tb_walker *k, const char *text)
{
    return tb_fail(k->err, TB_E_CORRUPT, "png", "%s", text);
}

static bool valid_depth(int type, int depth)
{
    switch (type) {
    case GREY:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PALETTE:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case RGB:
    case GREY_ALPHA:
    case RGBA:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

/* What the colour type and tRNS make of it. */
static void set_channels(tb_walker *k)
{
    static const uint8_t stored[] = {1, 0, 3, 1, 2, 0, 4}, decoded[] = {1, 0, 3, 3, 2, 0, 4};
    int type = k->state->png.type;

    k->header->components = stored[type];
    k->header->channels = decoded[type] + k->state->png.trns;
    k->header->alpha = k->state->png.trns || type == GREY_ALPHA || type == RGBA;
}

static tb_status read_ihdr(tb_walker *k, const uint8_t *p, uint32_t size)
{
    if (k->state->png.ihdr)
        return corrupt(k, "two IHDR chunks");
    if (size != 13)
        return corrupt(k, "an IHDR of the wrong length");
    uint32_t width = tb_be32(p), height = tb_be32(p + 4);
    if (width > INT32_MAX || height > INT32_MAX)
        return corrupt(k, "a side of more than 2147483647");
    if (!valid_depth(p[9], p[8]))
        return tb_fail(k->err, TB_E_CORRUPT, "png", "%d bits of colour type %d are no PNG", p[8], p[9]);
    if (p[10] != 0 || p[11] != 0 || p[12] > 1)
        return corrupt(k, "an unknown compression, filter or interlace method");
    k->state->png.ihdr = true;
    k->state->png.type = p[9];
    k->header->depth = p[8];
    k->header->progressive = p[12] == 1;
    k->header->scans = p[12] == 1 ? 7 : 1;
    set_channels(k);
    return tb_walk_size(k, width, height);
}

static tb_status read_plte(tb_walker *k, uint32_t size)
{
    tb_walk_png_state *s = &k->state->png;

    if (s->plte)
        return corrupt(k, "two PLTE chunks");
    if (s->type == PALETTE && (size == 0 || size > 768 || size % 3 != 0))
        return corrupt(k, "a palette of the wrong length");
    s->plte = true;
    s->palette = size / 3 < 1u << k->header->depth ? size / 3 : 1u << k->header->depth;
    return TB_MORE;
}

/* One that does not fit is passed over, as libpng does. */
static void read_trns(tb_walker *k, uint32_t size)
{
    tb_walk_png_state *s = &k->state->png;

    s->trns |= (s->type == GREY && size == 2) || (s->type == RGB && size == 6) ||
               (s->type == PALETTE && s->plte && size > 0 && size <= s->palette);
    set_channels(k);
}

/* Name (1 to 79 bytes), 0, method 0, the deflated profile. */
static void read_iccp(tb_walker *k, const uint8_t *p, size_t here, uint32_t size)
{
    const uint8_t *end = memchr(p, 0, here < 80 ? here : 80);
    size_t name = end ? (size_t)(end - p) : 0;

    if (k->state->png.iccp)
        return;
    k->state->png.iccp = true;
    if (name == 0 || name + 2 >= size || p[name + 1] != 0) {
        tb_warn(k->err, "png", "a broken iCCP chunk is left out");
        return;
    }
    if (!tb_walk_fits(k, "an ICC profile", size - name - 2, k->limits->max_icc, "max_icc"))
        return;
    k->header->icc[0] = (tb_span){k->in->safe + 8 + name + 2, size - name - 2};
    k->header->icc_pieces = 1;
}

/* Keyword, 0, not compressed, method, no language, no translation; then the XMP. */
#define XMP "XML:com.adobe.xmp\0\0\0\0"

static void read_itxt(tb_walker *k, const uint8_t *p, uint32_t size)
{
    if (size > sizeof XMP && memcmp(p, XMP, sizeof XMP) == 0 && k->header->xmp.size == 0)
        k->header->xmp = (tb_span){k->in->safe + 8 + sizeof XMP, size - sizeof XMP};
}

static void read_phys(tb_walker *k, const uint8_t *p, uint32_t size)
{
    if (size != 9 || p[8] != 1)
        return;
    k->header->dpi_x = tb_be32(p) * 0.0254;
    k->header->dpi_y = tb_be32(p + 4) * 0.0254;
}

static void read_actl(tb_walker *k, const uint8_t *p, uint32_t size)
{
    uint32_t frames = size == 8 ? tb_be32(p) : 0;

    if (frames < 2)
        return;
    k->header->animated = true;
    k->header->frames = frames < TB_FRAMES_SEEN ? (int)frames : TB_FRAMES_SEEN;
}

static tb_status read_idat(tb_walker *k)
{
    if (k->state->png.type == PALETTE && !k->state->png.plte)
        return corrupt(k, "no palette before the picture");
    k->state->picture = k->walk->known = true;
    return TB_MORE;
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_name(const uint8_t *p)
{
    return is_letter(p[0]) && is_letter(p[1]) && is_letter(p[2]) && is_letter(p[3]);
}

/* Chunks that count only before the picture. */
static tb_status read_early(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size, size_t here)
{
    switch (name) {
    case PLTE:
        return read_plte(k, size);
    case TRNS:
        read_trns(k, size);
        return TB_MORE;
    case ICCP:
        read_iccp(k, p, here, size);
        return TB_MORE;
    case EXIF:
        if (tb_walk_fits(k, "EXIF", size, k->limits->max_exif, "max_exif"))
            tb_walk_exif(k, 8, size);
        return TB_MORE;
    case ITXT:
        read_itxt(k, p, size);
        return TB_MORE;
    case PHYS:
        read_phys(k, p, size);
        return TB_MORE;
    case ACTL:
        read_actl(k, p, size);
        return TB_MORE;
    default:
        if ((name >> 24 & 0x20) == 0)
            return tb_fail(k->err, TB_E_UNSUPPORTED, "png", "an unknown critical chunk (%c%c%c%c)",
                           (int)(name >> 24), (int)(name >> 16 & 255), (int)(name >> 8 & 255),
                           (int)(name & 255));
        return TB_MORE;
    }
}

static tb_status read_chunk(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size, size_t here)
{
    bool ancillary = (name >> 24 & 0x20) != 0;

    if (!k->state->png.ihdr && name != IHDR)
        return corrupt(k, "does not begin with IHDR");
    if (ancillary && name != FDAT && tb_walk_metadata(k, size) == TB_FAIL)
        return TB_FAIL;
    if (name == IHDR)
        return read_ihdr(k, p, size);
    if (name == IDAT)
        return read_idat(k);
    if (name == IEND) {
        k->state->whole = true;
        return k->state->picture ? TB_MORE : corrupt(k, "ends before any picture");
    }
    return k->state->picture ? TB_MORE : read_early(k, name, p, size, here);
}

/* How much of a chunk's data must be here to be read. */
static size_t wanted(const tb_walker *k, uint32_t name, uint32_t size)
{
    uint64_t most = 96; /* the longest head: iCCP's */

    if (k->state->picture)
        return 0;
    if (name == EXIF && tb_walk_waits(k, size))
        most = size;
    if (name == IDAT || name == PLTE || name == TRNS)
        most = 0;
    return size < most ? size : (size_t)most;
}

static tb_status next_chunk(tb_walker *k)
{
    size_t left = tb_walk_left(k);

    if (left < 8)
        return TB_HUNGRY;
    const uint8_t *p = tb_walk_here(k);
    uint32_t size = tb_be32(p), name = tb_be32(p + 4);
    if (!is_name(p + 4))
        return corrupt(k, "a chunk whose name is no name");
    if (size > INT32_MAX)
        return corrupt(k, "a chunk of more than 2147483647 bytes");
    if (left - 8 < wanted(k, name, size))
        return TB_HUNGRY;
    if (tb_walk_chunk(k) == TB_FAIL || read_chunk(k, name, p + 8, size, left - 8) == TB_FAIL)
        return TB_FAIL;
    return tb_walk_skip(k, (uint64_t)size + 12);
}

tb_status tb_walk_png(tb_walker *k)
{
    switch ((phase)k->state->phase) {
    case START:
        k->state->phase = CHUNK;
        return tb_walk_skip(k, 8);
    case CHUNK:
        return next_chunk(k);
    }
    return TB_FAIL;
}
