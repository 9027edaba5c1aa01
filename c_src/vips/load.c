/* load.c - opens a picture by libvips. */
#include "load.h"
#include "../colour/profile.h"
#include "draw.h"
#include "gif.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>

#define MOST_PAGES 100000

static const char *const loaders[TB_FORMATS] = {
    [TB_JPEG] = "jpegload_buffer", [TB_WEBP] = "webpload_buffer", [TB_GIF] = "gifload_buffer",
    [TB_TIFF] = "tiffload_buffer", [TB_HEIF] = "heifload_buffer", [TB_AVIF] = "heifload_buffer",
    [TB_JXL] = "jxlload_buffer",   [TB_JP2] = "jp2kload_buffer",  [TB_SVG] = "svgload_buffer",
    [TB_PDF] = "pdfload_buffer",   [TB_PPM] = "ppmload_source",   [TB_TEXT] = "text",
};

const char *tb_loader_of(tb_format f)
{
    return loaders[f];
}

static int load_source(const void *data, size_t size, VipsImage **im, int fail_on)
{
    VipsSource *source = vips_source_new_from_memory(data, size);
    int failed = -1;

    if (source)
        failed = vips_ppmload_source(source, im, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);
    VIPS_UNREF(source);
    return failed;
}

/* What has pages takes these; without them, it is the first (of HEIF, the main one). */
static int load_pages(const char *loader, VipsBlob *blob, VipsImage **im, tb_pages pages, int fail_on)
{
    if (pages.first == 0 && pages.count == 1)
        return vips_call(loader, blob, im, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);
    return vips_call(loader, blob, im, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, "page",
                     pages.first, "n", pages.count, NULL);
}

static int give_back(void *copy, void *area)
{
    (void)area;
    free(copy);
    return 0;
}

static VipsBlob *blob_of(const void *data, size_t size, tb_format f)
{
    size_t longer = 0;
    uint8_t *copy = f == TB_GIF ? tb_gif_with_alpha(data, size, &longer) : NULL;

    return copy ? vips_blob_new(give_back, copy, longer) : vips_blob_new(NULL, data, size);
}

static int load_buffer(tb_format f, const void *data, size_t size, VipsImage **im, tb_pages pages,
                       int fail_on)
{
    VipsBlob *blob = blob_of(data, size, f);
    int failed = load_pages(loaders[f], blob, im, pages, fail_on);

    vips_area_unref(VIPS_AREA(blob));
    return failed;
}

VipsImage *tb_load_differs(tb_format f, tb_error *err)
{
    tb_fail(err, TB_E_UNSUPPORTED, tb_format_name(f),
            "its pages are not of one kind and size: take them one by one (frames: and a number)");
    return NULL;
}

/* libvips knows no more. */
static bool too_many(tb_pages pages, tb_format f, tb_error *err)
{
    if (pages.count <= MOST_PAGES && pages.first <= MOST_PAGES - pages.count)
        return false;
    tb_fail(err, TB_E_LIMIT, tb_format_name(f), "frames are read up to the %dth, by libvips", MOST_PAGES);
    return true;
}

VipsImage *tb_load(const tb_input *in, tb_format f, tb_pages pages, bool keep_truncated, tb_error *err)
{
    const uint8_t *data = tb_input_at(in, 0);
    int fail_on = keep_truncated ? VIPS_FAIL_ON_NONE : VIPS_FAIL_ON_ERROR;
    VipsImage *im = NULL;

    if (f == TB_TEXT)
        return tb_draw(in, err);
    if (too_many(pages, f, err))
        return NULL;
    if (f == TB_PPM ? load_source(data, in->end, &im, fail_on)
                    : load_buffer(f, data, in->end, &im, pages, fail_on)) {
        if (strstr(vips_error_buffer(), "differs from page"))
            return tb_load_differs(f, err);
        tb_words_fail(err, f, "cannot be read");
        return NULL;
    }
    return im;
}

static VipsImage *load_scaled(const tb_input *in, tb_format f, int page, double scale, tb_error *err)
{
    VipsBlob *blob = vips_blob_new(NULL, tb_input_at(in, 0), in->end);
    VipsImage *im = NULL;
    int failed =
        page == 0 ? vips_call(loaders[f], blob, &im, "access", VIPS_ACCESS_SEQUENTIAL, "scale", scale, NULL)
                  : vips_call(loaders[f], blob, &im, "access", VIPS_ACCESS_SEQUENTIAL, "scale", scale, "page",
                              page, NULL);

    if (failed) {
        tb_words_fail(err, f, "cannot be drawn");
        im = NULL;
    }
    vips_area_unref(VIPS_AREA(blob));
    return im;
}

/* By how much a side may miss, drawn so large: its own size is rounded to whole pixels. */
static int rounding(int drawn, int own)
{
    return drawn / own + 2;
}

static bool misses(const VipsImage *im, int width, int height, int across, int down)
{
    return abs(im->Xsize - width) > across || abs(im->Ysize - height) > down;
}

/* A picture's own size need not be whole, so the first try may be some pixels off. A page that has another
 * shape than the first is off by more. */
