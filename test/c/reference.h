/* reference.h - resampling and blurring as they are defined, in double precision and without any haste:
 * every output sample is the sum over all input samples of its row or column. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "../../c_src/ops/ops.h"
#include "check.h"
#include <math.h>

#define TAU 6.28318530717958647692

/* A picture of real numbers, 0..255; colours as they are in `image`: not premultiplied. */
typedef struct {
    int w, h, c;
    double *px;
} real_image;

static inline real_image real_new(int w, int h, int c)
{
    real_image r = {w, h, c, calloc((size_t)w * (size_t)h * (size_t)c, sizeof(double))};
    CHECK(r.px);
    return r;
}

static inline double *real_at(real_image r, int x, int y)
{
    return r.px + ((size_t)y * (size_t)r.w + (size_t)x) * (size_t)r.c;
}

static inline bool has_alpha(int channels)
{
    return channels % 2 == 0;
}

static inline real_image real_premultiplied(image i)
{
    real_image r = real_new(i.w, i.h, i.c);
    for (size_t k = 0; k < image_size(i); k++) {
        size_t alpha = k / (size_t)i.c * (size_t)i.c + (size_t)i.c - 1;
        r.px[k] = has_alpha(i.c) && k != alpha ? i.px[k] * i.px[alpha] / 255.0 : i.px[k];
    }
    return r;
}

/* sRGB's transfer curve, both ways, on 0..255. */
static inline double to_light(double v)
{
    return 255 * (v / 255 <= 0.04045 ? v / 255 / 12.92 : pow((v / 255 + 0.055) / 1.055, 2.4));
}

static inline double from_light(double v)
{
    return 255 * (v / 255 <= 0.0031308 ? v / 255 * 12.92 : 1.055 * pow(v / 255, 1 / 2.4) - 0.055);
}

/* The same in linear light. */
static inline real_image real_light(image i)
{
    real_image r = real_new(i.w, i.h, i.c);
    for (size_t k = 0; k < image_size(i); k++) {
        size_t alpha = k / (size_t)i.c * (size_t)i.c + (size_t)i.c - 1;
        if (!has_alpha(i.c))
            r.px[k] = to_light(i.px[k]);
        else
            r.px[k] = k == alpha ? i.px[k] : to_light(i.px[k]) * i.px[alpha] / 255;
    }
    return r;
}

static inline double between(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

/* Back to plain colours; nothing where the alpha rounds to 0.  An alpha above 255, by overshoot, divides as it
 * is, so that a colour which is everywhere the same stays so. */
static inline void real_unpremultiply(real_image r)
{
    size_t n = (size_t)r.w * (size_t)r.h;
    for (size_t p = 0; p < n; p++) {
        double *px = r.px + p * (size_t)r.c, a = has_alpha(r.c) ? px[r.c - 1] : 255;
        for (int k = 0; k < r.c; k++)
            if (has_alpha(r.c) && k == r.c - 1)
                px[k] = between(a, 0, 255);
            else
                px[k] = a < 0.5 ? 0 : between(px[k] * 255 / a, 0, 255);
    }
}

static inline double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : sin(TAU / 2 * x) / (TAU / 2 * x);
}

static inline double kernel_value(tb_kernel kernel, double x)
{
    x = fabs(x);
    switch (kernel) {
    case TB_LINEAR:
        return fmax(0, 1 - x);
    case TB_CUBIC:
        return x < 1   ? 1.5 * x * x * x - 2.5 * x * x + 1
               : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
                       : 0;
    case TB_MITCHELL:
        return x < 1   ? (7 * x * x * x - 12 * x * x + 16.0 / 3) / 6
               : x < 2 ? (-7.0 / 3 * x * x * x + 12 * x * x - 20 * x + 32.0 / 3) / 6
                       : 0;
    case TB_LANCZOS2:
        return x < 2 ? sinc(x) * sinc(x / 2) : 0;
    case TB_LANCZOS3:
        return x < 3 ? sinc(x) * sinc(x / 3) : 0;
    default:
        return 0;
    }
}

/* Weight of every input sample for output o of an axis. */
static inline void resize_weights(double *w, int o, int in, int out, tb_kernel kernel)
{
    double scale = (double)in / out, at = (o + 0.5) * scale - 0.5, sum = 0;
    for (int i = 0; i < in; i++)
        sum += w[i] = kernel_value(kernel, (i - at) / fmax(scale, 1));
    for (int i = 0; i < in; i++)
        w[i] /= sum;
}

