/* cost.c - nanoseconds and bytes a pixel, measured on photographs. */
#include "cost.h"
#include "codecs/squeeze.h"
#include "colour/profile.h"
#include "colour/tables.h"
#include "ops/pad.h"
#include "worker/estimate.h"

static double pixels(int width, int height)
{
    return (double)width * height;
}

/* Is there more to be seen of Cb and Cr than the means of their blocks? */
static bool chroma_detail(const tb_decode *d)
{
    return d->header->components > 1 && tb_jpeg_chroma_shrink(d) < 8;
}

/* Entropy decoding takes all of the picture, but for scans that are skipped: the detail
 * of what is shrunk to means. */
static double progressive(const tb_decode *d)
{
    return 0.4 + (d->shrink < 8 ? 3.0 : 0) + (chroma_detail(d) ? 0.8 : 0);
}

/* Two bytes a coefficient, chroma mostly at a quarter; and likewise of the skipped, the means. */
static double coefficients(const tb_decode *d)
{
    return 3.0 / 64 + (d->shrink < 8 ? 2.0 : 0) + (chroma_detail(d) ? 1.0 : 0);
}

/* The transform takes only what is kept of it. */
static double jpeg(const tb_decode *d)
{
    const tb_header *h = d->header;
    double all = pixels(h->width, h->height), kept = pixels(d->region.width, d->region.height);

    return h->progressive ? progressive(d) * all + 4.0 * kept : 1.2 * all + 3.0 * kept;
}

/* What libvips decodes is never less than the calls into it. */
static double foreign(const tb_decode *d)
{
    const double call = 2e6, all = pixels(d->header->width, d->header->height);

    switch (d->header->format) {
    case TB_HEIF:
        return call + 100.0 * all;
    case TB_AVIF:
    case TB_JXL:
    case TB_GIF:
        return call + 55.0 * all;
    case TB_JP2:
        return call + 270.0 * all;
    case TB_TEXT:
    case TB_SVG:
    case TB_PDF:
        return 10 * call + 100.0 * pixels(d->region.width, d->region.height);
    default:
        return call + 30.0 * all;
    }
}

/* Bytes are inflated and filtered, samples made of them. */
static double png(const tb_header *h)
{
    return pixels(h->width, h->height) * (2.5 * h->components * h->depth / 8 + 0.5 * h->channels);
}

double tb_cost_of_decode(const tb_decode *d)
{
    const tb_header *h = d->header;
    double all = pixels(h->width, h->height);

    if (!tb_decodes(h))
        return foreign(d);
    switch (h->format) {
    case TB_JPEG:
        return jpeg(d);
    case TB_PNG:
        return png(h);
    case TB_WEBP:
        return all * (h->lossless ? 28.0 : 8.0);
    default:
        return all * 20.0;
    }
}

static double cost_of_encode(const tb_output *how, tb_shape shape)
{
    double n = pixels(shape.width, shape.height);

    switch (how->format) {
    case TB_JPEG:
        return n * (how->progressive ? 25.0 : how->optimize ? 12.0 : 7.0);
    case TB_PNG:
        return how->palette ? 5e6 + n * 75.0 * how->effort : n * shape.channels * (5.0 + 4.0 * how->level);
    case TB_WEBP:
        return n * (how->lossless ? 400.0 : 20.0 + 22.0 * how->method);
    case TB_AVIF:
        return 5e6 + n * (400.0 + 280.0 * how->effort);
    case TB_HEIF:
        return 5e6 + n * (500.0 + 1000.0 * how->effort);
    case TB_JXL:
        return 5e6 + n * 100.0 * how->effort;
    case TB_GIF:
        return 5e6 + n * 180.0 * how->effort;
    default: /* TIFF, JPEG 2000 */
        return 5e6 + n * 420.0;
    }
}

double tb_cost_of_encode(const tb_output *how, tb_shape shape)
{
    return cost_of_encode(how, shape) * (how->max_bytes ? tb_squeeze_tries(how) : 1);
}

double tb_cost_of(const tb_stage_ops *ops, tb_shape in, tb_shape out)
{
    double from = pixels(in.width, in.height) * in.channels,
           to = pixels(out.width, out.height) * out.channels;

    if (ops == &tb_resize)
        return 1.0 * from + 4.0 * to;
    if (ops == &tb_blur)
        return 5.0 * to;
    if (ops == &tb_turn)
        return 2.0 * to;
    if (ops == &tb_icc)
        return 0; /* tb_cost_of_icc */
    if (ops == &tb_point)
        return 0.8 * to; /* 0.4 for each matrix and for all tables between two */
    if (ops == &tb_sharpen)
        return 2.5 * to; /* sigma 1; 4 of sigma 10 */
    if (ops == &tb_relight)
        return 2.0 * to;
    if (ops == &tb_stencil)
        return 3.5 * to; /* 2 of 3x3, 6 of 7x7 */
    if (ops == &tb_pixelate)
        return 2.0 * to; /* of squares of 2; 0.5 of 16 */
    return 0.5 * to;
}

