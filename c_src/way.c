/* way.c - finding a route, node by node. */
#include "way.h"
#include "codecs/foreign.h"
#include "colour/profile.h"
#include "orient.h"
#include <string.h>

static tb_node *node(const tb_way *w)
{
    return &w->route->node[w->at];
}

/* Padding may differ where all else is alike: then a thing is done twice. */
static bool alike(const tb_node *a, const tb_node *b)
{
    const size_t args = offsetof(tb_node, decode);

    return a->ops == b->ops && a->from == b->from && a->over == b->over &&
           memcmp((const char *)a + args, (const char *)b + args, sizeof *a - args) == 0;
}

void tb_way_settle(tb_way *w)
{
    assert(!w->fresh || w->at == w->route->count - 1); /* two ways that meet are settled in turn */
    for (int i = 0; w->fresh && i < w->at; i++)
        if (alike(&w->route->node[i], node(w))) {
            w->route->count--;
            w->at = i;
            w->fresh = false;
        }
    w->fresh = false;
}

static tb_node *append(tb_way *w, const tb_stage_ops *ops, tb_shape shape)
{
    tb_route *r = w->route;
    int from;

    tb_way_settle(w);
    from = w->at;
    w->full |= r->count == TB_MAX_NODES;
    w->at = r->count < TB_MAX_NODES ? r->count++ : TB_MAX_NODES - 1;
    w->fresh = true;
    w->shape = shape;
    tb_node *n = node(w);
    memset(n, 0, sizeof *n);
    n->ops = ops;
    n->shape = shape;
    n->from = from;
    n->over = -1;
    return n;
}

/* There is a profile, and it is none of sRGB. */
static bool is_foreign(const tb_meta *meta)
{
    tb_profile p;

    if (!meta->icc)
        return false;
    tb_profile_read(&p, meta->icc, meta->icc_size);
    return p.kind != TB_PROFILE_SRGB;
}

uint32_t tb_way_foreign(const tb_plan *plan)
{
    uint32_t bits = 0;

    for (int i = 0; i < plan->pictures; i++)
        bits |= (uint32_t)is_foreign(&plan->picture[i].meta) << i;
    return bits;
}

tb_way tb_way_new(const tb_plan *plan, int picture, tb_route *route, tb_error *err)
{
    return (tb_way){.picture = &plan->picture[picture],
                    .route = route,
                    .profile = route->foreign >> picture & 1,
                    .most = 8,
                    .no_vips = plan->no_vips,
                    .err = err};
}

static tb_icc_args *add_icc(tb_way *w, const tb_meta *meta)
{
    tb_icc_args *a = &append(w, &tb_icc, w->shape)->icc;

    a->icc = meta->icc;
    a->size = meta->icc_size;
    return a;
}

void tb_way_to_srgb(tb_way *w)
{
    if (!w->foreign)
        return;
    w->foreign = false;
    w->converted = true;
    add_icc(w, &w->picture->meta);
}

void tb_way_from_srgb(tb_way *w, const tb_picture *p)
{
    add_icc(w, &p->meta)->back = true;
}

/* A profile of grey is none of colour, nor the other way round. */
static bool keeps_profile_with(const tb_way *w, int channels)
{
    return (w->keep & TB_KEEP_ICC) && !w->converted && (w->picture->header.channels < 3) == (channels < 3);
}

bool tb_way_keeps_profile(const tb_way *w)
{
    return keeps_profile_with(w, w->shape.channels);
}

/* Pixels that are moved, or mixed with each other, may wait: they may become fewer. */
static bool may_wait(const tb_stage_ops *ops)
{
    return ops == &tb_resize || ops == &tb_crop || ops == &tb_turn;
}

tb_node *tb_way_add(tb_way *w, const tb_stage_ops *ops, tb_shape shape)
{
    if (!may_wait(ops) && !keeps_profile_with(w, shape.channels))
        tb_way_to_srgb(w);
    return append(w, ops, shape);
}

tb_status tb_way_start(tb_way *w)
{
    const tb_picture *p = w->picture;
    const tb_header *h = &p->header;
    const tb_stage_ops *ops = p->foreign      ? tb_foreign()->decoder
                              : tb_decodes(h) ? tb_decoder_of(h->format)
                                              : NULL;

    if (!ops)
        return tb_foreign_lacks(w->err, tb_format_name(h->format), h->format, false, NULL);
    w->at = -1;
    w->fresh = false;
    w->turn = p->orient && h->orientation ? h->orientation : 1;
    w->foreign = w->converted = false;
    tb_decode *d = &append(w, ops, (tb_shape){h->width, h->height, h->channels})->decode;
    d->input = (tb_input *)&p->input; /* the decoder says how far it has read */
    d->header = h;
    d->limits = &p->limits;
    d->keep_truncated = p->keep_truncated;
    d->shrink = 1;
    d->first = p->first_frame;
    d->frames = p->frames;
    d->frame = p->frame;
    d->region.width = h->width;
    d->region.height = h->height;
    w->foreign = w->profile;
    return TB_MORE;
}

