/* png_enc.c - a sink stage: PNG's chunks around zlib's deflate.
 *
 * libpng's writer takes a whole row at once, which is milliseconds for a wide
 * one.  Here a row is filtered and deflated in pieces that are the smaller the
 * longer zlib may look for a match.  Bytes leave in whole IDATs, so the file is
 * the same however the work was cut. */
#define ZLIB_CONST
#include "../codecs.h"
#include "png_filter.h"
#include "png_icc.h"
#include "png_meta.h"
#include <string.h>
#include <zlib.h>

#define TALLY     16384 /* bytes of a row looked at in a step */
#define PIECE     4096  /* most bytes of a row deflated in a step */
#define IDAT      32768 /* bytes of an IDAT, but the last */
#define MEM_LEVEL 7     /* zlib writes blocks of 8192 symbols: 0.1 ms */
#define VOTES     8     /* rows of a kind that make zlib's strategy change */
#define SEARCH    7     /* the level from which on zlib looks for repeats in noise too */

/* START -> ICC -> META -> (CHOOSE -> TUNE -> ROW) for each row -> FINISH */
typedef enum { START, ICC, META, CHOOSE, TUNE, ROW, FINISH } phase;

typedef struct {
    const tb_encode *args; /* borrowed */
    tb_shape shape;
    phase phase;
    size_t length; /* bytes of a row */
    size_t x;      /* in the row: where the next piece begins */
    int y;
    int filter; /* of the row */
    tb_png_tally tally;
    int drawn; /* the last rows: above 0 they look drawn, below like a photograph */
    int noisy; /* of a photograph: above 0 with grain, below smooth */
    int strategy;
    bool deflating; /* z is to be ended */
    z_stream z;
    tb_png_icc icc;
    tb_png_meta meta;
    size_t piece_size;
    uint8_t piece[1 + PIECE];
    uint8_t idat[IDAT];
} enc;

static void *take(void *mem, uInt n, uInt size)
{
    return tb_alloc(mem, n, size);
}

static void give_back(void *mem, void *p)
{
    tb_free(mem, p);
}

static tb_status no_memory(tb_stage *s, tb_error *err)
{
    return tb_no_memory(err, s->mem, "png", "its output");
}

/* Bytes that keep zlib busy for 0.1 ms at most, whatever they are. */
static size_t piece_for(int level, int strategy)
{
    static const uint16_t size[10] = {PIECE, 2048, 2048, 1024, 1024, 512, 256, 64, 16, 8};

    return strategy == Z_RLE ? 2048 : size[level];
}

static tb_status png_open(tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];
    enc *e = s->state;

    (void)err;
    e->args = s->args;
    s->long_step = tb_outgoing_is_long(e->args);
    assert(e->args->how->level >= 0 && e->args->how->level <= 9);
    e->shape = in->rows->shape;
    e->length = (size_t)e->shape.width * (size_t)e->shape.channels;
    e->strategy = e->args->how->filter == TB_FILTER_NONE ? Z_DEFAULT_STRATEGY : Z_FILTERED;
    e->piece_size = piece_for(e->args->how->level, e->strategy);
    in->window = 2;
    in->want = 1;
    return TB_MORE;
}

/* No larger a window than the picture can fill. */
static int window_bits(const enc *e)
{
    uint64_t size = ((uint64_t)e->length + 1) * (unsigned)e->shape.height + 262;
    int bits = 15;

    while (bits > 9 && size <= (uint64_t)1 << (bits - 1))
        bits--;
    return bits;
}

static tb_status start(tb_stage *s, enc *e, tb_error *err)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t type_of[5] = {0, 0, 4, 2, 6}; /* by channels */
    uint32_t w = (uint32_t)e->shape.width, h = (uint32_t)e->shape.height;
    const uint8_t ihdr[13] = {
        (uint8_t)(w >> 24), (uint8_t)(w >> 16), (uint8_t)(w >> 8), (uint8_t)w, (uint8_t)(h >> 24),
        (uint8_t)(h >> 16), (uint8_t)(h >> 8),  (uint8_t)h,        8,          type_of[e->shape.channels]};

    e->z = (z_stream){.zalloc = take, .zfree = give_back, .opaque = s->mem};
    if (deflateInit2(&e->z, e->args->how->level, Z_DEFLATED, window_bits(e), MEM_LEVEL, e->strategy) != Z_OK)
        return tb_no_memory(err, s->mem, "png", "zlib");
    e->deflating = true;
    e->z.next_out = e->idat;
    e->z.avail_out = IDAT;
    if (!tb_bytes_put(e->args->bytes, signature, sizeof signature) ||
        !tb_png_chunk_put(e->args->bytes, "IHDR", ihdr, sizeof ihdr))
        return no_memory(s, err);
    e->phase = ICC;
    s->long_step = false;
    return tb_outgoing_open(&e->meta.what, e->args, e->shape, s->mem, err);
}

