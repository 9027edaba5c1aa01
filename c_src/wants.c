/* wants.c - hashes and colours of a result, each from a small copy of it. */
#include "wants.h"
#include "fit.h"

#define BLUR_SIDE 64 /* it keeps no more than 9 waves of it */

static_assert(BLUR_SIDE <= TB_BLUR_HASH_SIDE, "it takes so many");

/* In sRGB, so many pixels a side at most. */
static tb_way small_copy(tb_way *w, int side)
{
    const tb_resize_op op = {
        .width = {side, false}, .height = {side, false}, .fit = TB_FIT_INSIDE, .dpr = 1, .reduce = true};
    tb_way small;

    tb_way_settle(w);
    small = *w;
    tb_fitted f = tb_fit_box(&op, w->shape.width, w->shape.height);
    tb_way_scale(&small, f.width, f.height, TB_LINEAR, false);
    tb_way_to_srgb(&small);
    return small;
}

static tb_node *end_in(tb_way *w, tb_way *small, const tb_stage_ops *ops)
{
    tb_node *n = tb_way_add(small, ops, small->shape);

    w->full |= small->full;
    return n;
}

static void thumb_hash(tb_way *w, tb_look *look)
{
    tb_way small = small_copy(w, TB_THUMB_HASH_SIDE);

    tb_way_convert(&small, 4);
    end_in(w, &small, &tb_thumb_hash)->thumb_hash.look = look;
}

static void blur_hash(tb_way *w, const tb_pipe *pipe, tb_look *look)
{
    tb_way small = small_copy(w, BLUR_SIDE);

    tb_way_flatten(&small, pipe->output.background);
    tb_way_convert(&small, 3);
    tb_blur_hash_args *a = &end_in(w, &small, &tb_blur_hash)->blur_hash;
    a->look = look;
    a->across = pipe->want.blur_across;
    a->down = pipe->want.blur_down;
}

/* Stretched to a square, on the background. */
static void perceptual_hash(tb_way *w, const tb_pipe *pipe, tb_look *look)
{
    tb_way small;

    tb_way_settle(w);
    small = *w;
    tb_way_scale(&small, TB_PHASH_SIDE, TB_PHASH_SIDE, TB_LINEAR, false);
    tb_way_to_srgb(&small);
    tb_way_flatten(&small, pipe->output.background);
    tb_way_convert(&small, 1);
    end_in(w, &small, &tb_phash)->phash.look = look;
}

static void colours(tb_way *w, int swatches, tb_look *look)
{
    tb_way small = small_copy(w, TB_PALETTE_SIDE);

    tb_way_convert(&small, small.shape.channels % 2 ? 3 : 4);
    tb_palette_args *a = &end_in(w, &small, &tb_palette)->palette;
    a->look = look;
    a->swatches = swatches > 0 ? swatches : 1;
}

void tb_way_wants(tb_way *w, const tb_pipe *pipe, tb_look *look)
{
    const tb_want *want = &pipe->want;

    if (want->thumb_hash)
        thumb_hash(w, look);
    if (want->blur_across)
        blur_hash(w, pipe, look);
    if (want->phash)
        perceptual_hash(w, pipe, look);
    if (want->average || want->dominant || want->swatches)
        colours(w, want->swatches, look);
}
