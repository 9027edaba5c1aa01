/* change.c - smart crops, affine turns, and contrast, by libvips. */
#include "change.h"
#include "scope.h"
#include "words.h"

#define MARGIN 2    /* pixels of background, so that the edges are as soft on all sides */
#define HAIR   1e-6 /* of a pixel */

/* libvips' own head of the pixels, which stay ours. */
static VipsImage *picture(VipsObject *scope, const void *pixels, tb_shape s)
{
    VipsImage **t = tb_room(scope, 2);
    size_t size = (size_t)s.width * (size_t)s.height * (size_t)s.channels;

    t[0] = vips_image_new_from_memory(pixels, size, s.width, s.height, s.channels, VIPS_FORMAT_UCHAR);
    if (!t[0] || vips_copy(t[0], &t[1], "interpretation",
                           s.channels < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL))
        return NULL;
    return t[1];
}

static bool has_alpha(const VipsImage *im)
{
    return im->Bands % 2 == 0;
}

/* ------------------------------------------------------------------ smart crop */

/* What is seen of it: what is clear draws no eye. */
static VipsImage *seen(VipsObject *scope, VipsImage *im)
{
    VipsImage **t = tb_room(scope, 1);

    if (!has_alpha(im))
        return im;
    return vips_flatten(im, &t[0], NULL) ? NULL : t[0];
}

/* libvips says where the part was by its offset. */
static bool find_place(VipsObject *scope, VipsImage *im, const tb_smart_crop_args *a, tb_place *place)
{
    VipsImage **t = tb_room(scope, 1), *what = seen(scope, im);
    VipsInteresting by = a->by == TB_SMART_ENTROPY ? VIPS_INTERESTING_ENTROPY : VIPS_INTERESTING_ATTENTION;

    if (!what || vips_smartcrop(what, &t[0], a->width, a->height, "interesting", by, NULL))
        return false;
    *place = (tb_place){true, -t[0]->Xoffset, -t[0]->Yoffset};
    return true;
}

static VipsImage *smart_crop(VipsObject *scope, VipsImage *im, const tb_smart_crop_args *a, tb_place *place)
{
    VipsImage **t = tb_room(scope, 1);

    if (!place->known && !find_place(scope, im, a, place))
        return NULL;
    return vips_extract_area(im, &t[0], place->x, place->y, a->width, a->height, NULL) ? NULL : t[0];
}

/* ---------------------------------------------------------------------- affine */

/* For so many bands; where there is alpha, as what it shows. */
static VipsArrayDouble *background_of(const uint8_t *colour, int bands)
{
    double ink[4], share = bands % 2 ? 1 : colour[3] / 255.0;

    for (int i = 0; i < bands; i++)
        ink[i] = colour[i] * share;
    if (bands % 2 == 0)
        ink[bands - 1] = colour[3];
    return vips_array_double_new(ink, bands);
}

static VipsInterpolate *interpolate_of(tb_interpolator i)
{
    static const char *const names[] = {[TB_INTERPOLATE_NEAREST] = "nearest",
                                        [TB_INTERPOLATE_BILINEAR] = "bilinear",
                                        [TB_INTERPOLATE_BICUBIC] = "bicubic",
                                        [TB_INTERPOLATE_LBB] = "lbb",
                                        [TB_INTERPOLATE_NOHALO] = "nohalo"};

    return vips_interpolate_new(names[i]);
}

/* libvips counts from the middle of the first pixel, ours is from the middle of the picture.  Its "nearest"
 * takes what comes before a place: that is half a pixel further on, and a hair, so that what lies between
 * two pixels is always the latter. */
static int transform(VipsImage *im, VipsImage **out, const tb_affine_args *a, VipsInterpolate *interpolate,
                     VipsArrayDouble *ink)
{
    double x = (im->Xsize - 1) / 2.0, y = (im->Ysize - 1) / 2.0;
    double dx = (a->width - 1) / 2.0 - (a->a * x + a->b * y),
           dy = (a->height - 1) / 2.0 - (a->c * x + a->d * y);
    double half = a->interpolator == TB_INTERPOLATE_NEAREST ? -0.5 - HAIR : 0;
    VipsArrayInt *area = vips_array_int_newv(4, 0, 0, a->width, a->height);
    int failed =
        vips_affine(im, out, a->a, a->b, a->c, a->d, "interpolate", interpolate, "oarea", area, "idx", half,
                    "idy", half, "odx", dx, "ody", dy, "background", ink, "premultiplied", TRUE, NULL);

    vips_area_unref(VIPS_AREA(area));
    return failed;
}

