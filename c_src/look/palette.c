/* palette.c - the colours of a picture: their average, the dominant one, a few for all.
 *
 * All pixels are a box, which is cut in two, then again the box for which it pays
 * most, until there are enough.  A box is cut across the axis and at the level that
 * take most of the variance away; X. Wu's "Efficient Statistical Computations for
 * Optimal Color Quantization" (Graphics Gems II, 1991) does so.  No two boxes have
 * the same mean, as some level lies between them. */
#include "look.h"
#include <string.h>

#define STRIP    4096 /* pixels of a step: 50 us */
#define CLUSTERS 5    /* of which the largest is the dominant colour */

static_assert(CLUSTERS <= TB_MAX_SWATCHES, "there is room for them");
static_assert((uint64_t)255 * 255 * TB_PALETTE_SIDE * TB_PALETTE_SIDE < UINT32_MAX, "sums fit 32 bits");

typedef struct {
    uint8_t colour[3], weight;
} pixel;

/* Of some pixels. */
typedef struct {
    uint32_t weight, sum[3];
} total;

typedef struct {
    int first, end; /* its pixels */
    total total;
    int axis, level; /* where to cut it: pixels up to the level are one side... */
    double gain;     /* ...and what variance, times weight, that takes away; 0 if all are alike */
} box;

typedef enum { ROWS, WEIGH, CUT } phase; /* ROWS -> WEIGH (one box, then two) <-> CUT (one) */

typedef struct {
    phase phase;
    pixel *px; /* owned; those that are not clear */
    int count;
    box box[TB_MAX_SWATCHES];
    int boxes;
    int todo[2], todos;   /* boxes to weigh */
    int cut;              /* the box to cut */
    int at, end;          /* pixels of the box that are to be weighed, or cut, yet */
    total levels[3][256]; /* of the box that is weighed, along each axis */
    tb_look found;
} palette;

static tb_status palette_open(tb_stage *s, tb_error *err)
{
    const tb_palette_args *a = s->args;
    palette *p = s->state;
    tb_shape shape = s->in[0].rows->shape;

    if (shape.channels < 3)
        return tb_fail(err, TB_E_UNSUPPORTED, "palette", "takes 3 or 4 channels, not %d", shape.channels);
    if (shape.width > TB_PALETTE_SIDE || shape.height > TB_PALETTE_SIDE)
        return tb_fail(err, TB_E_LIMIT, "palette", "%dx%d is larger than %dx%d", shape.width, shape.height,
                       TB_PALETTE_SIDE, TB_PALETTE_SIDE);
    if (a->swatches < 1 || a->swatches > TB_MAX_SWATCHES)
        return tb_fail(err, TB_E_LIMIT, "palette", "%d colours are not 1 to %d", a->swatches,
                       TB_MAX_SWATCHES);
    s->in[0].window = s->in[0].want = 1;
    p->px = tb_alloc(s->mem, (size_t)shape.width * (size_t)shape.height, sizeof *p->px);
    return p->px ? TB_MORE : tb_no_memory(err, s->mem, "palette", "the picture");
}

static void take_row(palette *p, const uint8_t *src, tb_shape shape)
{
    for (int x = 0; x < shape.width; x++, src += shape.channels) {
        uint8_t weight = shape.channels == 4 ? src[3] : 255;
        if (weight > 0)
            p->px[p->count++] = (pixel){{src[0], src[1], src[2]}, weight};
    }
}

static void add(total *to, const total *t)
{
    to->weight += t->weight;
    for (int k = 0; k < 3; k++)
        to->sum[k] += t->sum[k];
}

static void begin_weighing(palette *p)
{
    const box *b = &p->box[p->todo[p->todos - 1]];

    p->phase = WEIGH;
    p->at = b->first;
    p->end = b->end;
    memset(p->levels, 0, sizeof p->levels);
}

/* True when the box is through. */
static bool weigh_strip(palette *p)
{
    int end = p->end - p->at > STRIP ? p->at + STRIP : p->end;

    for (; p->at < end; p->at++) {
        const pixel *px = &p->px[p->at];
        total t = {px->weight, {0}};
        for (int k = 0; k < 3; k++)
            t.sum[k] = (uint32_t)px->weight * px->colour[k];
        for (int k = 0; k < 3; k++)
            add(&p->levels[k][px->colour[k]], &t);
    }
    return p->at == p->end;
}

/* The variance, times weight, that is between the two halves of a whole. */
static double gain(const total *low, const total *all)
{
    double a = low->weight, b = (double)all->weight - a, square = 0;

    if (a == 0 || b == 0)
        return 0;
    for (int k = 0; k < 3; k++) {
        double d = low->sum[k] / a - (all->sum[k] - low->sum[k]) / b;
        square += d * d;
    }
    return square * a * b / (a + b);
}

