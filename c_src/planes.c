/* planes.c - between JPEG and lossy WebP without RGB.
 *
 * Both have Y at every pixel, Cb and Cr mostly at every second one.  Where the
 * pixels are only moved, or mixed with each other, the three may as well stay what
 * they are: that saves two conversions, and half of the work between.
 *
 * The rule: one JPEG goes in, and JPEGs and lossy WebPs come out, or such a WebP goes in
 * and out, all of Y, Cb and Cr with Y at every pixel, and without alpha; between them stand
 * crops, turns, blurs of what is as coarse both ways, and resizes, but no nearest one and
 * none in linear light; and the decoder is to keep half of the columns at least, for it
 * makes samples of them all.  All else takes the way through RGB.
 *
 * A sample lies in the middle of its `step` pixels, and the first one may begin
 * before the picture does:
 *
 *     picture      | 0 | 1 | 2 | 3 | 4 |
 *     step 2       |   0   |   1   |   2   |
 *     step 2, ahead 1
 *              |   0   |   1   |   2   |
 *
 * Crops and turns lead from the one to the other.  Resizes make what will be the one
 * that the encoder takes, and where none does, there is another before that. */
#include "planes.h"
#include "orient.h"
#include <string.h>

typedef struct {
    uint8_t step, ahead;
} grid;

typedef struct {
    grid x, y;
} grids;

/* The old route, to be read, and the new one, behind it in the same list. */
typedef struct {
    tb_route *r;
    int old;                   /* nodes of the old one */
    grids want[TB_MAX_NODES];  /* of Cb and Cr: behind each old node, as seen from the encoder... */
    grids have[TB_MAX_NODES];  /* ...and as it is */
    int16_t new[TB_MAX_NODES]; /* where Y of it is made; Cb and Cr are behind it */
} builder;

/* --------------------------------------------------------------------- grids */

static int samples(grid g, int pixels)
{
    return (pixels + g.ahead + g.step - 1) / g.step;
}

static grid back_to_front(grid g, int pixels)
{
    int behind = samples(g, pixels) * g.step - g.ahead - pixels;

    return (grid){g.step, (uint8_t)behind};
}

static bool mirrors(int orientation)
{
    return orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
}

static bool upsets(int orientation)
{
    return orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
}

static grids swap(grids g)
{
    return (grids){g.y, g.x};
}

/* What is mirrored twice is the same again: so it serves both ways. */
static grids mirror(grids g, int orientation, tb_shape turned)
{
    if (mirrors(orientation))
        g.x = back_to_front(g.x, turned.width);
    if (upsets(orientation))
        g.y = back_to_front(g.y, turned.height);
    return g;
}

static grid cut(grid g, int first)
{
    return (grid){g.step, (uint8_t)((g.ahead + first) % g.step)};
}

static grid uncut(grid g, int first)
{
    return (grid){g.step, (uint8_t)((g.ahead + g.step - first % g.step) % g.step)};
}

static grids behind(const tb_node *n, grids g)
{
    if (n->ops == &tb_crop)
        return (grids){cut(g.x, n->crop.x), cut(g.y, n->crop.y)};
    if (n->ops == &tb_turn)
        return mirror(tb_orient_swaps(n->turn.orientation) ? swap(g) : g, n->turn.orientation, n->shape);
    return g;
}

static grids before(const tb_node *n, grids g)
{
    if (n->ops == &tb_crop)
        return (grids){uncut(g.x, n->crop.x), uncut(g.y, n->crop.y)};
    if (n->ops != &tb_turn)
        return g;
    g = mirror(g, n->turn.orientation, n->shape);
    return tb_orient_swaps(n->turn.orientation) ? swap(g) : g;
}

