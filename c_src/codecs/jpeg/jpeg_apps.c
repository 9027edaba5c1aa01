/* jpeg_apps.c - EXIF and XMP in an APP1 each, the profile in APP2s, each in pieces. */
#include "jpeg_apps.h"

#define STEP ((size_t)16 << 10) /* bytes written in a call */

#define EXIF      "Exif\0"
#define XMP       "http://ns.adobe.com/xap/1.0/"
#define ICC       "ICC_PROFILE"
#define ICC_HEAD  (sizeof ICC + 2)
#define ICC_PIECE ((size_t)65533 - ICC_HEAD)
#define ICC_MOST  (255 * ICC_PIECE)

typedef struct {
    const char *name;
    int marker;
    const char *head; /* in front of each piece */
    size_t head_size;
    size_t piece, most; /* bytes of one, and of all */
} kind;

static const kind kinds[] = {
    {"EXIF", 1, EXIF, sizeof EXIF, 65533 - sizeof EXIF, 65533 - sizeof EXIF},
    {"XMP", 1, XMP, sizeof XMP, 65533 - sizeof XMP, 65533 - sizeof XMP},
    {"an ICC profile", 2, ICC, sizeof ICC, ICC_PIECE, ICC_MOST},
};

/* A piece of a profile tells its number, from 1, and how many there are. */
static void start_piece(const tb_jpeg_apps *a, const kind *k, size_t size, j_compress_ptr jpeg)
{
    size_t left = size - a->written, n = left < k->piece ? left : k->piece;
    bool numbered = a->app == TB_APP_ICC;

    jpeg_write_m_header(jpeg, JPEG_APP0 + k->marker, (unsigned)(k->head_size + (numbered ? 2 : 0) + n));
    for (size_t i = 0; i < k->head_size; i++)
        jpeg_write_m_byte(jpeg, k->head[i]);
    if (numbered) {
        jpeg_write_m_byte(jpeg, (int)(a->written / k->piece + 1));
        jpeg_write_m_byte(jpeg, (int)((size + k->piece - 1) / k->piece));
    }
}

static const uint8_t *data_of(const tb_jpeg_apps *a, size_t *size)
{
    const tb_outgoing *o = &a->what;

    *size = a->app == TB_APP_EXIF ? o->exif_size : a->app == TB_APP_XMP ? o->xmp_size : o->icc_size;
    return a->app == TB_APP_EXIF ? o->exif : a->app == TB_APP_XMP ? o->xmp : o->icc;
}

bool tb_jpeg_apps_write(tb_jpeg_apps *a, j_compress_ptr jpeg, tb_error *err)
{
    size_t size, n;

    if (a->app == TB_APP_END)
        return false;
    const kind *k = &kinds[a->app];
    const uint8_t *data = data_of(a, &size);
    if (size > k->most) {
        tb_warn(err, "jpeg", "%s of %zu bytes does not fit: it is left out", k->name, size);
        size = 0;
    }
    for (n = 0; n < STEP && a->written < size; n++, a->written++) {
        if (a->written % k->piece == 0)
            start_piece(a, k, size, jpeg);
        jpeg_write_m_byte(jpeg, data[a->written]);
    }
    if (a->written == size) {
        a->written = 0;
        a->app++;
    }
    return true;
}