/* The part of the row from x on, of at most n bytes of whole pixels. */
static tb_png_part part(const tb_stage *s, const enc *e, size_t n)
{
    static const uint8_t zeros[4 + TALLY];
    size_t bpp = (size_t)e->shape.channels, left = e->length - e->x;

    n -= n % bpp;
    return (tb_png_part){.row = tb_row(&s->in[0], e->y) + e->x,
                         .above = e->y > 0 ? tb_row(&s->in[0], e->y - 1) + e->x : zeros + 4,
                         .n = n < left ? n : left,
                         .bpp = bpp,
                         .leftmost = e->x == 0};
}

/* Few colours side by side, which differ: filters would only hide the repeats. */
static bool looks_drawn(const enc *e)
{
    uint64_t steps = e->length - e->tally.same;

    return e->tally.same * 5 >= e->length * 2 && e->tally.sum[TB_PNG_SUB] >= 12 * steps;
}

static int smallest(const enc *e)
{
    int best = TB_PNG_NONE;

    for (int f = 1; f < TB_PNG_FILTERS; f++)
        if (e->tally.sum[f] < e->tally.sum[best])
            best = f;
    return best;
}

/* A photograph's grain: no filter takes it away, and there are no repeats in it that
 * are worth a search, which for zlib is eight times the work. */
static bool looks_noisy(const enc *e, int filter)
{
    return e->tally.same * 5 < e->length * 2 && e->tally.sum[filter] * 5 >= e->length * 4;
}

static void vote(int *votes, bool yes)
{
    if (yes)
        *votes += *votes < VOTES;
    else
        *votes -= *votes > -VOTES;
}

static int choose(enc *e)
{
    int best = smallest(e);

    if (e->tally.same == e->length)
        return best; /* a blank row says nothing */
    vote(&e->drawn, looks_drawn(e));
    if (looks_drawn(e))
        return TB_PNG_NONE;
    if (e->noisy == 0) /* until others say otherwise, the first row counts for all */
        e->noisy = looks_noisy(e, best) ? VOTES : -VOTES;
    vote(&e->noisy, looks_noisy(e, best));
    return best;
}

static void begin_row(enc *e, int filter)
{
    e->filter = filter;
    e->x = 0;
    e->piece[0] = (uint8_t)filter;
    e->phase = TUNE;
}

static tb_status choose_filter(tb_stage *s, enc *e)
{
    tb_filter how = e->args->how->level == 0 ? TB_FILTER_NONE : e->args->how->filter;

    if (how != TB_FILTER_AUTO && how != TB_FILTER_ALL) {
        begin_row(e, (int)how - TB_FILTER_NONE);
        return TB_MORE;
    }
    if (e->x == 0)
        e->tally = (tb_png_tally){{0}, 0};
    tb_png_part p = part(s, e, TALLY);
    tb_png_tally_add(&e->tally, &p);
    e->x += p.n;
    if (e->x == e->length)
        begin_row(e, how == TB_FILTER_ALL ? smallest(e) : choose(e));
    return TB_MORE;
}

/* Writes the IDAT if it is full, or the last. */
static bool put_idat(enc *e, bool last)
{
    size_t n = IDAT - e->z.avail_out;

    if (n == 0 || (n < IDAT && !last))
        return true;
    e->z.next_out = e->idat;
    e->z.avail_out = IDAT;
    return tb_png_chunk_put(e->args->bytes, "IDAT", e->idat, n);
}

/* zlib finds repeats better when it does not look for what filters leave, and in grain
 * it is to look for nothing but runs. */
