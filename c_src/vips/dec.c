/* dec.c - a source stage over what libvips reads.
 *
 * The picture is opened in one call, and its pixels are asked for in strips of rows, from
 * top to bottom, in a call each.  Some formats (HEIF, JPEG XL) come as a whole
 * with the first strip. */
#include "../mem.h"
#include "call.h"
#include "estimate.h"
#include "load.h"
#include "words.h"
#include <string.h>

#define STRIP (1 << 20) /* about the bytes of one */
#define ROWS  128       /* of a strip, at the most */

/* OPEN -> STRIPS */
typedef enum { OPEN, STRIPS } phase;

typedef struct {
    const tb_decode *how; /* borrowed */
    phase phase;
    tb_call call;
    tb_error said;
    VipsImage *image; /* owned */
    tb_rows *out;     /* where a strip goes... */
    int count;        /* ...of so many rows */
    size_t charged;
} dec;

static int burst_of(tb_shape shape)
{
    size_t rows = STRIP / ((size_t)shape.width * (size_t)shape.channels);

    return rows < 8 ? 8 : rows > ROWS ? ROWS : (int)rows;
}

static tb_status dec_open(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    const tb_decode *how = s->args;

    (void)err;
    d->how = how;
    s->out[0].shape = (tb_shape){how->region.width, how->region.height, how->header->channels};
    s->out[0].burst = burst_of(s->out[0].shape);
    s->long_step = true;
    return TB_MORE;
}

/* Of the picture that was probed, the region. */
static VipsImage *region_of(const dec *d, VipsImage *im, tb_error *err)
{
    const tb_rect *r = &d->how->region;
    tb_format f = d->how->header->format;
    VipsImage *part = NULL;

    if (r->width == im->Xsize && r->height == im->Ysize)
        return im;
    if (vips_extract_area(im, &part, r->x, r->y, r->width, r->height, NULL))
        tb_words_fail(err, f, "its region cannot be read");
    g_object_unref(im);
    return part;
}

static void open_image(tb_call *c, void *arg)
{
    dec *d = arg;
    const tb_header *h = d->how->header;
    bool own;
    bool drawn = d->how->draw_width > 0;
    int width = drawn ? d->how->draw_width : h->width, height = drawn ? d->how->draw_height : h->height;
    VipsImage *im = drawn ? tb_load_drawn(d->how->input, h->format, width, height, &d->said)
                          : tb_load(d->how->input, h->format, d->how->keep_truncated, &d->said);

    (void)c;
    if (im)
        im = tb_load_bytes(im, h->format, &own, &d->said);
    if (!im)
        return;
    if (im->Xsize != width || im->Ysize != height || im->Bands != h->channels) {
        tb_fail(&d->said, TB_E_CORRUPT, tb_format_name(h->format), "read twice, its head is not the same");
        g_object_unref(im);
        return;
    }
    d->image = region_of(d, im, &d->said);
}

static const uint8_t *row_of(const VipsRegion *r, int y)
{
    size_t pixel = (size_t)r->im->Bands, left = (size_t)-r->valid.left;

    return r->data + (size_t)(y - r->valid.top) * (size_t)r->bpl + left * pixel;
}

/* The strip, into the ring. */
static void read_strip(tb_call *c, void *arg)
{
    dec *d = arg;
    VipsRegion *region = vips_region_new(d->image);
    VipsRect r = {0, d->out->end, d->image->Xsize, d->count};
    size_t n = (size_t)d->image->Xsize * (size_t)d->image->Bands;

    (void)c;
    if (!region || vips_region_prepare(region, &r))
        tb_words_fail(&d->said, d->how->header->format, "cannot be decoded");
    else
        for (int y = 0; y < d->count; y++)
            memcpy(tb_new_row(d->out, y), row_of(region, r.top + y), n);
    VIPS_UNREF(region);
}

static tb_status begin(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    double bytes = tb_vips_memory_of_decode(d->how);

    if (!tb_charge(s->mem, (size_t)bytes))
        return tb_no_memory(err, s->mem, "libvips", "decoding");
    d->charged = (size_t)bytes;
    s->heavy = true;
    d->phase = STRIPS;
    tb_called how = tb_call_run(&d->call, s->stop, open_image, d);
    if (how != TB_CALL_ENDED)
        return tb_call_failed(how, "libvips", err);
    return tb_words_pass(err, &d->said, TB_MORE);
}

static tb_status strip(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    tb_rows *out = &s->out[0];
    int left = out->shape.height - out->end;

    d->out = out;
    d->count = left < out->burst ? left : out->burst;
    tb_called how = tb_call_run(&d->call, s->stop, read_strip, d);
    if (how != TB_CALL_ENDED)
        return tb_call_failed(how, "libvips", err);
    if (tb_words_pass(err, &d->said, TB_MORE) == TB_FAIL)
        return TB_FAIL;
    out->end += d->count;
    return out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status dec_step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    d->call.heard = &d->said;
    switch (d->phase) {
    case OPEN:
        return begin(s, err);
    case STRIPS:
        return strip(s, err);
    }
    return TB_DONE;
}

static bool dec_lives(tb_stage *s, void (*after)(void *arg), void *arg)
{
    return tb_call_lives(&((dec *)s->state)->call, after, arg);
}

static void let_go(tb_call *c, void *arg)
{
    (void)c;
    g_object_unref(arg);
}

static void dec_close(tb_stage *s)
{
    dec *d = s->state;

    d->call.heard = NULL;
    if (d->image && tb_call_run(&d->call, NULL, let_go, d->image) == TB_CALL_NO_THREAD)
        g_object_unref(d->image);
    tb_call_close(&d->call);
    tb_discharge(s->mem, d->charged);
}

extern const tb_stage_ops tb_vips_dec;
const tb_stage_ops tb_vips_dec = {.name = "libvips",
                                  .size = sizeof(dec),
                                  .outs = 1,
                                  .open = dec_open,
                                  .step = dec_step,
                                  .lives = dec_lives,
                                  .close = dec_close};
