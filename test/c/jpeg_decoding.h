/* jpeg_decoding.h - the JPEG decoder, fed and cut in any way. */
#ifndef JPEG_DECODING_H
#define JPEG_DECODING_H

#include "jpeg_samples.h"

typedef struct {
    int shrink;     /* 0 = 1 */
    tb_rect region; /* all zero = everything */
    bool keep;
    size_t piece; /* bytes that come at once; 0 = all */
    long steps;   /* of a slice; 0 = no end */
    tb_limits limits;
    size_t memory; /* limit */
} way;

typedef struct {
    long steps;    /* it took */
    size_t peak;   /* bytes */
    size_t stride; /* bytes of input that a step left behind, at most */
    bool was_long;
} cost;

static cost seen_cost; /* of the steps till now */

static inline tb_status counted_step(tb_stage *s, tb_error *err)
{
    const tb_input *in = ((const tb_decode *)s->args)->input;
    size_t before = in->keep;
    tb_status status = tb_jpeg_dec.step(s, err);

    seen_cost.steps++;
    seen_cost.was_long |= s->long_step;
    if (in->keep - before > seen_cost.stride)
        seen_cost.stride = in->keep - before;
    return status;
}

static inline tb_status try_decode(file f, const tb_header *h, way w, image *out, tb_error *err, cost *took)
{
    tb_mem mem = {.heap = &test_heap, .limit = w.memory};
    tb_chain c = {.mem = &mem};
    tb_input in = {0};
    tb_decode how = {.input = &in,
                     .header = h,
                     .limits = &w.limits,
                     .keep_truncated = w.keep,
                     .shrink = w.shrink ? w.shrink : 1,
                     .region = w.region};
    tb_stage_ops ops = tb_jpeg_dec;
    tb_status status = TB_FAIL;

    ops.step = counted_step;
    seen_cost = (cost){0};
    if (how.region.width == 0)
        how.region = (tb_rect){0, 0, ceil_div(h->width, how.shrink), ceil_div(h->height, how.shrink)};
    if (tb_chain_add(&c, &ops, &how, -1) == 0 && tb_chain_add(&c, &keep, &out, 0) == 1)
        status = run_fed(&c, &in, f, w.piece, w.steps, err);
    seen_cost.peak = mem.peak;
    if (took)
        *took = seen_cost;
    close_fed(&c, &in);
    return status;
}

/* Until the next call; it is too large for a stack. */
static inline tb_header *header_of(image i)
{
    static tb_header h;

    h.format = TB_JPEG;
    h.width = i.w;
    h.height = i.h;
    h.channels = h.components = i.c;
    return &h;
}

static inline image decode(file f, image original, way w)
{
    image out = {0};
    tb_error err = {0};

    if (try_decode(f, header_of(original), w, &out, &err, NULL) != TB_DONE) {
        printf("%s\n", err.text);
        CHECK(false);
    }
    CHECK(err.warnings == 0);
    return out;
}

/* Of what is refused. */
static inline tb_code code_of(file f, const tb_header *h, way w)
{
    image out = {0};
    tb_error err = {0};

    CHECK(try_decode(f, h, w, &out, &err, NULL) == TB_FAIL);
    return err.code;
}

/* The same pixels, however the bytes come and the work is cut. */
static inline void check_pieces(file f, image original, int shrink, image want)
{
    static const size_t pieces[] = {1, 7, 100, 1000, 0};

    for (int p = 0; p < 5; p++)
        for (long steps = pieces[p] ? 2 : 1; steps < 2000; steps *= 5)
            CHECK_SAME(decode(f, original, (way){.shrink = shrink, .piece = pieces[p], .steps = steps}),
                       want);
}

static inline tb_rect any_part(image i, uint32_t *seed)
{
    tb_rect r = {(int)(next_random(seed) % (uint32_t)i.w), (int)(next_random(seed) % (uint32_t)i.h), 1, 1};

    r.width += (int)(next_random(seed) % (uint32_t)(i.w - r.x));
    r.height += (int)(next_random(seed) % (uint32_t)(i.h - r.y));
    return r;
}

static inline image crop(image i, tb_rect r)
{
    image out = image_new(r.width, r.height, i.c);
    size_t n = (size_t)(r.width * i.c);

    for (int y = 0; y < r.height; y++)
        memcpy(out.px + (size_t)y * n, i.px + (size_t)(((r.y + y) * i.w + r.x) * i.c), n);
    return out;
}

/* Its pixels are those of plain libjpeg, at each scale from 1 / least on. */
static inline void check_scales(file f, image original, int least)
{
    for (int shrink = least; shrink <= 8; shrink *= 2)
        CHECK_SAME(decode(f, original, (way){.shrink = shrink}), ref_decode(f, shrink, original.c));
}

static inline void check_losses(file f, image original, way w)
{
    for (int on = 0; on < 2; on++) {
        fail_on = on;
        for (long n = 0; lose_next(&n);) {
            image out = {0};
            tb_error err = {0};
            CHECK_LOSS(try_decode(f, header_of(original), w, &out, &err, NULL), &err);
        }
    }
}

#endif
