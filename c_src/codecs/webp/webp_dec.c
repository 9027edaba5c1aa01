/* webp_dec.c - source stages over libwebp's incremental decoder, of pixels and of planes.
 *
 *     input [0 ======= shown ......... safe)     pixels [0 === ready ... area)
 *
 * libwebp is shown the input from its beginning, some bytes more each time, in
 * place: so nothing is dropped before the end.  It wants a buffer of all the
 * rows; ours is of the region, and a little more: an even left and top, and
 * where there are pixels around it, those whose colour the region's edge is
 * mixed with.  So a region's pixels are those of the whole picture. */
#include "webp_look.h"
#include "webp_mem.h"
#include "webp_planes.h"
#include <string.h>
#include <webp/decode.h>

#define BURST (1 << 16)  /* about the bytes of rows given in a step */
#define HEAVY (4u << 20) /* bytes of malloc's that take long to free */

/* LOOK -> BEGIN -> ROWS */
typedef enum { LOOK, BEGIN, ROWS } phase;

typedef struct {
    const tb_decode *how; /* borrowed */
    phase phase;
    bool apart; /* planes are wanted, not pixels */
    tb_webp_look look;
    tb_webp_cost cost;
    tb_rect area; /* of the picture, that is decoded */
    WebPDecoderConfig config;
    WebPIDecoder *idec; /* owned, as pixels */
    tb_webp_mem memory; /* of idec */
    uint8_t *pixels;
    size_t stride, shown;
    int ready;    /* rows of area decoded */
    bool made_up; /* the rest of them is */
} dec;

static int even_before(int x)
{
    return x > 0 ? (x - 1) & ~1 : 0;
}

/* Chroma is mixed with the next one behind an odd pixel. */
static int behind(int end, int side)
{
    return end % 2 == 0 && end < side ? end + 1 : end;
}

static tb_rect area_of(const tb_decode *how)
{
    const tb_rect *r = &how->region;
    int x = even_before(r->x), y = even_before(r->y);

    return (tb_rect){x, y, behind(r->x + r->width, how->header->width) - x,
                     behind(r->y + r->height, how->header->height) - y};
}

/* What comes out. */
static void set_shape(dec *d, tb_rows *out)
{
    const tb_decode *how = d->how;
    int rows;

    if (d->apart) {
        d->area = tb_webp_planes_area(how);
        tb_webp_planes_shape(out, how);
        return;
    }
    d->area = area_of(how);
    d->stride = (size_t)d->area.width * (size_t)how->header->channels;
    rows = (int)(BURST / d->stride);
    out->shape = (tb_shape){how->region.width, how->region.height, how->header->channels};
    out->burst = rows < 1 ? 1 : rows < 16 ? rows : 16;
}

static tb_status webp_open(tb_stage *s, tb_error *err)
{
    const tb_decode *how = s->args;
    const tb_header *h = how->header;
    const tb_rect *r = &how->region;
    dec *d = s->state;

    assert(r->x >= 0 && r->width > 0 && r->width <= h->width - r->x);
    assert(r->y >= 0 && r->height > 0 && r->height <= h->height - r->y);
    if (h->animated)
        return tb_fail(err, TB_E_UNSUPPORTED, "webp", "an animation");
    d->how = how;
    d->memory.mem = s->mem;
    d->look.how = how;
    d->look.head.width = h->width;
    d->look.head.height = h->height;
    d->apart = s->ops->outs == TB_PLANES;
    assert(!d->apart || (h->channels == 3 && !h->lossless));
    set_shape(d, s->out);
    return TB_MORE;
}

static tb_status truncated(const dec *d, tb_error *err)
{
    return tb_fail(err, TB_E_TRUNCATED, "webp", "ends in row %d of %d", d->ready ? d->area.y + d->ready : 0,
                   d->how->header->height);
}

/* libwebp must see the picture the header promised. */
static tb_status compare(const dec *d, tb_error *err)
{
    const tb_header *h = d->how->header;
    WebPBitstreamFeatures f;

    if (WebPGetFeatures(tb_input_at(d->how->input, 0), tb_webp_up_to(d->how, d->shown), &f) != VP8_STATUS_OK)
        return tb_fail(err, TB_E_CORRUPT, "webp", "its head is damaged");
    if (f.has_animation)
        return tb_fail(err, TB_E_UNSUPPORTED, "webp", "an animation");
    if (f.width != h->width || f.height != h->height || (f.has_alpha && h->channels != 4))
        return tb_fail(err, TB_E_CORRUPT, "webp", "the header read twice is not the same");
    return TB_MORE;
}

static tb_status failed(const dec *d, VP8StatusCode status, tb_error *err)
{
    if (d->memory.too_much)
        return tb_webp_no_memory(err, &d->memory);
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return tb_webp_no_memory(err, &d->memory);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return tb_fail(err, TB_E_UNSUPPORTED, "webp", "it is of a kind that libwebp does not decode");
    default:
        return tb_fail(err, TB_E_CORRUPT, "webp", "is damaged behind row %d of %d", d->area.y + d->ready,
                       d->how->header->height);
    }
}

static void configure(dec *d)
{
    WebPDecoderConfig *c = &d->config;
    const tb_rect *a = &d->area;

    WebPInitDecoderConfig(c);
    c->options.use_cropping = a->width < d->how->header->width || a->height < d->how->header->height;
    c->options.crop_left = a->x;
    c->options.crop_top = a->y;
    c->options.crop_width = a->width;
    c->options.crop_height = a->height;
    c->output.is_external_memory = 1;
    if (d->apart) {
        tb_webp_planes_output(&c->output, d->pixels, *a);
        return;
    }
    c->output.colorspace = d->how->header->channels == 4 ? MODE_RGBA : MODE_RGB;
    c->output.u.RGBA.rgba = d->pixels;
    c->output.u.RGBA.stride = (int)d->stride; /* at most 4 * 16383 */
    c->output.u.RGBA.size = d->stride * (size_t)a->height;
}

