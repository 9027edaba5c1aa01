/* exif.c - the little we read of EXIF: how the camera was held, dots per inch, and whether
 * it tells the place. */
#include "meta.h"
#include "tiff.h"

enum { X_RESOLUTION = 0x011A, Y_RESOLUTION = 0x011B, ORIENTATION = 0x0112, UNIT = 0x0128, GPS_IFD = 0x8825 };

/* A whole number, or 0. */
static uint32_t whole(const tb_tiff *t, size_t entry)
{
    switch (tb_tiff_16(t, entry + 2)) {
    case TB_TIFF_BYTE:
        return t->data[entry + 8];
    case TB_TIFF_SHORT:
        return tb_tiff_16(t, entry + 8);
    case TB_TIFF_LONG:
        return tb_tiff_32(t, entry + 8);
    default:
        return 0;
    }
}

static double rational(const tb_tiff *t, size_t entry)
{
    size_t at = tb_tiff_32(t, entry + 8);

    if (tb_tiff_16(t, entry + 2) != TB_TIFF_RATIONAL || t->size < 8 || at > t->size - 8)
        return 0;
    uint32_t below = tb_tiff_32(t, at + 4);
    return below ? tb_tiff_32(t, at) / (double)below : 0;
}

/* Only the first directory counts: the second is about the thumbnail.  Of entries that
 * come twice, the first. */
void tb_exif_read(tb_exif *exif, const uint8_t *data, size_t size)
{
    tb_tiff t;
    uint32_t unit = 2, turn = 0;

    *exif = (tb_exif){0};
    if (!tb_tiff_open(&t, data, size))
        return;
    size_t at = tb_tiff_32(&t, 4), n = tb_tiff_entries(&t, at);
    for (size_t entry = at + 2 + n * TB_TIFF_ENTRY; n-- > 0;) {
        entry -= TB_TIFF_ENTRY;
        switch (tb_tiff_16(&t, entry)) {
        case ORIENTATION:
            turn = whole(&t, entry);
            break;
        case X_RESOLUTION:
            exif->dpi_x = rational(&t, entry);
            break;
        case Y_RESOLUTION:
            exif->dpi_y = rational(&t, entry);
            break;
        case UNIT:
            unit = whole(&t, entry);
            break;
        case GPS_IFD:
            exif->gps = tb_tiff_entries(&t, whole(&t, entry)) > 0;
            break;
        }
    }
    exif->orientation = turn <= 8 ? (int)turn : 0;
    exif->dpi_x *= unit == 2 ? 1 : unit == 3 ? 2.54 : 0;
    exif->dpi_y *= unit == 2 ? 1 : unit == 3 ? 2.54 : 0;
}
