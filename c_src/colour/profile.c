/* profile.c - reads the tags of an ICC profile (ICC.1:2010, 7) that lead from
 * its colours to sRGB without lcms2. */
#include "profile.h"
#include <math.h>
#include <string.h>

#define HEAD     128
#define ENTRY    12  /* of the table of tags: name, offset, size */
#define MAX_TAGS 100 /* as lcms2 */

typedef struct {
    const uint8_t *data;
    size_t size;
} bytes;

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The tag of that name; no data if there is none, or it leaves the profile. */
static bytes find(bytes icc, const char *name)
{
    bool headed = icc.size >= HEAD + 4;
    size_t room = headed ? (icc.size - HEAD - 4) / ENTRY : 0, count = headed ? be32(icc.data + HEAD) : 0;

    for (size_t i = 0; i < count && i < room && i < MAX_TAGS; i++) {
        const uint8_t *entry = icc.data + HEAD + 4 + i * ENTRY;
        if (memcmp(entry, name, 4) != 0)
            continue;
        size_t at = be32(entry + 4), size = be32(entry + 8);
        if (at <= icc.size && size <= icc.size - at && size >= 8)
            return (bytes){icc.data + at, size};
    }
    return (bytes){NULL, 0};
}

static bool is(const uint8_t *p, const char *name)
{
    return !memcmp(p, name, 4);
}

static bool read_curve(tb_curve *curve, bytes icc, const char *name)
{
    bytes tag = find(icc, name);

    return tag.data && tb_curve_read(curve, tag.data, tag.size);
}

static bool read_xyz(double xyz[3], bytes icc, const char *name)
{
    bytes tag = find(icc, name);

    if (!tag.data || tag.size < 20 || !is(tag.data, "XYZ "))
        return false;
    for (int i = 0; i < 3; i++)
        xyz[i] = (int32_t)be32(tag.data + 8 + 4 * i) / 65536.0;
    return true;
}

/* XYZ under D50 to linear sRGB: the primaries of BT.709 with D65, adapted by
 * Bradford's method, inverted. */
static const double to_srgb[3][3] = {{3.1338561, -1.6168667, -0.4906146},
                                     {-0.9787684, 1.9161415, 0.0334540},
                                     {0.0719453, -0.2289914, 1.4052427}};

static bool read_matrix(tb_profile *p, bytes icc)
{
    static const char *const colour[] = {"rXYZ", "gXYZ", "bXYZ"}, *const tone[] = {"rTRC", "gTRC", "bTRC"};

    for (int from = 0; from < 3; from++) {
        double xyz[3];
        if (!read_xyz(xyz, icc, colour[from]) || !read_curve(&p->curve[from], icc, tone[from]))
            return false;
        for (int to = 0; to < 3; to++)
            p->mix[to][from] = to_srgb[to][0] * xyz[0] + to_srgb[to][1] * xyz[1] + to_srgb[to][2] * xyz[2];
    }
    return true;
}

/* Half a level of sRGB at most, wherever it is looked. */
static bool like_srgb(const tb_curve *curve)
{
    for (int i = 0; i <= 16; i++) {
        double x = i / 16.0, y = tb_curve_at(curve, x), half = 0.5 / 255;
        if (y < tb_curve_at(&tb_srgb_curve, x > half ? x - half : 0) - 1e-4 ||
            y > tb_curve_at(&tb_srgb_curve, x < 1 - half ? x + half : 1) + 1e-4)
            return false;
    }
    return true;
}

static bool is_srgb(const tb_profile *p)
{
    for (int to = 0; to < 3; to++)
        for (int from = 0; from < 3; from++)
            if (fabs(p->mix[to][from] - (to == from)) > 0.002)
                return false;
    return like_srgb(&p->curve[0]) && like_srgb(&p->curve[1]) && like_srgb(&p->curve[2]);
}

/* Tables come first where there are any. */
static bool has_tables(bytes icc)
{
    static const char *const name[] = {"A2B0", "A2B1", "D2B0", "D2B1"};

    for (int i = 0; i < 4; i++)
        if (find(icc, name[i]).data)
            return true;
    return false;
}