/* More than the calls to libvips, always. */
double tb_cost_of_change(const tb_change_args *a, tb_shape in)
{
    static const double interpolator[] = {7, 8, 13, 45, 80};
    const double call = 2e6, all = pixels(in.width, in.height);

    switch (a->kind) {
    case TB_CHANGE_SMART_CROP:
        return call + (a->smart_crop.by == TB_SMART_ENTROPY ? 35.0 : 20.0) * all;
    case TB_CHANGE_AFFINE:
        return call +
               interpolator[a->affine.interpolator] * in.channels * pixels(a->affine.width, a->affine.height);
    case TB_CHANGE_CLAHE:
        return call + ((a->clahe.slope ? 200.0 : 60.0) + 2.0 * a->clahe.height) * all;
    case TB_CHANGE_EQUALISE:
        return call + 15.0 * all;
    }
    return call;
}

double tb_cost_of_icc(const tb_icc_args *a, tb_shape shape)
{
    double n = pixels(shape.width, shape.height);
    tb_profile p;

    tb_profile_read(&p, a->icc, a->size);
    if (p.kind == TB_PROFILE_TABLES && shape.channels >= 3)
        return n > TB_TABLES_FEW ? 40e6 + 40 * n : 1.5e6 + 350 * n;
    return 60e3 + 2 * n;
}

static double samples(tb_shape s)
{
    return pixels(s.width, s.height) * s.channels;
}

/* Rows of the picture, whatever its height. */
static double rows(int count, int width, int channels)
{
    return (double)count * width * channels;
}

/* The worker has bytes of its own. */
static size_t copied(const tb_decode *d)
{
    return d->input ? d->input->end : 0;
}

double tb_memory_of_decode(const tb_decode *d)
{
    const tb_header *h = d->header;
    double all = pixels(h->width, h->height), kept = pixels(d->region.width, d->region.height);

    if (!tb_decodes(h))
        return tb_vips_memory_of_decode(d) + rows(256, d->region.width, h->channels) + (double)copied(d);
    switch (h->format) {
    case TB_JPEG:
        return (h->progressive ? coefficients(d) * all : 35e3) + rows(40, h->width, h->channels) / d->shrink;
    case TB_PNG:
        return (h->progressive ? all * h->channels : 0) + rows(6, h->width, 4) + 150e3;
    case TB_WEBP:
        return kept * h->channels + (h->lossless ? 4.2 * all : rows(40, h->width, 3));
    default:
        return all * 4;
    }
}

/* The picture, what libvips makes of it, and bytes of output that wait to be taken. */
static double foreign_encode(const tb_output *how, tb_shape shape, int frames)
{
    return (samples(shape) + 0.5 * pixels(shape.width, shape.height)) * frames +
           tb_vips_memory_of_encode(how, shape, frames);
}

double tb_memory_of_encode(const tb_output *how, tb_shape shape, int frames)
{
    double all = pixels(shape.width, shape.height);
    double out = 0.5 * all; /* bytes of output that wait to be taken */

    if (frames > 1 && how->format != TB_WEBP)
        return foreign_encode(how, shape, frames);
    if (frames > 1) /* this frame and the one before */
        out = out * frames + 2.1 * samples(shape);
    else if (how->max_bytes)
        out += 1.1 * shape.channels * all + 2.0 * TB_BLOCK;
    switch (how->format) {
    case TB_JPEG:
        return out + (how->progressive || how->optimize ? 3.0 * all : 0) + rows(40, shape.width, 3);
    case TB_PNG:
        return how->palette ? foreign_encode(how, shape, 1)
                            : shape.channels * out + rows(4, shape.width, 4) + 300e3;
    case TB_WEBP:
        return out + (how->lossless ? 30.0 : 10.0) * all;
    default:
        return foreign_encode(how, shape, 1);
    }
}

/* Rows of sums and pairs of lines, of which a long window needs most; and the weights. */
static double resize_memory(tb_shape in, tb_shape out)
{
    int width = in.width > out.width ? in.width : out.width;

    return rows(100, width, in.channels) + 16.0 * (in.width + in.height + out.width + out.height) + 50e3;
}

double tb_memory_of(const tb_stage_ops *ops, tb_shape in, tb_shape out)
{
    if (ops == &tb_turn)
        return samples(out);
    if (ops == &tb_resize)
        return resize_memory(in, out);
    if (ops == &tb_icc) /* its tables, and lcms2's */
        return 1.5e6 + rows(2, out.width, out.channels);
    if (ops == &tb_blur || ops == &tb_sharpen)
        return rows(100, in.width, in.channels);
    if (ops == &tb_stencil || ops == &tb_pixelate)
        return rows(8, in.width, in.channels);
    return rows(2, out.width, out.channels);
}

double tb_memory_of_change(const tb_change_args *a, tb_shape in, tb_shape out)
{
    return samples(in) + tb_vips_memory_of_change(a, in) + rows(256, out.width, out.channels);
}

double tb_memory_of_pad(const tb_pad_args *a, tb_shape in)
{
    return rows(tb_pad_window(a, in.height), in.width, in.channels);
}