VipsImage *tb_load_drawn(const tb_input *in, tb_format f, int page, int width, int height, tb_error *err)
{
    VipsImage *im = load_scaled(in, f, page, 1, err), *exact = NULL;
    int across = im ? rounding(width, im->Xsize) : 0, down = im ? rounding(height, im->Ysize) : 0;
    double scale = 1;

    for (int i = 0; i < 2 && im && (im->Xsize != width || im->Ysize != height); i++) {
        scale *= width > height ? (double)width / im->Xsize : (double)height / im->Ysize;
        g_object_unref(im);
        im = load_scaled(in, f, page, scale, err);
    }
    if (!im || (im->Xsize == width && im->Ysize == height))
        return im;
    if (misses(im, width, height, across, down))
        tb_load_differs(f, err);
    else if (vips_embed(im, &exact, 0, 0, width, height, "extend", VIPS_EXTEND_COPY, NULL))
        tb_words_fail(err, f, "cannot be drawn");
    g_object_unref(im);
    return exact;
}

/* A step on the way: the next image in the last one's place. */
static bool then(VipsImage **im, int failed, VipsImage *const *next)
{
    if (failed)
        return false;
    g_object_unref(*im);
    *im = *next;
    return true;
}

static bool to_space(VipsImage **im, VipsInterpretation space)
{
    VipsImage *next = NULL;

    return then(im, vips_colourspace(*im, &next, space, NULL), &next);
}

static bool called(VipsImage **im, VipsInterpretation space)
{
    VipsImage *next = NULL;

    return then(im, vips_copy(*im, &next, "interpretation", space, NULL), &next);
}

static bool to_uchar(VipsImage **im)
{
    VipsImage *next = NULL;

    return (*im)->BandFmt == VIPS_FORMAT_UCHAR || then(im, vips_cast_uchar(*im, &next, NULL), &next);
}

static bool first_bands(VipsImage **im, int n)
{
    VipsImage *next = NULL;

    return (*im)->Bands <= n || then(im, vips_extract_band(*im, &next, 0, "n", n, NULL), &next);
}

/* The first table of a profile is for any intent that has none of its own (ICC.1:2010, 9.2.1), but libvips
 * passes over such a profile, unless asked for the first one's. */
static VipsIntent intent_for(VipsImage *im)
{
    const void *icc;
    size_t size;
    bool first = vips_image_get_typeof(im, VIPS_META_ICC_NAME) &&
                 !vips_image_get_blob(im, VIPS_META_ICC_NAME, &icc, &size) &&
                 tb_profile_has(icc, size, "A2B0") && !tb_profile_has(icc, size, "A2B1");

    return first ? VIPS_INTENT_PERCEPTUAL : VIPS_INTENT_RELATIVE;
}

/* Inks to light, by the profile that is there, or the usual one. */
static bool from_cmyk(VipsImage **im)
{
    VipsImage *next = NULL;

    return then(im,
                vips_icc_transform(*im, &next, "srgb", "embedded", TRUE, "input_profile", "cmyk", "intent",
                                   intent_for(*im), "black_point_compensation", TRUE, NULL),
                &next);
}

/* Of 16 bits a sample, and of 32, which libvips would cut off, the nearest of 8, as of a PNG.  Inks of 16 are
 * rounded when they are light. */
static bool nearest(VipsImage **im)
{
    bool wide = (*im)->BandFmt == VIPS_FORMAT_UINT,
         inks = vips_image_guess_interpretation(*im) == VIPS_INTERPRETATION_CMYK;
    VipsImage *next = NULL;

    if (!wide && (inks || (*im)->BandFmt != VIPS_FORMAT_USHORT))
        return true;
    return then(im,
                vips_linear1(*im, &next, 255.0 / (wide ? UINT32_MAX : UINT16_MAX), 0.5, "uchar", TRUE, NULL),
                &next) &&
           (inks || called(im, (*im)->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB));
}

/* Of others, but L*, a* and b*, it is not known which number is white. */
static bool has_white(const VipsImage *im)
{
    return im->BandFmt == VIPS_FORMAT_UCHAR || im->BandFmt == VIPS_FORMAT_USHORT ||
           im->BandFmt == VIPS_FORMAT_UINT || im->Type == VIPS_INTERPRETATION_LAB ||
           im->Type == VIPS_INTERPRETATION_LABS;
}

static bool convert(VipsImage **im, bool *own)
{
    VipsInterpretation space = vips_image_guess_interpretation(*im);

    *own = true;
    switch (space) {
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
        return called(im, VIPS_INTERPRETATION_sRGB);
    case VIPS_INTERPRETATION_B_W:
        return true;
    case VIPS_INTERPRETATION_CMYK:
        *own = false;
        return from_cmyk(im);
    case VIPS_INTERPRETATION_MULTIBAND:
        return called(im, (*im)->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
    default:
        *own = false;
        return to_space(im, (*im)->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
    }
}

static VipsImage *no_white(VipsImage *im, tb_format f, tb_error *err)
{
    tb_fail(err, TB_E_UNSUPPORTED, tb_format_name(f),
            "its samples are numbers with a sign or a fraction: 8, 16 or 32 bits without are read");
    g_object_unref(im);
    return NULL;
}

/* A page of a PDF comes on white paper, and has no need of its alpha. */
VipsImage *tb_load_bytes(VipsImage *im, tb_format f, bool *own, tb_error *err)
{
    if (f == TB_TIFF && !has_white(im))
        return no_white(im, f, err);
    if (nearest(&im) && convert(&im, own) && to_uchar(&im) && first_bands(&im, f == TB_PDF ? 3 : 4))
        return im;
    tb_words_fail(err, f, "its colours cannot be read");
    g_object_unref(im);
    return NULL;
}
