/* plan.c - from what is asked for to the stages that do it.
 *
 * The picture on its way is kept as it is stored; what would put it upright is
 * remembered (`turn`) and done once, at the end, on the fewest pixels. */
#include "plan.h"
#include "cost.h"
#include "fit.h"
#include "orient.h"

typedef struct {
    const tb_plan *plan;
    const tb_header *header;
    tb_route *route;
    tb_shape shape; /* as stored, behind the last node */
    int turn;       /* puts it upright */
    bool full;      /* there was no room for a node */
    tb_decode *decode;
    tb_error *err;
} way;

static tb_node *add(way *w, const tb_stage_ops *ops, tb_shape shape)
{
    tb_node *n = &w->route->node[w->route->count];

    w->full |= w->route->count == TB_MAX_NODES - 1;
    if (!w->full)
        w->route->count++;
    n->ops = ops;
    n->shape = shape;
    w->route->cost += tb_cost_of(ops, w->shape, shape);
    w->route->memory += tb_memory_of(ops, w->shape, shape);
    w->shape = shape;
    return n;
}

/* Nothing but the decoder is on the route yet. */
static bool at_source(const way *w)
{
    return w->route->count == 1;
}

static tb_shape upright(const way *w)
{
    tb_shape s = w->shape;

    return tb_orient_swaps(w->turn) ? (tb_shape){s.height, s.width, s.channels} : s;
}

static void crop(way *w, tb_rect upright_rect)
{
    tb_rect r = tb_orient_back(w->turn, upright_rect, w->shape.width, w->shape.height);
    tb_shape shape = {r.width, r.height, w->shape.channels};

    if (r.width == w->shape.width && r.height == w->shape.height)
        return;
    if (at_source(w)) {
        w->decode->region.x += r.x;
        w->decode->region.y += r.y;
        w->decode->region.width = r.width;
        w->decode->region.height = r.height;
        w->shape = shape;
        return;
    }
    add(w, &tb_crop, shape)->crop = (tb_crop_args){r.x, r.y, r.width, r.height};
}

static bool divides(int factor, int first, int size, int whole)
{
    return first % factor == 0 && (size % factor == 0 || first + size == whole);
}

/* Shrinking while decoding is a box filter of the DCT's making: half of the
 * reduction at least is left to the kernel, which knows better. */
static bool may_shrink(const way *w, int factor, int width, int height)
{
    tb_rect r = w->decode->region;

    return r.width / factor >= 2 * width && r.height / factor >= 2 * height &&
           divides(factor, r.x, r.width, w->header->width) &&
           divides(factor, r.y, r.height, w->header->height);
}

static void shrink_on_load(way *w, int width, int height)
{
    tb_rect *r = &w->decode->region;
    int factor = 8;

    if (!at_source(w) || w->header->format != TB_JPEG || w->decode->shrink != 1)
        return;
    while (factor > 1 && !may_shrink(w, factor, width, height))
        factor /= 2;
    w->decode->shrink = factor;
    r->x /= factor;
    r->y /= factor;
    r->width = (r->width + factor - 1) / factor;
    r->height = (r->height + factor - 1) / factor;
    w->shape.width = r->width;
    w->shape.height = r->height;
}

static void scale(way *w, int width, int height, tb_kernel kernel)
{
    bool swap = tb_orient_swaps(w->turn);
    int sw = swap ? height : width, sh = swap ? width : height;

    if (kernel != TB_NEAREST)
        shrink_on_load(w, sw, sh);
    if (sw == w->shape.width && sh == w->shape.height)
        return;
    add(w, &tb_resize, (tb_shape){sw, sh, w->shape.channels})->resize = (tb_resize_args){sw, sh, kernel};
}

static tb_status check_side(way *w, int width, int height)
{
    uint32_t most = w->plan->limits.max_side_out;

    if (!most || (width <= (int)most && height <= (int)most))
        return TB_MORE;
    return tb_fail(w->err, TB_E_LIMIT, "plan", "it would become %dx%d; the limit is %u a side (max_side_out)",
                   width, height, most);
}

static void turn_upright(way *w)
{
    int turn = w->turn;

    if (turn != 1)
        add(w, &tb_turn, upright(w))->turn.orientation = turn;
    w->turn = 1;
}

static void pad(way *w, const tb_fitted *f, const uint8_t *colour)
{
    tb_rect on = {f->x, f->y, w->shape.width, w->shape.height};
    tb_shape shape = {f->canvas_width, f->canvas_height, w->shape.channels};

    if (on.width == shape.width && on.height == shape.height)
        return;
    tb_pad_args *p = &add(w, &tb_pad, shape)->pad;
    *p = (tb_pad_args){.x = on.x, .y = on.y, .width = shape.width, .height = shape.height};
    for (int i = 0; i < 4; i++)
        p->colour[i] = colour[i];
}

static tb_status resize(way *w, const tb_resize_op *op)
{
    tb_shape up = upright(w);
    tb_fitted f = tb_fit_box(op, up.width, up.height);

    if (check_side(w, f.width, f.height) == TB_FAIL ||
        check_side(w, f.canvas_width, f.canvas_height) == TB_FAIL)
        return TB_FAIL;
    scale(w, f.width, f.height, op->kernel);
    crop(w, f.keep);
    if (f.canvas_width != f.keep.width || f.canvas_height != f.keep.height) {
        turn_upright(w); /* the canvas is laid out upright */
        pad(w, &f, op->background);
    }
    return TB_MORE;
}

