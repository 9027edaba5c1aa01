/* resampling.h - what the tests of resize and blur share. */
#ifndef RESAMPLING_H
#define RESAMPLING_H

#include "../../c_src/ops/resample.h"
#include "reference.h"

/* The same operation with the kernels in plain C. */
static tb_status plain_open(tb_stage *s, const tb_stage_ops *ops, tb_error *err)
{
    tb_status status = ops->open(s, err);
    ((tb_resample *)s->state)->k = &tb_plain_rows;
    return status;
}

static tb_status plain_resize_open(tb_stage *s, tb_error *err)
{
    return plain_open(s, &tb_resize, err);
}

static tb_status plain_blur_open(tb_stage *s, tb_error *err)
{
    return plain_open(s, &tb_blur, err);
}

static image run_plain(image in, const tb_stage_ops *ops, const void *args)
{
    tb_stage_ops plain = *ops;
    plain.open = ops == &tb_resize ? plain_resize_open : plain_blur_open;
    return run(in, &plain, args, 1 << 30);
}

static image flat(int w, int h, int c, const uint8_t *pixel)
{
    image i = image_new(w, h, c);
    for (size_t k = 0; k < image_size(i); k++)
        i.px[k] = pixel[k % (size_t)c];
    return i;
}

/* The first n channels of a picture. */
static image only_channels(image in, int n)
{
    image out = image_new(in.w, in.h, n);
    for (size_t k = 0; k < image_size(out); k++)
        out.px[k] = in.px[k / (size_t)n * (size_t)in.c + k % (size_t)n];
    return out;
}

/* At most one level off, and as near as 8 bits allow: within so many dB. */
static void check_fidelity(image got, real_image want, double db, const char *what)
{
    fidelity f = compare(got, want);

    if (f.worst > 1 || (image_size(got) > 4000 && f.psnr < fmin(f.limit, 70) - db)) {
        printf("%s, %dx%dx%d: %.2f of %.2f dB, worst %.2f levels\n", what, got.w, got.h, got.c, f.psnr,
               f.limit, f.worst);
        exit(1);
    }
    free(want.px);
}

/* FNV-1a of the pixels. */
static uint64_t digest(image i)
{
    uint64_t h = 14695981039346656037u;
    for (size_t k = 0; k < image_size(i); k++)
        h = (h ^ i.px[k]) * 1099511628211u;
    return h;
}

/* Left half opaque red or grey 200, right half clear with a loud colour below. */
static image half_clear(int w, int h, int c)
{
    image i = image_new(w, h, c);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *p = i.px + ((size_t)y * (size_t)w + (size_t)x) * (size_t)c;
            p[0] = x < w / 2 ? 200 : c == 2 ? 90 : 0;
            if (c == 4)
                p[1] = x < w / 2 ? 0 : 255;
            p[c - 1] = x < w / 2 ? 255 : 0;
        }
    return i;
}

/* No trace of the right half's colour: what can be seen at all is the left's. */
static void check_no_bleeding(image i)
{
    for (size_t k = 0; k < image_size(i); k += (size_t)i.c) {
        const uint8_t *p = i.px + k;
        int alpha = p[i.c - 1];
        CHECK(alpha == 0 ? p[0] == 0 : abs(p[0] - 200) * alpha <= 255 + alpha);
        CHECK(i.c == 2 || p[1] * alpha <= 255);
    }
}

#endif
