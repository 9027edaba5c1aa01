/* test_point.c - what makes each pixel from itself alone. */
#include "plain.h"
#include "point_judge.h"
#include <math.h>

static tb_point_args list(int count, const tb_point_step *steps)
{
    tb_point_args a = {.count = count};
    memcpy(a.step, steps, (size_t)count * sizeof *steps);
    return a;
}

static tb_point_args one(tb_point_step step)
{
    return list(1, &step);
}

/* Some of each kind; the numbers are such as floats hold. */
static const tb_point_step some[] = {
    {TB_POINT_ADD, {0}, {37}},
    {TB_POINT_ADD, {0}, {-255}},
    {TB_POINT_MODULATE, {0}, {1.5f, 1, 0}},
    {TB_POINT_MODULATE, {0}, {1, 0, 0}},
    {TB_POINT_MODULATE, {0}, {1, 1.75f, 0}},
    {TB_POINT_MODULATE, {0}, {1, 1, 90}},
    {TB_POINT_MODULATE, {0}, {0.75f, 1.25f, -30}},
    {TB_POINT_MODULATE, {0}, {10, 10, 217}},
    {TB_POINT_CONTRAST, {0}, {1.5f}},
    {TB_POINT_CONTRAST, {0}, {0}},
    {TB_POINT_GAMMA, {0}, {2.25f}},
    {TB_POINT_GAMMA, {0}, {0.5f}},
    {TB_POINT_LEVELS, {0}, {20, 200}},
    {TB_POINT_INVERT, {0}, {0}},
    {TB_POINT_SEPIA, {0}, {1}},
    {TB_POINT_SEPIA, {0}, {0.25f}},
    {TB_POINT_TINT, {200, 30, 90}, {0}},
    {TB_POINT_TINT, {255, 255, 255}, {0}},
    {TB_POINT_TINT, {0, 0, 0}, {0}},
    {TB_POINT_THRESHOLD, {0}, {128}},
    {TB_POINT_OPACITY, {0}, {0.5f}},
};

#define SOME ((int)(sizeof some / sizeof *some))

/* --- the obvious one: a pixel of real numbers, each filter as its specification writes it */

static double y_of(const double *p)
{
    return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];
}

static void times(double *p, const double m[9])
{
    double q[3] = {p[0], p[1], p[2]};
    for (int i = 0; i < 3; i++)
        p[i] = m[3 * i] * q[0] + m[3 * i + 1] * q[1] + m[3 * i + 2] * q[2];
}

/* W3C Filter Effects 1, section 15.4, with three more digits to the luma. */
static void saturate(double *p, double s)
{
    times(p, (double[]){0.2126 + 0.7874 * s, 0.7152 - 0.7152 * s, 0.0722 - 0.0722 * s, 0.2126 - 0.2126 * s,
                        0.7152 + 0.2848 * s, 0.0722 - 0.0722 * s, 0.2126 - 0.2126 * s, 0.7152 - 0.7152 * s,
                        0.0722 + 0.9278 * s});
}

static void hue_rotate(double *p, double degrees)
{
    double c = cos(degrees * 3.14159265358979 / 180), s = sin(degrees * 3.14159265358979 / 180);
    times(p, (double[]){0.2126 + c * 0.7874 - s * 0.2126, 0.7152 - c * 0.7152 - s * 0.7152,
                        0.0722 - c * 0.0722 + s * 0.9278, 0.2126 - c * 0.2126 + s * 0.143,
                        0.7152 + c * 0.2848 + s * 0.140, 0.0722 - c * 0.0722 - s * 0.283,
                        0.2126 - c * 0.2126 - s * 0.7874, 0.7152 - c * 0.7152 + s * 0.7152,
                        0.0722 + c * 0.9278 + s * 0.0722});
}

static void sepia(double *p, double amount)
{
    double a = 1 - amount;
    times(p, (double[]){0.393 + 0.607 * a, 0.769 - 0.769 * a, 0.189 - 0.189 * a, 0.349 - 0.349 * a,
                        0.686 + 0.314 * a, 0.168 - 0.168 * a, 0.272 - 0.272 * a, 0.534 - 0.534 * a,
                        0.131 + 0.869 * a});
}

static void tint(double *p, const uint8_t *colour)
{
    double y = rint(y_of(p)), t[3] = {colour[0], colour[1], colour[2]}, middle = y_of(t);
    for (int k = 0; k < 3; k++)
        if (y <= middle)
            p[k] = middle > 0 ? t[k] * (y / middle) : 0;
        else
            p[k] = 255 - (255 - t[k]) * (255 - y) / (255 - middle);
}

