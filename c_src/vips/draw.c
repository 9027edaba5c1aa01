/* draw.c - text is drawn as a mask, which is painted; its shadow is the mask once more, blurred. */
#include "draw.h"
#include "../text.h"
#include "scope.h"
#include "words.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SMALL 16.0 /* pixels of a letter that is drawn to see how large all will be */
#define FEW   4e6  /* pixels that may be drawn without a look */

#if VIPS_MAJOR_VERSION > 8 || VIPS_MINOR_VERSION >= 14
#define WRAP "wrap", VIPS_TEXT_WRAP_WORD_CHAR,
#else
#define WRAP
#endif

/* Cairo calls what it draws on a surface, and has none that is longer than 32767. */
static void fail(tb_error *err)
{
    if (strstr(vips_error_buffer(), "surface"))
        tb_fail(err, TB_E_LIMIT, "text",
                "a side of it would be longer than 32767 pixels; lines are broken at width:");
    else if (strstr(vips_error_buffer(), "no text"))
        tb_fail(err, TB_E_UNSUPPORTED, "text", "there is nothing to be seen of it");
    else
        tb_words_fail(err, TB_TEXT, "it cannot be drawn");
}

/* Shown as it is: what Pango would take for markup is escaped. */
static VipsImage *mask(VipsObject *scope, const tb_text *t, double scale)
{
    VipsImage **im = tb_room(scope, 1);
    char *text = g_markup_escape_text(t->text, (gssize)t->text_size), font[300];
    int width = (int)ceil(t->width * scale), size = (int)(t->size * scale + 0.5), failed;

    snprintf(font, sizeof font, "%.*s %d.%03d", (int)t->font_size, t->font, size / 1000, size % 1000);
    failed = vips_text(&im[0], text, "font", font, "width", width, WRAP "align", t->align, "justify",
                       t->justify, "dpi", t->dpi, "spacing", (int)(t->spacing * scale), NULL);
    g_free(text);
    return failed ? NULL : im[0];
}

/* One colour, as far as the mask lets it be seen. */
static VipsImage *paint(VipsObject *scope, VipsImage *im, const uint8_t *colour)
{
    VipsImage **t = tb_room(scope, 2);
    const double by[] = {0, 0, 0, colour[3] / 255.0}, plus[] = {colour[0], colour[1], colour[2], 0.5};

    return !im || vips_linear(im, &t[0], by, plus, 4, "uchar", TRUE, NULL) ||
                   vips_copy(t[0], &t[1], "interpretation", VIPS_INTERPRETATION_sRGB, NULL)
               ? NULL
               : t[1];
}

static VipsImage *place(VipsObject *scope, VipsImage *im, int x, int y, int width, int height)
{
    VipsImage **t = tb_room(scope, 1);

    return vips_embed(im, &t[0], x, y, width, height, NULL) ? NULL : t[0];
}

static VipsImage *blur(VipsObject *scope, VipsImage *im, double sigma)
{
    VipsImage **t = tb_room(scope, 1);

    if (!im || sigma < 0.2)
        return im;
    return vips_gaussblur(im, &t[0], sigma, NULL) ? NULL : t[0];
}

static int above_zero(int n)
{
    return n > 0 ? n : 0;
}

/* On a canvas that holds the text, and all that is seen of the shadow. */
static VipsImage *with_shadow(VipsObject *scope, VipsImage *im, const tb_text *t)
{
    VipsImage **out = tb_room(scope, 1), *text, *shadow;
    double sigma = t->blur / 1000.0;
    int more = sigma < 0.2 ? 0 : (int)ceil(3 * sigma);
    int left = above_zero(more - t->x), top = above_zero(more - t->y);
    int width = left + im->Xsize + above_zero(more + t->x),
        height = top + im->Ysize + above_zero(more + t->y);

    shadow = place(scope, im, left + t->x, top + t->y, width, height);
    shadow = paint(scope, blur(scope, shadow, sigma), t->shadow_colour);
    text = paint(scope, place(scope, im, left, top, width, height), t->colour);
    if (!shadow || !text || vips_composite2(shadow, text, &out[0], VIPS_BLEND_MODE_OVER, NULL))
        return NULL;
    return tb_to_bytes(scope, out[0]);
}

static VipsImage *draw(VipsObject *scope, const tb_text *t)
{
    VipsImage *im = mask(scope, t, 1);

    if (!im)
        return NULL;
    return t->shadow ? with_shadow(scope, im, t) : paint(scope, im, t->colour);
}

VipsImage *tb_draw(const tb_input *in, tb_error *err)
{
    VipsObject *scope;
    VipsImage *im;
    tb_text t;

    if (!tb_text_read(&t, tb_input_at(in, 0), in->end)) {
        tb_fail(err, TB_E_CORRUPT, "text", "it is not what can be drawn");
        return NULL;
    }
    scope = VIPS_OBJECT(vips_image_new());
    im = tb_leave(scope, draw(scope, &t));
    if (!im)
        fail(err);
    return im;
}

static double pixels_of_letter(const tb_text *t)
{
    return t->size / 1000.0 * t->dpi / 72.0;
}

/* Drawn small, it tells what it would be: line for line, if not to the pixel. */
static bool fits(VipsObject *scope, const tb_text *t, uint64_t pixels, tb_error *err)
{
    double scale = SMALL / pixels_of_letter(t);
    VipsImage *im = mask(scope, t, scale);

    if (!im) {
        fail(err);
        return false;
    }
    double width = im->Xsize / scale, height = im->Ysize / scale;
    if (width * height <= 1.1 * (double)pixels)
        return true;
    tb_fail(err, TB_E_LIMIT, "text", "it would be about %.0fx%.0f; the limit is %llu pixels (max_pixels)",
            width, height, (unsigned long long)pixels);
    return false;
}

bool tb_draw_fits(const tb_input *in, uint64_t pixels, tb_error *err)
{
    VipsObject *scope;
    tb_text t;
    bool ok;

    if (!tb_text_read(&t, tb_input_at(in, 0), in->end))
        return true; /* it will be told */
    double letter = pixels_of_letter(&t);
    if (pixels == 0 || letter <= SMALL || letter * letter * (double)t.text_size < FEW)
        return true;
    scope = VIPS_OBJECT(vips_image_new());
    ok = fits(scope, &t, pixels, err);
    g_object_unref(scope);
    return ok;
}
