/* glance.c - a PAM, which libvips 8.14 takes for a broken PPM; a TIFF that ends before its directory, which it
 * cannot open, it does not know why, and one of Y, Cb and Cr, which it takes for RGB. */
#include "glance.h"
#include <inttypes.h>
#include <stdbool.h>

static uint64_t whole(const uint8_t *p, int bytes, bool big_end)
{
    uint64_t n = 0;

    for (int i = 0; i < bytes; i++)
        n = n << 8 | p[big_end ? i : bytes - 1 - i];
    return n;
}

enum { COMPRESSION = 259, COLOURS = 262, IS_YCBCR = 6, OLD_JPEG = 6, JPEG = 7 };

typedef struct {
    const uint8_t *p;
    size_t size;
    bool big_end, big_file;
} directories;

/* A page of them, of which libjpeg makes no RGB. */
static bool is_bare_ycbcr(const directories *d, const uint8_t *entry, uint64_t count)
{
    uint64_t colours = 0, compression = 1, room = d->big_file ? 20 : 12;

    for (uint64_t i = 0; i < count; i++, entry += room) {
        uint64_t tag = whole(entry, 2, d->big_end),
                 value = whole(entry + room - (d->big_file ? 8 : 4), 2, d->big_end);
        colours = tag == COLOURS ? value : colours;
        compression = tag == COMPRESSION ? value : compression;
    }
    return colours == IS_YCBCR && compression != OLD_JPEG && compression != JPEG;
}

/* Looks at so many pages, and entries of each. */
#define MOST 1000

static bool any_bare_ycbcr(const directories *d, uint64_t at)
{
    uint64_t head = d->big_file ? 8 : 2, next = d->big_file ? 8 : 4, room = d->big_file ? 20 : 12;

    for (int page = 0; page < MOST && at > 0 && at < d->size && d->size - at > head + next; page++) {
        uint64_t count = whole(d->p + at, (int)head, d->big_end);
        if (count > MOST || count * room > d->size - at - head - next)
            return false;
        if (is_bare_ycbcr(d, d->p + at + head, count))
            return true;
        at = whole(d->p + at + head + count * room, (int)next, d->big_end);
    }
    return false;
}

/* II or MM, 42 and 4 bytes; or 43, what is always the same, and 8 bytes. */
static tb_status tiff(const uint8_t *p, size_t size, tb_error *err)
{
    bool big_end = p[0] == 'M', big_file = size >= 16 && whole(p + 2, 2, big_end) == 43;
    uint64_t first = size < 8 ? size : big_file ? whole(p + 8, 8, big_end) : whole(p + 4, 4, big_end);

    const directories d = {p, size, big_end, big_file};
    if (any_bare_ycbcr(&d, first))
        return tb_fail(err, TB_E_UNSUPPORTED, "tiff",
                       "Y, Cb and Cr are read of JPEG within a TIFF only: convert it to RGB first");
    if (first < size)
        return TB_MORE;
    return tb_fail(err, TB_E_TRUNCATED, "tiff",
                   "ends after %zu bytes, before the directory of its first page, at %" PRIu64, size, first);
}

tb_status tb_glance(const tb_input *in, tb_format f, tb_error *err)
{
    const uint8_t *p = tb_input_at(in, 0);

    if (f == TB_TIFF)
        return tiff(p, in->end, err);
    if (f == TB_PPM && in->end > 1 && p[1] == '7')
        return tb_fail(err, TB_E_UNSUPPORTED, "ppm",
                       "PAM (P7) is not read, only PBM, PGM and PPM (P1 to P6)");
    return TB_MORE;
}
