/* png_filter.c - filters are done 16 bytes at once, whatever pixels these are. */
#include "png_filter.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define BATCH  255 /* vectors whose sums fit in 16 bits */

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint16_t words __attribute__((vector_size(16)));

/* A vector of the picture, and its neighbours. */
typedef struct {
    bytes raw, left, up, corner;
} spot;

INLINE bytes load(const uint8_t *p)
{
    bytes v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE bytes least(bytes v, bytes w)
{
    bytes less = (bytes)(v < w);
    return (less & v) | (~less & w);
}

INLINE bytes difference(bytes v, bytes w)
{
    bytes less = (bytes)(v < w);
    return (less & (w - v)) | (~less & (v - w));
}

INLINE bytes average(bytes v, bytes w)
{
    return (v & w) + (bytes)(((words)(v ^ w) >> 1) & 0x7f7f);
}

/* Of left, up and corner the one nearest to left + up - corner.  Where left and
 * up lie on one side of corner, that is beyond both, and corner is not it. */
INLINE bytes nearest(const spot *s)
{
    bytes to_left = difference(s->up, s->corner), to_up = difference(s->left, s->corner);
    bytes one_side = ~((bytes)(s->left < s->corner) ^ (bytes)(s->up < s->corner));
    bytes to_corner = difference(to_left, to_up) | one_side;
    bytes is_left = (bytes)(to_left <= to_up) & (bytes)(to_left <= to_corner);
    bytes is_up = (bytes)(to_up <= to_corner);
    bytes rest = (is_up & s->up) | (~is_up & s->corner);

    return (is_left & s->left) | (~is_left & rest);
}

INLINE bytes filtered(const spot *s, int filter)
{
    switch (filter) {
    case TB_PNG_SUB:
        return s->raw - s->left;
    case TB_PNG_UP:
        return s->raw - s->up;
    case TB_PNG_AVG:
        return s->raw - average(s->left, s->up);
    case TB_PNG_PAETH:
        return s->raw - nearest(s);
    default:
        return s->raw;
    }
}

/* What is at x, where n bytes count: the first or the last of a row. */
static spot edge(const tb_png_part *p, size_t x, size_t n)
{
    spot s = {0};

    memcpy(&s.raw, p->row + x, n);
    memcpy(&s.up, p->above + x, n);
    if (x > 0 || !p->leftmost) {
        memcpy(&s.left, p->row + x - p->bpp, n);
        memcpy(&s.corner, p->above + x - p->bpp, n);
    }
    return s;
}

INLINE spot at(const tb_png_part *p, size_t x)
{
    return (spot){load(p->row + x), load(p->row + x - p->bpp), load(p->above + x),
                  load(p->above + x - p->bpp)};
}

typedef struct {
    words sum[TB_PNG_FILTERS], same;
} batch;

INLINE words pairs(bytes v)
{
    return ((words)v & 255) + ((words)v >> 8);
}

INLINE void tally(batch *b, const spot *s)
{
    for (int f = 0; f < TB_PNG_FILTERS; f++) {
        bytes v = filtered(s, f);
        b->sum[f] += pairs(least(v, -v));
    }
    b->same += pairs((bytes)(s->raw == s->left) & 1);
}

static uint64_t total(words v)
{
    uint64_t sum = 0;

    for (int i = 0; i < 8; i++)
        sum += v[i];
    return sum;
}

static void settle(tb_png_tally *t, const batch *b)
{
    for (int f = 0; f < TB_PNG_FILTERS; f++)
        t->sum[f] += total(b->sum[f]);
    t->same += total(b->same);
}

static void tally_edge(tb_png_tally *t, const tb_png_part *p, size_t x, size_t n)
{
    spot s = edge(p, x, n);
    batch b = {0};

    tally(&b, &s);
    settle(t, &b);
    t->same -= sizeof(bytes) - n; /* where nothing is like nothing */
}

void tb_png_tally_add(tb_png_tally *t, const tb_png_part *p)
{
    size_t x = 0;

    if (p->leftmost) {
        tally_edge(t, p, 0, p->bpp);
        x = p->bpp;
    }
    while (x + sizeof(bytes) <= p->n) {
        batch b = {0};
        for (int i = 0; i < BATCH && x + sizeof(bytes) <= p->n; i++, x += sizeof(bytes)) {
            spot s = at(p, x);
            tally(&b, &s);
        }
        settle(t, &b);
    }
    if (x < p->n)
        tally_edge(t, p, x, p->n - x);
}

static void filter_edge(uint8_t *dst, const tb_png_part *p, size_t x, size_t n, int filter)
{
    spot s = edge(p, x, n);
    bytes v = filtered(&s, filter);

    memcpy(dst + x, &v, n);
}

INLINE void run(uint8_t *dst, const tb_png_part *p, int filter)
{
    size_t x = 0;

    if (p->leftmost) {
        filter_edge(dst, p, 0, p->bpp, filter);
        x = p->bpp;
    }
    for (; x + sizeof(bytes) <= p->n; x += sizeof(bytes)) {
        spot s = at(p, x);
        bytes v = filtered(&s, filter);
        memcpy(dst + x, &v, sizeof v);
    }
    if (x < p->n)
        filter_edge(dst, p, x, p->n - x, filter);
}

void tb_png_filter(uint8_t *dst, const tb_png_part *p, int filter)
{
    switch (filter) { /* so that each has a loop of its own */
    case TB_PNG_SUB:
        run(dst, p, TB_PNG_SUB);
        break;
    case TB_PNG_UP:
        run(dst, p, TB_PNG_UP);
        break;
    case TB_PNG_AVG:
        run(dst, p, TB_PNG_AVG);
        break;
    case TB_PNG_PAETH:
        run(dst, p, TB_PNG_PAETH);
        break;
    default:
        memcpy(dst, p->row, p->n);
    }
}
