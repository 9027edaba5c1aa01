/* glance.c - a PAM, which libvips 8.14 takes for a broken PPM; a TIFF that ends before its directory, which it
 * cannot open, it does not know why. */
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

/* II or MM, 42 and 4 bytes; or 43, what is always the same, and 8 bytes. */
static tb_status tiff(const uint8_t *p, size_t size, tb_error *err)
{
    bool big_end = p[0] == 'M', big_file = size >= 16 && whole(p + 2, 2, big_end) == 43;
    uint64_t first = size < 8 ? size : big_file ? whole(p + 8, 8, big_end) : whole(p + 4, 4, big_end);

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