static tb_status cut_out(way *w, const tb_crop_op *op)
{
    tb_shape up = upright(w);
    tb_rect r;

    if (!tb_fit_crop(op, up.width, up.height, &r))
        return tb_fail(w->err, TB_E_LIMIT, "crop", "%dx%d at %d,%d leaves the picture, which is %dx%d",
                       op->width, op->height, op->x, op->y, up.width, up.height);
    crop(w, r);
    return TB_MORE;
}

static void convert(way *w, int channels)
{
    tb_shape s = w->shape;

    if (s.channels != channels)
        add(w, &tb_convert, (tb_shape){s.width, s.height, channels})->convert.channels = channels;
}

static int quarter_turns(int angle)
{
    return angle == 90 ? 6 : angle == 180 ? 3 : angle == 270 ? 8 : 1;
}

static tb_status follow(way *w, const tb_op *op)
{
    switch (op->kind) {
    case TB_OP_RESIZE:
        return resize(w, &op->resize);
    case TB_OP_CROP:
        return cut_out(w, &op->crop);
    case TB_OP_FLIP:
        w->turn = tb_orient_then(w->turn, op->flip.direction == TB_VERTICAL ? 4 : 2);
        return TB_MORE;
    case TB_OP_ROTATE:
        w->turn = tb_orient_then(w->turn, quarter_turns(op->rotate.angle));
        return TB_MORE;
    case TB_OP_BLUR:
        add(w, &tb_blur, w->shape)->blur = op->blur;
        return TB_MORE;
    case TB_OP_GREYSCALE:
        convert(w, w->shape.channels % 2 ? 1 : 2);
        return TB_MORE;
    case TB_OP_BRIGHTEN:
        add(w, &tb_brighten, w->shape)->brighten = op->brighten;
        return TB_MORE;
    }
    return TB_MORE;
}

static tb_status start(way *w, tb_input *input)
{
    const tb_header *h = w->header;
    const tb_stage_ops *ops = tb_decoder_of(h->format);
    const char *name = tb_format_name(h->format);

    if (!ops)
        return tb_fail(w->err, TB_E_UNSUPPORTED, name, "is recognised, but not read by this build");
    if (h->components == 4 && h->format == TB_JPEG)
        return tb_fail(w->err, TB_E_UNSUPPORTED, name, "CMYK pictures are not read by this build");
    if (h->animated && h->format == TB_WEBP)
        return tb_fail(w->err, TB_E_UNSUPPORTED, name, "animations are not read by this build");
    w->decode = &add(w, ops, (tb_shape){h->width, h->height, h->channels})->decode;
    *w->decode = (tb_decode){.input = input,
                             .header = h,
                             .limits = &w->plan->limits,
                             .keep_truncated = w->plan->keep_truncated,
                             .shrink = 1,
                             .region = {0, 0, h->width, h->height}};
    w->turn = w->plan->orient && h->orientation ? h->orientation : 1;
    return TB_MORE;
}

/* The colour space of the profile is that of the pixels that leave. */
static bool profile_holds(const way *w)
{
    return (w->header->channels < 3) == (w->shape.channels < 3);
}

/* Brings the channels to what the format takes, and ends the route. */
static tb_status finish(way *w, const tb_ends *ends)
{
    tb_output *out = &w->route->output;

    *out = w->plan->output;
    if (out->format == TB_UNKNOWN)
        out->format = w->header->format;
    const tb_stage_ops *ops = tb_encoder_of(out->format);
    if (!ops)
        return tb_fail(w->err, TB_E_UNSUPPORTED, tb_format_name(out->format), "is not written by this build");
    if (out->format == TB_JPEG && w->shape.channels % 2 == 0) {
        tb_shape flat = {w->shape.width, w->shape.height, w->shape.channels - 1};
        tb_flatten_args *a = &add(w, &tb_flatten, flat)->flatten;
        for (int i = 0; i < 3; i++)
            a->background[i] = out->background[i];
    }
    turn_upright(w);
    bool keep_profile = profile_holds(w);
    if (out->format == TB_WEBP && w->shape.channels < 3)
        convert(w, w->shape.channels + 2);
    if (check_side(w, w->shape.width, w->shape.height) == TB_FAIL)
        return TB_FAIL;
    w->route->shape = w->shape;
    w->route->cost += tb_cost_of_encode(out, w->shape);
    w->route->memory += tb_memory_of_encode(out, w->shape);
    add(w, ops, w->shape)->encode = (tb_encode){out, keep_profile ? ends->meta : NULL, ends->bytes};
    return TB_MORE;
}

tb_status tb_plan_route(const tb_plan *plan, const tb_ends *ends, tb_route *route, tb_error *err)
{
    way w = {.plan = plan, .header = ends->header, .route = route, .err = err};

    if (start(&w, ends->input) == TB_FAIL)
        return TB_FAIL;
    for (int i = 0; i < plan->count; i++)
        if (follow(&w, &plan->op[i]) == TB_FAIL)
            return TB_FAIL;
    if (finish(&w, ends) == TB_FAIL)
        return TB_FAIL;
    if (w.full)
        return tb_fail(err, TB_E_LIMIT, "plan", "it takes more than %d stages", TB_MAX_NODES - 1);
    tb_rect r = w.decode->region;
    route->decoded = (tb_shape){r.width, r.height, ends->header->channels};
    route->cost += tb_cost_of_decode(w.decode);
    route->memory += tb_memory_of_decode(w.decode);
    route->node[0].shape = route->decoded;
    return TB_MORE;
}
