/* walk_jpeg.c - the pre-flight walk over a JPEG: markers, and the data between them.
 *
 * Between two markers anything may stand, as in libjpeg: entropy-coded data,
 * fill bytes, garbage.  So one search for the next marker serves everywhere. */
#include "walk_formats.h"
#include <string.h>

/* SOI -> SEARCH <-> MARKER; EOI ends */
typedef enum { START, SEARCH, MARKER } phase;

/* What it costs, in bytes looked at, to search for an 0xFF, and to look behind one. */
#define SEARCH_COST 16
#define PAIR_COST   4

/* Fill bytes in all: libjpeg reads them in one go, and from the first one again whenever its input was at
 * an end.  Real files have a few. */
#define MOST_FILL ((uint32_t)1 << 16)

enum {
    TEM = 0x01,
    SOF0 = 0xC0,
    SOF2 = 0xC2,
    DHT = 0xC4,
    JPG = 0xC8,
    SOF9 = 0xC9,
    SOF10 = 0xCA,
    DAC = 0xCC,
    SOF15 = 0xCF,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DHP = 0xDE,
    EXP = 0xDF,
    APP0 = 0xE0,
    APP1 = 0xE1,
    APP2 = 0xE2,
    APP14 = 0xEE,
    APP15 = 0xEF,
    SOF55 = 0xF7,
    COM = 0xFE
};

static tb_status corrupt(tb_walker *k, const char *text)
{
    return tb_fail(k->err, TB_E_CORRUPT, "jpeg", "%s", text);
}

/* Stuffing and restarts stand in the data of a scan, and change nothing elsewhere. */
static bool is_data(int code)
{
    return code == 0 || code == TEM || (code >= RST0 && code <= RST7);
}

/* Moves on to the next marker that is one. */
static tb_status search(tb_walker *k)
{
    size_t left = tb_walk_left(k), at = 0;
    long work = k->work;

    if (left < 2)
        return TB_HUNGRY;
    const uint8_t *p = tb_walk_here(k);
    while (at + 1 < left && work > 0) {
        if (p[at] != 0xFF) {
            size_t room = left - at < (size_t)work ? left - at : (size_t)work;
            const uint8_t *hit = memchr(p + at, 0xFF, room);
            size_t n = hit ? (size_t)(hit - p) - at : room;
            at += n;
            work -= (long)n + SEARCH_COST;
        } else if (p[at + 1] == 0xFF) {
            at++; /* of fill bytes the last belongs to the marker */
            work -= PAIR_COST;
            if (++k->state->jpeg.fill > MOST_FILL)
                return tb_fail(k->err, TB_E_CORRUPT, "jpeg", "more than %u fill bytes", (unsigned)MOST_FILL);
        } else if (is_data(p[at + 1])) {
            at += 2;
            work -= PAIR_COST;
        } else {
            k->state->phase = MARKER;
            break;
        }
    }
    k->work = work;
    tb_walk_skip(k, at);
    return k->state->phase == MARKER || work <= 0 ? TB_MORE : TB_HUNGRY;
}

static bool supported(int marker)
{
    return (marker >= SOF0 && marker <= SOF2) || marker == SOF9 || marker == SOF10;
}

static tb_status refuse_frame(tb_walker *k, int marker)
{
    const char *kind = marker == 0xC3 || marker == 0xCB ? "lossless"
                       : marker == SOF55                ? "JPEG-LS"
                                                        : "hierarchical";

    return tb_fail(k->err, TB_E_UNSUPPORTED, "jpeg", "%s JPEG (marker 0x%X) is not read", kind,
                   (unsigned)marker);
}

static bool bad_sampling(const uint8_t *component, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        int h = component[3 * i + 1] >> 4, v = component[3 * i + 1] & 15;
        if (h < 1 || h > 4 || v < 1 || v > 4)
            return true;
    }
    return false;
}

/* Y at every pixel, Cb and Cr at each or at every second one, alike. */
static void read_sampling(tb_header *h, const uint8_t *component)
{
    int y = component[1], x_of_y = y >> 4, y_of_y = y & 15, cb = component[4], cr = component[7];

    if (x_of_y > 2 || y_of_y > 2 || cb != cr || x_of_y % (cb >> 4) || y_of_y % (cb & 15))
        return;
    h->chroma_x = x_of_y / (cb >> 4);
    h->chroma_y = y_of_y / (cb & 15);
}

