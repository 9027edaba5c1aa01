/* canvas.c - borders and corners. */
#include "canvas.h"
#include "fit.h"

void tb_way_show(tb_way *w, const tb_background *b)
{
    bool grey = b->colour[0] == b->colour[1] && b->colour[1] == b->colour[2];
    bool colour = !grey && w->shape.channels < 3, alpha = b->colour[3] < 255 && w->shape.channels % 2;

    if (b->fits)
        return;
    if (colour)
        tb_way_to_srgb(w);
    tb_way_convert(w, w->shape.channels + 2 * colour + alpha);
}

tb_status tb_way_lay(tb_way *w, tb_pad_args on, const tb_background *background)
{
    tb_shape up = tb_way_upright(w);

    if (tb_way_check(w, on.width, on.height) == TB_FAIL)
        return TB_FAIL;
    if (up.width == on.width && up.height == on.height)
        return TB_MORE;
    tb_way_turn_upright(w);
    if (on.extend == TB_EXTEND_COLOUR)
        tb_way_show(w, background);
    for (int i = 0; i < 4; i++)
        on.colour[i] = background->colour[i];
    tb_way_add(w, &tb_pad, (tb_shape){on.width, on.height, w->shape.channels})->pad = on;
    return TB_MORE;
}

tb_status tb_way_extend(tb_way *w, const tb_extend_op *op)
{
    tb_shape up = tb_way_upright(w);
    tb_pad_args on = {.x = op->left,
                      .y = op->top,
                      .width = op->left + up.width + op->right,
                      .height = op->top + up.height + op->bottom,
                      .extend = op->mode};

    return tb_way_lay(w, on, &op->background);
}

tb_status tb_way_pad(tb_way *w, const tb_pad_op *op)
{
    tb_shape up = tb_way_upright(w);

    return tb_way_lay(w, tb_fit_pad(op, up.width, up.height), &op->background);
}

static int smaller_side(const tb_way *w)
{
    return w->shape.width < w->shape.height ? w->shape.width : w->shape.height;
}

/* Corners are alike, so it need not be upright. */
void tb_way_round(tb_way *w, tb_length radius)
{
    double side = smaller_side(w), r = radius.part ? radius.n * side : radius.n;

    tb_way_convert(w, w->shape.channels + w->shape.channels % 2);
    tb_way_add(w, &tb_round, w->shape)->round.radius = r < side / 2 ? r : side / 2;
}

void tb_way_circle(tb_way *w)
{
    tb_length side = {smaller_side(w), false}, placed = {-1, false}, half = {0.5, true};
    tb_crop_op square = {placed, placed, side, side, {0.5, 0.5, false}, TB_SMART_NONE, {0}};
    tb_shape up = tb_way_upright(w);
    tb_rect r;

    if (tb_fit_crop(&square, up.width, up.height, &r))
        tb_way_crop(w, r);
    tb_way_round(w, half);
}
