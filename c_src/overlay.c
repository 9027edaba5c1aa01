/* overlay.c - one way meets another.
 *
 * The picture below stays as it is stored; what is laid on it is turned the other
 * way instead, and so is its place. */
#include "overlay.h"
#include "fit.h"
#include "orient.h"
#include <string.h>

bool tb_way_share_profile(const tb_way *w, const tb_way *over)
{
    const tb_meta *a = &w->picture->meta, *b = &over->picture->meta;

    return w->foreign && tb_way_keeps_profile(w) && over->profile && a->icc_size == b->icc_size &&
           memcmp(a->icc, b->icc, a->icc_size) == 0;
}

/* Both in colour or both grey, and, of what stays in the colours of a profile, both in these; alpha in the one
 * above, and, where the mode cuts holes, in the one below. */
static void match(tb_way *w, tb_way *over, tb_blend blend)
{
    bool colour = w->shape.channels > 2 || over->shape.channels > 2;
    bool alpha = w->shape.channels % 2 == 0 || blend >= TB_BLEND_SOURCE;
    bool stays = w->foreign && tb_way_keeps_profile(w) && colour == (w->shape.channels > 2);

    if (!stays || !tb_way_keeps_profile(over))
        tb_way_to_srgb(over);
    tb_way_convert(over, colour ? 4 : 2);
    if (stays && !over->foreign)
        tb_way_from_srgb(over, w->picture);
    tb_way_settle(over);
    tb_way_convert(w, (colour ? 3 : 1) + alpha);
    tb_way_settle(w);
}

static int between(int least, int v, int most)
{
    return v < least ? least : v > most ? most : v;
}

/* What of it lies on the picture below; may be nothing. */
static tb_rect visible(tb_rect at, tb_shape on)
{
    int left = between(0, at.x, on.width), right = between(0, at.x + at.width, on.width);
    int top = between(0, at.y, on.height), bottom = between(0, at.y + at.height, on.height);

    return (tb_rect){left, top, right - left, bottom - top};
}

/* Where there is nothing above, these leave nothing below. */
static bool clears(tb_blend blend)
{
    return blend == TB_BLEND_SOURCE || blend == TB_BLEND_IN || blend == TB_BLEND_DEST_IN ||
           blend == TB_BLEND_OUT || blend == TB_BLEND_DEST_ATOP;
}

/* As large as the picture below, and clear where it was not. */
static void spread(tb_way *over, tb_rect at, tb_rect seen, tb_shape on)
{
    tb_shape shape = {on.width, on.height, over->shape.channels};

    tb_way_crop_stored(over, (tb_rect){seen.x - at.x, seen.y - at.y, seen.width, seen.height});
    tb_pad_args *p = &tb_way_add(over, &tb_pad, shape)->pad;
    p->x = seen.x;
    p->y = seen.y;
    p->width = on.width;
    p->height = on.height;
}

static void join(tb_way *w, tb_way *over, int x, int y, double opacity, const tb_composite_op *op)
{
    tb_way_settle(over);
    w->full |= over->full;
    tb_node *n = tb_way_add(w, &tb_composite, w->shape);
    n->over = over->at;
    n->composite.x = x;
    n->composite.y = y;
    n->composite.tile = op->tile;
    n->composite.opacity = opacity;
    n->composite.mode = op->blend;
}

void tb_way_lay_over(tb_way *w, tb_way *over, const tb_composite_op *op)
{
    tb_shape up = tb_way_upright(w), size = tb_way_upright(over);
    tb_rect at = tb_fit_place(op->gravity, op->x, op->y, size.width, size.height, up.width, up.height);
    double opacity = op->opacity;

    over->turn = tb_orient_then(over->turn, tb_orient_undo(w->turn));
    tb_way_turn_upright(over);
    match(w, over, op->blend);
    at = tb_orient_back(w->turn, at, w->shape.width, w->shape.height);
    tb_rect seen = visible(at, w->shape);
    bool nothing = !op->tile && (seen.width == 0 || seen.height == 0);
    if (nothing) { /* a pixel of it, but clear, stands for all */
        at.x = at.y = 0;
        seen = (tb_rect){0, 0, 1, 1};
        opacity = 0;
    }
    if (!op->tile && clears(op->blend)) {
        spread(over, at, seen, w->shape);
        at.x = at.y = 0;
    }
    join(w, over, at.x, at.y, opacity, op);
}
