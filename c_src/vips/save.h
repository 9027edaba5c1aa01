/* save.h - a picture in memory to bytes, by libvips. */
#ifndef TB_SAVE_H
#define TB_SAVE_H

#include "../codecs/outgoing.h"
#include "../worker/wire.h"
#include <vips/vips.h>

/* The operation that writes a format; NULL where there is none. */
const char *tb_saver_of(tb_format f);

/* Encodes pixels, rows behind each other; behind those of several frames, their times.  The bytes
 * are the caller's, to be given to g_free.  NULL on failure, which is told. */
void *tb_save(const void *pixels, const tb_do_save *how, const tb_outgoing *what, size_t *size,
              tb_error *err);

#endif
