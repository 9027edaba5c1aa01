/* whole.c - smart crops, affine turns, and contrast: of the upright picture, in sRGB. */
#include "whole.h"
#include "canvas.h"
#include "codecs/foreign.h"
#include "fit.h"

static bool needs_vips(const tb_op *op)
{
    switch (op->kind) {
    case TB_OP_RESIZE:
        return op->resize.smart != TB_SMART_NONE;
    case TB_OP_CROP:
        return op->crop.smart != TB_SMART_NONE;
    case TB_OP_AFFINE:
    case TB_OP_CLAHE:
    case TB_OP_EQUALISE:
        return true;
    default:
        return false;
    }
}

bool tb_needs_vips(const tb_pipe *pipe)
{
    for (int i = 0; i < pipe->count; i++)
        if (needs_vips(&pipe->op[i]))
            return true;
    return false;
}

/* The stage, its arguments but for the kind all zero; NULL where there is no libvips. */
static tb_change_args *add(tb_way *w, const tb_stage_ops *ops, tb_change kind, tb_shape shape)
{
    tb_change_args *a;

    if (!tb_foreign()) {
        tb_foreign_needed(w->err, ops->name, w->no_vips);
        return NULL;
    }
    tb_way_grey_now(w);
    tb_way_turn_upright(w);
    shape.channels = w->shape.channels;
    a = &tb_way_add(w, ops, shape)->change;
    a->kind = kind;
    return a;
}

tb_status tb_way_smart_crop(tb_way *w, int width, int height, tb_smart by, const tb_place *place)
{
    tb_shape up = tb_way_upright(w);
    tb_change_args *a;

    if (up.width == width && up.height == height)
        return TB_MORE;
    a = add(w, &tb_smart_crop, TB_CHANGE_SMART_CROP, (tb_shape){width, height, 0});
    if (!a)
        return TB_FAIL;
    a->smart_crop = (tb_smart_crop_args){width, height, by, (tb_place *)place}; /* the stage says where */
    return TB_MORE;
}

static bool is_idle(const tb_affine_args *a)
{
    return a->a == 1 && a->b == 0 && a->c == 0 && a->d == 1;
}

static tb_status check_size(tb_way *w, double width, double height)
{
    const double most = 65500;

    if (width > most || height > most)
        return tb_fail(w->err, TB_E_LIMIT, "plan",
                       "it would become %.0fx%.0f; no side may be longer than %.0f", width, height, most);
    return tb_way_check(w, (int)width, (int)height);
}

tb_status tb_way_affine(tb_way *w, const tb_affine_op *op)
{
    tb_shape up = tb_way_upright(w);
    tb_change_args *a;
    double width, height;

    tb_affine_size(&op->how, up.width, up.height, &width, &height);
    if (is_idle(&op->how))
        return TB_MORE;
    if (check_size(w, width, height) == TB_FAIL)
        return TB_FAIL;
    tb_way_show(w, &op->background);
    a = add(w, &tb_affine, TB_CHANGE_AFFINE, (tb_shape){(int)width, (int)height, 0});
    if (!a)
        return TB_FAIL;
    a->affine = op->how;
    a->affine.width = (int)width;
    a->affine.height = (int)height;
    for (int i = 0; i < 4; i++)
        a->affine.background[i] = op->background.colour[i];
    return TB_MORE;
}

/* Of a picture in colour the luma goes a way of its own, and then the colours follow it. */
static tb_status relight(tb_way *w, const tb_stage_ops *ops, const tb_change_args *how)
{
    tb_way luma;
    tb_change_args *a;

    tb_way_turn_upright(w);
    if (!tb_way_keeps_profile(w))
        tb_way_to_srgb(w);
    tb_way_settle(w);
    luma = *w;
    luma.foreign = false;
    tb_way_convert(&luma, w->shape.channels % 2 ? 1 : 2);
    a = add(&luma, ops, how->kind, luma.shape);
    if (!a)
        return TB_FAIL;
    *a = *how;
    tb_way_settle(&luma);
    w->full |= luma.full;
    if (w->shape.channels < 3)
        *w = luma;
    else
        tb_way_add(w, &tb_relight, w->shape)->over = luma.at;
    return TB_MORE;
}

/* A window that is larger than the picture is as large. */
tb_status tb_way_clahe(tb_way *w, const tb_clahe_op *op)
{
    const tb_length placed = {-1, false};
    tb_crop_op window = {placed, placed, op->width, op->height, {0.5, 0.5, false}, TB_SMART_NONE, {0}};
    tb_shape up = tb_way_upright(w);
    tb_change_args how = {.kind = TB_CHANGE_CLAHE};
    tb_rect r;

    if (!tb_fit_crop(&window, up.width, up.height, &r))
        return TB_MORE;
    how.clahe = (tb_clahe_args){r.width, r.height, op->slope};
    return relight(w, &tb_clahe, &how);
}

tb_status tb_way_equalise(tb_way *w)
{
    const tb_change_args how = {.kind = TB_CHANGE_EQUALISE};

    return relight(w, &tb_equalise, &how);
}
