/* looks.c - the way through what makes each pixel from itself alone. */
#include "looks.h"

/* The channels without which there is nothing to see of the step. */
static int channels_for(const tb_point_step *p, int channels)
{
    switch ((tb_point_kind)p->kind) {
    case TB_POINT_SEPIA:
    case TB_POINT_TINT:
        return channels < 3 ? channels + 2 : channels;
    case TB_POINT_THRESHOLD:
        return channels < 3 ? channels : channels - 2;
    case TB_POINT_OPACITY:
        return channels % 2 ? channels + 1 : channels;
    default:
        return channels;
    }
}

/* The stage behind which we stand, if it takes one more step. */
static tb_point_args *open_list(const tb_way *w)
{
    tb_node *n = &w->route->node[w->at];

    return w->fresh && n->ops == &tb_point && n->point.count < TB_POINT_STEPS ? &n->point : NULL;
}

static tb_point_step numbers(tb_point_kind kind, double a, double b, double c)
{
    return (tb_point_step){.kind = (uint8_t)kind, .n = {(float)a, (float)b, (float)c}};
}

static tb_point_step step_of(const tb_op *op)
{
    const tb_look_op *l = &op->look;
    tb_point_step tint = {.kind = TB_POINT_TINT, .colour = {l->colour[0], l->colour[1], l->colour[2]}};

    switch (op->kind) {
    case TB_OP_NORMALISE:
        return numbers(TB_POINT_LEVELS, op->normalise.levels.low, op->normalise.levels.high, 0);
    case TB_OP_BRIGHTNESS:
        return numbers(TB_POINT_MODULATE, l->by, 1, 0);
    case TB_OP_SATURATION:
        return numbers(TB_POINT_MODULATE, 1, l->saturation, 0);
    case TB_OP_HUE:
        return numbers(TB_POINT_MODULATE, 1, 1, l->angle);
    case TB_OP_MODULATE:
        return numbers(TB_POINT_MODULATE, l->by, l->saturation, l->angle);
    case TB_OP_CONTRAST:
        return numbers(TB_POINT_CONTRAST, l->by, 0, 0);
    case TB_OP_GAMMA:
        return numbers(TB_POINT_GAMMA, l->by, 0, 0);
    case TB_OP_INVERT:
        return numbers(TB_POINT_INVERT, 0, 0, 0);
    case TB_OP_SEPIA:
        return numbers(TB_POINT_SEPIA, l->by, 0, 0);
    case TB_OP_TINT:
        return tint;
    case TB_OP_THRESHOLD:
        return numbers(TB_POINT_THRESHOLD, l->by, 0, 0);
    case TB_OP_OPACITY:
        return numbers(TB_POINT_OPACITY, l->by, 0, 0);
    default:
        return numbers(TB_POINT_ADD, op->brighten.add, 0, 0);
    }
}

/* Steps next to each other share a stage, as long as there is room. */
void tb_way_look(tb_way *w, const tb_op *op)
{
    tb_point_step step = step_of(op);

    if (tb_point_idle(&step, w->shape.channels))
        return;
    tb_way_convert(w, channels_for(&step, w->shape.channels));
    tb_point_args *list = open_list(w);
    if (!list)
        list = &tb_way_add(w, &tb_point, w->shape)->point;
    list->step[list->count++] = step;
}