/* The same for a Gaussian, with the edge going on outside for ever. */
static inline void blur_weights(double *w, int o, int n, double sigma)
{
    int far = (int)ceil(8 * sigma) + 1;
    double sum = 0;

    memset(w, 0, (size_t)n * sizeof *w);
    for (int i = o - far; i <= o + far; i++) {
        double v = exp(-0.5 * (i - o) * (i - o) / (sigma * sigma));
        w[i < 0 ? 0 : i >= n ? n - 1 : i] += v;
        sum += v;
    }
    for (int i = 0; i < n; i++)
        w[i] /= sum;
}

/* Along the rows, to a width of `out`; sigma > 0 blurs. */
static inline real_image real_along(real_image in, int out, tb_kernel kernel, double sigma)
{
    real_image r = real_new(out, in.h, in.c);
    double *w = malloc((size_t)in.w * sizeof *w);

    for (int x = 0; x < out; x++) {
        if (sigma > 0)
            blur_weights(w, x, in.w, sigma);
        else
            resize_weights(w, x, in.w, out, kernel);
        for (int i = 0; i < in.w; i++)
            for (int y = 0; w[i] != 0 && y < in.h; y++)
                for (int k = 0; k < in.c; k++)
                    real_at(r, x, y)[k] += w[i] * real_at(in, i, y)[k];
    }
    free(w);
    return r;
}

static inline real_image real_transposed(real_image in)
{
    real_image r = real_new(in.h, in.w, in.c);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            memcpy(real_at(r, y, x), real_at(in, x, y), (size_t)in.c * sizeof(double));
    free(in.px);
    return r;
}

static inline real_image real_both_ways(real_image start, int w, int h, tb_kernel kernel, double sigma)
{
    real_image r = start;
    int height = start.h;

    if (w != start.w || sigma > 0) {
        r = real_along(start, w, kernel, sigma);
        free(start.px);
    }
    r = real_transposed(r);
    if (h != height || sigma > 0) {
        real_image done = real_along(r, h, kernel, sigma);
        free(r.px);
        r = done;
    }
    r = real_transposed(r);
    real_unpremultiply(r);
    return r;
}

static inline real_image real_resize(image i, int w, int h, tb_kernel kernel)
{
    return real_both_ways(real_premultiplied(i), w, h, kernel, 0);
}

static inline real_image real_resize_light(image i, int w, int h, tb_kernel kernel)
{
    real_image r = real_both_ways(real_light(i), w, h, kernel, 0);
    size_t n = (size_t)r.w * (size_t)r.h * (size_t)r.c;
    for (size_t k = 0; k < n; k++)
        if (!has_alpha(r.c) || k % (size_t)r.c != (size_t)r.c - 1)
            r.px[k] = from_light(r.px[k]);
    return r;
}

static inline real_image real_blur(image i, double sigma)
{
    return real_both_ways(real_premultiplied(i), i.w, i.h, TB_NEAREST, sigma);
}

typedef struct {
    double psnr, limit; /* dB: of the result, and of the reference rounded to 8 bits */
    double worst;       /* levels */
} fidelity;

/* Colours count as much as they can be seen: by the reference's alpha. */
static inline fidelity compare(image got, real_image want)
{
    double sum = 0, least = 0, worst = 0;
    size_t n = image_size(got);

    CHECK(got.w == want.w && got.h == want.h && got.c == want.c);
    for (size_t k = 0; k < n; k++) {
        size_t alpha = k / (size_t)got.c * (size_t)got.c + (size_t)got.c - 1;
        double seen = has_alpha(got.c) && k != alpha ? want.px[alpha] / 255 : 1;
        double d = seen * (got.px[k] - want.px[k]), r = seen * (floor(want.px[k] + 0.5) - want.px[k]);
        sum += d * d;
        least += r * r;
        worst = fmax(worst, fabs(d));
    }
    return (fidelity){10 * log10(255 * 255 * (double)n / (sum + 1e-9)),
                      10 * log10(255 * 255 * (double)n / (least + 1e-9)), worst};
}

#endif
