/* survey.c - trim and normalise: a first look at the picture, and what comes of it. */
#include "survey.h"
#include "looks.h"

static bool needs_look(const tb_op *op)
{
    return op->kind == TB_OP_TRIM || op->kind == TB_OP_NORMALISE;
}

int tb_survey_next(const tb_pipe *pipe)
{
    for (int i = 0; i < pipe->count; i++)
        if (needs_look(&pipe->op[i]) && !pipe->op[i].known)
            return i;
    return -1;
}

/* The corner is that of the upright picture. */
static void turn_for(tb_way *w, const tb_op *op)
{
    if (op->kind == TB_OP_TRIM && op->trim.corner)
        tb_way_turn_upright(w);
}

void tb_survey_look(tb_way *w, const tb_op *op, tb_found *found)
{
    turn_for(w, op);
    if (op->kind == TB_OP_TRIM) {
        tb_find_box_args *a = &tb_way_add(w, &tb_find_box, w->shape)->find_box;
        a->threshold = op->trim.threshold;
        a->corner = op->trim.corner;
        for (int i = 0; i < 4; i++)
            a->background[i] = op->trim.background[i];
        a->found = &found->box;
    } else {
        tb_find_levels_args *a = &tb_way_add(w, &tb_find_levels, w->shape)->find_levels;
        a->low = (float)op->normalise.low;
        a->high = (float)op->normalise.high;
        a->found = &found->levels;
    }
    tb_way_settle(w);
}

void tb_survey_learn(tb_op *op, const tb_found *found)
{
    op->known = true;
    if (op->kind == TB_OP_TRIM)
        op->trim.box = found->box;
    else
        op->normalise.levels = found->levels;
}

void tb_survey_follow(tb_way *w, const tb_op *op)
{
    const tb_found_box *b = &op->trim.box;

    turn_for(w, op);
    if (op->kind == TB_OP_NORMALISE)
        tb_way_look(w, op);
    else if (b->any)
        tb_way_crop_stored(w, (tb_rect){b->x, b->y, b->width, b->height});
}
