/* png_dec.c - a source stage over inflate and libpng.
 *
 * Chunks are read here, checked against their CRC, and the picture is inflated,
 * measured on both sides; png_rows.c makes rows of it with libpng:
 *
 *     input -> chunks -> inflate -> libpng -> rows -> ring
 *                                                \-> image -> ring   if interlaced
 *
 * libpng sees IHDR, PLTE, tRNS and the picture; all other chunks are passed over. */
#include "../inflate/inflate.h"
#include "png_rows.h"
#include <string.h>
#include <zlib.h>

#define FEED     2048                /* most bytes to inflate in a step */
#define PIECE    TB_INFLATE_MOST     /* most bytes that come of it */
#define PIXELS   16384               /* about so many bytes of pixels come of a step */
#define ROWS     64                  /* and at most so many rows, but in the first passes */
#define CHECK    ((uint32_t)1 << 16) /* bytes behind the picture that a step checks */
#define LONG_ROW ((uint64_t)1 << 18) /* with more bytes, a row takes more than 0.5 ms */

/* CHUNK: at the head of a chunk.  DATA: in an IDAT.  REST: in what is behind the
 * picture in its last IDAT, or at a CRC.  GIVE: all is read, rows come from the
 * interlaced image, or are made up.
 *     CHUNK <-> DATA -> REST -> CHUNK, and from each to GIVE */
typedef enum { CHUNK, DATA, REST, GIVE } phase;

typedef struct {
    const tb_decode *how; /* borrowed */
    phase phase;
    size_t at;          /* offset in the input of what is read next */
    uint32_t left, crc; /* of the IDAT */
    bool picture;       /* an IDAT was seen */
    bool more;          /* inflate holds bytes it had no room for */
    uint32_t room;      /* most bytes a step inflates to */
    tb_inflate *z;      /* owned; CRCs vouch for its bytes already */
    tb_png_lines lines;
    tb_png_rows rows;
} dec;

/* Bytes of a row before it is expanded. */
static uint64_t stored_row(const tb_header *h)
{
    return ((uint64_t)h->width * (unsigned)(h->components * h->depth) + 7) / 8;
}

/* How much a step may inflate, and how many rows can come of it: one row is made
 * in a step that began with all but a byte of it. */
static void measure(dec *d, const tb_header *h, tb_rows *out)
{
    uint64_t stored = stored_row(h), made = (uint64_t)h->width * (unsigned)h->channels;
    uint64_t rows = PIXELS / (stored > made ? stored : made);

    rows = rows < 1 ? 1 : rows < ROWS ? rows : ROWS;
    rows *= stored + 1;
    d->room = (uint32_t)(rows < PIECE ? rows : PIECE);
    out->burst = (int)((stored + d->room) / (stored + 1));
}

static tb_status png_open(tb_stage *s, tb_error *err)
{
    const tb_decode *how = s->args;
    const tb_header *h = how->header;
    const tb_rect *r = &how->region;
    dec *d = s->state;

    assert(r->x >= 0 && r->width > 0 && r->width <= h->width - r->x);
    assert(r->y >= 0 && r->height > 0 && r->height <= h->height - r->y);
    d->how = how;
    d->at = 8;
    s->out[0].shape = (tb_shape){r->width, r->height, h->channels};
    measure(d, h, &s->out[0]);
    s->long_step = stored_row(h) > LONG_ROW;
    if (tb_png_rows_open(&d->rows, how, &s->out[0], s->mem, err) == TB_FAIL)
        return TB_FAIL;
    if (!tb_png_lines_open(&d->lines, h, d->room, s->mem))
        return tb_no_memory(err, s->mem, "png", "rows");
    d->z = tb_inflate_new(s->mem);
    return d->z ? TB_MORE : tb_no_memory(err, s->mem, "png", "inflating it");
}

/* There are n bytes to read. */
static bool here(const dec *d, size_t n)
{
    size_t safe = d->how->input->safe;

    return d->at <= safe && n <= safe - d->at;
}

/* The picture ends, and rows are missing. */
static tb_status too_short(dec *d, tb_error *err)
{
    const tb_header *h = d->how->header;

    if (d->how->keep_truncated) {
        tb_warn(err, "png", "ends early: rows are made up");
        d->phase = GIVE;
        return TB_MORE;
    }
    if (h->progressive)
        return tb_fail(err, TB_E_TRUNCATED, "png", "ends in row %d of pass %d of 7", d->lines.y,
                       d->lines.pass + 1);
    return tb_fail(err, TB_E_TRUNCATED, "png", "ends in row %d of %d", d->lines.y, h->height);
}

