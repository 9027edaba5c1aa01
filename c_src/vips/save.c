/* save.c - encodes by libvips. */
#include "save.h"
#include "words.h"
#include <string.h>

static const char *const savers[TB_FORMATS] = {
    [TB_GIF] = "gifsave_buffer",   [TB_PNG] = "pngsave_buffer",   [TB_TIFF] = "tiffsave_buffer",
    [TB_HEIF] = "heifsave_buffer", [TB_AVIF] = "heifsave_buffer", [TB_JXL] = "jxlsave_buffer",
    [TB_JP2] = "jp2ksave_buffer",
};

const char *tb_saver_of(tb_format f)
{
    return savers[f];
}

static bool is_bare(VipsImage *im)
{
    return !vips_image_get_typeof(im, VIPS_META_ICC_NAME) &&
           !vips_image_get_typeof(im, VIPS_META_EXIF_NAME) && !vips_image_get_typeof(im, VIPS_META_XMP_NAME);
}

/* 8 bits: that is what there is, and libaom 3.6 ends the process when told to make 10 of them. */
static int save_heif(VipsImage *im, VipsBlob **to, const tb_output *how, int codec)
{
    bool all = how->chroma == TB_CHROMA_444 || how->lossless;

    return vips_call("heifsave_buffer", im, to, "Q", how->quality, "lossless", how->lossless, "compression",
                     codec, "effort", how->effort, "bitdepth", 8, "subsample_mode",
                     all ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON, "strip", is_bare(im),
                     NULL);
}

static int save_tiff(VipsImage *im, VipsBlob **to, const tb_output *how)
{
    static const int compressions[] = {
        [TB_TIFF_NONE] = VIPS_FOREIGN_TIFF_COMPRESSION_NONE,
        [TB_TIFF_DEFLATE] = VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE,
        [TB_TIFF_LZW] = VIPS_FOREIGN_TIFF_COMPRESSION_LZW,
        [TB_TIFF_JPEG] = VIPS_FOREIGN_TIFF_COMPRESSION_JPEG,
    };

    return vips_call("tiffsave_buffer", im, to, "compression", compressions[how->compression], "predictor",
                     VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "Q", how->quality, NULL);
}

/* libvips looks for as many colours as so many bits can number. */
static int bits_for(int colours)
{
    return colours > 16 ? 8 : colours > 4 ? 4 : colours > 2 ? 2 : 1;
}

static int save_palette(VipsImage *im, VipsBlob **to, const tb_output *how)
{
    return vips_call("pngsave_buffer", im, to, "palette", TRUE, "bitdepth", bits_for(how->colours), "dither",
                     how->dither, "effort", how->effort, "compression", how->level, "strip", is_bare(im),
                     NULL);
}

/* Below that, libvips asks for more loss than libjxl knows. */
#define JXL_LEAST 5

static int save_jxl(VipsImage *im, VipsBlob **to, const tb_output *how)
{
    int quality = how->quality < JXL_LEAST ? JXL_LEAST : how->quality;

    return vips_call("jxlsave_buffer", im, to, "Q", quality, "lossless", how->lossless, "effort", how->effort,
                     NULL);
}

/* Below it, libvips takes a pixel of a GIF for clear; near black may be made black, to save a colour. */
enum { SEEN = 128, NEAR_BLACK = 4, OFF_BLACK = 2 };

static bool is_black(const uint8_t *p, int channels)
{
    int k = 0;

    while (k < channels - 1 && p[k] < NEAR_BLACK)
        k++;
    return k == channels - 1 && p[k] >= SEEN;
}

/* cgif, where it looks for what has changed, takes what is clear for black, so that black which comes in its
 * place would be left out. */
static bool black_comes(const uint8_t *pixels, const tb_do_save *how)
{
    int channels = how->shape.channels;
    size_t frame = (size_t)how->shape.width * (size_t)how->shape.height * (size_t)channels;
    const uint8_t *end = pixels + frame * (size_t)how->frames;

    if (how->how.format != TB_GIF || channels % 2)
        return false;
    for (const uint8_t *p = pixels + frame; p < end; p += channels)
        if (p[channels - 1 - (ptrdiff_t)frame] < SEEN && is_black(p, channels))
            return true;
    return false;
}