/* We stand behind the decoder, and may still tell it what to do. */
static tb_decode *decoder(const tb_way *w)
{
    return w->fresh && node(w)->from < 0 ? &node(w)->decode : NULL;
}

static void set_size(tb_way *w, int width, int height)
{
    w->shape.width = width;
    w->shape.height = height;
    node(w)->shape = w->shape;
}

tb_shape tb_way_upright(const tb_way *w)
{
    tb_shape s = w->shape;

    return tb_orient_swaps(w->turn) ? (tb_shape){s.height, s.width, s.channels} : s;
}

void tb_way_crop_stored(tb_way *w, tb_rect r)
{
    tb_decode *d = decoder(w);

    if (r.width == w->shape.width && r.height == w->shape.height)
        return;
    if (d && !w->whole) {
        d->region.x += r.x;
        d->region.y += r.y;
        d->region.width = r.width;
        d->region.height = r.height;
        set_size(w, r.width, r.height);
        return;
    }
    tb_shape shape = {r.width, r.height, w->shape.channels};
    tb_way_add(w, &tb_crop, shape)->crop = (tb_crop_args){r.x, r.y, r.width, r.height};
}

void tb_way_crop(tb_way *w, tb_rect upright)
{
    tb_way_crop_stored(w, tb_orient_back(w->turn, upright, w->shape.width, w->shape.height));
}

/* Of Y, Cb and Cr in other steps than 1 and 2, or RGB: the header does not tell. */
static bool is_odd(const tb_header *h)
{
    return h->components == 3 && !h->chroma_x && !h->chroma_y;
}

/* Pixels to a sample of Cb and Cr along an axis, if libjpeg shrinks by so much: what it reads of them
 * is to lie in the region.  Of odd steps, up to 4, it is a multiple. */
static int chroma_step(const tb_header *h, int stored, int factor)
{
    if (is_odd(h))
        return 12 * factor;
    return stored == 2 && h->chroma_x != h->chroma_y ? 2 * factor : factor;
}

static bool may_begin(const tb_header *h, tb_rect r, int factor)
{
    return factor == 1 || (tb_holds_steps(chroma_step(h, h->chroma_x, factor), r.x, r.width, h->width) &&
                           tb_holds_steps(chroma_step(h, h->chroma_y, factor), r.y, r.height, h->height));
}

/* Some of what is beside the region, along the axis that has fewer samples, is smoothed into it. */
static bool smooths_in(const tb_header *h, tb_rect r, int factor)
{
    return factor < 8 && (h->chroma_x > h->chroma_y ? r.width < h->width : r.height < h->height);
}

/* So thumbnails of photographs stay 38 dB from those of full decodes.  More is left to
 * the kernel where libjpeg smooths what it has shrunk: where Cb and Cr have fewer samples
 * one way only, and do not stay apart; and where these may be a quarter. */
static double least_left(const tb_way *w, tb_rect r, int factor)
{
    const tb_header *h = &w->picture->header;
    bool apart = w->route->apart, smooth = !apart && h->chroma_x != h->chroma_y;
    double left = tb_jpeg_left(factor, apart);

    if (is_odd(h))
        return left * 8 / 3;
    if (!smooth)
        return left;
    return left * (smooths_in(h, r, factor) ? 16 : 4) / 3;
}

static bool may_shrink(const tb_way *w, tb_rect r, int factor, int width, int height)
{
    const tb_header *h = &w->picture->header;
    double least = factor * least_left(w, r, factor);

    return r.width >= least * width && r.height >= least * height && may_begin(h, r, factor) &&
           tb_fills_steps(factor, r.x, r.width, h->width, width) &&
           tb_fills_steps(factor, r.y, r.height, h->height, height);
}

/* Of what the decoder has shrunk to `out`: its last pixel may stand for fewer than the others. */
static tb_mapping from_shrunk(int first, int size, int whole, int factor, int out)
{
    int64_t f = factor, rest = whole - first * f, stored = size * f < rest ? size * f : rest;

    return (tb_mapping){.a = 2 * stored, .b = stored - out * f, .d = 2 * out * f};
}

/* A resize reads what a decoder has shrunk; grey may have been made of it, and sRGB before that. */
static void map_shrunk(const tb_way *w, tb_resize_args *r)
{
    const tb_node *from = &w->route->node[node(w)->from];
    const tb_decode *d;

    while (from->ops == &tb_convert || from->ops == &tb_icc)
        from = &w->route->node[from->from];
    d = &from->decode;
    if (from->from >= 0 || d->shrink == 1)
        return;
    r->along = from_shrunk(d->region.x, d->region.width, d->header->width, d->shrink, r->width);
    r->down = from_shrunk(d->region.y, d->region.height, d->header->height, d->shrink, r->height);
    r->along.lift = r->down.lift = tb_jpeg_lift(tb_jpeg_chroma_shrink(d)); /* that of the least shrunk */
}

