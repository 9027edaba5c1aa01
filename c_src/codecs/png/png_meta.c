/* png_meta.c - eXIf, and iTXt with the keyword of XMP. */
#include "png_meta.h"

#define STEP ((size_t)16 << 10) /* bytes written in a call */

/* Keyword, 0, not compressed, method, no language, no translation. */
#define XMP "XML:com.adobe.xmp\0\0\0\0"

static tb_status next(tb_png_meta *m)
{
    m->written = 0;
    m->part++;
    return m->part == TB_PNG_META_END ? TB_DONE : TB_MORE;
}

static bool begin(tb_png_meta *m, tb_bytes *out, size_t size)
{
    if (m->part == TB_PNG_EXIF)
        return tb_png_chunk_begin(&m->chunk, out, "eXIf", size);
    return tb_png_chunk_begin(&m->chunk, out, "iTXt", sizeof XMP + size) &&
           tb_png_chunk_add(&m->chunk, XMP, sizeof XMP);
}

tb_status tb_png_meta_step(tb_png_meta *m, tb_bytes *out, tb_mem *mem, tb_error *err)
{
    bool exif = m->part == TB_PNG_EXIF;
    size_t size = exif ? m->what.exif_size : m->what.xmp_size;
    const uint8_t *data = exif ? m->what.exif : m->what.xmp;

    if (m->part == TB_PNG_META_END)
        return TB_DONE;
    if (!data || size > INT32_MAX / 2)
        return next(m);
    size_t left = size - m->written, n = left < STEP ? left : STEP;
    if ((m->written == 0 && !begin(m, out, size)) || !tb_png_chunk_add(&m->chunk, data + m->written, n) ||
        (n == left && !tb_png_chunk_end(&m->chunk)))
        return tb_no_memory(err, mem, "png", exif ? "EXIF" : "XMP");
    m->written += n;
    return n < left ? TB_MORE : next(m);
}