static tb_profile_kind kind_of(tb_profile *p, bytes icc)
{
    bool xyz = is(icc.data + 20, "XYZ "), lab = is(icc.data + 20, "Lab ");

    if (is(icc.data + 12, "link") || is(icc.data + 12, "abst") || is(icc.data + 12, "nmcl") || !(xyz || lab))
        return TB_PROFILE_BROKEN;
    if (has_tables(icc))
        return TB_PROFILE_TABLES;
    if (is(icc.data + 16, "RGB "))
        return !xyz || !read_matrix(p, icc) ? TB_PROFILE_BROKEN
               : is_srgb(p)                 ? TB_PROFILE_SRGB
                                            : TB_PROFILE_MATRIX;
    if (!is(icc.data + 16, "GRAY") || !read_curve(&p->curve[0], icc, "kTRC"))
        return TB_PROFILE_BROKEN;
    return lab ? TB_PROFILE_TABLES : like_srgb(&p->curve[0]) ? TB_PROFILE_SRGB : TB_PROFILE_GREY;
}

void tb_profile_read(tb_profile *p, const uint8_t *icc, size_t size)
{
    *p = (tb_profile){.kind = TB_PROFILE_BROKEN};
    if (size >= HEAD + 4 && is(icc + 36, "acsp"))
        p->kind = kind_of(p, (bytes){icc, size});
}

bool tb_profile_has(const uint8_t *icc, size_t size, const char *tag)
{
    return find((bytes){icc, size}, tag).data != NULL;
}

/* ---------------------------------------------------------------- its name */

typedef struct {
    char *text;
    size_t n; /* written; there is room for four more bytes and the end */
} writer;

static void put(writer *w, uint32_t c)
{
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};

    if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c > 0x10FFFF || w->n + 5 > TB_PROFILE_NAME)
        return;
    if (c < 0x80) {
        w->text[w->n++] = (char)c;
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    w->text[w->n++] = (char)(lead[more] | c >> 6 * more);
    while (more-- > 0)
        w->text[w->n++] = (char)(0x80 | (c >> 6 * more & 0x3F));
}

/* UTF-16; half a pair is passed over. */
static void put_utf16(writer *w, const uint8_t *p, size_t units)
{
    for (size_t i = 0; i < units && i < TB_PROFILE_NAME; i++) {
        uint32_t c = (uint32_t)p[2 * i] << 8 | p[2 * i + 1];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < units && p[2 * i + 2] >> 2 == 0x37) {
            i++;
            c = 0x10000 + ((c & 0x3FF) << 10 | (uint32_t)(p[2 * i] & 3) << 8 | p[2 * i + 1]);
        }
        if (c < 0xD800 || c > 0xDFFF)
            put(w, c);
    }
}

/* The first of its languages, or the English one. */
static void read_mluc(writer *w, bytes tag)
{
    uint32_t count = be32(tag.data + 8), chosen = 0;
    size_t room = (tag.size - 16) / 12;

    if (count == 0 || room == 0)
        return;
    for (uint32_t i = 0; i < count && i < room && i < 100; i++)
        if (is(tag.data + 16 + 12 * (size_t)i, "enUS"))
            chosen = i;
    const uint8_t *record = tag.data + 16 + 12 * (size_t)chosen;
    size_t length = be32(record + 4), at = be32(record + 8);
    if (at <= tag.size && length <= tag.size - at)
        put_utf16(w, tag.data + at, length / 2);
}

void tb_profile_name(const uint8_t *icc, size_t size, char name[TB_PROFILE_NAME])
{
    writer w = {name, 0};
    bytes tag = find((bytes){icc, size}, "desc");

    if (tag.data && tag.size >= 28 && is(tag.data, "mluc"))
        read_mluc(&w, tag);
    else if (tag.data && tag.size > 12 && is(tag.data, "desc"))
        for (size_t i = 12; i < tag.size && i - 12 < be32(tag.data + 8) && tag.data[i]; i++)
            put(&w, tag.data[i]);
    name[w.n] = '\0';
}