/* SOF: length 2, precision 1, height 2, width 2, count 1, components 3 each. */
static tb_status read_frame(tb_walker *k, int marker, const uint8_t *p, size_t size)
{
    tb_header *h = k->header;

    if (k->state->jpeg.sof)
        return corrupt(k, "two frame headers");
    if (!supported(marker))
        return refuse_frame(k, marker);
    if (size < 10)
        return corrupt(k, "a frame header that is too short");
    uint32_t height = tb_be16(p + 5), width = tb_be16(p + 7), count = p[9];
    if (size != 10 + 3 * count)
        return corrupt(k, "a frame header of the wrong length");
    if (p[4] != 8)
        return tb_fail(k->err, TB_E_UNSUPPORTED, "jpeg", "%d bits a sample are not read, only 8", p[4]);
    if (height == 0)
        return tb_fail(k->err, TB_E_UNSUPPORTED, "jpeg",
                       "a height that is told after the picture (DNL) is not read");
    if (count != 1 && count != 3 && count != 4)
        return tb_fail(k->err, TB_E_UNSUPPORTED, "jpeg", "%u components are not read, only 1, 3 or 4", count);
    if (bad_sampling(p + 10, count))
        return corrupt(k, "a sampling factor outside of 1 to 4");
    k->state->jpeg.sof = true;
    h->components = (int)count;
    h->channels = count == 1 ? 1 : 3;
    if (count == 3) {
        k->state->jpeg.named_rgb = p[10] == 'R' && p[13] == 'G' && p[16] == 'B';
        read_sampling(h, p + 10);
    }
    h->progressive = marker == SOF2 || marker == SOF10;
    h->scans = 0;
    return tb_walk_size(k, width, height);
}

static void read_jfif(tb_walker *k, const uint8_t *p, size_t size)
{
    if (size < 16 || memcmp(p + 4, "JFIF", 5) != 0)
        return;
    k->state->jpeg.jfif |= size >= 18;
    double unit = p[11] == 1 ? 1 : p[11] == 2 ? 2.54 : 0;
    if (unit == 0)
        return;
    k->header->dpi_x = tb_be16(p + 12) * unit;
    k->header->dpi_y = tb_be16(p + 14) * unit;
}

#define XMP "http://ns.adobe.com/xap/1.0/"

static void read_app1(tb_walker *k, const uint8_t *p, size_t size)
{
    if (size >= 10 && memcmp(p + 4, "Exif\0", 5) == 0) {
        if (tb_walk_fits(k, "EXIF", size - 10, k->limits->max_exif, "max_exif"))
            tb_walk_exif(k, 4, size - 4);
    } else if (size >= 4 + sizeof XMP && memcmp(p + 4, XMP, sizeof XMP) == 0 && k->header->xmp.size == 0) {
        k->header->xmp = (tb_span){k->in->safe + 4 + sizeof XMP, size - 4 - sizeof XMP};
    }
}

#define ICC      "ICC_PROFILE"
#define ICC_DATA (4 + sizeof ICC + 2) /* where the bytes of the profile begin */

/* A piece of the profile says its number, from 1, and how many there are. */
static void read_icc(tb_walker *k, const uint8_t *p, size_t size)
{
    tb_walk_jpeg_state *s = &k->state->jpeg;

    if (size < ICC_DATA || memcmp(p + 4, ICC, sizeof ICC) != 0)
        return;
    int number = p[ICC_DATA - 2], count = p[ICC_DATA - 1];
    if (s->icc_here == 0)
        s->icc_count = (uint8_t)count;
    if (number == 0 || number > count || count != s->icc_count || k->header->icc[number - 1].at != 0) {
        s->icc_bad = true;
        return;
    }
    k->header->icc[number - 1] = (tb_span){k->in->safe + ICC_DATA, size - ICC_DATA};
    s->icc_here++;
}

/* Adobe's, by whose last byte the components were transformed: 0 is not at all. */
static void read_adobe(tb_walker *k, const uint8_t *p, size_t size)
{
    if (size < 16 || memcmp(p + 4, "Adobe", 5) != 0)
        return;
    k->state->jpeg.adobe = true;
    k->state->jpeg.adobe_rgb = p[15] == 0;
}

static void read_app(tb_walker *k, int marker, const uint8_t *p, size_t size)
{
    if (marker == APP0)
        read_jfif(k, p, size);
    else if (marker == APP1)
        read_app1(k, p, size);
    else if (marker == APP2)
        read_icc(k, p, size);
    else if (marker == APP14)
        read_adobe(k, p, size);
}

/* Whether three components are Y, Cb, Cr: as libjpeg guesses. */
static void settle_colours(tb_walker *k)
{
    const tb_walk_jpeg_state *s = &k->state->jpeg;

    if (!s->jfif && (s->adobe ? s->adobe_rgb : s->named_rgb))
        k->header->chroma_x = k->header->chroma_y = 0;
}

