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
    tb_opened picture; /* slot -1: none */
    int top;           /* the row of it at which the frame begins */
    bool whole;        /* all that is wanted of the frame was read */
} dec;

static const char *name_of(const dec *d)
{
    return tb_format_name(d->how->header->format);
}

static tb_status dec_open(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    const tb_decode *how = s->args;
    tb_shape shape = {how->region.width, how->region.height, how->header->channels};

    d->how = how;
    d->picture.slot = -1;
    s->long_step = true;
    return tb_strips_open(s, tb_format_name(how->header->format), shape, err);
}

/* All frames at once, below each other; but each page of a PDF by itself, as they may differ in size. */
static bool is_tall(const tb_decode *how)
{
    return how->frames > 1 && how->header->format != TB_PDF;
}

static tb_do_open what_to_open(const tb_decode *how)
{
    const tb_header *h = how->header;
    bool drawn = how->draw_width > 0, tall = is_tall(how);

    return (tb_do_open){.format = h->format,
                        .keep_truncated = how->keep_truncated,
                        .drawn = drawn,
                        .width = drawn ? how->draw_width : h->width,
                        .height = drawn ? how->draw_height : h->height,
                        .channels = h->channels,
                        .first = tall ? how->first : how->first + how->frame,
                        .count = tall ? how->frames : 1};
}

static tb_status open_picture(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    tb_request r = {.what = TB_DO_OPEN, .open = d->picture.how};
    size_t bytes = (size_t)tb_vips_memory_of_decode(d->how);
    tb_reply a;

    if (!tb_reserve(s->mem, bytes))
        return tb_no_memory(err, s->mem, "libvips", "decoding");
    d->picture.reserved = bytes;
    if (tb_vips_input(s, name_of(d), d->how->input, &r.slot, err) == TB_FAIL)
        return TB_FAIL;
    d->picture.slot = r.to = tb_vips_slot(s, name_of(d), err);
    return r.to < 0 ? TB_FAIL : tb_vips_ask(s, name_of(d), &r, &a, err);
}

static tb_status begin(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    const tb_decode *how = d->how;

    if (!tb_vips_ready(s))
        return TB_MORE;
    d->phase = STRIPS;
    d->picture.data = tb_input_at(how->input, 0);
    d->picture.how = what_to_open(how);
    d->picture.frame = how->frame;
    d->top = how->region.y + (is_tall(how) ? how->frame * d->picture.how.height : 0);
    return tb_vips_reopen(s->vips, &d->picture) ? TB_MORE : open_picture(s, err);
}

static tb_status strip(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    tb_status status = tb_strips_next(s, name_of(d), d->picture.slot, d->how->region.x, d->top, err);

    d->whole = status == TB_DONE;
    return status;
}

static tb_status dec_step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    switch (d->phase) {
    case OPEN:
        return begin(s, err);
    case STRIPS:
        return strip(s, err);
    }
    return TB_DONE;
}

/* The next frame may be read from the same picture. */
static void dec_close(tb_stage *s)
{
    dec *d = s->state;

    d->picture.frame = d->how->frame + 1;
    if (d->whole && is_tall(d->how) && d->picture.frame < d->how->frames)
        tb_vips_keep(s->vips, s->mem, &d->picture);
    else
        tb_vips_shut(s->vips, s->mem, &d->picture);
}

extern const tb_stage_ops tb_vips_dec;
const tb_stage_ops tb_vips_dec = {.name = "libvips",
                                  .size = sizeof(dec),
                                  .outs = 1,
                                  .open = dec_open,
                                  .step = dec_step,
                                  .close = dec_close};