static bool same(grids a, grids b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static grids taken_by(const tb_node *n)
{
    const tb_output *how = n->encode.how;

    if (n->ops == &tb_webp_enc)
        return (grids){{2, 0}, {2, 0}};
    uint8_t x = how->chroma == TB_CHROMA_444 ? 1 : 2, y = how->chroma == TB_CHROMA_420 ? 2 : 1;

    return (grids){{x, 0}, {y, 0}};
}

static grids given_by(const tb_decode *d)
{
    uint8_t x = (uint8_t)tb_jpeg_chroma(d, d->header->chroma_x),
            y = (uint8_t)tb_jpeg_chroma(d, d->header->chroma_y);

    return (grids){{x, 0}, {y, (uint8_t)(d->region.y % y)}};
}

/* ------------------------------------------------------------------- the rule */

static int decoded_width(const tb_decode *d)
{
    return (d->header->width + d->shrink - 1) / d->shrink;
}

static int decoded_height(const tb_decode *d)
{
    return (d->header->height + d->shrink - 1) / d->shrink;
}

static bool encodes(const tb_node *n)
{
    return n->ops == &tb_jpeg_enc || n->ops == &tb_webp_enc;
}

/* WebP has levels of its own, which a JPEG's become as they are encoded, but not the other way. */
static bool may_take(const tb_node *n, tb_format from)
{
    return n->ops == &tb_webp_enc ? !n->encode.how->lossless : from == TB_JPEG;
}

static bool may_stay_apart(const tb_node *n, tb_format from)
{
    if (n->ops == &tb_jpeg_dec || n->ops == &tb_webp_dec)
        return n->decode.header->chroma_x && n->decode.region.width >= decoded_width(&n->decode) / 2;
    if (encodes(n))
        return may_take(n, from);
    if (n->ops == &tb_resize)
        return n->resize.kernel != TB_NEAREST && !n->resize.linear;
    return n->ops == &tb_crop || n->ops == &tb_turn || n->ops == &tb_blur;
}

/* There is room for three of each, and two more at both ends. */
static bool fits(const tb_route *r)
{
    if (r->count + 3 * (r->count + 2) > TB_MAX_NODES)
        return false;
    for (int i = 0; i < r->count; i++)
        if (!may_stay_apart(&r->node[i], r->node[0].decode.header->format) || (i > 0 && r->node[i].from < 0))
            return false;
    return true;
}

static bool hoped(const tb_op *op)
{
    if (op->kind == TB_OP_RESIZE)
        return op->resize.kernel != TB_NEAREST && !op->resize.linear && !op->resize.smart;
    if (op->kind == TB_OP_CROP)
        return !op->crop.smart;
    return op->kind == TB_OP_FLIP || op->kind == TB_OP_ROTATE || op->kind == TB_OP_BLUR;
}

bool tb_planes_hoped(const tb_plan *plan)
{
    const tb_header *h = &plan->picture->header;
    bool good = plan->pictures == 1 && h->format == TB_JPEG && h->chroma_x > 0;

    for (int k = 0; k < plan->pipes; k++) {
        const tb_pipe *p = &plan->pipe[k];
        good &= p->output.format == TB_JPEG || p->output.format == TB_UNKNOWN ||
                (p->output.format == TB_WEBP && !p->output.lossless);
        for (int i = 0; good && i < p->count; i++)
            good = hoped(&p->op[i]);
    }
    return good;
}

/* ------------------------------------------------------------------ the nodes */

/* What becomes more pixels must have had a sample at each of them. */
static grids before_resize(grids g, tb_shape in, tb_shape out)
{
    return (grids){in.width < out.width ? (grid){1, 0} : g.x, in.height < out.height ? (grid){1, 0} : g.y};
}

static grid finer(grid a, grid b)
{
    return b.step && b.step < a.step ? b : a;
}

/* Looks from the encoders back: a resize can make any grid, and makes the finest that is wanted. */
static void look_back(builder *b)
{
    for (int i = b->old - 1; i > 0; i--) {
        const tb_node *n = &b->r->node[i];
        grids *want = &b->want[n->from];
        grids g = encodes(n)             ? taken_by(n)
                  : n->ops == &tb_resize ? before_resize(b->want[i], b->r->node[n->from].shape, n->shape)
                                         : before(n, b->want[i]);
        *want = (grids){finer(g.x, want->x), finer(g.y, want->y)};
    }
}

static tb_node *append(builder *b, const tb_node *like, int from, int plane)
{
    tb_node *n = &b->r->node[b->r->count++];

    *n = *like;
    n->from = from;
    n->plane = plane;
    return n;
}

static void set_shape(tb_node *n, grids g, tb_shape pixels)
{
    n->shape = (tb_shape){samples(g.x, pixels.width), samples(g.y, pixels.height), 1};
}

/* From pixels to pixels, and by way of them from grid to grid.  The pixels that come in
 * may be those of a shrunk picture; then they are a / d of one that goes out. */
static tb_mapping map(const tb_mapping *pixels, grid from, int in, grid to, int out)
{
    int64_t w = pixels->d ? pixels->a / 2 : in, v = pixels->d ? pixels->d / 2 : out;

    return (tb_mapping){.a = 2 * to.step * w,
                        .b = (to.step - 2 * to.ahead) * w + (2 * from.ahead - from.step) * v,
                        .d = 2 * from.step * v};
}

static void set_resize(tb_node *n, grids from, tb_shape in, grids to, tb_shape out)
{
    const tb_mapping along = n->resize.along, down = n->resize.down;

    set_shape(n, to, out);
    n->resize.width = n->shape.width;
    n->resize.height = n->shape.height;
    n->resize.along = map(&along, from.x, in.width, to.x, out.width);
    n->resize.down = map(&down, from.y, in.height, to.y, out.height);
}

/* How many samples of the grid are before pixel `first` of the picture. */
static int skipped(grid g, int first)
{
    return (first + g.ahead) / g.step;
}

static void set_crop(tb_node *n, grids from, grids to, tb_rect pixels)
{
    set_shape(n, to, (tb_shape){pixels.width, pixels.height, 1});
    n->crop =
        (tb_crop_args){skipped(from.x, pixels.x), skipped(from.y, pixels.y), n->shape.width, n->shape.height};
}

static bool set_blur(tb_node *n, grids g, tb_shape pixels)
{
    set_shape(n, g, pixels);
    n->blur.sigma /= g.x.step;
    return g.x.step == g.y.step && n->blur.sigma >= 0.1;
}

/* One stage, of the pixels that go in and of a grid, for Y or Cb or Cr. */
static bool set(tb_node *n, const tb_node *like, grids from, tb_shape in, grids to)
{
    const tb_crop_args *c = &like->crop;

    if (n->ops == &tb_resize)
        set_resize(n, from, in, to, like->shape);
    else if (n->ops == &tb_crop)
        set_crop(n, from, to, (tb_rect){c->x, c->y, c->width, c->height});
    else
        set_shape(n, to, like->shape);
    return n->ops != &tb_blur || set_blur(n, to, like->shape);
}

static const grids every_pixel = {{1, 0}, {1, 0}};

/* A resize reads what the decoder has shrunk: Cb and Cr, perhaps by another factor than Y. */
static void set_lift(tb_node *n, const tb_node *like, const tb_decode *d)
{
    if (n->ops != &tb_resize || like->from != 0)
        return;
    n->resize.along.lift = n->resize.down.lift =
        tb_jpeg_lift(n->plane ? tb_jpeg_chroma_shrink(d) : d->shrink);
}

/* Node i, three times, reading the planes from `from` on. */
static bool append_three(builder *b, const tb_node *like, int from, tb_shape in, grids old, grids new)
{
    bool apart = b->r->node[from].ops->outs == 1, good = true;

    for (int k = 0; k < 3; k++) {
        tb_node *n = append(b, like, from + (apart ? k : 0), k);
        good &= set(n, like, k ? old : every_pixel, in, k ? new : every_pixel);
        set_lift(n, like, &b->r->node[0].decode);
    }
    return good;
}

/* The region holds whole samples, if Cb and Cr are shrunk by so much. */
static bool holds_samples(const tb_decode *d, int shrink)
{
    const tb_rect *r = &d->region;

    return tb_holds_steps(d->header->chroma_x * shrink / d->shrink, r->x, r->width, decoded_width(d)) &&
           tb_holds_steps(d->header->chroma_y * shrink / d->shrink, r->y, r->height, decoded_height(d));
}

/* And so many can be made of them. */
static bool fills_samples(const tb_decode *d, int shrink, int across, int down)
{
    const tb_rect *r = &d->region;

    return tb_fills_steps(d->header->chroma_x * shrink / d->shrink, r->x, r->width, decoded_width(d),
                          across) &&
           tb_fills_steps(d->header->chroma_y * shrink / d->shrink, r->y, r->height, decoded_height(d), down);
}

/* Is enough left to all resizes that read it, if Cb and Cr are shrunk by so much? */
static bool may_shrink_chroma(const builder *b, int shrink)
{
    const tb_decode *d = &b->r->node[0].decode;
    double least = tb_jpeg_left(shrink, false) * shrink;

    if (!holds_samples(d, shrink))
        return false;
    for (int i = 1; i < b->old; i++) {
        const tb_node *n = &b->r->node[i];
        if (n->from != 0)
            continue;
        if (n->ops != &tb_resize)
            return false;
        int across = samples(b->want[i].x, n->shape.width), down = samples(b->want[i].y, n->shape.height);
        if (d->region.width * d->shrink / d->header->chroma_x < least * across ||
            d->region.height * d->shrink / d->header->chroma_y < least * down ||
            !fills_samples(d, shrink, across, down))
            return false;
    }
    return true;
}

/* Cb and Cr are mostly needed at half of the size of Y; libjpeg would make them as large. */
static void shrink_chroma(builder *b)
{
    tb_decode *d = &b->r->node[0].decode;
    int shrink = tb_jpeg_chroma_shrink(d);

    if (d->header->format != TB_JPEG)
        return;
    while (shrink < 8 && may_shrink_chroma(b, 2 * shrink))
        shrink *= 2;
    d->chroma_shrink = shrink;
}

/* The decoder, and what cuts off its columns. */
static void add_decoder(builder *b)
{
    const tb_node *old = &b->r->node[0];
    const tb_rect *region = &old->decode.region;
    tb_shape all = {decoded_width(&old->decode), region->height, 1};
    tb_node columns = {.ops = &tb_crop, .over = -1, .shape = old->shape};

    b->new[0] = (int16_t)b->r->count;
    b->have[0] = given_by(&old->decode);
    append(b, old, -1, 0)->ops = old->ops == &tb_jpeg_dec ? &tb_jpeg_planes_dec : &tb_webp_planes_dec;
    if (region->width == all.width)
        return;
    columns.crop = (tb_crop_args){.x = region->x, .width = region->width, .height = region->height};
    grids cut_off = behind(&columns, b->have[0]);
    append_three(b, &columns, b->new[0], all, b->have[0], cut_off);
    b->new[0]++;
    b->have[0] = cut_off;
}

/* Cb and Cr as the encoder takes them; returns where Cb is made. */
static int fit_chroma(builder *b, int from, grids have, grids want, tb_shape pixels)
{
    const tb_node like = {.ops = &tb_resize, .over = -1, .resize = {.kernel = TB_CUBIC}};
    bool apart = b->r->node[from].ops->outs == 1;
    int first = b->r->count;

    for (int k = 1; k < 3; k++)
        set_resize(append(b, &like, from + (apart ? k : 0), k), have, pixels, want, pixels);
    return first;
}

static void add_encoder(builder *b, const tb_node *old)
{
    grids have = b->have[old->from], want = taken_by(old);
    int y = b->new[old->from], apart = b->r->node[y].ops->outs == 1, cb = y + apart, cr = cb + apart;

    if (!same(have, want)) {
        cb = fit_chroma(b, y, have, want, old->shape);
        cr = cb + 1;
    }
    tb_node *n = append(b, old, y, 0);
    n->ops = old->ops == &tb_jpeg_enc ? &tb_jpeg_planes_enc : &tb_webp_planes_enc;
    n->encode.full = b->r->node[b->old].ops == &tb_jpeg_planes_dec;
    n->over = cb;
    n->third = cr;
}

static bool add(builder *b, int i)
{
    const tb_node *old = &b->r->node[i];
    int from = old->from;

    b->new[i] = (int16_t)b->r->count;
    b->have[i] = old->ops == &tb_resize ? b->want[i] : behind(old, b->have[from]);
    return append_three(b, old, b->new[from], b->r->node[from].shape, b->have[from], b->have[i]);
}

/* The new nodes become all there are. */
static void move_up(builder *b)
{
    tb_route *r = b->r;

    r->count -= b->old;
    memmove(r->node, r->node + b->old, (size_t)r->count * sizeof *r->node);
    for (int i = 0; i < r->count; i++) {
        tb_node *n = &r->node[i];
        n->from -= n->from >= 0 ? b->old : 0;
        n->over -= n->over >= 0 ? b->old : 0;
        n->third -= n->third > 0 ? b->old : 0;
    }
    r->planes = true;
}

void tb_planes_take(tb_route *r)
{
    builder b = {.r = r, .old = r->count};
    bool good = true;

    if (!fits(r))
        return;
    look_back(&b);
    shrink_chroma(&b);
    add_decoder(&b);
    for (int i = 1; i < b.old; i++)
        if (encodes(&r->node[i]))
            add_encoder(&b, &r->node[i]);
        else
            good &= add(&b, i);
    if (good)
        move_up(&b);
    else {
        r->count = b.old;
        r->node[0].decode.chroma_shrink = 0;
    }
}