static int strategy(const enc *e)
{
    if (e->drawn == VOTES || (e->strategy == Z_DEFAULT_STRATEGY && e->drawn > -VOTES))
        return Z_DEFAULT_STRATEGY;
    if (e->noisy == VOTES && e->args->how->level < SEARCH)
        return Z_RLE;
    return e->strategy == Z_DEFAULT_STRATEGY || e->noisy == -VOTES ? Z_FILTERED : e->strategy;
}

static tb_status tune(tb_stage *s, enc *e, tb_error *err)
{
    int next = e->args->how->filter == TB_FILTER_AUTO ? strategy(e) : e->strategy;

    if (next != e->strategy) {
        int status = deflateParams(&e->z, e->args->how->level, next);
        bool full = e->z.avail_out == 0;
        if (!put_idat(e, false))
            return no_memory(s, err);
        if (status == Z_BUF_ERROR && full)
            return TB_MORE;
    }
    e->strategy = next;
    e->piece_size = piece_for(e->args->how->level, next);
    e->phase = ROW;
    return TB_MORE;
}

static void next_piece(const tb_stage *s, enc *e)
{
    tb_png_part p = part(s, e, e->piece_size);

    tb_png_filter(e->piece + 1, &p, e->filter);
    e->z.next_in = e->piece + (p.leftmost ? 0 : 1);
    e->z.avail_in = (uInt)(p.n + (p.leftmost ? 1 : 0));
    e->x += p.n;
}

static tb_status deflate_row(tb_stage *s, enc *e, tb_error *err)
{
    if (e->z.avail_in == 0)
        next_piece(s, e);
    deflate(&e->z, Z_NO_FLUSH);
    if (!put_idat(e, false))
        return no_memory(s, err);
    if (e->z.avail_in > 0 || e->x < e->length)
        return TB_MORE;
    e->x = 0;
    e->y++;
    e->phase = e->y == e->shape.height ? FINISH : CHOOSE;
    tb_advance(&s->in[0], e->y - 1, e->y + 1);
    return TB_MORE;
}

static tb_status finish(tb_stage *s, enc *e, tb_error *err)
{
    if (e->args->how->level > 7)
        deflateTune(&e->z, 8, 16, 128, 128); /* the 262 bytes it holds back come at once */
    bool ended = deflate(&e->z, Z_FINISH) == Z_STREAM_END;

    if (!put_idat(e, ended) || (ended && !tb_png_chunk_put(e->args->bytes, "IEND", NULL, 0)))
        return no_memory(s, err);
    return ended ? TB_DONE : TB_MORE;
}

static tb_status write_icc(tb_stage *s, enc *e, tb_error *err)
{
    const tb_meta *meta = e->args->keep & TB_KEEP_ICC ? e->args->meta : NULL;
    tb_status status = tb_png_icc_step(&e->icc, meta, e->shape.channels, e->args->bytes, s->mem, err);

    if (status == TB_DONE)
        e->phase = META;
    return status == TB_FAIL ? TB_FAIL : TB_MORE;
}

static tb_status write_meta(tb_stage *s, enc *e, tb_error *err)
{
    tb_status status = tb_png_meta_step(&e->meta, e->args->bytes, s->mem, err);

    if (status == TB_DONE)
        e->phase = CHOOSE;
    return status == TB_FAIL ? TB_FAIL : TB_MORE;
}

static tb_status png_step(tb_stage *s, tb_error *err)
{
    enc *e = s->state;

    switch (e->phase) {
    case START:
        return start(s, e, err);
    case ICC:
        return write_icc(s, e, err);
    case META:
        return write_meta(s, e, err);
    case CHOOSE:
        return choose_filter(s, e);
    case TUNE:
        return tune(s, e, err);
    case ROW:
        return deflate_row(s, e, err);
    case FINISH:
        return finish(s, e, err);
    }
    return TB_FAIL;
}

static void png_close(tb_stage *s)
{
    enc *e = s->state;

    if (e->deflating)
        deflateEnd(&e->z);
    tb_png_icc_close(&e->icc, s->mem);
    tb_outgoing_close(&e->meta.what, s->mem);
}

const tb_stage_ops tb_png_enc = {
    .name = "png", .size = sizeof(enc), .ins = 1, .open = png_open, .step = png_step, .close = png_close};