static void choose_cut(const palette *p, box *b)
{
    b->total = (total){0};
    b->gain = 0;
    for (int v = 0; v < 256; v++)
        add(&b->total, &p->levels[0][v]);
    for (int k = 0; k < 3; k++) {
        total low = {0};
        for (int v = 0; v < 255; v++) {
            if (p->levels[k][v].weight == 0)
                continue;
            add(&low, &p->levels[k][v]);
            double g = gain(&low, &b->total);
            if (g > b->gain) {
                b->gain = g;
                b->axis = k;
                b->level = v;
            }
        }
    }
}

static void set_mean(uint8_t *colour, const total *t)
{
    for (int k = 0; k < 3; k++)
        colour[k] = (uint8_t)(((uint64_t)t->sum[k] * 2 + t->weight) / ((uint64_t)t->weight * 2));
}

/* The boxes, the heaviest first. */
static void rank(const palette *p, int *order)
{
    for (int i = 0; i < p->boxes; i++) {
        int k = i;
        for (; k > 0 && p->box[order[k - 1]].total.weight < p->box[i].total.weight; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
}

/* What the boxes say, as long as they are not too many for it. */
static void note(palette *p, int swatches, uint32_t weight)
{
    int order[TB_MAX_SWATCHES];

    rank(p, order);
    if (p->boxes == 1)
        set_mean(p->found.average, &p->box[0].total);
    if (p->boxes <= CLUSTERS)
        set_mean(p->found.dominant, &p->box[order[0]].total);
    if (p->boxes > swatches)
        return;
    p->found.swatches = p->boxes;
    for (int i = 0; i < p->boxes; i++) {
        const total *t = &p->box[order[i]].total;
        set_mean(p->found.palette[i].colour, t);
        p->found.palette[i].share = (double)t->weight / weight;
    }
}

static uint32_t weight_of_all(const palette *p)
{
    uint32_t sum = 0;

    for (int i = 0; i < p->boxes; i++)
        sum += p->box[i].total.weight;
    return sum;
}

/* False if no box is worth it, or there are enough. */
static bool begin_cut(palette *p, int enough)
{
    p->cut = 0;
    for (int i = 1; i < p->boxes; i++)
        if (p->box[i].gain > p->box[p->cut].gain)
            p->cut = i;
    p->phase = CUT;
    p->at = p->box[p->cut].first;
    p->end = p->box[p->cut].end;
    return p->boxes < enough && p->box[p->cut].gain > 0;
}

/* The low side to the front.  True when there are two boxes. */
static bool cut_strip(palette *p)
{
    box *b = &p->box[p->cut];

    for (int i = 0; i < STRIP && p->at < p->end; i++) {
        pixel px = p->px[p->at];
        if (px.colour[b->axis] <= b->level) {
            p->at++;
        } else {
            p->px[p->at] = p->px[--p->end];
            p->px[p->end] = px;
        }
    }
    if (p->at < p->end)
        return false;
    p->box[p->boxes] = (box){.first = p->at, .end = b->end};
    b->end = p->at;
    p->todo[0] = p->cut;
    p->todo[1] = p->boxes++;
    p->todos = 2;
    return true;
}

static tb_status end(const palette *p, tb_look *look)
{
    memcpy(look->average, p->found.average, sizeof look->average);
    memcpy(look->dominant, p->found.dominant, sizeof look->dominant);
    memcpy(look->palette, p->found.palette, sizeof look->palette);
    look->swatches = p->found.swatches;
    return TB_DONE;
}

static tb_status take_in(tb_stage *s)
{
    palette *p = s->state;
    tb_in *in = &s->in[0];
    tb_shape shape = in->rows->shape;

    take_row(p, tb_row(in, in->first), shape);
    tb_advance(in, in->first + 1, in->first + 2);
    if (in->first < shape.height)
        return TB_MORE;
    if (p->count == 0)
        return end(p, ((const tb_palette_args *)s->args)->look);
    p->box[0] = (box){.end = p->count};
    p->boxes = p->todos = 1;
    begin_weighing(p);
    return TB_MORE;
}

static tb_status weigh(palette *p, const tb_palette_args *a)
{
    if (!weigh_strip(p))
        return TB_MORE;
    choose_cut(p, &p->box[p->todo[--p->todos]]);
    if (p->todos > 0) {
        begin_weighing(p);
        return TB_MORE;
    }
    note(p, a->swatches, weight_of_all(p));
    return begin_cut(p, a->swatches > CLUSTERS ? a->swatches : CLUSTERS) ? TB_MORE : end(p, a->look);
}

static tb_status palette_step(tb_stage *s, tb_error *err)
{
    palette *p = s->state;

    (void)err;
    switch (p->phase) {
    case ROWS:
        return take_in(s);
    case WEIGH:
        return weigh(p, s->args);
    case CUT:
        if (cut_strip(p))
            begin_weighing(p);
        break;
    }
    return TB_MORE;
}

static void palette_close(tb_stage *s)
{
    palette *p = s->state;

    tb_free(s->mem, p->px);
}

const tb_stage_ops tb_palette = {.name = "palette",
                                 .size = sizeof(palette),
                                 .ins = 1,
                                 .open = palette_open,
                                 .step = palette_step,
                                 .close = palette_close};
