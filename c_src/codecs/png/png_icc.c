/* png_icc.c - deflates a profile beside the file, then moves it in. */
#define ZLIB_CONST
#include "png_icc.h"
#include <string.h>
#include <zlib.h>

#define PIECE 512             /* bytes deflated in a step */
#define MOVE  16384           /* bytes moved in a step */
#define HEAD  "ICC profile\0" /* name, 0, and 0: deflated */

static void *take(void *mem, uInt n, uInt size)
{
    return tb_alloc(mem, n, size);
}

static void give_back(void *mem, void *p)
{
    tb_free(mem, p);
}

/* A profile of grey belongs to grey, one of RGB to colour. */
static bool fits(const tb_meta *meta, int channels)
{
    return meta && meta->icc && meta->icc_size >= 128 && meta->icc_size <= INT32_MAX / 2 &&
           memcmp(meta->icc + 16, channels < 3 ? "GRAY" : "RGB ", 4) == 0;
}

static bool begin(tb_png_icc *w, tb_mem *mem)
{
    w->deflated.mem = mem;
    w->zip = tb_calloc(mem, 1, sizeof *w->zip);
    if (!w->zip)
        return false;
    w->zip->zalloc = take;
    w->zip->zfree = give_back;
    w->zip->opaque = mem;
    return deflateInit2(w->zip, 6, Z_DEFLATED, 15, 7, Z_DEFAULT_STRATEGY) == Z_OK;
}

static void end_zip(tb_png_icc *w, tb_mem *mem)
{
    if (w->zip)
        deflateEnd(w->zip);
    tb_free(mem, w->zip);
    w->zip = NULL;
}

/* Deflates a piece; false if there is no memory. */
static bool deflate_piece(tb_png_icc *w, const tb_meta *meta, bool *ended)
{
    size_t left = meta->icc_size - w->at, n = left < PIECE ? left : PIECE;
    int status;

    w->zip->next_in = meta->icc + w->at;
    w->zip->avail_in = (uInt)n;
    w->at += n;
    do {
        size_t room;
        w->zip->next_out = tb_bytes_room(&w->deflated, &room);
        if (!w->zip->next_out)
            return false;
        w->zip->avail_out = (uInt)room;
        status = deflate(w->zip, n == left ? Z_FINISH : Z_NO_FLUSH);
        tb_bytes_wrote(&w->deflated, room - w->zip->avail_out);
    } while (w->zip->avail_out == 0);
    *ended = status == Z_STREAM_END;
    return true;
}

static bool begin_chunk(tb_png_icc *w, tb_bytes *out)
{
    return tb_png_chunk_begin(&w->chunk, out, "iCCP", sizeof HEAD + w->deflated.size) &&
           tb_png_chunk_add(&w->chunk, HEAD, sizeof HEAD);
}

static bool move_piece(tb_png_icc *w)
{
    uint8_t part[2048];

    for (size_t moved = 0; moved < MOVE && w->deflated.size > 0;) {
        size_t n = tb_bytes_take(&w->deflated, part, sizeof part);
        if (!tb_png_chunk_add(&w->chunk, part, n))
            return false;
        moved += n;
    }
    return w->deflated.size > 0 || tb_png_chunk_end(&w->chunk);
}

tb_status tb_png_icc_step(tb_png_icc *w, const tb_meta *meta, int channels, tb_bytes *out, tb_mem *mem,
                          tb_error *err)
{
    bool ended = false, ok = true;

    if (!fits(meta, channels))
        return TB_DONE;
    if (!w->chunk.bytes) {
        ok = (w->zip || begin(w, mem)) && deflate_piece(w, meta, &ended);
        if (ok && ended) {
            end_zip(w, mem);
            ok = begin_chunk(w, out);
        }
    } else {
        ok = move_piece(w);
        ended = w->deflated.size == 0;
        if (ok && ended)
            return TB_DONE;
    }
    return ok ? TB_MORE : tb_no_memory(err, mem, "png", "an ICC profile");
}

void tb_png_icc_close(tb_png_icc *w, tb_mem *mem)
{
    end_zip(w, mem);
    tb_bytes_close(&w->deflated);
}
