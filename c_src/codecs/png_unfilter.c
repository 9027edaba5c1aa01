/* png_unfilter.c - a pixel is a vector of 8 lanes, of which bpp count. */
#include "png_filter.h"
#include <stdlib.h>
#include <string.h>

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
    return __builtin_convertvector(v, words);
}

/* Of bytes in words: what passes 255 is lost. */
INLINE words add(words v, words w)
{
    return (words)((bytes16)v + (bytes16)w);
}

INLINE words distance(words v)
{
    return (v ^ (v >> 15)) - (v >> 15);
}

INLINE void undo_sub(uint8_t *row, size_t x, size_t end, size_t bpp)
{
    bytes8 left = load(row + x - bpp);

    for (; x < end; x += bpp) {
        left += load(row + x);
        memcpy(row + x, &left, bpp);
    }
}

INLINE void put(uint8_t *p, words v, size_t bpp)
{
    bytes8 low = __builtin_convertvector(v, bytes8);
    memcpy(p, &low, bpp);
}

INLINE void undo_avg(uint8_t *row, const uint8_t *above, size_t x, size_t end, size_t bpp)
{
    words left = widen(load(row + x - bpp));

    for (; x < end; x += bpp) {
        left = add(widen(load(row + x)), (left + widen(load(above + x))) >> 1);
        put(row + x, left, bpp);
    }
}

/* Of left, up and corner the one nearest to left + up - corner. */
INLINE words nearest(words left, words up, words corner)
{
    words to_left = distance(up - corner), to_up = distance(left - corner);
    words to_corner = distance(left - corner + up - corner);
    words is_left = (to_left <= to_up) & (to_left <= to_corner), is_up = to_up <= to_corner;
    words rest = (is_up & up) | (~is_up & corner);

    return (is_left & left) | (~is_left & rest);
}

INLINE void undo_paeth(uint8_t *row, const uint8_t *above, size_t x, size_t end, size_t bpp)
{
    words left = widen(load(row + x - bpp)), corner = widen(load(above + x - bpp));

    for (; x < end; x += bpp) {
        words up = widen(load(above + x));
        left = add(widen(load(row + x)), nearest(left, up, corner));
        put(row + x, left, bpp);
        corner = up;
    }
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
