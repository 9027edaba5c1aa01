/* look.c - what libvips says of a picture before it is decoded. */
#include "look.h"
#include "draw.h"
#include "glance.h"
#include "jp2.h"
#include "load.h"
#include "words.h"
#include <string.h>

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

/* Of a TIFF, the numbers may be for the shape of a pixel only: they have no unit then. */
static bool has_dots(VipsImage *im, tb_format f)
{
    return f != TB_TIFF || vips_image_get_typeof(im, VIPS_META_RESOLUTION_UNIT);
}

/* What libvips calls the pages of a JPEG 2000 is one picture in several sizes. */
static int frames_of(VipsImage *im, tb_format f)
{
    int pages = f == TB_JP2 ? 1 : number(im, VIPS_META_N_PAGES, 1);

    return pages > 0 ? pages : 1;
}

/* As stored. */
static void read_head(tb_seen *seen, VipsImage *im, tb_format f)
{
    int turned = vips_image_get_orientation(im);

    seen->width = im->Xsize;
    seen->height = im->Ysize;
    seen->components = im->Bands;
    seen->depth = depth_of(im);
    seen->alpha = vips_image_hasalpha(im) && f != TB_PDF;
    seen->dpi_x = has_dots(im, f) ? dots(im->Xres) : 0;
    seen->dpi_y = has_dots(im, f) ? dots(im->Yres) : 0;
    seen->frames = frames_of(im, f);
    seen->orientation = turned >= 1 && turned <= 8 ? turned : 1;
}

/* Of one kind of metadata; size 0 if there is none, or none that is wanted. */
typedef struct {
    const uint8_t *data;
    size_t size;
} blob;

static blob find(VipsImage *im, const char *name, bool wanted, uint64_t most)
{
    const void *data;
    size_t size;

    if (!wanted || !vips_image_get_typeof(im, name) || vips_image_get_blob(im, name, &data, &size) ||
        (most && size > most))
        return (blob){0};
    return (blob){data, size};
}

/* The TIFF structure alone. */
static blob without_head(blob exif)
{
    return exif.size > 6 && memcmp(exif.data, "Exif\0", 5) == 0 ? (blob){exif.data + 6, exif.size - 6} : exif;
}

static blob profile_of(VipsImage *im, const tb_input *in, const tb_do_look *how, bool wanted)
{
    blob b = {0};

    if (how->format != TB_JP2)
        return find(im, VIPS_META_ICC_NAME, wanted, how->max_icc);
    b.data = wanted ? tb_jp2_profile(in, &b.size) : NULL;
    return b.data && (!how->max_icc || b.size <= how->max_icc) ? b : (blob){0};
}

/* All of it, behind each other; NULL if there is none, or no memory for it. */
static void *read_meta(VipsImage *im, const tb_input *in, const tb_do_look *how, tb_seen *seen)
{
    blob part[3] = {
        profile_of(im, in, how, seen->own),
        without_head(
            find(im, VIPS_META_EXIF_NAME, how->keep & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT), how->max_exif)),
        find(im, VIPS_META_XMP_NAME, how->keep & TB_KEEP_XMP, how->max_metadata),
    };
    size_t size = part[0].size + part[1].size + part[2].size, at = 0;
    char *all = size > 0 ? g_try_malloc(size) : NULL;

    for (int i = 0; i < 3 && all; i++) {
        if (part[i].size)
            memcpy(all + at, part[i].data, part[i].size);
        at += part[i].size;
    }
    seen->icc = all ? part[0].size : 0;
    seen->exif = all ? part[1].size : 0;
    seen->xmp = all ? part[2].size : 0;
    return all;
}

/* Of a PPM that ends too early every sample that is missing is looked for: that may be many, of few
 * bytes.  One takes a byte, or a bit, at least. */
static bool is_long_enough(const tb_input *in, tb_format f, const VipsImage *im)
{
    uint64_t samples = (uint64_t)im->Xsize * (uint64_t)im->Ysize * (uint64_t)im->Bands;
    bool bits = in->end > 1 && tb_input_at(in, 0)[1] == '4';

    return f != TB_PPM || in->end >= (bits ? samples / 8 : samples);
}

/* The first, if the page is not there. */
static VipsImage *page_of(VipsImage *im, const tb_input *in, tb_format f, int page, tb_error *err)
{
    if (!im || page == 0 || page >= number(im, VIPS_META_N_PAGES, 1))
        return im;
    g_object_unref(im);
    return tb_load(in, f, (tb_pages){page, 1}, true, err);
}

static VipsImage *load(const tb_input *in, tb_format f, int page, tb_error *err)
{
    VipsImage *im;

    if (tb_glance(in, f, err) == TB_FAIL)
        return NULL;
    im = page_of(tb_load(in, f, (tb_pages){0, 1}, true, err), in, f, page, err);
    if (!im || is_long_enough(in, f, im))
        return im;
    tb_fail(err, TB_E_TRUNCATED, "ppm", "%zu bytes cannot hold %dx%d pixels", in->end, im->Xsize, im->Ysize);
    g_object_unref(im);
    return NULL;
}

void *tb_look(const tb_input *in, const tb_do_look *how, tb_seen *seen, tb_error *err)
{
    bool fits = how->format != TB_TEXT || tb_draw_fits(in, how->max_pixels, err);
    VipsImage *im = fits ? load(in, how->format, how->first, err) : NULL;
    bool own = true;
    void *meta;

    if (!im)
        return NULL;
    read_head(seen, im, how->format);
    im = tb_load_bytes(im, how->format, &own, err);
    if (!im)
        return NULL;
    seen->channels = im->Bands;
    seen->own = own;
    meta = read_meta(im, in, how, seen);
    g_object_unref(im);
    return meta;
}
