/* follow.c - what each operation adds to the way. */
#include "follow.h"
#include "canvas.h"
#include "fit.h"
#include "looks.h"
#include "orient.h"
#include "overlay.h"
#include "survey.h"
#include "whole.h"

static tb_status resize(tb_way *w, const tb_resize_op *op)
{
    tb_shape up = tb_way_upright(w);
    tb_fitted f = tb_fit_box(op, up.width, up.height);

    if (tb_way_check(w, f.width, f.height) == TB_FAIL ||
        tb_way_check(w, f.canvas_width, f.canvas_height) == TB_FAIL)
        return TB_FAIL;
    tb_way_scale(w, f.width, f.height, op->kernel, op->linear);
    if (op->smart != TB_SMART_NONE)
        return tb_way_smart_crop(w, f.keep.width, f.keep.height, op->smart, &op->place);
    tb_way_crop(w, f.keep);
    tb_pad_args on = {.x = f.x, .y = f.y, .width = f.canvas_width, .height = f.canvas_height};
    return tb_way_lay(w, on, &op->background);
}

static tb_status crop(tb_way *w, const tb_crop_op *op)
{
    tb_shape up = tb_way_upright(w);
    tb_rect r;

    if (!tb_fit_crop(op, up.width, up.height, &r))
        return tb_fail(w->err, TB_E_LIMIT, "crop", "%dx%d at %d,%d leaves the picture, which is %dx%d",
                       r.width, r.height, r.x, r.y, up.width, up.height);
    if (op->smart != TB_SMART_NONE)
        return tb_way_smart_crop(w, r.width, r.height, op->smart, &op->place);
    tb_way_crop(w, r);
    return TB_MORE;
}

/* The squares are laid out upright. */
static void pixelate(tb_way *w, const tb_pixelate_args *args)
{
    if (args->size == 1)
        return;
    tb_way_turn_upright(w);
    tb_way_add(w, &tb_pixelate, w->shape)->pixelate = *args;
}

static void sharpen(tb_way *w, const tb_sharpen_op *op)
{
    tb_sharpen_args *a = &tb_way_add(w, &tb_sharpen, w->shape)->sharpen;

    a->sigma = (float)op->sigma;
    a->flat = (float)op->flat;
    a->jagged = (float)op->jagged;
    a->threshold = (float)op->threshold;
    a->brighter = (float)op->brighter;
    a->darker = (float)op->darker;
}

static int quarter_turns(int angle)
{
    return angle == 90 ? 6 : angle == 180 ? 3 : angle == 270 ? 8 : 1;
}

/* To the picture that is laid on, as large as it is to be. */
static tb_status go_over(tb_way *over, const tb_plan *plan, const tb_composite_op *op, int base_width)
{
    const tb_pipe *layer = &plan->layer[op->picture];
    int width = (int)(base_width * op->scale + 0.5);
    tb_resize_op size = {.width = {width < 1 ? 1 : width, false},
                         .kernel = TB_LANCZOS3,
                         .dpr = 1,
                         .enlarge = true,
                         .reduce = true};

    if (tb_way_start(over) == TB_FAIL)
        return TB_FAIL;
    for (int i = 0; i < layer->count; i++)
        if (tb_way_follow(over, plan, &layer->op[i]) == TB_FAIL)
            return TB_FAIL;
    if (op->scale > 0 && resize(over, &size) == TB_FAIL)
        return TB_FAIL;
    tb_way_grey_now(over);
    return TB_MORE;
}

/* By levels that were found in sRGB. */
static bool normalises(const tb_pipe *pipe)
{
    for (int i = 0; i < pipe->count; i++)
        if (pipe->op[i].kind == TB_OP_NORMALISE)
            return true;
    return false;
}