static void plain_step(double *p, const tb_point_step *s, bool colour)
{
    double n = s->n[0], y;

    switch ((tb_point_kind)s->kind) {
    case TB_POINT_MODULATE:
        if (colour) {
            saturate(p, s->n[1]);
            hue_rotate(p, s->n[2]);
        }
        for (int k = 0; k < 3; k++)
            p[k] *= n;
        break;
    case TB_POINT_SEPIA:
        if (colour)
            sepia(p, n);
        break;
    case TB_POINT_TINT:
        tint(p, s->colour);
        break;
    case TB_POINT_THRESHOLD:
        y = rint(y_of(p));
        p[0] = p[1] = p[2] = y < n ? 0 : 255;
        break;
    default:
        for (int k = 0; k < 3; k++)
            p[k] = s->kind == TB_POINT_ADD        ? p[k] + n
                   : s->kind == TB_POINT_CONTRAST ? n * p[k] + 127.5 * (1 - n)
                   : s->kind == TB_POINT_GAMMA    ? 255 * exp(log(p[k] / 255) / n)
                   : s->kind == TB_POINT_LEVELS   ? 255 * (p[k] - n) / (s->n[1] - n)
                   : s->kind == TB_POINT_INVERT   ? 255 - p[k]
                                                  : p[k];
        break;
    }
    for (int k = 0; k < 3; k++)
        p[k] = fmin(255, fmax(0, p[k]));
    if (s->kind == TB_POINT_OPACITY)
        p[3] *= n;
}

/* The first channels of a pixel, as real numbers; grey in all three. */
static void real_pixel(image in, int x, int y, double *p)
{
    for (int k = 0; k < 3; k++)
        p[k] = *px(in, x, y, in.c < 3 ? 0 : k);
    p[3] = *px(in, x, y, in.c - 1);
}

static double distance(image got, image in, const tb_point_step *s)
{
    double worst = 0, p[4];

    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++) {
            real_pixel(in, x, y, p);
            plain_step(p, s, in.c > 2);
            for (int k = 0; k < in.c; k++)
                worst = fmax(worst, fabs(*px(got, x, y, k) - p[in.c % 2 == 0 && k == in.c - 1 ? 3 : k]));
        }
    return worst;
}

static bool fits(const tb_point_step *s, int channels)
{
    return channels > 2 || (s->kind != TB_POINT_TINT && s->kind != TB_POINT_SEPIA);
}

static void every_step_is_what_its_formula_says(void)
{
    for (int i = 0; i < SOME; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(97, 61, c);
            tb_point_args a = one(some[i]);
            if (fits(&some[i], c))
                CHECK(distance(run(in, &tb_point, &a, 1 << 20), in, &some[i]) < 0.501);
            images_free();
        }
}

/* All values there are, in every channel. */
static image ramp(int channels)
{
    image i = image_new(256, 1, channels);
    for (int x = 0; x < 256; x++)
        for (int k = 0; k < channels; k++)
            *px(i, x, 0, k) = (uint8_t)(x + 85 * k);
    return i;
}

static void every_sum_of_every_value_is_clamped(void)
{
    for (int c = 1; c <= 4; c++)
        for (int add = -255; add <= 255; add++) {
            image in = ramp(c), want = image_new(256, 1, c);
            tb_point_args a = one((tb_point_step){TB_POINT_ADD, {0}, {(float)add}});
            for (int i = 0; i < 256 * c; i++) {
                int v = in.px[i] + (c % 2 == 0 && i % c == c - 1 ? 0 : add);
                want.px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
            CHECK_SAME(run(in, &tb_point, &a, 9), want);
            images_free();
        }
}

static image one_by_one(image in, const tb_point_args *a)
{
    for (int i = 0; i < a->count; i++) {
        tb_point_args s = one(a->step[i]);
        in = run(in, &tb_point, &s, 1 << 20);
    }
    return in;
}

static void a_list_equals_its_steps_one_by_one(void)
{
    uint32_t seed = 3;
    for (int round = 0; round < 300; round++) {
        tb_point_args a = {.count = 1 + (int)(next_random(&seed) % TB_POINT_STEPS)};
        for (int i = 0; i < a.count; i++)
            a.step[i] = some[next_random(&seed) % SOME];
        image in = noise(61, 7, 1 + round % 4);
        CHECK_SAME(run(in, &tb_point, &a, 1 << 20), one_by_one(in, &a));
        images_free();
    }
}

static void every_slicing_gives_the_same_pixels(void)
{
    tb_point_args a = list(5, (tb_point_step[]){some[4], some[10], some[14], some[6], some[20]});
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(sizes[i].w, sizes[i].h, c);
            check_op(in, &tb_point, &a, one_by_one(in, &a));
            images_free();
        }
    for (int c = 1; c <= 4; c++) {
        image in = noise(65500, 2, c);
        CHECK_SAME(run(in, &tb_point, &a, 1), one_by_one(in, &a));
        images_free();
    }
}

static void no_saturation_is_the_luma_that_greyscale_makes(void)
{
    image in = noise(601, 500, 3);
    tb_point_args a = one((tb_point_step){TB_POINT_MODULATE, {0}, {1, 0, 0}});
    image grey = run(run(in, &tb_convert, &(tb_convert_args){1}, 1 << 20), &tb_convert, &(tb_convert_args){3},
                     1 << 20);
    CHECK_SAME(run(in, &tb_point, &a, 1 << 20), grey);
    images_free();
}

