/* exif_edit.c - copies a TIFF structure, directory by directory.
 *
 * Only what a directory names is copied, so nothing hides between its parts.
 * Parts that lie over each other would make it grow: then it is broken. */
#include "exif_edit.h"
#include "tiff.h"
#include <assert.h>

enum { ROOT, EXIF, GPS, INTEROP, COPYRIGHT }; /* kinds of directories */

enum {
    WIDTH = 0x0100,
    HEIGHT = 0x0101,
    STRIPS = 0x0111,
    ORIENTATION = 0x0112,
    STRIP_SIZES = 0x0117,
    ARTIST = 0x013B,
    TILES = 0x0144,
    TILE_SIZES = 0x0145,
    SUB_IFDS = 0x014A,
    THUMBNAIL = 0x0201,
    THUMBNAIL_SIZE = 0x0202,
    XMP = 0x02BC,
    OWNER = 0x8298,
    IPTC = 0x83BB,
    PHOTOSHOP = 0x8649,
    EXIF_IFD = 0x8769,
    PROFILE = 0x8773,
    GPS_IFD = 0x8825,
    MAKER_NOTE = 0x927C,
    COLOUR_SPACE = 0xA001,
    PIXELS_X = 0xA002,
    PIXELS_Y = 0xA003,
    INTEROP_IFD = 0xA005,
    PADDING = 0xEA1C
};

typedef struct {
    int kind;
    size_t at;   /* in the old one */
    size_t link; /* in the new one: where its place is written */
} directory;

typedef struct {
    tb_tiff in;
    const tb_exif_wish *wish;
    uint8_t *out;
    size_t used, room;
    directory todo[4];
    int count;
    int seen; /* kinds that were met, as bits */
    bool broken;
} editor;

size_t tb_exif_room(size_t size)
{
    return size + size / TB_TIFF_ENTRY + 64; /* a value may be padded by a byte */
}

static void put16(editor *e, size_t at, uint32_t v)
{
    e->out[at + (e->in.big ? 0 : 1)] = (uint8_t)(v >> 8);
    e->out[at + (e->in.big ? 1 : 0)] = (uint8_t)v;
}

static void put32(editor *e, size_t at, uint32_t v)
{
    put16(e, at + (e->in.big ? 0 : 2), v >> 16);
    put16(e, at + (e->in.big ? 2 : 0), v & 0xFFFF);
}

/* Where the next n bytes go, at an even place. */
static size_t take(editor *e, size_t n)
{
    size_t at = e->used + (e->used & 1);

    if (n > e->room || at > e->room - n) {
        e->broken = true;
        return 0;
    }
    memset(e->out + e->used, 0, at + n - e->used);
    e->used = at + n;
    return at;
}

/* What is not copied with its directory. */
static bool left_out(uint32_t tag)
{
    static const uint16_t tags[] = {STRIPS,    STRIP_SIZES,    TILES,  TILE_SIZES, SUB_IFDS,
                                    THUMBNAIL, THUMBNAIL_SIZE, XMP,    IPTC,       PHOTOSHOP,
                                    PROFILE,   MAKER_NOTE,     PADDING};

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

/* The kind of directory a tag leads to, or ROOT. */
static int leads_to(int kind, uint32_t tag)
{
    if (kind == ROOT)
        return tag == EXIF_IFD ? EXIF : tag == GPS_IFD ? GPS : ROOT;
    return kind == EXIF && tag == INTEROP_IFD ? INTEROP : ROOT;
}

/* Bytes of a value of that type; 0 = unknown. */
static size_t size_of(uint32_t type)
{
    static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};

    return type < sizeof sizes ? sizes[type] : 0;
}

static bool wanted(const editor *e, int kind, size_t entry)
{
    uint32_t tag = tb_tiff_16(&e->in, entry);
    int to = leads_to(kind, tag);

    if (kind == COPYRIGHT && tag != ARTIST && tag != OWNER)
        return false;
    if (to != ROOT && tb_tiff_16(&e->in, entry + 2) != TB_TIFF_LONG)
        return false;
    if ((to == GPS && !e->wish->gps) || (to == INTEROP && e->wish->srgb)) /* which may say Adobe RGB */
        return false;
    uint64_t bytes = (uint64_t)size_of(tb_tiff_16(&e->in, entry + 2)) * tb_tiff_32(&e->in, entry + 4);
    if (bytes == 0 || bytes > e->in.size)
        return false;
    size_t at = bytes > 4 ? tb_tiff_32(&e->in, entry + 8) : 0;
    return !left_out(tag) && at <= e->in.size - (size_t)bytes;
}