static tb_status composite(tb_way *w, const tb_plan *plan, const tb_composite_op *op)
{
    tb_way over = tb_way_new(plan, op->picture, w->route, w->err);

    over.most = w->most;
    if (tb_way_share_profile(w, &over) && !normalises(&plan->layer[op->picture]))
        over.keep = TB_KEEP_ICC;
    tb_way_settle(w);
    if (go_over(&over, plan, op, tb_way_upright(w).width) == TB_FAIL)
        return TB_FAIL;
    tb_way_lay_over(w, &over, op);
    return TB_MORE;
}

/* A look that is only guessed at: a branch of the way, for its cost. */
static void guess(tb_way *w, const tb_op *op)
{
    tb_way aside;

    tb_way_settle(w);
    aside = *w;
    tb_survey_look(&aside, op, &w->route->found);
    w->full |= aside.full;
}

/* What moves pixels, or makes fewer of them, may come before the colour is taken out. */
static bool lets_grey_wait(tb_op_kind kind)
{
    return kind == TB_OP_RESIZE || kind == TB_OP_CROP || kind == TB_OP_FLIP || kind == TB_OP_ROTATE;
}

tb_status tb_way_follow(tb_way *w, const tb_plan *plan, const tb_op *op)
{
    if (!lets_grey_wait(op->kind))
        tb_way_grey_now(w);
    switch (op->kind) {
    case TB_OP_RESIZE:
        return resize(w, &op->resize);
    case TB_OP_CROP:
        return crop(w, &op->crop);
    case TB_OP_FLIP:
        w->turn = tb_orient_then(w->turn, op->flip.direction == TB_VERTICAL ? 4 : 2);
        return TB_MORE;
    case TB_OP_ROTATE:
        w->turn = tb_orient_then(w->turn, quarter_turns(op->rotate.angle));
        return TB_MORE;
    case TB_OP_BLUR:
        tb_way_add(w, &tb_blur, w->shape)->blur = op->blur;
        return TB_MORE;
    case TB_OP_GREYSCALE:
        tb_way_grey(w);
        return TB_MORE;
    case TB_OP_BRIGHTEN:
    case TB_OP_BRIGHTNESS:
    case TB_OP_CONTRAST:
    case TB_OP_SATURATION:
    case TB_OP_HUE:
    case TB_OP_GAMMA:
    case TB_OP_MODULATE:
    case TB_OP_INVERT:
    case TB_OP_SEPIA:
    case TB_OP_TINT:
    case TB_OP_THRESHOLD:
    case TB_OP_OPACITY:
        tb_way_look(w, op);
        return TB_MORE;
    case TB_OP_SHARPEN:
        sharpen(w, &op->sharpen);
        return TB_MORE;
    case TB_OP_PIXELATE:
        pixelate(w, &op->pixelate);
        return TB_MORE;
    case TB_OP_CONVOLVE:
        tb_way_turn_upright(w); /* a kernel has an upper and a lower side */
        tb_way_add(w, &tb_stencil, w->shape)->stencil.kernel = &op->convolve;
        return TB_MORE;
    case TB_OP_MEDIAN:
        tb_way_add(w, &tb_median, w->shape);
        return TB_MORE;
    case TB_OP_AFFINE:
        return tb_way_affine(w, &op->affine);
    case TB_OP_CLAHE:
        return tb_way_clahe(w, &op->clahe);
    case TB_OP_EQUALISE:
        return tb_way_equalise(w);
    case TB_OP_FLATTEN:
        tb_way_flatten(w, op->look.colour);
        return TB_MORE;
    case TB_OP_COMPOSITE:
        return composite(w, plan, &op->composite);
    case TB_OP_EXTEND:
        return tb_way_extend(w, &op->extend);
    case TB_OP_PAD:
        return tb_way_pad(w, &op->pad);
    case TB_OP_ROUND:
        tb_way_round(w, op->round.radius);
        return TB_MORE;
    case TB_OP_CIRCLE:
        tb_way_circle(w);
        return TB_MORE;
    case TB_OP_NORMALISE:
    case TB_OP_TRIM:
        if (op->known)
            tb_survey_follow(w, op);
        else
            guess(w, op);
        return TB_MORE;
    }
    return TB_MORE;
}
