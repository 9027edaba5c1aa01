/* png_chunk.c - the frame around a chunk's data. */
#include "png_chunk.h"
#include <assert.h>
#include <zlib.h>

static bool put32(tb_bytes *b, uint32_t v)
{
    const uint8_t p[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

    return tb_bytes_put(b, p, sizeof p);
}

bool tb_png_chunk_begin(tb_png_chunk *c, tb_bytes *bytes, const char name[4], size_t size)
{
    *c = (tb_png_chunk){.bytes = bytes};
    assert(size <= INT32_MAX);
    return put32(bytes, (uint32_t)size) && tb_png_chunk_add(c, name, 4);
}

bool tb_png_chunk_add(tb_png_chunk *c, const void *data, size_t n)
{
    assert(n <= UINT32_MAX);
    c->crc = (uint32_t)crc32(c->crc, data, (uInt)n);
    return tb_bytes_put(c->bytes, data, n);
}

bool tb_png_chunk_end(tb_png_chunk *c)
{
    return put32(c->bytes, c->crc);
}

bool tb_png_chunk_put(tb_bytes *bytes, const char name[4], const void *data, size_t n)
{
    tb_png_chunk c;

    return tb_png_chunk_begin(&c, bytes, name, n) && (n == 0 || tb_png_chunk_add(&c, data, n)) &&
           tb_png_chunk_end(&c);
}
