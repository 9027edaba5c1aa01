/* enc.c - a sink stage over what libvips writes.
 *
 * Rows go to memory that the worker will see, until all are there; then it encodes them. */
#include "../codecs/outgoing.h"
#include "estimate.h"
#include "vips.h"
#include <string.h>

#define WINDOW 8                   /* rows taken in a step */
#define LARGE  ((size_t)512 << 10) /* bytes that are not given back in a moment */

/* START -> ROWS -> ENCODE */
typedef enum { START, ROWS, ENCODE } phase;

typedef struct {
    const tb_encode *how; /* borrowed */
    phase phase;
    tb_shape shape;
    tb_region picture; /* pixels, then metadata */
    size_t pixels, charged;
    tb_outgoing what; /* metadata */
} enc;

static const char *name_of(const enc *e)
{
    return tb_format_name(e->how->how->format);
}

static tb_status enc_open(tb_stage *s, tb_error *err)
{
    enc *e = s->state;

    (void)err;
    e->how = s->args;
    e->shape = s->in[0].rows->shape;
    s->in[0].window = WINDOW;
    s->in[0].want = 0;
    return TB_MORE;
}

static tb_status take_room(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    size_t size = e->what.icc_size + e->what.exif_size + e->what.xmp_size;

    e->pixels = (size_t)e->shape.width * (size_t)e->shape.channels * (size_t)e->shape.height;
    size += e->pixels;
    if (!tb_charge(s->mem, size))
        return tb_no_memory(err, s->mem, name_of(e), "the picture to encode");
    e->charged = size;
    s->heavy = size > LARGE;
    if (tb_region_open(&e->picture, size))
        return TB_MORE;
    s->mem->refused = false;
    return tb_no_memory(err, s->mem, name_of(e), "the picture to encode");
}

static tb_status start(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_format f = e->how->how->format;
    bool boxes = f == TB_AVIF || f == TB_HEIF || f == TB_PNG; /* with a place for everything */

    e->phase = ROWS;
    tb_advance(&s->in[0], 0, 1);
    if (tb_outgoing_open(&e->what, e->how, e->shape, s->mem, err) == TB_FAIL)
        return TB_FAIL;
    if ((e->what.exif && !boxes) || (e->what.xmp && !boxes && f != TB_TIFF))
        tb_warn(err, name_of(e), "EXIF and XMP are left out: libvips does not write them here");
    return take_room(s, err);
}

static tb_status take_rows(tb_stage *s)
{
    enc *e = s->state;
    tb_in *in = &s->in[0];
    size_t n = (size_t)e->shape.width * (size_t)e->shape.channels;
    int y = in->first, end = in->want;

    for (; y < end; y++)
        memcpy(e->picture.data + (size_t)y * n, tb_row(in, y), n);
    tb_advance(in, y, y + (n < 8192 ? WINDOW : 1));
    if (y == e->shape.height) {
        e->phase = ENCODE;
        s->long_step = true;
    }
    return TB_MORE;
}

static void put_meta(enc *e)
{
    const tb_outgoing *o = &e->what;
    uint8_t *to = e->picture.data + e->pixels;

    if (o->icc_size)
        memcpy(to, o->icc, o->icc_size);
    if (o->exif_size)
        memcpy(to + o->icc_size, o->exif, o->exif_size);
    if (o->xmp_size)
        memcpy(to + o->icc_size + o->exif_size, o->xmp, o->xmp_size);
}

/* The file, a desk full at a time. */
static tb_status fetch(tb_stage *s, int slot, uint64_t size, tb_error *err)
{
    enc *e = s->state;
    tb_request r = {.what = TB_DO_GIVE, .slot = slot};
    tb_reply a;

    for (r.from = 0; r.from < size; r.from += r.size) {
        r.size = size - r.from < TB_DESK ? size - r.from : TB_DESK;
        if (tb_vips_ask(s, name_of(e), &r, &a, err) == TB_FAIL)
            return TB_FAIL;
        if (!tb_bytes_put(e->how->bytes, tb_vips_desk(s->vips), r.size))
            return tb_no_memory(err, s->mem, name_of(e), "the file");
    }
    return TB_DONE;
}

static bool is_sane(const enc *e, uint64_t size)
{
    return size > 0 &&
           size / 4 <= e->pixels + e->what.icc_size + e->what.exif_size + e->what.xmp_size + (1 << 20);
}

static tb_status save(tb_stage *s, tb_request *r, tb_error *err)
{
    enc *e = s->state;
    size_t bytes = (size_t)tb_vips_memory_of_encode(e->how->how, e->shape);
    tb_reply a;
    tb_status status;

    if (!tb_reserve(s->mem, bytes))
        return tb_no_memory(err, s->mem, name_of(e), "libvips' encoder");
    status = tb_vips_ask(s, name_of(e), r, &a, err);
    tb_unreserve(s->mem, bytes);
    tb_vips_drop(s->vips, r->slot);
    tb_discharge(s->mem, e->charged);
    e->charged = 0;
    if (status == TB_FAIL)
        return TB_FAIL;
    return is_sane(e, a.size) ? fetch(s, r->to, a.size, err)
                              : tb_fail(err, TB_E_CORRUPT, name_of(e), "libvips tells nonsense of the file");
}

static tb_status run_encoder(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_request r = {.what = TB_DO_SAVE,
                    .save = {e->shape, *e->how->how, e->what.icc_size, e->what.exif_size, e->what.xmp_size}};

    if (!tb_vips_ready(s))
        return TB_MORE;
    put_meta(e);
    r.slot = tb_vips_slot(s, name_of(e), err);
    r.to = tb_vips_slot(s, name_of(e), err);
    if (r.slot < 0 || r.to < 0 || tb_vips_take(s, name_of(e), r.slot, &e->picture, err) == TB_FAIL)
        return TB_FAIL;
    s->heavy = false;
    tb_status status = save(s, &r, err);
    tb_vips_drop(s->vips, r.to);
    return status;
}

static tb_status enc_step(tb_stage *s, tb_error *err)
{
    switch (((enc *)s->state)->phase) {
    case START:
        return start(s, err);
    case ROWS:
        return take_rows(s);
    case ENCODE:
        return run_encoder(s, err);
    }
    return TB_DONE;
}

static void enc_close(tb_stage *s)
{
    enc *e = s->state;

    tb_region_close(&e->picture);
    tb_discharge(s->mem, e->charged);
    tb_outgoing_close(&e->what, s->mem);
}

extern const tb_stage_ops tb_vips_enc;
const tb_stage_ops tb_vips_enc = {
    .name = "libvips", .size = sizeof(enc), .ins = 1, .open = enc_open, .step = enc_step, .close = enc_close};
