/* dec.c - a source stage over what libvips reads.
 *
 * The picture is opened, and then asked for in strips of rows, from top to bottom.  Some formats
 * (HEIF, JPEG XL) come as a whole with the first strip. */
#include "estimate.h"
#include "strips.h"

/* OPEN -> STRIPS */
typedef enum { OPEN, STRIPS } phase;

typedef struct {
    const tb_decode *how; /* borrowed */
    phase phase;
    int slot; /* of the picture, and 1; 0 = none */
    size_t reserved;
} dec;

static tb_status dec_open(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    const tb_decode *how = s->args;
    tb_shape shape = {how->region.width, how->region.height, how->header->channels};

    d->how = how;
    s->long_step = true;
    return tb_strips_open(s, tb_format_name(how->header->format), shape, err);
}

static tb_do_open what_to_open(const tb_decode *how)
{
    const tb_header *h = how->header;
    bool drawn = how->draw_width > 0;

    return (tb_do_open){.format = h->format,
                        .keep_truncated = how->keep_truncated,
                        .drawn = drawn,
                        .width = drawn ? how->draw_width : h->width,
                        .height = drawn ? how->draw_height : h->height,
                        .channels = h->channels,
                        .region = how->region};
}

static tb_status begin(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    const char *name = tb_format_name(d->how->header->format);
    size_t bytes = (size_t)tb_vips_memory_of_decode(d->how);
    tb_request r = {.what = TB_DO_OPEN, .open = what_to_open(d->how)};
    tb_reply a;

    if (!tb_vips_ready(s))
        return TB_MORE;
    if (!tb_reserve(s->mem, bytes))
        return tb_no_memory(err, s->mem, "libvips", "decoding");
    d->reserved = bytes;
    d->phase = STRIPS;
    if (tb_vips_input(s, name, d->how->input, &r.slot, err) == TB_FAIL)
        return TB_FAIL;
    r.to = tb_vips_slot(s, name, err);
    d->slot = r.to + 1;
    return r.to < 0 ? TB_FAIL : tb_vips_ask(s, name, &r, &a, err);
}

static tb_status dec_step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    switch (d->phase) {
    case OPEN:
        return begin(s, err);
    case STRIPS:
        return tb_strips_next(s, tb_format_name(d->how->header->format), d->slot - 1, err);
    }
    return TB_DONE;
}

static void dec_close(tb_stage *s)
{
    dec *d = s->state;

    tb_vips_drop(s->vips, d->slot - 1);
    tb_unreserve(s->mem, d->reserved);
}

extern const tb_stage_ops tb_vips_dec;
const tb_stage_ops tb_vips_dec = {.name = "libvips",
                                  .size = sizeof(dec),
                                  .outs = 1,
                                  .open = dec_open,
                                  .step = dec_step,
                                  .close = dec_close};