static void shrink_on_load(tb_way *w, int width, int height)
{
    tb_decode *d = decoder(w);
    int factor = w->most;

    if (!d || w->picture->header.format != TB_JPEG || w->picture->foreign || d->shrink != 1)
        return;
    while (factor > 1 && !may_shrink(w, d->region, factor, width, height))
        factor /= 2;
    d->shrink = factor;
    d->region.x /= factor;
    d->region.y /= factor;
    d->region.width = (d->region.width + factor - 1) / factor;
    d->region.height = (d->region.height + factor - 1) / factor;
    set_size(w, d->region.width, d->region.height);
}

/* What is drawn is drawn at the size that is wanted, if that has its proportions. */
static void draw_on_load(tb_way *w, int width, int height)
{
    tb_decode *d = decoder(w);
    const tb_header *h = &w->picture->header;
    int64_t off = (int64_t)width * h->height - (int64_t)height * h->width;
    int most = h->width > h->height ? h->width : h->height;

    if (!d || w->most == 1 || d->draw_width || (h->format != TB_SVG && h->format != TB_PDF) ||
        d->region.width != h->width || d->region.height != h->height || off > most || off < -most)
        return;
    d->draw_width = d->region.width = width;
    d->draw_height = d->region.height = height;
    set_size(w, width, height);
}

/* The resize behind which we stand, if it can as well go on to a smaller size: what
 * would only be shrunk again need not be made. */
static tb_resize_args *open_resize(const tb_way *w, int width, int height, tb_kernel kernel, bool linear)
{
    tb_node *n = node(w);

    if (!w->fresh || n->ops != &tb_resize || kernel == TB_NEAREST)
        return NULL;
    return n->resize.kernel == kernel && n->resize.linear == linear && width <= n->resize.width &&
                   height <= n->resize.height
               ? &n->resize
               : NULL;
}

/* The decoder may still be told to shrink, which a stage behind it would prevent. */
void tb_way_grey(tb_way *w)
{
    w->grey = true;
    if (!decoder(w) || w->picture->header.format != TB_JPEG)
        tb_way_grey_now(w);
}

void tb_way_grey_now(tb_way *w)
{
    if (w->grey)
        tb_way_convert(w, w->shape.channels % 2 ? 1 : 2);
    w->grey = false;
}

void tb_way_scale(tb_way *w, int width, int height, tb_kernel kernel, bool linear)
{
    if (kernel == TB_NEAREST) /* of two that are equally near it takes the same one, seen upright */
        tb_way_turn_upright(w);
    bool swap = tb_orient_swaps(w->turn);
    int sw = swap ? height : width, sh = swap ? width : height;

    if (kernel != TB_NEAREST && !linear) /* the DCT averages sRGB values, not light */
        shrink_on_load(w, sw, sh);
    draw_on_load(w, sw, sh);
    tb_way_grey_now(w); /* colours that overshoot in a resize would be cut off one by one */
    if (sw == w->shape.width && sh == w->shape.height)
        return;
    bool keeps = tb_way_keeps_profile(w), fewer = (double)sw * sh < (double)w->shape.width * w->shape.height;
    if (linear && !keeps) /* that of sRGB */
        tb_way_to_srgb(w);
    tb_resize_args *r = open_resize(w, sw, sh, kernel, linear);
    if (r)
        set_size(w, sw, sh);
    else
        r = &tb_way_add(w, &tb_resize, (tb_shape){sw, sh, w->shape.channels})->resize;
    r->width = sw;
    r->height = sh;
    r->kernel = kernel;
    r->linear = linear;
    map_shrunk(w, r);
    if (fewer && !keeps)
        tb_way_to_srgb(w);
}

void tb_way_turn_upright(tb_way *w)
{
    int turn = w->turn;

    if (turn != 1)
        tb_way_add(w, &tb_turn, tb_way_upright(w))->turn.orientation = turn;
    w->turn = 1;
}

void tb_way_convert(tb_way *w, int channels)
{
    tb_shape s = w->shape;

    if (s.channels != channels)
        tb_way_add(w, &tb_convert, (tb_shape){s.width, s.height, channels})->convert.channels = channels;
}

void tb_way_flatten(tb_way *w, const uint8_t *background)
{
    tb_shape flat = {w->shape.width, w->shape.height, w->shape.channels - 1};

    if (w->shape.channels % 2)
        return;
    tb_flatten_args *a = &tb_way_add(w, &tb_flatten, flat)->flatten;
    for (int i = 0; i < 3; i++)
        a->background[i] = background[i];
}

tb_status tb_way_check(tb_way *w, int width, int height)
{
    uint32_t most = w->picture->limits.max_side_out;

    if (!most || (width <= (int)most && height <= (int)most))
        return TB_MORE;
    return tb_fail(w->err, TB_E_LIMIT, "plan", "it would become %dx%d; the limit is %u a side (max_side_out)",
                   width, height, most);
}
