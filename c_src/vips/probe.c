/* probe.c - a stage without rows: what libvips says of a picture before it is decoded. */
#include "../mem.h"
#include "call.h"
#include "load.h"
#include "words.h"
#include <string.h>

typedef struct {
    const tb_probe *how; /* borrowed, as mem */
    tb_mem *mem;
    tb_call call;
    tb_error said;
} probe;

static int number(VipsImage *im, const char *name, int otherwise)
{
    int value;

    if (!vips_image_get_typeof(im, name) || vips_image_get_int(im, name, &value))
        return otherwise;
    return value;
}

/* libvips has 1 pixel a millimetre where nothing is said. */
static double dots(double per_mm)
{
    return per_mm == 1.0 || per_mm <= 0 ? 0 : per_mm * 25.4;
}

static int depth_of(VipsImage *im)
{
    int format = im->BandFmt == VIPS_FORMAT_UCHAR ? 8 : im->BandFmt == VIPS_FORMAT_USHORT ? 16 : 32;
    int bits = number(im, "bits-per-sample", number(im, "heif-bitdepth", format));

    return bits < 1 || bits > 32 ? format : bits;
}

/* As stored. */
static void read_head(tb_header *h, VipsImage *im)
{
    int pages = number(im, VIPS_META_N_PAGES, 1), turned = vips_image_get_orientation(im);

    h->width = im->Xsize;
    h->height = im->Ysize;
    h->components = im->Bands;
    h->depth = depth_of(im);
    h->alpha = vips_image_hasalpha(im);
    h->dpi_x = dots(im->Xres);
    h->dpi_y = dots(im->Yres);
    if (h->format != TB_GIF && h->format != TB_WEBP) /* the walk has counted them */
        h->frames = pages > 0 ? pages : 1;
    if (h->format != TB_JPEG && h->format != TB_WEBP)
        h->orientation = turned >= 1 && turned <= 8 ? turned : 1;
}

/* A copy in the job's memory; NULL if there is none of it, or none for it. */
static uint8_t *blob(const probe *p, VipsImage *im, const char *name, uint64_t most, size_t *size)
{
    const void *data;
    uint8_t *copy;

    if (!vips_image_get_typeof(im, name) || vips_image_get_blob(im, name, &data, size) || *size == 0 ||
        (most && *size > most))
        return NULL;
    copy = tb_alloc(p->mem, *size, 1);
    if (copy)
        memcpy(copy, data, *size);
    return copy;
}

/* The TIFF structure alone. */
static void read_exif(const probe *p, VipsImage *im)
{
    tb_meta *m = p->how->meta;
    size_t size;

    if (!(p->how->keep & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT)) ||
        !(m->exif = blob(p, im, VIPS_META_EXIF_NAME, p->how->limits->max_exif, &size)))
        return;
    m->exif_size = size;
    if (size > 6 && memcmp(m->exif, "Exif\0", 5) == 0) {
        m->exif_size -= 6;
        memmove(m->exif, m->exif + 6, m->exif_size);
    }
}

/* JPEG's and WebP's were found by the walk. */
static void read_meta(const probe *p, VipsImage *im, bool own)
{
    const tb_probe *how = p->how;
    tb_meta *m = how->meta;
    size_t size;

    if (!own) {
        tb_free(p->mem, m->icc);
        m->icc = NULL;
        m->icc_size = 0;
    }

    if (how->header->format == TB_JPEG || how->header->format == TB_WEBP)
        return;
    if (own && (m->icc = blob(p, im, VIPS_META_ICC_NAME, how->limits->max_icc, &size)))
        m->icc_size = size;
    read_exif(p, im);
    if ((how->keep & TB_KEEP_XMP) &&
        (m->xmp = blob(p, im, VIPS_META_XMP_NAME, how->limits->max_metadata, &size)))
        m->xmp_size = size;
}

/* Of a PPM that ends too early every sample that is missing is looked for: that may be many, of few
 * bytes.  One takes a byte, or a bit, at least. */
static bool is_long_enough(const probe *p, const VipsImage *im)
{
    const tb_input *in = p->how->input;
    uint64_t samples = (uint64_t)im->Xsize * (uint64_t)im->Ysize * (uint64_t)im->Bands;
    bool bits = in->end > 1 && tb_input_at(in, 0)[1] == '4';

    return p->how->header->format != TB_PPM || in->end >= (bits ? samples / 8 : samples);
}

static void look(tb_call *c, void *arg)
{
    probe *p = arg;
    tb_header *h = p->how->header;
    VipsImage *im = tb_load(p->how->input, h->format, true, &p->said);
    bool own;

    (void)c;
    if (!im)
        return;
    if (!is_long_enough(p, im)) {
        tb_fail(&p->said, TB_E_TRUNCATED, "ppm", "%zu bytes cannot hold %dx%d pixels", p->how->input->end,
                im->Xsize, im->Ysize);
        g_object_unref(im);
        return;
    }
    read_head(h, im);
    VipsImage *bytes = tb_load_bytes(im, h->format, &own, &p->said);
    if (!bytes)
        return;
    h->channels = bytes->Bands;
    h->alpha |= bytes->Bands % 2 == 0;
    read_meta(p, bytes, own);
    g_object_unref(bytes);
}

static tb_status probe_open(tb_stage *s, tb_error *err)
{
    probe *p = s->state;

    (void)err;
    p->how = s->args;
    p->mem = s->mem;
    s->long_step = true;
    return TB_MORE;
}

static tb_status probe_step(tb_stage *s, tb_error *err)
{
    probe *p = s->state;

    p->call.heard = &p->said;
    tb_called how = tb_call_run(&p->call, s->stop, look, p);
    if (how != TB_CALL_ENDED)
        return tb_call_failed(how, s->ops->name, err);
    p->said.warnings = 0; /* the decoder will hear them again */
    return tb_words_pass(err, &p->said, TB_DONE);
}

static bool probe_lives(tb_stage *s, void (*after)(void *arg), void *arg)
{
    return tb_call_lives(&((probe *)s->state)->call, after, arg);
}

static void probe_close(tb_stage *s)
{
    tb_call_close(&((probe *)s->state)->call);
}

extern const tb_stage_ops tb_vips_probe;
const tb_stage_ops tb_vips_probe = {.name = "probe",
                                    .size = sizeof(probe),
                                    .open = probe_open,
                                    .step = probe_step,
                                    .lives = probe_lives,
                                    .close = probe_close};
