/* meta.c - takes metadata out of the input, a piece at a time.
 *
 * The profile says its own length in its first bytes, so its memory is taken
 * once, and what a deflated one can grow to is known before it does. */
#include "meta.h"
#include <inttypes.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#define PIECE     ((size_t)64 << 10) /* bytes copied in a call */
#define SQUEEZE   ((size_t)16 << 10) /* bytes inflated, or read for it, in a call */
#define MAX_RATIO 1032               /* no deflated stream grows to more */

#define ICC_HEAD 128 /* bytes; the tags come behind */

struct tb_meta_work {
    z_stream zip;
    uint8_t head[ICC_HEAD]; /* inflated first, to learn the length */
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void *zip_alloc(void *mem, unsigned n, unsigned size)
{
    return tb_alloc(mem, n, size);
}

static void zip_free(void *mem, void *p)
{
    tb_free(mem, p);
}

static void end_work(tb_meta *m, tb_mem *mem)
{
    if (m->work)
        inflateEnd(&m->work->zip);
    tb_free(mem, m->work);
    m->work = NULL;
}

/* Nothing more is done; what there was of a profile is gone. */
static tb_status give_up(tb_meta *m, tb_mem *mem, const tb_header *h)
{
    end_work(m, mem);
    tb_free(mem, m->icc);
    m->icc = NULL;
    m->icc_size = 0;
    m->piece = h->icc_pieces;
    return TB_DONE;
}

static tb_status leave_out(tb_meta *m, tb_mem *mem, const tb_header *h, const char *why, tb_error *err)
{
    tb_warn(err, tb_format_name(h->format), "its ICC profile is left out: %s", why);
    return give_up(m, mem, h);
}

/* What is wrong with a profile, or NULL. */
static const char *fault(const uint8_t *icc, size_t size, const tb_header *h)
{
    const char *space = h->components == 4 && h->format == TB_JPEG ? "CMYK"
                        : h->channels <= 2                         ? "GRAY"
                                                                   : "RGB ";

    if (size < ICC_HEAD + 4 || be32(icc) < ICC_HEAD + 4 || memcmp(icc + 36, "acsp", 4) != 0)
        return "it is none";
    if (be32(icc) > size)
        return "its end is missing";
    if (memcmp(icc + 16, space, 4) != 0)
        return "it is for other colours than the picture's";
    return NULL;
}

static tb_status finish(tb_meta *m, tb_mem *mem, const tb_header *h, tb_error *err)
{
    const char *wrong = fault(m->icc, m->icc_size, h);

    if (wrong)
        return leave_out(m, mem, h, wrong, err);
    m->icc_size = be32(m->icc);
    m->piece = h->icc_pieces;
    end_work(m, mem);
    return TB_DONE;
}

static tb_status take_memory(tb_meta *m, tb_mem *mem, uint64_t size, const tb_header *h,
                             const tb_limits *limits, tb_error *err)
{
    if (size < ICC_HEAD + 4)
        return leave_out(m, mem, h, "it is none", err);
    if (limits->max_icc && size > limits->max_icc) {
        tb_warn(err, tb_format_name(h->format),
                "an ICC profile of %" PRIu64 " bytes is left out; the limit is %" PRIu64 " (max_icc)", size,
                limits->max_icc);
        return give_up(m, mem, h);
    }
    m->icc = tb_alloc(mem, (size_t)size, 1);
    if (!m->icc)
        return tb_no_memory(err, mem, "meta", "the ICC profile");
    m->icc_size = (size_t)size;
    return TB_MORE;
}

static tb_status begin_copy(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_limits *limits,
                            tb_error *err)
{
    uint64_t total = 0;

    for (int i = 0; i < h->icc_pieces; i++)
        total += h->icc[i].size;
    return take_memory(m, mem, total, h, limits, err);
}

/* Where in the profile the next byte goes. */
static size_t written(const tb_meta *m, const tb_header *h)
{
    size_t n = m->copied;

    for (int i = 0; i < m->piece; i++)
        n += h->icc[i].size;
    return n;
}

static tb_status copy(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in, tb_error *err)
{
    size_t at = written(m, h), room = PIECE;

    while (m->piece < h->icc_pieces && room > 0) {
        tb_span span = h->icc[m->piece];
        size_t left = span.size - m->copied, n = left < room ? left : room;
        memcpy(m->icc + at, tb_input_at(in, span.at + m->copied), n);
        at += n;
        room -= n;
        m->copied += n;
        if (m->copied == span.size) {
            m->piece++;
            m->copied = 0;
        }
    }
    return m->piece < h->icc_pieces ? TB_MORE : finish(m, mem, h, err);
}

static tb_status begin_inflate(tb_meta *m, tb_mem *mem, tb_error *err)
{
    m->work = tb_calloc(mem, 1, sizeof *m->work);
    if (!m->work)
        return tb_no_memory(err, mem, "meta", "inflating the ICC profile");
    m->work->zip = (z_stream){.zalloc = zip_alloc, .zfree = zip_free, .opaque = mem};
    if (inflateInit(&m->work->zip) != Z_OK)
        return tb_no_memory(err, mem, "meta", "inflating the ICC profile");
    return TB_MORE;
}

/* The head is here: it tells the length. */
static tb_status grow(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_limits *limits, tb_error *err)
{
    uint64_t size = be32(m->work->head);

    if (size / MAX_RATIO > h->icc[0].size)
        return leave_out(m, mem, h, "it is none", err);
    tb_status status = take_memory(m, mem, size, h, limits, err);
    if (status == TB_MORE)
        memcpy(m->icc, m->work->head, ICC_HEAD);
    return status;
}

/* Where the next bytes of the profile go, and how much room there is. */
static uint8_t *room_for(const tb_meta *m, size_t *room)
{
    size_t done = (size_t)m->work->zip.total_out;

    *room = (m->icc ? m->icc_size : ICC_HEAD) - done;
    return (m->icc ? m->icc : m->work->head) + done;
}

static tb_status inflate_piece(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in, tb_error *err)
{
    z_stream *z = &m->work->zip;
    size_t left = h->icc[0].size - m->copied, n = left < SQUEEZE ? left : SQUEEZE, room;

    z->next_out = room_for(m, &room);
    z->avail_out = (unsigned)(room < SQUEEZE ? room : SQUEEZE);
    z->next_in = tb_input_at(in, h->icc[0].at + m->copied);
    z->avail_in = (unsigned)n;
    int result = inflate(z, Z_NO_FLUSH);
    m->copied += n - z->avail_in;

    if (result == Z_MEM_ERROR)
        return tb_no_memory(err, mem, "meta", "inflating the ICC profile");
    if (result == Z_OK || result == Z_STREAM_END) {
        room_for(m, &room);
        if (room == 0)
            return m->icc ? finish(m, mem, h, err) : TB_MORE;
        if (result == Z_OK)
            return TB_MORE;
    }
    return leave_out(m, mem, h, result == Z_DATA_ERROR ? "it is broken" : "its end is missing", err);
}

static tb_status step_inflate(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in,
                              const tb_limits *limits, tb_error *err)
{
    if (!m->work)
        return begin_inflate(m, mem, err);
    if (!m->icc && m->work->zip.total_out == ICC_HEAD)
        return grow(m, mem, h, limits, err);
    return inflate_piece(m, mem, h, in, err);
}

static bool here(const tb_header *h, const tb_input *in)
{
    for (int i = 0; i < h->icc_pieces; i++)
        if (h->icc[i].at < in->first || h->icc[i].at + h->icc[i].size > in->safe)
            return false;
    return true;
}

static tb_status take_profile(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in,
                              const tb_limits *limits, tb_error *err)
{
    if (m->piece >= h->icc_pieces)
        return TB_DONE;
    if (!here(h, in))
        return leave_out(m, mem, h, "its end is missing", err);
    if (h->format == TB_PNG)
        return step_inflate(m, mem, h, in, limits, err);
    if (!m->icc)
        return begin_copy(m, mem, h, limits, err);
    return copy(m, mem, h, in, err);
}

/* Copies a span as it is. */
static tb_status take_span(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in, tb_span span,
                           uint8_t **to, size_t *size, tb_error *err)
{
    const char *what = m->at == TB_META_EXIF ? "EXIF" : "XMP";

    if (span.at < in->first || span.at + span.size > in->safe) {
        tb_warn(err, tb_format_name(h->format), "its %s is left out: its end is missing", what);
        return TB_DONE;
    }
    if (!*to) {
        *to = tb_alloc(mem, span.size, 1);
        if (!*to)
            return tb_no_memory(err, mem, "meta", what);
    }
    size_t left = span.size - *size, n = left < PIECE ? left : PIECE;
    memcpy(*to + *size, tb_input_at(in, span.at + *size), n);
    *size += n;
    return *size < span.size ? TB_MORE : TB_DONE;
}

static tb_status take_part(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in,
                           const tb_limits *limits, uint32_t keep, tb_error *err)
{
    switch (m->at) {
    case TB_META_ICC:
        return take_profile(m, mem, h, in, limits, err);
    case TB_META_EXIF:
        if ((keep & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT)) && h->exif.size > 0)
            return take_span(m, mem, h, in, h->exif, &m->exif, &m->exif_size, err);
        return TB_DONE;
    case TB_META_XMP:
        if ((keep & TB_KEEP_XMP) && h->xmp.size > 0)
            return take_span(m, mem, h, in, h->xmp, &m->xmp, &m->xmp_size, err);
        return TB_DONE;
    case TB_META_END:
        return TB_DONE;
    }
    return TB_DONE;
}

tb_status tb_meta_step(tb_meta *m, tb_mem *mem, const tb_header *h, const tb_input *in,
                       const tb_limits *limits, uint32_t keep, tb_error *err)
{
    for (; m->at < TB_META_END; m->at++) {
        tb_status status = take_part(m, mem, h, in, limits, keep, err);
        if (status != TB_DONE)
            return status;
    }
    return TB_DONE;
}

void tb_meta_check(tb_meta *m, tb_mem *mem, const tb_header *h, tb_error *err)
{
    if (m->icc)
        finish(m, mem, h, err);
}

void tb_meta_close(tb_meta *m, tb_mem *mem)
{
    end_work(m, mem);
    tb_free(mem, m->icc);
    tb_free(mem, m->exif);
    tb_free(mem, m->xmp);
    *m = (tb_meta){0};
}
