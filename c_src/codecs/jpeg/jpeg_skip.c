/* jpeg_skip.c - scans of which nothing will be seen are not decoded.
 *
 * Shrunk by 8, a block is one sample, the mean, and that is its first coefficient.  In
 * a progressive picture the other 63 come in scans of their own: most of the file.
 *
 * libjpeg must not see such a scan.  So between two scans we look at each marker before
 * libjpeg does, and put a wall behind what it may read; when it gets there, we look again:
 *
 *     SOS data ... | DHT ...... | SOS data ... | DHT ...... | SOS data ...
 *     libjpeg's    | libjpeg's  | skipped      | libjpeg's  | libjpeg's
 *                look       wall, look       look       wall, look
 *
 * Of what was skipped, coefficients and scans are counted as libjpeg counts them. */
#include "jpeg_skip.h"
#include <string.h>

#define LOOK 32768 /* bytes of a step: 0.2 ms if all are 0xFF */

enum { SOF0 = 0xC0, RST7 = 0xD7, SOS = 0xDA };

#define SCAN 8 /* bytes of a scan header with one component, its length included */

bool tb_jpeg_only_mean(const jpeg_component_info *c)
{
#if JPEG_LIB_VERSION >= 70
    return c->DCT_h_scaled_size == 1 && c->DCT_v_scaled_size == 1;
#else
    return c->DCT_scaled_size == 1;
#endif
}

/* Smoothing would take what was skipped for missing, and change means. */
void tb_jpeg_skip_open(tb_jpeg_skip *s, j_decompress_ptr j)
{
    for (int i = 0; j->progressive_mode && i < j->num_components; i++)
        s->on |= tb_jpeg_only_mean(&j->comp_info[i]);
    if (s->on)
        j->do_block_smoothing = FALSE;
}

/* How many bytes stand before a marker; a last 0xFF may be one.  Fill bytes belong to
 * the marker, or to what stands before it. */
static size_t before_marker(const uint8_t *p, size_t n, bool fill)
{
    for (size_t at = 0; at < n;) {
        const uint8_t *hit = memchr(p + at, 0xFF, n - at);
        if (!hit)
            return n;
        at = (size_t)(hit - p);
        if (at + 1 == n)
            return at;
        int code = p[at + 1];
        bool data = code == 0 || (code >= JPEG_RST0 && code <= RST7);
        if (!data && !(fill && code == 0xFF))
            return at;
        at += data ? 2 : 1;
    }
    return n;
}

static tb_status skip_data(tb_jpeg_skip *s, tb_jpeg_src *src, const uint8_t *p, size_t n)
{
    size_t looked = n < LOOK ? n : LOOK, data = before_marker(p, looked, true);

    tb_jpeg_src_pass(src, data);
    s->inside = data + 1 >= looked;
    return data == 0 && s->inside ? TB_HUNGRY : TB_MORE;
}

/* Coefficients of which nothing is seen, in a scan as libjpeg would take it; returns whose, or -1. */
static int whose_detail(const struct jpeg_decompress_struct *j, const uint8_t *scan)
{
    int first = scan[5], last = scan[6], high = scan[7] >> 4, low = scan[7] & 15;

    if (scan[0] != 0 || scan[1] != SCAN || scan[2] != 1)
        return -1;
    if (first == 0 || first > last || last >= DCTSIZE2 || low > 13 || (high != 0 && low != high - 1))
        return -1;
    for (int i = 0; i < j->num_components; i++)
        if (j->comp_info[i].component_id == scan[3])
            return tb_jpeg_only_mean(&j->comp_info[i]) ? i : -1;
    return -1;
}

static tb_status skip_scan(tb_jpeg_skip *s, j_decompress_ptr j, int whose, const uint8_t *scan)
{
    for (int k = scan[5]; k <= scan[6]; k++)
        j->coef_bits[whose][k] = scan[7] & 15;
    j->input_scan_number++;
    j->unread_marker = 0;
    s->inside = true;
    return TB_MORE;
}

static tb_status show(tb_jpeg_src *src, size_t n)
{
    src->wall = src->pos + n;
    return TB_DONE;
}

static tb_status show_all(tb_jpeg_src *src)
{
    src->wall = SIZE_MAX;
    return TB_DONE;
}

static size_t fill_bytes(const uint8_t *p, size_t n)
{
    size_t at = 0;

    while (at + 1 < n && p[at] == 0xFF && p[at + 1] == 0xFF)
        at++;
    return at;
}

/* What follows a marker. */
static tb_status look_behind(tb_jpeg_skip *s, j_decompress_ptr j, tb_jpeg_src *src, int marker,
                             const uint8_t *p, size_t n)
{
    size_t here = (size_t)(p - tb_input_at(src->input, src->pos));

    if (marker < SOF0 || (marker >= JPEG_RST0 && marker < SOS))
        return show(src, here);
    if (n < (marker == SOS ? SCAN : 2))
        return TB_HUNGRY;
    if (marker == SOS) {
        int whose = whose_detail(j, p);
        if (whose < 0)
            return show_all(src);
        tb_jpeg_src_pass(src, here + SCAN);
        return skip_scan(s, j, whose, p);
    }
    size_t size = (size_t)p[0] << 8 | p[1];
    return show(src, here + (size < 2 ? 2 : size));
}

/* libjpeg may have read the marker; what stands before it, it warns of. */
static tb_status look(tb_jpeg_skip *s, j_decompress_ptr j, tb_jpeg_src *src, const uint8_t *p, size_t n)
{
    size_t looked = n < LOOK ? n : LOOK, before, fill;

    if (j->unread_marker)
        return look_behind(s, j, src, j->unread_marker, p, n);
    if ((before = before_marker(p, looked, false)) > 0)
        return show(src, before);
    if (n < 2)
        return TB_HUNGRY;
    if ((fill = fill_bytes(p, looked)) == 0)
        return look_behind(s, j, src, p[1], p + 2, n - 2);
    tb_jpeg_src_pass(src, fill);
    return TB_MORE;
}

tb_status tb_jpeg_skip_step(tb_jpeg_skip *s, j_decompress_ptr j, tb_jpeg_src *src)
{
    const tb_input *in = src->input;
    size_t n = in->safe > src->pos ? in->safe - src->pos : 0;
    const uint8_t *p = tb_input_at(in, in->safe - n);

    tb_jpeg_src_pass(src, 0);
    tb_status status = s->inside ? skip_data(s, src, p, n) : look(s, j, src, p, n);
    return status == TB_HUNGRY && tb_input_last(in) ? show_all(src) : status;
}
