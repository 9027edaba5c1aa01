/* webp_riff.h - the container of a WebP with metadata; private to webp_*.c.
 *
 *     libwebp:  RIFF [VP8X]       [ALPH] VP8 or VP8L
 *     here:     RIFF  VP8X [ICCP] [ALPH] VP8 or VP8L [EXIF] [XMP ] */
#ifndef TB_WEBP_RIFF_H
#define TB_WEBP_RIFF_H

#include "../outgoing.h"

typedef struct {
    tb_bytes *bytes;         /* borrowed, as what */
    const tb_outgoing *what; /* nothing: libwebp's bytes pass as they are */
    int width, height;
    uint8_t head[30]; /* libwebp's first bytes */
    size_t have;      /* of them */
    bool begun;       /* and passed on */
    size_t tail;      /* bytes of what comes behind the picture that are written */
} tb_webp_riff;

/* Takes libwebp's next bytes; false if there is no memory. */
bool tb_webp_riff_write(tb_webp_riff *r, const uint8_t *data, size_t size);

/* When libwebp is done: some 64 KiB of the rest.  TB_MORE, TB_DONE, or TB_FAIL if there is no
 * memory, which is not told. */
tb_status tb_webp_riff_end(tb_webp_riff *r);

#endif
