/* jp2.c - boxes: a size of 4 bytes, a name of 4, and what is in them, as other boxes. */
#include "jp2.h"
#include <stdbool.h>
#include <string.h>

typedef struct {
    const uint8_t *data;
    size_t size;
} span;

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The first box of that name: what is in it.  One without an end, or with a size of 8 bytes, is the last that is
 * looked at: none that we look for is one. */
static bool find(span in, const char *name, span *box)
{
    size_t at = 0;

    while (in.size - at >= 8) {
        size_t size = be32(in.data + at);
        if (size < 8 || size > in.size - at)
            return false;
        *box = (span){in.data + at + 8, size - 8};
        if (memcmp(in.data + at + 4, name, 4) == 0)
            return true;
        at += size;
    }
    return false;
}

/* Method 2, precedence, approximation, profile; of other methods there is none. */
const uint8_t *tb_jp2_profile(const tb_input *in, size_t *size)
{
    span all = {tb_input_at(in, 0), in->end}, head, colour;

    if (!find(all, "jp2h", &head) || !find(head, "colr", &colour) || colour.size < 3 + 128 ||
        colour.data[0] != 2)
        return NULL;
    *size = colour.size - 3;
    return colour.data + 3;
}
