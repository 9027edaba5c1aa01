/* png_unfilter.c - a pixel is a vector of 8 lanes, of which bpp count. */
#include "png_filter.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef int16_t words __attribute__((vector_size(16)));

INLINE bytes8 load(const uint8_t *p)
{
    bytes8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE words widen(bytes8 v)
{
#ifdef __SSE2__
    return (words)_mm_unpacklo_epi8(_mm_set_epi64x(0, (long long)v), _mm_setzero_si128());
#else
    return __builtin_convertvector(v, words);
#endif
}

/* Of bytes in words: what passes 255 is lost. */
INLINE words add(words v, words w)
{
    return (words)((bytes16)v + (bytes16)w);
}

INLINE words least(words v, words w)
{
#ifdef __SSE2__
    return (words)_mm_min_epi16((__m128i)v, (__m128i)w);
#else
    words less = v < w;
    return (less & v) | (~less & w);
#endif
}

INLINE words most(words v, words w)
{
#ifdef __SSE2__
    return (words)_mm_max_epi16((__m128i)v, (__m128i)w);
#else
    words more = v > w;
    return (more & v) | (~more & w);
#endif
}

INLINE bytes8 narrow(words v)
{
#ifdef __SSE2__
    return (bytes8)_mm_cvtsi128_si64(_mm_packus_epi16((__m128i)v, (__m128i)v));
#else
    return __builtin_convertvector(v, bytes8);
#endif
}

/* Each pixel, x to the end.  The next one is read before this one is written, so
 * that 4 bytes may be written of 3: not of the last, whose neighbour is of another row. */
INLINE void put(uint8_t *p, bytes8 v, size_t bpp, bool last)
{
    memcpy(p, &v, bpp == 3 && !last ? 4 : bpp);
}

INLINE void undo_sub(uint8_t *row, size_t x, size_t end, size_t bpp)
{
    bytes8 left = load(row + x - bpp), raw = load(row + x);

    for (; x + bpp < end; x += bpp) {
        bytes8 next = load(row + x + bpp);
        left += raw;
        put(row + x, left, bpp, false);
        raw = next;
    }
    put(row + x, left + raw, bpp, true);
}

INLINE words averaged(words raw, words left, words up)
{
    return add(raw, (left + up) >> 1);
}

INLINE void undo_avg(uint8_t *row, const uint8_t *above, size_t x, size_t end, size_t bpp)
{
    words left = widen(load(row + x - bpp)), raw = widen(load(row + x));

    for (; x + bpp < end; x += bpp) {
        words next = widen(load(row + x + bpp));
        left = averaged(raw, left, widen(load(above + x)));
        put(row + x, narrow(left), bpp, false);
        raw = next;
    }
    put(row + x, narrow(averaged(raw, left, widen(load(above + x)))), bpp, true);
}

/* Of left, up and corner the one nearest to left + up - corner: the lower of left and
 * up if the higher is at most 3 corner - left - up, the higher if the lower is at least
 * that, else corner.  (Fabian Giesen's form, short from left to the result.) */
INLINE words nearest(words left, words up, words corner)
{
    words low = least(left, up), high = most(left, up), bound = 3 * corner - up - left;
    words not_low = high > bound, not_high = bound > low;

    return corner ^ (~not_low & (low ^ corner)) ^ (~not_high & (high ^ corner));
}

INLINE void undo_paeth(uint8_t *row, const uint8_t *above, size_t x, size_t end, size_t bpp)
{
    words left = widen(load(row + x - bpp)), corner = widen(load(above + x - bpp));
    words raw = widen(load(row + x));

    for (; x + bpp < end; x += bpp) {
        words next = widen(load(row + x + bpp)), up = widen(load(above + x));
        left = add(raw, nearest(left, up, corner));
        put(row + x, narrow(left), bpp, false);
        corner = up;
        raw = next;
    }
    put(row + x, narrow(add(raw, nearest(left, widen(load(above + x)), corner))), bpp, true);
}

/* One byte a pixel: lanes would be idle. */
static void undo_avg1(uint8_t *row, const uint8_t *above, size_t x, size_t end)
{
    unsigned left = row[x - 1];

    for (; x < end; x++)
        row[x] = (uint8_t)(left = (row[x] + ((left + above[x]) >> 1)) & 255);
}

static void undo_paeth1(uint8_t *row, const uint8_t *above, size_t x, size_t end)
{
    int left = row[x - 1], corner = above[x - 1];

    for (; x < end; x++) {
        int up = above[x], to_left = abs(up - corner), to_up = abs(left - corner);
        int to_corner = abs(left - corner + up - corner);
        int rest = to_up <= to_corner ? up : corner, least = to_up < to_corner ? to_up : to_corner;
        left = (row[x] + (to_left <= least ? left : rest)) & 255;
        row[x] = (uint8_t)left;
        corner = up;
    }
}

static void undo_up(uint8_t *row, const uint8_t *above, size_t x, size_t end)
{
    for (; x + sizeof(bytes16) <= end; x += sizeof(bytes16)) {
        bytes16 v, up;
        memcpy(&v, row + x, sizeof v);
        memcpy(&up, above + x, sizeof up);
        v += up;
        memcpy(row + x, &v, sizeof v);
    }
    for (; x < end; x++)
        row[x] = (uint8_t)(row[x] + above[x]);
}

/* With nothing left of it; returns what is done. */
static size_t undo_first(uint8_t *row, const uint8_t *above, size_t bpp, int filter)
{
    if (filter == TB_PNG_AVG || filter == TB_PNG_PAETH)
        for (size_t x = 0; x < bpp; x++)
            row[x] = (uint8_t)(row[x] + (filter == TB_PNG_AVG ? above[x] >> 1 : above[x]));
    return bpp;
}

INLINE void undo(uint8_t *row, const uint8_t *above, size_t x, size_t end, size_t bpp, int filter)
{
    if (filter == TB_PNG_SUB)
        undo_sub(row, x, end, bpp);
    else if (filter == TB_PNG_AVG)
        undo_avg(row, above, x, end, bpp);
    else
        undo_paeth(row, above, x, end, bpp);
}

void tb_png_unfilter(uint8_t *row, const uint8_t *above, size_t first, size_t end, size_t bpp, int filter)
{
    if (filter == TB_PNG_NONE || first == end)
        return;
    if (filter == TB_PNG_UP) {
        undo_up(row, above, first, end);
        return;
    }
    if (first == 0)
        first = undo_first(row, above, bpp, filter);
    if (first == end)
        return;
    switch (bpp) { /* so that the compiler knows the size */
    case 1:
        if (filter == TB_PNG_AVG)
            undo_avg1(row, above, first, end);
        else if (filter == TB_PNG_PAETH)
            undo_paeth1(row, above, first, end);
        else
            undo_sub(row, first, end, 1);
        break;
    case 2:
        undo(row, above, first, end, 2, filter);
        break;
    case 3:
        undo(row, above, first, end, 3, filter);
        break;
    case 4:
        undo(row, above, first, end, 4, filter);
        break;
    case 6:
        undo(row, above, first, end, 6, filter);
        break;
    default:
        undo(row, above, first, end, 8, filter);
    }
}