static VipsImage *with_ink(VipsObject *scope, VipsImage *im, const tb_affine_args *a,
                           VipsInterpolate *interpolate, VipsArrayDouble *ink)
{
    VipsImage **t = tb_room(scope, 4);

    if (has_alpha(im) && vips_premultiply(im, &t[0], NULL))
        return NULL;
    if (vips_embed(t[0] ? t[0] : im, &t[1], MARGIN, MARGIN, im->Xsize + 2 * MARGIN, im->Ysize + 2 * MARGIN,
                   "extend", VIPS_EXTEND_BACKGROUND, "background", ink, NULL) ||
        transform(t[1], &t[2], a, interpolate, ink))
        return NULL;
    if (!has_alpha(im))
        return t[2];
    return vips_unpremultiply(t[2], &t[3], NULL) ? NULL : tb_to_bytes(scope, t[3]);
}

static VipsImage *affine(VipsObject *scope, VipsImage *im, const tb_affine_args *a)
{
    VipsArrayDouble *ink = background_of(a->background, im->Bands);
    VipsInterpolate *interpolate = interpolate_of(a->interpolator);
    VipsImage *out = ink && interpolate ? with_ink(scope, im, a, interpolate, ink) : NULL;

    VIPS_UNREF(interpolate);
    if (ink)
        vips_area_unref(VIPS_AREA(ink));
    return out;
}

/* -------------------------------------------------------------------- contrast */

static VipsImage *band(VipsObject *scope, VipsImage *im, int n)
{
    VipsImage **t = tb_room(scope, 1);

    return vips_extract_band(im, &t[0], n, NULL) ? NULL : t[0];
}

static VipsImage *clahe(VipsObject *scope, VipsImage *grey, const tb_clahe_args *a)
{
    VipsImage **t = tb_room(scope, 1);

    return vips_hist_local(grey, &t[0], a->width, a->height, "max_slope", a->slope, NULL) ? NULL : t[0];
}

/* So many pixels of each level; where there is alpha, so much of it. */
static VipsImage *histogram(VipsObject *scope, VipsImage *grey, VipsImage *alpha)
{
    VipsImage **t = tb_room(scope, 1);

    return (alpha ? vips_hist_find_indexed(alpha, grey, &t[0], NULL) : vips_hist_find(grey, &t[0], NULL))
               ? NULL
               : t[0];
}

static VipsImage *equalise(VipsObject *scope, VipsImage *grey, VipsImage *alpha)
{
    VipsImage **t = tb_room(scope, 4), *levels = histogram(scope, grey, alpha);

    return !levels || vips_hist_cum(levels, &t[0], NULL) || vips_hist_norm(t[0], &t[1], NULL) ||
                   vips_cast_uchar(t[1], &t[2], NULL) || vips_maplut(grey, &t[3], t[2], NULL)
               ? NULL
               : t[3];
}

/* Of grey, or grey and alpha. */
static VipsImage *contrast(VipsObject *scope, VipsImage *im, const tb_change_args *how)
{
    VipsImage **t = tb_room(scope, 1), *grey = band(scope, im, 0), *alpha = NULL, *now;

    if (!grey || (has_alpha(im) && !(alpha = band(scope, im, 1))))
        return NULL;
    now = how->kind == TB_CHANGE_CLAHE ? clahe(scope, grey, &how->clahe) : equalise(scope, grey, alpha);
    return !now || !alpha ? now : vips_bandjoin2(now, alpha, &t[0], NULL) ? NULL : t[0];
}

/* ------------------------------------------------------------------------- all */

static VipsImage *change(VipsObject *scope, VipsImage *im, const tb_change_args *how, tb_place *place)
{
    switch (how->kind) {
    case TB_CHANGE_SMART_CROP:
        return smart_crop(scope, im, &how->smart_crop, place);
    case TB_CHANGE_AFFINE:
        return affine(scope, im, &how->affine);
    case TB_CHANGE_CLAHE:
    case TB_CHANGE_EQUALISE:
        return contrast(scope, im, how);
    }
    return NULL;
}

/* By one thread: of places that are equally good each would find another one first. */
VipsImage *tb_change_pixels(const void *pixels, tb_shape shape, const tb_change_args *how, tb_place *place,
                            tb_error *err)
{
    VipsObject *scope = VIPS_OBJECT(vips_image_new());
    int threads = vips_concurrency_get();
    VipsImage *im, *out;

    vips_concurrency_set(1);
    im = picture(scope, pixels, shape);
    out = im ? change(scope, im, how, place) : NULL;
    vips_concurrency_set(threads);
    if (!out)
        tb_words_fail(err, TB_UNKNOWN, "libvips cannot do it");
    return tb_leave(scope, out);
}