static tb_status starved(dec *d, tb_error *err)
{
    return tb_input_last(d->how->input) ? too_short(d, err) : TB_HUNGRY;
}

static bool crc_is(uint32_t crc, const uint8_t *stored)
{
    return crc == png_get_uint_32(stored);
}

static tb_status pass_on(dec *d, uint32_t size, tb_error *err)
{
    if (size > TB_PNG_CHUNK - 12)
        return tb_fail(err, TB_E_CORRUPT, "png", "a header chunk of %u bytes", size);
    if (!here(d, size + 12))
        return starved(d, err);

    const uint8_t *chunk = tb_input_at(d->how->input, d->at);
    if (!crc_is((uint32_t)crc32(0, chunk + 4, size + 4), chunk + 8 + size))
        return tb_fail(err, TB_E_CORRUPT, "png", "%.4s is damaged: its CRC differs", (const char *)chunk + 4);
    d->at += size + 12;
    return tb_png_rows_chunk(&d->rows, chunk, size + 12, err);
}

static bool is(const uint8_t *type, const char *name)
{
    return memcmp(type, name, 4) == 0;
}

/* Chunks libpng must see before the picture. */
static bool telling(const tb_header *h, const uint8_t *type)
{
    bool palette = h->components == 1 && h->channels >= 3;
    bool made_alpha = h->channels % 2 == 0 && h->components % 2 == 1;

    return is(type, "IHDR") || (is(type, "PLTE") && palette) || (is(type, "tRNS") && made_alpha);
}

static tb_status begin_idat(dec *d, const uint8_t *type, uint32_t size)
{
    d->phase = DATA;
    d->picture = true;
    d->left = size;
    d->crc = (uint32_t)crc32(0, type, 4);
    d->at += 8;
    return TB_MORE;
}

static tb_status read_chunk(dec *d, tb_error *err)
{
    if (!here(d, 8))
        return starved(d, err);

    const uint8_t *head = tb_input_at(d->how->input, d->at), *type = head + 4;
    uint32_t size = png_get_uint_32(head);
    if (size > PNG_UINT_31_MAX)
        return tb_fail(err, TB_E_CORRUPT, "png", "a chunk of more than 2147483647 bytes");
    if (d->at == 8 && !is(type, "IHDR"))
        return tb_fail(err, TB_E_CORRUPT, "png", "does not begin with IHDR");
    if (is(type, "IDAT"))
        return begin_idat(d, type, size);
    if (d->picture || is(type, "IEND"))
        return too_short(d, err);
    if (telling(d->how->header, type))
        return pass_on(d, size, err);
    if (!(type[0] & 0x20) && !is(type, "PLTE"))
        return tb_fail(err, TB_E_UNSUPPORTED, "png", "an unknown critical chunk");
    d->at += (size_t)size + 12;
    return TB_MORE;
}

/* All rows of the region, and there are more, which are nobody's: nor is what is wrong with them. */
static bool has_enough(const dec *d)
{
    const tb_rect *region = &d->how->region;

    return d->rows.out->end + d->rows.fresh == region->height &&
           region->y + region->height < d->how->header->height;
}

/* Rows a step made are there for others, but for the very last: it waits until
 * its chunk is checked. */
static tb_status publish(dec *d)
{
    bool enough = has_enough(d);
    tb_rows *out = d->rows.out;

    out->end += d->rows.fresh;
    d->rows.fresh = 0;
    if (enough)
        return TB_DONE;
    if (out->end < d->how->region.height)
        return TB_MORE;
    out->end--;
    return TB_MORE;
}

/* Reads up to n bytes of the IDAT; returns how many came of them, or -1. */
static int inflate_some(dec *d, size_t n, bool *ended, tb_error *err)
{
    const uint8_t *src = tb_input_at(d->how->input, d->at);
    tb_inflated made;
    tb_status status = tb_inflate_step(d->z, src, &n, d->room, &made);

    if (status == TB_FAIL) {
        tb_fail(err, TB_E_CORRUPT, "png", "row %d: %s", d->lines.y, d->z->why);
        return -1;
    }
    *ended = status == TB_DONE;
    memcpy(tb_png_lines_room(&d->lines), made.data, made.size);
    d->crc = (uint32_t)crc32(d->crc, src, (uInt)n);
    d->at += n;
    d->left -= (uint32_t)n;
    d->more = made.more;
    return (int)made.size;
}