/* Where nothing is clamped; 8 bits a channel round the luma by less than one. */
static void saturation_hue_and_tint_keep_the_luma(void)
{
    tb_point_step steps[] = {{TB_POINT_MODULATE, {0}, {1, 0.5f, 0}},
                             {TB_POINT_MODULATE, {0}, {1, 1, 77}},
                             {TB_POINT_TINT, {40, 160, 220}, {0}},
                             {TB_POINT_TINT, {0, 0, 255}, {0}}};
    for (int i = 0; i < 4; i++) {
        image in = noise(97, 61, 3);
        for (size_t k = 0; k < image_size(in); k++)
            in.px[k] = (uint8_t)(100 + in.px[k] / 8);
        tb_point_args a = one(steps[i]);
        image out = run(in, &tb_point, &a, 1 << 20);
        for (int x = 0; x < 97; x++) {
            double was[4], is[4];
            real_pixel(in, x, x % 61, was);
            real_pixel(out, x, x % 61, is);
            CHECK(fabs(y_of(was) - y_of(is)) < 1.01);
        }
        images_free();
    }
}

static void what_changes_nothing_is_idle(void)
{
    static const tb_point_step idle[] = {
        {TB_POINT_ADD, {0}, {0}},         {TB_POINT_MODULATE, {0}, {1, 1, 360}},
        {TB_POINT_CONTRAST, {0}, {1}},    {TB_POINT_GAMMA, {0}, {1}},
        {TB_POINT_SEPIA, {0}, {0}},       {TB_POINT_OPACITY, {0}, {1}},
        {TB_POINT_LEVELS, {0}, {0, 255}}, {TB_POINT_LEVELS, {0}, {7, 7}}};
    for (int i = 0; i < 8; i++)
        for (int c = 1; c <= 4; c++) {
            tb_point_args a = one(idle[i]);
            image in = noise(31, 17, c);
            CHECK(tb_point_idle(&idle[i], c));
            CHECK_SAME(run(in, &tb_point, &a, 1 << 20), in);
            images_free();
        }
    for (int i = 0; i < SOME; i++)
        for (int c = 1; c <= 4; c++) {
            tb_point_args a = one(some[i]);
            image in = noise(97, 61, c), out = run(in, &tb_point, &a, 1 << 20);
            bool changed = memcmp(in.px, out.px, image_size(in));
            CHECK(!changed || !tb_point_idle(&some[i], c));
            images_free();
        }
}

static void rsvg_and_pillow_make_the_same_of_it(void)
{
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        image in = image_new(12, 1, 3);
        memcpy(in.px, judged_colours, 36);
        tb_point_args a = one(judged[i].step);
        image out = run(in, &tb_point, &a, 1 << 20);
        for (int k = 0; k < 36; k++)
            CHECK(abs(out.px[k] - judged[i].made[k]) <= 1);
        images_free();
    }
}

static void numbers_out_of_range_are_refused(void)
{
    static const tb_point_step bad[] = {{TB_POINT_ADD, {0}, {256}},
                                        {TB_POINT_ADD, {0}, {NAN}},
                                        {TB_POINT_MODULATE, {0}, {-1, 1, 0}},
                                        {TB_POINT_MODULATE, {0}, {1, 10.5f, 0}},
                                        {TB_POINT_MODULATE, {0}, {1, 1, INFINITY}},
                                        {TB_POINT_CONTRAST, {0}, {11}},
                                        {TB_POINT_GAMMA, {0}, {0}},
                                        {TB_POINT_LEVELS, {0}, {0, 256}},
                                        {TB_POINT_SEPIA, {0}, {1.5f}},
                                        {TB_POINT_THRESHOLD, {0}, {-1}},
                                        {TB_POINT_OPACITY, {0}, {2}},
                                        {99, {0}, {0}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tb_point_args a = one(bad[i]);
        check_refused(noise(8, 7, 3), &tb_point, &a, TB_E_LIMIT);
    }
    check_refused(noise(8, 7, 3), &tb_point, &(tb_point_args){0}, TB_E_LIMIT);
    check_refused(noise(8, 7, 3), &tb_point, &(tb_point_args){.count = TB_POINT_STEPS + 1}, TB_E_LIMIT);
    images_free();
}

static void want_of_memory_is_survived(void)
{
    tb_point_args a = list(2, (tb_point_step[]){some[5], some[10]});
    survives_no_memory(noise(20, 20, 4), &tb_point, &a);
    images_free();
}

int main(void)
{
    every_step_is_what_its_formula_says();
    every_sum_of_every_value_is_clamped();
    a_list_equals_its_steps_one_by_one();
    every_slicing_gives_the_same_pixels();
    no_saturation_is_the_luma_that_greyscale_makes();
    saturation_hue_and_tint_keep_the_luma();
    what_changes_nothing_is_idle();
    rsvg_and_pillow_make_the_same_of_it();
    numbers_out_of_range_are_refused();
    want_of_memory_is_survived();
    return 0;
}
