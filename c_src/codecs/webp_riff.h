/* webp_riff.h - the container of a WebP with a colour profile; private to webp_*.c.
 *
 *     libwebp:  RIFF [VP8X]      [ALPH] VP8 or VP8L
 *     here:     RIFF  VP8X  ICCP [ALPH] VP8 or VP8L */
#ifndef TB_WEBP_RIFF_H
#define TB_WEBP_RIFF_H

#include "../bytes.h"
#include "../meta.h"

typedef struct {
    tb_bytes *bytes;     /* borrowed, as meta */
    const tb_meta *meta; /* no profile: libwebp's bytes pass as they are */
    int width, height;
    uint8_t head[30]; /* libwebp's first bytes */
    size_t have;      /* of them */
    bool begun;       /* and passed on */
} tb_webp_riff;

/* Takes libwebp's next bytes; false if there is no memory. */
bool tb_webp_riff_write(tb_webp_riff *r, const uint8_t *data, size_t size);

#endif
