/* tiff.h - numbers in a TIFF structure. */
#ifndef TB_TIFF_H
#define TB_TIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TB_TIFF_ENTRY 12   /* bytes: tag 2, type 2, count 4, value or where it is 4 */
#define TB_TIFF_MOST  1000 /* entries that are looked at; cameras write some fifty */

enum { TB_TIFF_BYTE = 1, TB_TIFF_SHORT = 3, TB_TIFF_LONG = 4, TB_TIFF_RATIONAL = 5 };

typedef struct {
    const uint8_t *data;
    size_t size;
    bool big; /* the first byte is the highest */
} tb_tiff;

static inline uint32_t tb_tiff_16(const tb_tiff *t, size_t at)
{
    const uint8_t *p = t->data + at;
    return t->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t tb_tiff_32(const tb_tiff *t, size_t at)
{
    uint32_t a = tb_tiff_16(t, at), b = tb_tiff_16(t, at + 2);
    return t->big ? a << 16 | b : b << 16 | a;
}

/* False if it is none. */
static inline bool tb_tiff_open(tb_tiff *t, const uint8_t *data, size_t size)
{
    *t = (tb_tiff){data, size, size >= 8 && data[0] == 'M'};
    return size >= 8 && (memcmp(data, "MM\0*", 4) == 0 || memcmp(data, "II*\0", 4) == 0);
}

/* How many entries of the directory there are. */
static inline size_t tb_tiff_entries(const tb_tiff *t, size_t at)
{
    if (at < 8 || at > t->size - 2)
        return 0;
    size_t here = (t->size - at - 2) / TB_TIFF_ENTRY, count = tb_tiff_16(t, at);
    count = count < here ? count : here;
    return count < TB_TIFF_MOST ? count : TB_TIFF_MOST;
}

#endif