/* So that nothing is black: a little blue for all that has none. */
static bool take_black_out(VipsImage **im)
{
    int bands = (*im)->Bands, blue = bands - 2;
    uint8_t levels[256 * 4];
    VipsImage *lut, *next = NULL;

    for (int i = 0; i < 256 * bands; i++)
        levels[i] = (uint8_t)(i / bands);
    for (int v = 0; v < OFF_BLACK; v++)
        levels[v * bands + blue] = OFF_BLACK;
    lut = vips_image_new_from_memory_copy(levels, 256 * (size_t)bands, 256, 1, bands, VIPS_FORMAT_UCHAR);
    if (lut)
        lut->Type = (*im)->Type;
    bool done = lut && !vips_maplut(*im, &next, lut, NULL);
    VIPS_UNREF(lut);
    if (!done)
        return false;
    g_object_unref(*im);
    *im = next;
    return true;
}

static int save(VipsImage *im, VipsBlob **to, const tb_output *how)
{
    switch (how->format) {
    case TB_AVIF:
        return save_heif(im, to, how, VIPS_FOREIGN_HEIF_COMPRESSION_AV1);
    case TB_HEIF:
        return save_heif(im, to, how, VIPS_FOREIGN_HEIF_COMPRESSION_HEVC);
    case TB_TIFF:
        return save_tiff(im, to, how);
    case TB_JXL:
        return save_jxl(im, to, how);
    case TB_JP2:
        return vips_call("jp2ksave_buffer", im, to, "Q", how->quality, "lossless", how->lossless, NULL);
    case TB_PNG:
        return save_palette(im, to, how);
    case TB_GIF:
        return vips_call("gifsave_buffer", im, to, "dither", how->dither, "effort", how->effort, "bitdepth",
                         how->bitdepth, NULL);
    default:
        return -1;
    }
}

static void describe(VipsImage *im, const tb_outgoing *what)
{
    static const char head[6] = "Exif\0";

    if (what->icc)
        vips_image_set_blob_copy(im, VIPS_META_ICC_NAME, what->icc, what->icc_size);
    if (what->xmp)
        vips_image_set_blob_copy(im, VIPS_META_XMP_NAME, what->xmp, what->xmp_size);
    if (what->exif) {
        char *exif = g_try_malloc(sizeof head + what->exif_size);
        if (!exif)
            return;
        memcpy(exif, head, sizeof head);
        memcpy(exif + sizeof head, what->exif, what->exif_size);
        vips_image_set_blob(im, VIPS_META_EXIF_NAME, (VipsCallbackFn)vips_area_free_cb, exif,
                            sizeof head + what->exif_size);
    }
}

/* Frames stand below each other. */
static void set_frames(VipsImage *im, const void *ms, const tb_do_save *how)
{
    int *times = g_try_new(int, (size_t)how->frames);

    if (!times)
        return;
    memcpy(times, ms, (size_t)how->frames * sizeof *times); /* none is above INT_MAX */
    vips_image_set_int(im, VIPS_META_PAGE_HEIGHT, how->shape.height);
    vips_image_set_array_int(im, "delay", times, how->frames);
    vips_image_set_int(im, "loop", how->loop);
    g_free(times);
}

/* libvips' own copy of the head, so that what is said of it is said of nothing else. */
static VipsImage *picture(const void *pixels, const tb_do_save *how, const tb_outgoing *what)
{
    const tb_shape s = how->shape;
    int height = s.height * how->frames;
    size_t size = (size_t)s.width * (size_t)height * (size_t)s.channels;
    VipsImage *im = vips_image_new_from_memory(pixels, size, s.width, height, s.channels, VIPS_FORMAT_UCHAR);
    VipsImage *named = NULL;

    if (!im)
        return NULL;
    vips_copy(im, &named, "interpretation",
              s.channels < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(im);
    if (named)
        describe(named, what);
    if (named && how->frames > 1)
        set_frames(named, (const uint8_t *)pixels + size, how);
    return named;
}

void *tb_save(const void *pixels, const tb_do_save *how, const tb_outgoing *what, size_t *size, tb_error *err)
{
    VipsImage *im;
    VipsBlob *blob = NULL;
    void *bytes = NULL;

    if (how->shape.height > INT_MAX / how->frames) {
        tb_fail(err, TB_E_LIMIT, tb_format_name(how->how.format),
                "its frames have too many rows for libvips");
        return NULL;
    }
    im = picture(pixels, how, what);
    if (!im || (black_comes(pixels, how) && !take_black_out(&im)) || save(im, &blob, &how->how) || !blob) {
        tb_words_fail(err, how->how.format, "cannot be encoded");
    } else { /* the bytes are taken out of it */
        VipsArea *area = VIPS_AREA(blob);
        bytes = area->data;
        *size = area->length;
        area->free_fn = NULL;
    }
    if (blob)
        vips_area_unref(VIPS_AREA(blob));
    VIPS_UNREF(im);
    return bytes;
}
