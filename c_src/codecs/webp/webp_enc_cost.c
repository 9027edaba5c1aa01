/* webp_enc_cost.c - measured with libwebp 1.2.4 on photographs, drawings and
 * noise: memory within some 20% in all, time of the worst of them, at 2.8 GHz. */
#include "webp_enc_cost.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGE (16 << 20) /* pixels */

void tb_webp_detail_add(tb_webp_detail *d, const uint8_t *row, const uint8_t *above, tb_shape shape)
{
    size_t c = (size_t)shape.channels, green = c > 2 ? 1 : 0; /* or Y alone */
    long steps = 0, fresh = 0, alpha = 0;

    for (size_t x = 1; x < (size_t)shape.width; x++) {
        const uint8_t *p = row + x * c, *up = above + x * c;
        steps += abs(p[green] - *(p + green - c)) + abs(p[green] - up[green]);
        fresh += memcmp(p, p - c, c) && memcmp(p, up, c);
        alpha += c == 4 && p[3] != p[-1] && p[3] != up[3];
    }
    d->pixels += shape.width;
    d->steps += (double)steps / 2;
    d->fresh += (double)fresh;
    d->alpha += (double)alpha;
}

static double pixels_of(tb_shape s)
{
    return (double)s.width * s.height;
}

bool tb_webp_enc_is_large(const tb_output *how, tb_shape shape)
{
    return !how->lossless && pixels_of(shape) > LARGE;
}

/* Bytes a pixel of the lossy file: by quality, in proportion to the detail, but
 * no more than noise gives. */
static double file_bytes(int quality, double steps)
{
    static const double per_step[11] = {0.005,  0.0062, 0.0075, 0.009, 0.0105, 0.0118,
                                        0.0138, 0.0163, 0.02,   0.037, 0.09};
    int q = quality < 0 ? 0 : quality > 99 ? 99 : quality;
    double most = 1.2, part = (q % 10) / 10.0;
    double bytes = steps * (per_step[q / 10] * (1 - part) + per_step[q / 10 + 1] * part);

    return most * bytes / (most + bytes);
}

/* Copies, a chain of matches, and lists of symbols by the detail. */
static double lossless_memory(int method, double fresh)
{
    static const double base[7] = {12, 17, 20, 20, 20, 20, 20}, list[7] = {7.5, 11, 15, 15, 15, 23, 23};

    return base[method] + list[method] * fresh;
}

/* Alpha is a lossless picture inside, and done before the symbols; its detail
 * soon shows in all of the lists. */
static double alpha_memory(int method, double fresh)
{
    double part = fresh < 0.25 ? 2 * sqrt(fresh) : 1;

    return method < 6 ? 13 + 22 * part : 25 + 18 * part;
}

double tb_webp_enc_memory(const tb_output *how, tb_shape shape, bool alpha, const tb_webp_detail *d)
{
    double seen = d->pixels > 0 ? d->pixels : 1, pixels = pixels_of(shape), bytes;
    bool twice = how->method < 3 || tb_webp_enc_is_large(how, shape);
    double fixed = 150e3 + 40.0 * shape.width;

    if (how->lossless)
        return fixed + pixels * lossless_memory(how->method, d->fresh / seen);
    bytes = file_bytes(how->quality, d->steps / seen);
    bytes = twice ? 0.2 + 2.5 * bytes : 0.3 + 22 * bytes;
    if (alpha && alpha_memory(how->method, d->alpha / seen) > bytes)
        bytes = alpha_memory(how->method, d->alpha / seen);
    return fixed + pixels * bytes;
}

double tb_webp_enc_time(const tb_output *how, tb_shape shape, bool alpha)
{
    static const double lossy[7] = {105, 110, 135, 210, 210, 300, 640};
    double pixels = pixels_of(shape);

    if (how->lossless)
        return how->method == 0 ? 140e3 + 45 * pixels : 200e3 + 1000 * pixels;
    if (alpha)
        return how->method < 6 ? 170e3 + pixels * (lossy[how->method] + 350) : 1e6 + 27e3 * pixels;
    return 130e3 + pixels * lossy[how->method];
}
