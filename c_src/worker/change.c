/* change.c - stages over what libvips does with a picture as a whole.
 *
 * Rows go to memory that the worker will see, until all are there.  Then it is asked; what it makes of
 * them comes back in strips, as if it were decoded. */
#include "change.h"
#include "estimate.h"
#include "strips.h"
#include <string.h>

#define WINDOW 8                   /* rows taken in a step */
#define LARGE  ((size_t)512 << 10) /* bytes that are not given back in a moment */

/* START -> ROWS -> ASK -> STRIPS */
typedef enum { START, ROWS, ASK, STRIPS } phase;

typedef struct {
    phase phase;
    tb_shape from;
    tb_region picture;
    size_t charged, reserved;
    int pixels, made; /* slots, and 1; 0 = none */
} change;

static tb_status change_open(tb_stage *s, tb_error *err)
{
    change *c = s->state;
    tb_shape out;

    c->from = s->in[0].rows->shape;
    s->in[0].window = WINDOW;
    s->in[0].want = 0;
    if (!tb_change_gives(s->args, c->from, &out))
        return tb_fail(err, TB_E_LIMIT, s->ops->name, "it is asked for nonsense");
    return tb_strips_open(s, s->ops->name, out, err);
}

static size_t row_bytes(const change *c)
{
    return (size_t)c->from.width * (size_t)c->from.channels;
}

static tb_status no_memory(tb_stage *s, tb_error *err)
{
    return tb_no_memory(err, s->mem, s->ops->name, "the picture, which it needs as a whole");
}

static tb_status start(tb_stage *s, tb_error *err)
{
    change *c = s->state;
    size_t size = row_bytes(c) * (size_t)c->from.height;

    c->phase = ROWS;
    tb_advance(&s->in[0], 0, 1);
    if (!tb_charge(s->mem, size))
        return no_memory(s, err);
    c->charged = size;
    s->heavy = size > LARGE;
    if (tb_region_open(&c->picture, size))
        return TB_MORE;
    s->mem->refused = false;
    return no_memory(s, err);
}

static tb_status take_rows(tb_stage *s)
{
    change *c = s->state;
    tb_in *in = &s->in[0];
    size_t n = row_bytes(c);
    int y = in->first, end = in->want;

    for (; y < end; y++)
        memcpy(c->picture.data + (size_t)y * n, tb_row(in, y), n);
    tb_advance(in, y, y + (n < 8192 ? WINDOW : 1));
    if (y == c->from.height) {
        c->phase = ASK;
        s->long_step = true;
    }
    return TB_MORE;
}

/* A slot, kept as the stage keeps one. */
static int new_slot(tb_stage *s, int *slot, tb_error *err)
{
    int n = tb_vips_slot(s, s->ops->name, err);

    *slot = n + 1;
    return n;
}

/* Of a smart crop, where that is to be remembered. */
static tb_place *place_of(const tb_change_args *how)
{
    return how->kind == TB_CHANGE_SMART_CROP ? how->smart_crop.place : NULL;
}

static tb_status ask_for(tb_stage *s, tb_request *r, tb_error *err)
{
    const tb_change_args *how = s->args;
    const change *c = s->state;
    tb_place *place = place_of(how);
    tb_reply a;

    if (place) {
        r->change.how.smart_crop.place = NULL;
        r->change.place = *place;
    }
    if (tb_vips_ask(s, s->ops->name, r, &a, err) == TB_FAIL)
        return TB_FAIL;
    if (!place)
        return TB_MORE;
    if (!a.place.known || !tb_place_fits(&a.place, &how->smart_crop, c->from))
        return tb_fail(err, TB_E_CORRUPT, s->ops->name, "libvips tells nonsense of it");
    *place = (tb_place){1, a.place.x, a.place.y};
    return TB_MORE;
}

static tb_status ask(tb_stage *s, tb_error *err)
{
    change *c = s->state;
    const tb_change_args *how = s->args;
    size_t bytes = (size_t)tb_vips_memory_of_change(how, c->from);
    tb_request r = {.what = TB_DO_CHANGE, .change = {.shape = c->from, .how = *how}};

    if (!tb_vips_ready(s))
        return TB_MORE;
    c->phase = STRIPS;
    if (!tb_reserve(s->mem, bytes))
        return tb_no_memory(err, s->mem, s->ops->name, "libvips");
    c->reserved = bytes;
    r.slot = new_slot(s, &c->pixels, err);
    if (r.slot < 0 || tb_vips_take(s, s->ops->name, r.slot, &c->picture, err) == TB_FAIL)
        return TB_FAIL;
    s->heavy = false;
    r.to = new_slot(s, &c->made, err);
    return r.to < 0 ? TB_FAIL : ask_for(s, &r, err);
}

static tb_status change_step(tb_stage *s, tb_error *err)
{
    change *c = s->state;

    switch (c->phase) {
    case START:
        return start(s, err);
    case ROWS:
        return take_rows(s);
    case ASK:
        return ask(s, err);
    case STRIPS:
        return tb_strips_next(s, s->ops->name, c->made - 1, 0, 0, err);
    }
    return TB_DONE;
}

static void change_close(tb_stage *s)
{
    change *c = s->state;

    tb_vips_drop(s->vips, c->made - 1); /* first: it stands on the pixels */
    tb_vips_drop(s->vips, c->pixels - 1);
    tb_region_close(&c->picture);
    tb_unreserve(s->mem, c->reserved);
    tb_discharge(s->mem, c->charged);
}

#define CHANGE(what)                                                                                         \
    {                                                                                                        \
        .name = what, .size = sizeof(change), .ins = 1, .outs = 1, .open = change_open, .step = change_step, \
        .close = change_close                                                                                \
    }

const tb_stage_ops tb_smart_crop = CHANGE("smart_crop");
const tb_stage_ops tb_affine = CHANGE("affine");
const tb_stage_ops tb_clahe = CHANGE("clahe");
const tb_stage_ops tb_equalise = CHANGE("equalise");

bool tb_is_change(const tb_stage_ops *ops)
{
    return ops->step == change_step;
}
