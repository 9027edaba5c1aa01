/* enc.c - a sink stage over what libvips writes.
 *
 * Rows are kept until all are there; then one call encodes them. */
#include "call.h"
#include "estimate.h"
#include "save.h"
#include "words.h"
#include <string.h>

#define WINDOW 8                  /* rows taken in a step */
#define PIECE  ((size_t)64 << 10) /* bytes given in a step */

/* START -> ROWS -> ENCODE -> GIVE */
typedef enum { START, ROWS, ENCODE, GIVE } phase;

typedef struct {
    const tb_encode *how; /* borrowed */
    phase phase;
    tb_call call;
    tb_error said;
    tb_shape shape;
    uint8_t *pixels; /* owned, as bytes, which are GLib's */
    uint8_t *bytes;
    size_t size, given, charged;
    tb_outgoing what; /* metadata */
} enc;

static const char *name_of(const enc *e)
{
    return tb_format_name(e->how->how->format);
}

static tb_status enc_open(tb_stage *s, tb_error *err)
{
    enc *e = s->state;

    e->how = s->args;
    e->shape = s->in[0].rows->shape;
    e->pixels = tb_alloc(s->mem, (size_t)e->shape.width * (size_t)e->shape.channels, (size_t)e->shape.height);
    if (!e->pixels)
        return tb_no_memory(err, s->mem, name_of(e), "the picture to encode");
    s->in[0].window = WINDOW;
    s->in[0].want = 0;
    return TB_MORE;
}

static tb_status take_rows(tb_stage *s)
{
    enc *e = s->state;
    tb_in *in = &s->in[0];
    size_t n = (size_t)e->shape.width * (size_t)e->shape.channels;
    int y = in->first, end = in->want;

    for (; y < end; y++)
        memcpy(e->pixels + (size_t)y * n, tb_row(in, y), n);
    tb_advance(in, y, y + (n < 8192 ? WINDOW : 1));
    if (y == e->shape.height) {
        e->phase = ENCODE;
        s->long_step = true;
    }
    return TB_MORE;
}

static void encode(tb_call *c, void *arg)
{
    enc *e = arg;

    e->bytes = tb_save(e->pixels, e->shape, e->how->how, &e->what, &c->stop, &e->size, &e->said);
}

static tb_status run_encoder(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    size_t bytes = (size_t)tb_vips_memory_of_encode(e->how->how, e->shape);

    if (!tb_charge(s->mem, bytes))
        return tb_no_memory(err, s->mem, name_of(e), "libvips' encoder");
    e->charged = bytes;
    s->heavy = true;
    e->call.heard = &e->said;
    tb_called how = tb_call_run(&e->call, s->stop, encode, e);
    if (how != TB_CALL_ENDED)
        return tb_call_failed(how, name_of(e), err);
    tb_free(s->mem, e->pixels);
    e->pixels = NULL;
    tb_discharge(s->mem, e->charged);
    e->charged = 0;
    if (e->size > 0 && tb_charge(s->mem, e->size))
        e->charged = e->size;
    s->long_step = false;
    e->phase = GIVE;
    return tb_words_pass(err, &e->said, TB_MORE);
}

static tb_status give(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    size_t left = e->size - e->given, n = left < PIECE ? left : PIECE;

    if (!tb_bytes_put(e->how->bytes, e->bytes + e->given, n))
        return tb_no_memory(err, s->mem, name_of(e), "the file");
    e->given += n;
    return e->given == e->size ? TB_DONE : TB_MORE;
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
    return TB_MORE;
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
    case GIVE:
        return give(s, err);
    }
    return TB_DONE;
}

static bool enc_lives(tb_stage *s, void (*after)(void *arg), void *arg)
{
    return tb_call_lives(&((enc *)s->state)->call, after, arg);
}

static void enc_close(tb_stage *s)
{
    enc *e = s->state;

    tb_call_close(&e->call);
    g_free(e->bytes);
    tb_discharge(s->mem, e->charged);
    tb_outgoing_close(&e->what, s->mem);
    tb_free(s->mem, e->pixels);
}

extern const tb_stage_ops tb_vips_enc;
const tb_stage_ops tb_vips_enc = {.name = "libvips",
                                  .size = sizeof(enc),
                                  .ins = 1,
                                  .open = enc_open,
                                  .step = enc_step,
                                  .lives = enc_lives,
                                  .close = enc_close};