/* What the picture has become. */
static bool number_for(const editor *e, int kind, uint32_t tag, uint32_t *type, uint32_t *value)
{
    bool width = kind == ROOT ? tag == WIDTH : kind == EXIF && tag == PIXELS_X;
    bool height = kind == ROOT ? tag == HEIGHT : kind == EXIF && tag == PIXELS_Y;

    if (kind == ROOT && tag == ORIENTATION && e->wish->upright) {
        *type = TB_TIFF_SHORT;
        *value = 1;
        return true;
    }
    if (kind == EXIF && tag == COLOUR_SPACE && e->wish->srgb) {
        *type = TB_TIFF_SHORT;
        *value = 1;
        return true;
    }
    *type = TB_TIFF_LONG;
    *value = (uint32_t)(width ? e->wish->width : e->wish->height);
    return width || height;
}

static void put_number(editor *e, size_t to, uint32_t type, uint32_t value)
{
    put16(e, to + 2, type);
    put32(e, to + 4, 1);
    put32(e, to + 8, 0);
    if (type == TB_TIFF_SHORT)
        put16(e, to + 8, value);
    else
        put32(e, to + 8, value);
}

static void copy_value(editor *e, size_t entry, size_t to)
{
    size_t bytes = size_of(tb_tiff_16(&e->in, entry + 2)) * tb_tiff_32(&e->in, entry + 4);

    memcpy(e->out + to + 2, e->in.data + entry + 2, TB_TIFF_ENTRY - 2);
    if (bytes <= 4)
        return;
    size_t at = take(e, bytes);
    if (e->broken)
        return;
    memcpy(e->out + at, e->in.data + tb_tiff_32(&e->in, entry + 8), bytes);
    put32(e, to + 8, (uint32_t)at);
}

static void copy_entry(editor *e, int kind, size_t entry, size_t to)
{
    uint32_t tag = tb_tiff_16(&e->in, entry), type, value;
    int child = leads_to(kind, tag);

    put16(e, to, tag);
    if (child != ROOT) {
        put_number(e, to, TB_TIFF_LONG, 0);
        e->todo[e->count++] = (directory){child, tb_tiff_32(&e->in, entry + 8), to + 8};
    } else if (number_for(e, kind, tag, &type, &value)) {
        put_number(e, to, type, value);
    } else {
        copy_value(e, entry, to);
    }
}

/* Each kind leads to another only once; a second such entry is not copied. */
static bool first_of_its_kind(editor *e, int kind, size_t entry)
{
    int to = leads_to(kind, tb_tiff_16(&e->in, entry));
    bool first = to == ROOT || !(e->seen & 1 << to);

    e->seen |= to == ROOT ? 0 : 1 << to;
    return first;
}

/* The directory, its values behind it; no directory follows it. */
static void copy_directory(editor *e, directory d)
{
    size_t n = tb_tiff_entries(&e->in, d.at), kept = 0, to;
    uint8_t want[TB_TIFF_MOST];

    for (size_t i = 0; i < n; i++) {
        size_t entry = d.at + 2 + i * TB_TIFF_ENTRY;
        want[i] = wanted(e, d.kind, entry) && first_of_its_kind(e, d.kind, entry);
        kept += want[i];
    }
    size_t table = take(e, 2 + kept * TB_TIFF_ENTRY + 4);
    if (e->broken)
        return;
    put32(e, d.link, (uint32_t)table);
    put16(e, table, (uint32_t)kept);
    to = table + 2;
    for (size_t i = 0; i < n && !e->broken; i++)
        if (want[i]) {
            copy_entry(e, d.kind, d.at + 2 + i * TB_TIFF_ENTRY, to);
            to += TB_TIFF_ENTRY;
        }
    e->broken |= kept == 0 && d.link == 4; /* nothing is left at all */
}

size_t tb_exif_edit(const uint8_t *tiff, size_t size, const tb_exif_wish *wish, uint8_t *out)
{
    editor e = {.wish = wish, .out = out, .room = tb_exif_room(size)};

    if (size > UINT32_MAX / 2 || !tb_tiff_open(&e.in, tiff, size))
        return 0;
    take(&e, 8);
    memcpy(out, tiff, 4);
    e.todo[e.count++] = (directory){wish->copyright ? COPYRIGHT : ROOT, tb_tiff_32(&e.in, 4), 4};
    for (int i = 0; i < e.count && !e.broken; i++)
        copy_directory(&e, e.todo[i]);
    return e.broken ? 0 : e.used;
}
