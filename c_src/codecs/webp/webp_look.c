/* webp_look.c - from the first chunk to the point where libwebp can begin. */
#include "webp_look.h"
#include <string.h>

#define RIFF_HEAD  12
#define CHUNK_HEAD 8
#define HOPS       64 /* chunks passed in a step */
#define FRAME_TAG  10 /* bytes before the first partition of a VP8 frame */
#define VP8L_TAG   5  /* signature and size */
#define HORIZONTAL 1  /* filter of an alpha channel; its rows begin with what is above */

/* FIND (the chunk) -> ALPHA (its head) -> LOSSY (the frame's) -> READY
 *                  -> LOSSLESS ------------------------------->       */
typedef enum { FIND, ALPHA, LOSSLESS, LOSSY, READY } phase;

static uint32_t le24(const uint8_t *p)
{
    return (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static tb_status truncated(const tb_webp_look *l, tb_error *err)
{
    return tb_fail(err, TB_E_TRUNCATED, "webp", "ends in row 0 of %d", l->head.height);
}

static size_t up_to(const tb_webp_look *l, size_t end)
{
    return tb_webp_up_to(l->how, end);
}

static tb_status starved(const tb_webp_look *l, tb_error *err)
{
    return tb_input_last(l->how->input) ? truncated(l, err) : TB_HUNGRY;
}

/* The chunk whose head is p is the picture. */
static void found(tb_webp_look *l, const uint8_t *p, size_t size)
{
    l->picture = l->at + CHUNK_HEAD;
    l->head.bytes = size;
    l->head.lossless = p[3] == 'L';
    l->head.alpha = !l->head.lossless && l->alpha_bytes > 0;
    l->phase = l->head.lossless ? LOSSLESS : l->head.alpha ? ALPHA : LOSSY;
}

static tb_status find(tb_webp_look *l, tb_error *err)
{
    const tb_input *in = l->how->input;

    for (int i = 0; i < HOPS && l->phase == FIND; i++) {
        if (in->safe < CHUNK_HEAD || l->at > in->safe - CHUNK_HEAD)
            return starved(l, err);
        const uint8_t *p = tb_input_at(in, l->at);
        size_t size = (size_t)p[7] << 24 | le24(p + 4);
        if (!memcmp(p, "VP8 ", 4) || !memcmp(p, "VP8L", 4)) {
            found(l, p, size);
        } else if (!memcmp(p, "ALPH", 4)) {
            l->alpha = l->at + CHUNK_HEAD;
            l->alpha_bytes = size;
        }
        l->at += CHUNK_HEAD + size + (size & 1);
    }
    return TB_MORE;
}

/* Reads the head of a VP8L stream of so many bytes, which begins at `at`. */
static tb_status read_vp8l(tb_webp_look *l, tb_mem *mem, size_t at, size_t size, phase next, tb_error *err)
{
    const tb_input *in = l->how->input;
    size_t end = up_to(l, at + size);
    bool whole = end == at + size;

    if (end < at)
        return starved(l, err);
    if (!l->head.vp8l.work && !tb_vp8l_open(&l->head.vp8l, mem, l->head.width, l->head.height))
        return tb_no_memory(err, mem, "webp", "reading its head");
    switch (tb_vp8l_step(&l->head.vp8l, tb_input_at(in, at), end - at, whole || tb_input_last(in))) {
    case TB_HUNGRY:
        return starved(l, err);
    case TB_FAIL:
        return whole ? tb_fail(err, TB_E_CORRUPT, "webp", "its head is damaged") : truncated(l, err);
    case TB_DONE:
        tb_vp8l_close(&l->head.vp8l, mem);
        l->phase = (int)next;
        break;
    default:
        break;
    }
    return TB_MORE;
}

/* The first byte: compression in bits 0 and 1, filter in 2 and 3. */
static tb_status read_alpha(tb_webp_look *l, tb_mem *mem, tb_error *err)
{
    if (up_to(l, l->alpha + 1) <= l->alpha)
        return starved(l, err);
    uint8_t kind = *tb_input_at(l->how->input, l->alpha);
    l->head.packed = (kind & 3) == 1;
    l->slant = l->head.packed && (kind >> 2 & 3) == HORIZONTAL;
    if (l->head.packed)
        return read_vp8l(l, mem, l->alpha + 1, l->alpha_bytes - 1, LOSSY, err);
    l->phase = LOSSY;
    return TB_MORE;
}

static tb_status read_lossless(tb_webp_look *l, tb_mem *mem, tb_error *err)
{
    if (l->head.bytes < VP8L_TAG)
        return tb_fail(err, TB_E_CORRUPT, "webp", "its head is damaged");
    l->shown = l->picture + VP8L_TAG + l->head.bytes / 8; /* libwebp does not begin before */
    return read_vp8l(l, mem, l->picture + VP8L_TAG, l->head.bytes - VP8L_TAG, READY, err);
}

/* What no encoder writes, and libwebp reads differently as the bytes come: the
 * value of an arithmetic code is below its range, which begins as 255. */
static tb_status no_code(tb_error *err)
{
    return tb_fail(err, TB_E_CORRUPT, "webp", "a partition of it is no arithmetic code");
}

/* libwebp begins when all partitions but the last are there, whose sizes are
 * behind the first.  TB_DONE if the bytes to show are known. */
static tb_status reach(tb_webp_look *l, size_t sizes, tb_error *err)
{
    const tb_input *in = l->how->input;
    size_t left = (size_t)l->head.vp8.partitions - 1, at = sizes + 3 * left;

    for (;; left--, sizes += 3) {
        if (up_to(l, at + 1) <= at)
            return starved(l, err);
        size_t size = left ? le24(tb_input_at(in, sizes)) : 1;
        if (size > 0 && *tb_input_at(in, at) == 255)
            return no_code(err);
        if (left == 0)
            break;
        at += size;
    }
    l->shown = at;
    return TB_DONE;
}

static tb_status read_lossy(tb_webp_look *l, tb_error *err)
{
    size_t tag = up_to(l, l->picture + FRAME_TAG);

    if (l->head.bytes < FRAME_TAG)
        return tb_fail(err, TB_E_CORRUPT, "webp", "its head is damaged");
    if (tag < l->picture + FRAME_TAG)
        return starved(l, err);
    const uint8_t *frame = tb_input_at(l->how->input, l->picture);
    size_t size = FRAME_TAG + (size_t)(le24(frame) >> 5);
    if (size > l->head.bytes)
        return tb_fail(err, TB_E_CORRUPT, "webp", "its head is damaged");
    if (up_to(l, l->picture + size) < l->picture + size)
        return starved(l, err);
    l->head.vp8 = tb_vp8_read(frame, size);
    if (l->head.vp8.partitions == 0)
        return no_code(err);
    tb_status status = reach(l, l->picture + size, err);
    if (status != TB_DONE)
        return status;
    l->phase = READY;
    return TB_MORE;
}

tb_status tb_webp_look_step(tb_webp_look *l, tb_mem *mem, tb_error *err)
{
    if (l->at == 0)
        l->at = RIFF_HEAD;
    switch ((phase)l->phase) {
    case FIND:
        return find(l, err);
    case ALPHA:
        return read_alpha(l, mem, err);
    case LOSSLESS:
        return read_lossless(l, mem, err);
    case LOSSY:
        return read_lossy(l, err);
    case READY:
        return TB_DONE;
    }
    return TB_DONE;
}

void tb_webp_look_close(tb_webp_look *l, tb_mem *mem)
{
    tb_vp8l_close(&l->head.vp8l, mem);
}
