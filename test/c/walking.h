/* walking.h - runs the pre-flight walk over bytes in pieces, as a strict owner
 * of the input would: each piece moves all bytes to a block of exactly their
 * size, and what the walk has left behind is gone. */
#ifndef WALKING_H
#define WALKING_H

#include "../../c_src/codecs/walk/walk.h"
#include <stdlib.h>
#include <string.h>

#ifndef CHECK
#define CHECK(x)                                                                                             \
    do {                                                                                                     \
        if (!(x))                                                                                            \
            abort();                                                                                         \
    } while (0)
#endif

typedef struct {
    tb_status status;
    bool known;
    size_t known_at; /* bytes that were here when it was */
    size_t steps;
    tb_header header, plan; /* in the end; when it was known */
    tb_error err;
} walked;

/* What a plan is made from does not change any more once it is known. */
static inline bool same_plan(const tb_header *a, const tb_header *b)
{
    return a->format == b->format && a->width == b->width && a->height == b->height &&
           a->channels == b->channels && a->components == b->components && a->depth == b->depth &&
           a->orientation == b->orientation && a->progressive == b->progressive &&
           a->lossless == b->lossless && a->icc_pieces == b->icc_pieces && a->exif.at == b->exif.at &&
           a->exif.size == b->exif.size && memcmp(a->icc, b->icc, sizeof a->icc) == 0;
}

static inline void feed(tb_input *in, uint8_t **block, const uint8_t *data, size_t size, size_t piece,
                        size_t from)
{
    size_t n = size - in->end < piece ? size - in->end : piece;
    uint8_t *next = malloc(in->end + n - from + 1);

    CHECK(next);
    if (in->end > from)
        memcpy(next, *block + (from - in->first), in->end - from);
    if (n > 0)
        memcpy(next + (in->end - from), data + in->end, n);
    next = realloc(next, in->end + n - from ? in->end + n - from : 1);
    free(*block);
    *block = next;
    in->data = next;
    in->first = from;
    in->ended = n == 0 || piece >= size; /* told late, unless it all comes at once */
    in->end += n;
}

/* Good until it was called four times more. */
static inline const walked *walk_bytes(const uint8_t *data, size_t size, size_t piece,
                                       const tb_limits *limits)
{
    static walked results[4];
    static unsigned next;
    walked *r = &results[next++ % 4];
    tb_walk w = {.limits = limits};
    tb_input in = {0};
    uint8_t *block = NULL;

    memset(r, 0, sizeof *r);
    feed(&in, &block, data, size, piece, 0);
    do {
        size_t safe = in.safe;
        r->status = tb_walk_step(&w, &in, &r->header, &r->err);
        CHECK(in.safe >= safe && in.safe <= in.end);
        CHECK(++r->steps < 4 * size + 100);
        if (w.known && !r->known) {
            r->plan = r->header;
            r->known_at = in.end;
        }
        CHECK(w.known || !r->known);
        r->known = w.known;
        CHECK(!w.known || same_plan(&r->plan, &r->header));
        if (r->status == TB_HUNGRY) {
            CHECK(!in.ended);
            feed(&in, &block, data, size, piece, w.known ? in.safe : 0);
        }
    } while (r->status == TB_MORE || r->status == TB_HUNGRY);
    if (r->status == TB_DONE)
        CHECK(r->known && in.safe == size && r->err.code == TB_E_NONE);
    else
        CHECK(r->status == TB_FAIL && r->err.code != TB_E_NONE && r->err.text[0]);
    free(block);
    return r;
}

#endif
