/* enc.c - a sink stage over what libvips writes.
 *
 * Rows go to memory that the worker will see, until all are there; then it encodes them.  Of an
 * animation a stage takes one frame, and the last one's has them encoded. */
#include "../codecs/outgoing.h"
#include "../codecs/squeeze.h"
#include "../reel.h"
#include "estimate.h"
#include "vips.h"
#include <string.h>

#define WINDOW 8 /* rows taken in a step */

/* START -> ROWS -> ENCODE */
typedef enum { START, ROWS, ENCODE } phase;

typedef struct {
    const tb_encode *how; /* borrowed */
    phase phase;
    tb_shape shape;
    tb_reel own; /* of a still picture */
    tb_outgoing what;
} enc;

static const char *name_of(const enc *e)
{
    return tb_format_name(e->how->how->format);
}

static tb_reel *reel_of(enc *e)
{
    return e->how->reel ? e->how->reel : &e->own;
}

static int frames_of(const enc *e)
{
    return e->how->reel ? e->how->frames : 1;
}

static size_t times_of(const enc *e)
{
    return e->how->reel ? (size_t)e->how->frames * sizeof(uint32_t) : 0;
}

static size_t meta_of(const tb_reel *r)
{
    return r->icc + r->exif + r->xmp;
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

/* ------------------------------------------------------------------- gathering */

/* Of all frames, with their times and metadata; a frame's fit, as no side is above 65_500. */
static bool find_size(enc *e, size_t *size)
{
    tb_reel *r = reel_of(e);

    r->pixels = (size_t)e->shape.width * (size_t)e->shape.channels * (size_t)e->shape.height;
    return !__builtin_mul_overflow(r->pixels, (size_t)frames_of(e), size) &&
           !__builtin_add_overflow(*size, times_of(e) + meta_of(r), size);
}

static tb_status take_room(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_reel *r = reel_of(e);
    size_t size;

    if (!find_size(e, &size))
        return tb_fail(err, TB_E_LIMIT, name_of(e), "it has too many pixels");
    if (!tb_charge(s->mem, size))
        return tb_no_memory(err, s->mem, name_of(e), "the picture to encode");
    r->charged = size;
    s->heavy = !e->how->reel && size > (size_t)512 << 10;
    if (tb_region_open(&r->memory, size))
        return TB_MORE;
    s->mem->refused = false;
    return tb_no_memory(err, s->mem, name_of(e), "the picture to encode");
}

static void put_meta(enc *e)
{
    const tb_outgoing *o = &e->what;
    tb_reel *r = reel_of(e);
    uint8_t *to = r->memory.data + (r->memory.size - meta_of(r));

    if (r->icc)
        memcpy(to, o->icc, r->icc);
    if (r->exif)
        memcpy(to + r->icc, o->exif, r->exif);
    if (r->xmp)
        memcpy(to + r->icc + r->exif, o->xmp, r->xmp);
}

static tb_status take_meta(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_format f = e->how->how->format;
    bool boxes = f == TB_AVIF || f == TB_HEIF || f == TB_PNG; /* with a place for everything */

    if (tb_outgoing_open(&e->what, e->how, e->shape, s->mem, err) == TB_FAIL)
        return TB_FAIL;
    if (e->what.exif && !boxes)
        tb_warn(err, name_of(e), "EXIF is left out: libvips does not write it here");
    if (e->what.xmp && !boxes && f != TB_TIFF)
        tb_warn(err, name_of(e), "XMP is left out: libvips does not write it here");
    reel_of(e)->icc = e->what.icc_size;
    reel_of(e)->exif = e->what.exif_size;
    reel_of(e)->xmp = e->what.xmp_size;
    return TB_MORE;
}

static void put_time(enc *e)
{
    tb_reel *r = reel_of(e);
    size_t at = r->pixels * (size_t)e->how->frames + (size_t)e->how->frame * sizeof(uint32_t);

    memcpy(r->memory.data + at, &e->how->delay, sizeof(uint32_t));
}

/* The first frame finds room for all. */
static tb_status start(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    bool first = !e->how->reel || e->how->frame == 0;

    e->phase = ROWS;
    tb_advance(&s->in[0], 0, 1);
    if (first && (take_meta(s, err) == TB_FAIL || take_room(s, err) == TB_FAIL))
        return TB_FAIL;
    if (first)
        put_meta(e);
    if (e->how->reel)
        put_time(e);
    return TB_MORE;
}

static tb_status take_rows(tb_stage *s)
{
    enc *e = s->state;
    tb_in *in = &s->in[0];
    const tb_reel *r = reel_of(e);
    size_t n = (size_t)e->shape.width * (size_t)e->shape.channels;
    uint8_t *to = r->memory.data + (e->how->reel ? r->pixels * (size_t)e->how->frame : 0);
    int y = in->first, end = in->want;

    for (; y < end; y++)
        memcpy(to + (size_t)y * n, tb_row(in, y), n);
    tb_advance(in, y, y + (n < 8192 ? WINDOW : 1));
    if (y < e->shape.height)
        return TB_MORE;
    if (e->how->reel && e->how->frame + 1 < e->how->frames)
        return TB_DONE;
    e->phase = ENCODE;
    s->long_step = true;
    return TB_MORE;
}

/* -------------------------------------------------------------------- encoding */

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

static bool is_sane(enc *e, uint64_t size)
{
    const tb_reel *r = reel_of(e);

    return size > 0 && size / 4 <= r->pixels * (size_t)frames_of(e) + meta_of(r) + (1 << 20);
}

/* Of frames it is not known before all are there; a still picture is squeezed by those who know how. */
static bool is_too_long(const enc *e, uint64_t size)
{
    uint64_t most = e->how->how->max_bytes;

    return e->how->reel && most && size > most;
}

static tb_status save(tb_stage *s, tb_request *r, tb_error *err)
{
    enc *e = s->state;
    tb_reel *reel = reel_of(e);
    size_t bytes = (size_t)tb_vips_memory_of_encode(e->how->how, e->shape, frames_of(e));
    tb_reply a;
    tb_status status;

    if (!tb_reserve(s->mem, bytes))
        return tb_no_memory(err, s->mem, name_of(e), "libvips' encoder");
    status = tb_vips_ask(s, name_of(e), r, &a, err);
    tb_unreserve(s->mem, bytes);
    tb_vips_drop(s->vips, r->slot);
    tb_discharge(s->mem, reel->charged);
    reel->charged = 0;
    if (status == TB_FAIL)
        return TB_FAIL;
    if (!is_sane(e, a.size))
        return tb_fail(err, TB_E_CORRUPT, name_of(e), "libvips tells nonsense of the file");
    if (!is_too_long(e, a.size))
        return fetch(s, r->to, a.size, err);
    tb_squeeze_refuse(e->how->how, reel->refused);
    return TB_DONE;
}

static tb_status run_encoder(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    const tb_encode *how = e->how;
    tb_reel *reel = reel_of(e);
    tb_request r = {.what = TB_DO_SAVE,
                    .save = {e->shape, *how->how, frames_of(e), how->loop, reel->icc, reel->exif, reel->xmp}};

    if (!tb_vips_ready(s))
        return TB_MORE;
    r.slot = tb_vips_slot(s, name_of(e), err);
    r.to = tb_vips_slot(s, name_of(e), err);
    if (r.slot < 0 || r.to < 0 || tb_vips_take(s, name_of(e), r.slot, &reel->memory, err) == TB_FAIL)
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

    tb_reel_close(&e->own, s->mem);
    tb_outgoing_close(&e->what, s->mem);
}

extern const tb_stage_ops tb_vips_enc;
const tb_stage_ops tb_vips_enc = {
    .name = "libvips", .size = sizeof(enc), .ins = 1, .open = enc_open, .step = enc_step, .close = enc_close};
