/* exif.c - the one thing we read of EXIF: how the camera was held. */
#include "meta.h"
#include <string.h>

#define ORIENTATION 0x0112
#define ENTRY       12   /* bytes: tag 2, type 2, count 4, value 4 */
#define MAX_ENTRIES 1000 /* more are not searched; cameras write some twenty */

enum { BYTE = 1, SHORT = 3, LONG = 4 };

typedef struct {
    const uint8_t *data;
    bool big; /* the first byte is the highest */
} tiff;

static uint32_t read16(const tiff *t, size_t at)
{
    const uint8_t *p = t->data + at;
    return t->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t read32(const tiff *t, size_t at)
{
    uint32_t a = read16(t, at), b = read16(t, at + 2);
    return t->big ? a << 16 | b : b << 16 | a;
}

static int orientation_of(const tiff *t, size_t entry)
{
    uint32_t value = 0;

    switch (read16(t, entry + 2)) {
    case BYTE:
        value = t->data[entry + 8];
        break;
    case SHORT:
        value = read16(t, entry + 8);
        break;
    case LONG:
        value = read32(t, entry + 8);
        break;
    }
    return value >= 1 && value <= 8 ? (int)value : 0;
}

/* Only the first directory counts: the second is about the thumbnail. */
int tb_exif_orientation(const uint8_t *data, size_t size)
{
    tiff t = {data, false};

    if (size < 8)
        return 0;
    if (memcmp(data, "MM\0*", 4) == 0)
        t.big = true;
    else if (memcmp(data, "II*\0", 4) != 0)
        return 0;
    size_t at = read32(&t, 4);
    if (at > size - 2)
        return 0;
    size_t here = (size - at - 2) / ENTRY, count = read16(&t, at);
    for (size_t i = 0; i < count && i < here && i < MAX_ENTRIES; i++)
        if (read16(&t, at + 2 + i * ENTRY) == ORIENTATION)
            return orientation_of(&t, at + 2 + i * ENTRY);
    return 0;
}
