/* png_chunk.h - writing chunks: length, name, data, CRC. */
#ifndef TB_PNG_CHUNK_H
#define TB_PNG_CHUNK_H

#include "../../bytes.h"

typedef struct {
    tb_bytes *bytes; /* borrowed */
    uint32_t crc;
} tb_png_chunk;

/* All are false if there is no memory.  Data of `size` bytes comes by add, in
 * any pieces. */
bool tb_png_chunk_begin(tb_png_chunk *c, tb_bytes *bytes, const char name[4], size_t size);
bool tb_png_chunk_add(tb_png_chunk *c, const void *data, size_t n);
bool tb_png_chunk_end(tb_png_chunk *c);

bool tb_png_chunk_put(tb_bytes *bytes, const char name[4], const void *data, size_t n);

#endif