/* The pieces of the profile are kept only if they make a whole. */
static void settle_icc(tb_walker *k)
{
    tb_walk_jpeg_state *s = &k->state->jpeg;
    tb_header *h = k->header;
    uint64_t total = 0;
    bool good = !s->icc_bad && s->icc_here == s->icc_count;

    if (s->icc_here == 0 && !s->icc_bad)
        return;
    if (!good)
        tb_warn(k->err, "jpeg", "the pieces of its ICC profile do not fit together: it is left out");
    for (int i = 0; i < s->icc_count; i++)
        total += h->icc[i].size;
    if (good && total > 0 && tb_walk_fits(k, "an ICC profile", total, k->limits->max_icc, "max_icc"))
        h->icc_pieces = s->icc_count;
    else
        memset(h->icc, 0, sizeof h->icc);
}

static tb_status read_scan(tb_walker *k, const uint8_t *p, size_t size)
{
    uint32_t limit = k->limits->max_scans;

    if (!k->state->jpeg.sof)
        return corrupt(k, "a scan before the frame header");
    if (!k->state->picture) {
        if (size < 6 || p[4] < 1 || p[4] > 4 || size != 8 + 2 * (size_t)p[4])
            return corrupt(k, "a scan header of the wrong length");
        settle_icc(k);
        settle_colours(k);
    }
    k->state->picture = k->walk->known = true;
    k->header->scans++;
    if (limit && (uint32_t)k->header->scans > limit)
        return tb_fail(k->err, TB_E_LIMIT, "jpeg", "%d scans or more; the limit is %u (max_scans)",
                       k->header->scans, limit);
    return TB_MORE;
}

/* Also those of the kinds that are refused. */
static bool is_frame(int marker)
{
    return (marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != DAC) || marker == DHP ||
           marker == EXP || marker == SOF55;
}

/* Markers without a length, and those that may not be. */
static tb_status lone_marker(tb_walker *k, int marker)
{
    if (marker == EOI) {
        if (!k->state->picture)
            return corrupt(k, "ends before any picture");
        k->state->whole = true;
    } else if (!k->state->picture) {
        return marker == SOI
                   ? corrupt(k, "begins twice")
                   : tb_fail(k->err, TB_E_CORRUPT, "jpeg", "an unknown marker 0x%X", (unsigned)marker);
    }
    return tb_walk_skip(k, 2);
}

static bool is_lone(int marker)
{
    return marker < SOF0 || marker == SOI || marker == EOI;
}

static tb_status read_segment(tb_walker *k, int marker, const uint8_t *p, size_t size)
{
    if (size < 4)
        return k->state->picture ? TB_MORE : corrupt(k, "a segment without a length");
    if (is_frame(marker))
        return read_frame(k, marker, p, size);
    if (marker == SOS)
        return read_scan(k, p, size);
    if ((marker < APP0 || marker > APP15) && marker != COM)
        return TB_MORE;
    if (tb_walk_metadata(k, size) == TB_FAIL)
        return TB_FAIL;
    if (!k->state->picture)
        read_app(k, marker, p, size);
    return TB_MORE;
}

/* How much of a segment must be here to be read. */
static size_t wanted(const tb_walker *k, int marker, size_t size)
{
    bool all = is_frame(marker) || marker == SOS || (marker == APP1 && !k->state->picture);

    return all || size < ICC_DATA ? size : ICC_DATA;
}

static tb_status read_marker(tb_walker *k)
{
    size_t left = tb_walk_left(k);

    if (left < 2)
        return TB_HUNGRY;
    const uint8_t *p = tb_walk_here(k);
    int marker = p[1];
    if (!is_lone(marker) && left < 4)
        return TB_HUNGRY;
    size_t size = is_lone(marker) ? 2 : 2 + tb_be16(p + 2);
    if (left < wanted(k, marker, size))
        return TB_HUNGRY;
    if (tb_walk_chunk(k) == TB_FAIL)
        return TB_FAIL;
    k->state->phase = SEARCH;
    if (is_lone(marker))
        return lone_marker(k, marker);
    if (read_segment(k, marker, p, size) == TB_FAIL)
        return TB_FAIL;
    return tb_walk_skip(k, size < 4 ? 4 : size); /* too short a length is passed over, as libjpeg does */
}

tb_status tb_walk_jpeg(tb_walker *k)
{
    switch ((phase)k->state->phase) {
    case START:
        k->state->phase = SEARCH;
        return tb_walk_skip(k, 2);
    case SEARCH:
        return search(k);
    case MARKER:
        return read_marker(k);
    }
    return TB_FAIL;
}