static size_t at_most(const dec *d, size_t n)
{
    size_t left = d->how->input->safe - d->at;

    n = n < left ? n : left;
    return n < d->left ? n : d->left;
}

/* The n bytes that were inflated. */
static tb_status add(dec *d, size_t n, tb_error *err)
{
    tb_png_line line;
    tb_status status = TB_DONE;

    tb_png_lines_add(&d->lines, n);
    while (!has_enough(d) && (status = tb_png_lines_next(&d->lines, &line, err)) == TB_DONE)
        if (tb_png_rows_add(&d->rows, &line, err) == TB_FAIL)
            return TB_FAIL;
    return status;
}

static tb_status read_data(dec *d, tb_error *err)
{
    size_t n = at_most(d, FEED);
    bool ended;

    if (n == 0 && d->left > 0 && !d->more)
        return starved(d, err);
    int made = inflate_some(d, n, &ended, err);
    if (made < 0 || add(d, (size_t)made, err) == TB_FAIL)
        return TB_FAIL;
    if (d->rows.fresh > 0 && publish(d) == TB_DONE)
        return TB_DONE;
    if (ended && !d->lines.complete)
        return too_short(d, err);
    if (d->lines.complete || (d->left == 0 && !d->more))
        d->phase = REST;
    return TB_MORE;
}

/* The picture is whole: what was held back may go. */
static tb_status let_go(dec *d)
{
    d->phase = GIVE;
    if (d->rows.image.px)
        return TB_MORE;
    d->rows.out->end++;
    return TB_DONE;
}

static tb_status check_crc(dec *d, tb_error *err)
{
    if (!here(d, 4)) {
        if (!d->lines.complete || !tb_input_last(d->how->input))
            return starved(d, err);
        tb_warn(err, "png", "ends behind its last row");
        return let_go(d);
    }
    if (!crc_is(d->crc, tb_input_at(d->how->input, d->at)))
        return tb_fail(err, TB_E_CORRUPT, "png", "is damaged before row %d: a CRC differs", d->lines.y);
    d->at += 4;
    d->phase = CHUNK;
    return d->lines.complete ? let_go(d) : TB_MORE;
}

static tb_status read_rest(dec *d, tb_error *err)
{
    size_t n = at_most(d, CHECK);

    if (n == 0)
        return check_crc(d, err);
    d->crc = (uint32_t)crc32(d->crc, tb_input_at(d->how->input, d->at), (uInt)n);
    d->at += n;
    d->left -= (uint32_t)n;
    return TB_MORE;
}

static tb_status give_rows(dec *d)
{
    tb_rows *out = d->rows.out;
    int c = out->shape.channels;

    for (int i = 0; i < out->burst && out->end < out->shape.height; i++, out->end++)
        if (d->rows.image.px)
            tb_adam7_get(&d->rows.image, out->end, tb_new_row(out, 0));
        else
            memset(tb_new_row(out, 0), tb_made_up(c), (size_t)out->shape.width * (size_t)c);
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status move(dec *d, tb_error *err)
{
    switch (d->phase) {
    case CHUNK:
        return read_chunk(d, err);
    case DATA:
        return read_data(d, err);
    case REST:
        return read_rest(d, err);
    case GIVE:
        return give_rows(d);
    }
    return TB_FAIL;
}

static tb_status png_step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    tb_input *in = d->how->input;
    uint32_t most = d->how->limits->max_warnings;

    tb_status status = move(d, err);
    in->keep = d->at < in->safe ? d->at : in->safe;
    if (most && err->warnings > most)
        return tb_fail(err, TB_E_CORRUPT, "png", "is damaged: more than %u warnings", most);
    return status;
}

static void png_close(tb_stage *s)
{
    dec *d = s->state;

    tb_free(s->mem, d->z);
    tb_png_lines_close(&d->lines, s->mem);
    tb_png_rows_close(&d->rows);
}

const tb_stage_ops tb_png_dec = {
    .name = "png", .size = sizeof(dec), .outs = 1, .open = png_open, .step = png_step, .close = png_close};
