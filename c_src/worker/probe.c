/* probe.c - a stage without rows: what libvips says of a picture before it is decoded. */
#include "../codecs/foreign.h"
#include "vips.h"
#include <math.h>
#include <string.h>

static const char *name_of(const tb_probe *how)
{
    return tb_format_name(how->header->format);
}

/* It comes from outside: no more may be relied on than is seen here. */
static bool is_sane(const tb_seen *seen)
{
    return seen->width > 0 && seen->height > 0 && seen->channels >= 1 && seen->channels <= 4 &&
           seen->components >= 1 && seen->depth >= 1 && seen->depth <= 32 && seen->orientation >= 1 &&
           seen->orientation <= 8 && seen->frames >= 1 && seen->dpi_x >= 0 && seen->dpi_y >= 0 &&
           isfinite(seen->dpi_x) && isfinite(seen->dpi_y);
}

/* JPEG's and WebP's orientation, and frames of theirs and GIF's, were found by the walk. */
static void fill_in(tb_header *h, const tb_seen *seen)
{
    h->width = seen->width;
    h->height = seen->height;
    h->channels = seen->channels;
    h->components = seen->components;
    h->depth = seen->depth;
    h->alpha = seen->alpha || seen->channels % 2 == 0;
    h->dpi_x = seen->dpi_x;
    h->dpi_y = seen->dpi_y;
    if ((h->format != TB_GIF && h->format != TB_WEBP) || seen->frames < h->frames)
        h->frames = seen->frames;
    if (h->format != TB_JPEG && h->format != TB_WEBP)
        h->orientation = seen->orientation;
}

/* A copy in the job's memory of `size` bytes from `from`; *to stays NULL if there are none. */
static tb_status copy(tb_stage *s, int slot, uint64_t from, uint64_t size, uint8_t **to, tb_error *err)
{
    const char *name = name_of(s->args);
    tb_request r = {.what = TB_DO_GIVE, .slot = slot};
    tb_reply a;

    if (size == 0)
        return TB_MORE;
    if (!(*to = tb_alloc(s->mem, size, 1)))
        return tb_no_memory(err, s->mem, name, "its metadata");
    for (uint64_t at = 0; at < size; at += r.size) {
        r.from = from + at;
        r.size = size - at < TB_DESK ? size - at : TB_DESK;
        if (tb_vips_ask(s, name, &r, &a, err) == TB_FAIL)
            return TB_FAIL;
        memcpy(*to + at, tb_vips_desk(s->vips), r.size);
    }
    return TB_MORE;
}

static bool within(uint64_t size, uint64_t most)
{
    return size < SIZE_MAX / 4 && (most == 0 || size <= most);
}

/* JPEG's and WebP's were found by the walk. */
static tb_status take_meta(tb_stage *s, int slot, const tb_seen *seen, tb_error *err)
{
    const tb_probe *how = s->args;
    const tb_limits *l = how->limits;
    tb_meta *m = how->meta;
    tb_exif said;

    if (!within(seen->icc, l->max_icc) || !within(seen->exif, l->max_exif) ||
        !within(seen->xmp, l->max_metadata))
        return tb_fail(err, TB_E_CORRUPT, name_of(how), "libvips tells nonsense of its metadata");
    if (copy(s, slot, 0, seen->icc, &m->icc, err) == TB_FAIL)
        return TB_FAIL;
    m->icc_size = seen->icc;
    if (copy(s, slot, seen->icc, seen->exif, &m->exif, err) == TB_FAIL)
        return TB_FAIL;
    m->exif_size = seen->exif;
    if (copy(s, slot, seen->icc + seen->exif, seen->xmp, &m->xmp, err) == TB_FAIL)
        return TB_FAIL;
    m->xmp_size = seen->xmp;
    tb_exif_read(&said, m->exif, m->exif_size);
    how->header->gps |= said.gps;
    return TB_DONE;
}

static tb_status learn(tb_stage *s, int slot, const tb_seen *seen, tb_error *err)
{
    const tb_probe *how = s->args;
    tb_meta *m = how->meta;

    if (!is_sane(seen))
        return tb_fail(err, TB_E_CORRUPT, name_of(how), "libvips tells nonsense of it");
    fill_in(how->header, seen);
    if (!seen->own) {
        tb_free(s->mem, m->icc);
        m->icc = NULL;
        m->icc_size = 0;
    }
    if (how->header->format == TB_JPEG || how->header->format == TB_WEBP)
        return TB_DONE;
    return take_meta(s, slot, seen, err);
}

static tb_status probe_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->long_step = true;
    return TB_MORE;
}

static tb_status probe_step(tb_stage *s, tb_error *err)
{
    const tb_probe *how = s->args;
    const tb_limits *l = how->limits;
    unsigned warned = err->warnings;
    tb_request r = {.what = TB_DO_LOOK,
                    .look = {how->header->format, how->keep, how->first, l->max_icc, l->max_exif,
                             l->max_metadata, l->max_pixels}};
    tb_reply a;

    if (!tb_vips_ready(s))
        return TB_MORE;
    if (tb_vips_input(s, name_of(how), how->input, &r.slot, err) == TB_FAIL ||
        (r.to = tb_vips_slot(s, name_of(how), err)) < 0 ||
        tb_vips_ask(s, name_of(how), &r, &a, err) == TB_FAIL)
        return TB_FAIL;
    err->warnings = warned; /* the decoder will hear them again */
    tb_status status = learn(s, r.to, &a.seen, err);
    tb_vips_drop(s->vips, r.to);
    return status;
}

extern const tb_stage_ops tb_vips_probe;
const tb_stage_ops tb_vips_probe = {.name = "probe", .open = probe_open, .step = probe_step};