static tb_status look(dec *d, tb_mem *mem, tb_error *err)
{
    tb_status status = tb_webp_look_step(&d->look, mem, err);

    if (status != TB_DONE)
        return status;
    d->shown = d->look.shown;
    if (d->look.slant) { /* libwebp skips the rows above a region, and they would be needed */
        d->area.height += d->area.y;
        d->area.y = 0;
    }
    d->phase = BEGIN;
    return TB_MORE;
}

static tb_status begin(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    if (compare(d, err) == TB_FAIL)
        return TB_FAIL;
    d->cost = tb_webp_cost_of(&d->look.head);
    d->pixels = d->apart ? tb_alloc(s->mem, tb_webp_planes_bytes(d->area), 1)
                         : tb_alloc(s->mem, (size_t)d->area.height, d->stride);
    if (!d->pixels)
        return tb_no_memory(err, s->mem, "webp", "the pixels");
    if (!tb_webp_mem_expect(&d->memory, d->cost.memory))
        return tb_no_memory(err, s->mem, "webp", "libwebp");
    configure(d);
    d->idec = WebPIDecode(NULL, 0, &d->config);
    if (!d->idec)
        return failed(d, VP8_STATUS_OUT_OF_MEMORY, err);
    s->long_step = d->cost.long_window;
    s->heavy = d->cost.memory > HEAVY && !tb_webp_mem_is_ours();
    d->phase = ROWS;
    return TB_MORE;
}

/* There is no more to show, and rows are missing. */
static tb_status too_short(dec *d, tb_error *err)
{
    if (!d->how->keep_truncated)
        return truncated(d, err);
    tb_warn(err, "webp", "ends in row %d of %d: the rest is made up", d->area.y + d->ready,
            d->how->header->height);
    d->made_up = true;
    return TB_MORE;
}

/* Shows a window more: a whole one, so that it does not matter how the bytes
 * come, for libwebp's work neither. */
static tb_status feed(dec *d, tb_error *err)
{
    const tb_input *in = d->how->input;
    bool last = tb_input_last(in);
    int ready;

    if (d->shown >= in->safe || (!last && in->safe - d->shown < d->cost.window))
        return last ? too_short(d, err) : TB_HUNGRY;
    d->shown = tb_webp_up_to(d->how, d->shown + d->cost.window);
    VP8StatusCode status = WebPIUpdate(d->idec, tb_input_at(in, 0), d->shown);
    if (WebPIDecodedArea(d->idec, NULL, NULL, NULL, &ready))
        d->ready = ready;
    if (!d->memory.too_much && (status == VP8_STATUS_SUSPENDED || d->ready == d->area.height))
        return TB_MORE;
    return failed(d, status, err);
}

/* Rows of the region that wait to be given, or are made up. */
static int waiting(const dec *d, const tb_rows *out)
{
    int top = d->how->region.y - d->area.y, end = d->made_up ? d->area.height : d->ready;

    end -= top;
    return (end < out->shape.height ? end : out->shape.height) - out->end;
}

static tb_status give(const dec *d, tb_rows *out, int count)
{
    const tb_rect *r = &d->how->region;
    size_t c = (size_t)out->shape.channels, n = (size_t)out->shape.width * c;
    size_t left = (size_t)(r->x - d->area.x) * c;

    for (int i = 0; i < count; i++, out->end++) {
        int y = r->y - d->area.y + out->end;
        if (y < d->ready)
            memcpy(tb_new_row(out, 0), d->pixels + (size_t)y * d->stride + left, n);
        else
            memset(tb_new_row(out, 0), c == 4 ? 0 : 0x80, n);
    }
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status rows(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    tb_rows *out = &s->out[0];
    int count = waiting(d, out);

    if (count <= 0)
        return feed(d, err);
    count = count < out->burst ? count : out->burst;
    if (!d->apart)
        return give(d, out, count);
    tb_webp_planes_give(out, d->how, d->pixels, d->area, d->ready, count);
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    switch (d->phase) {
    case LOOK:
        return look(d, s->mem, err);
    case BEGIN:
        return begin(s, err);
    case ROWS:
        return rows(s, err);
    }
    return TB_DONE;
}

static tb_status webp_step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    tb_webp_enter(&d->memory);
    tb_status status = step(s, err);
    tb_webp_leave();
    return status;
}

static void webp_close(tb_stage *s)
{
    dec *d = s->state;

    tb_webp_look_close(&d->look, s->mem);
    tb_webp_enter(&d->memory);
    WebPIDelete(d->idec);
    tb_webp_leave();
    tb_webp_mem_close(&d->memory);
    tb_free(s->mem, d->pixels);
}

const tb_stage_ops tb_webp_dec = {.name = "webp",
                                  .size = sizeof(dec),
                                  .outs = 1,
                                  .open = webp_open,
                                  .step = webp_step,
                                  .close = webp_close};

const tb_stage_ops tb_webp_planes_dec = {.name = "webp",
                                         .size = sizeof(dec),
                                         .outs = TB_PLANES,
                                         .open = webp_open,
                                         .step = webp_step,
                                         .close = webp_close};
