/* test_blur.c - blurring, against a Gaussian in double precision. */
#include "resampling.h"

static image blurred(image in, double sigma)
{
    return run(in, &tb_blur, &(tb_blur_args){sigma}, 1 << 30);
}

/* Grids lose a little more than the rounding: up to 0.4 dB where sigma / cell is least. */
static void check_blur(image in, double sigma)
{
    char what[40];

    snprintf(what, sizeof what, "sigma %g", sigma);
    check_fidelity(blurred(in, sigma), real_blur(in, sigma), 0.4, what);
}

static const double sigmas[] = {0.1, 0.3, 0.5, 1, 1.7, 2.39, 2.4, 3.59, 3.6, 5, 7.3, 10, 23};
#define SIGMAS (sizeof sigmas / sizeof *sigmas)

static void noise_is_blurred_as_a_gaussian_does(void)
{
    for (size_t i = 0; i < SIGMAS; i++)
        for (int c = 1; c <= 4; c++) {
            check_blur(noise(97, 61, c), sigmas[i]);
            images_free();
        }
}

static void steps_and_stripes_are_too(void)
{
    for (size_t i = 0; i < SIGMAS; i++) {
        image steps = image_new(120, 70, 1), stripes = image_new(120, 70, 1), dots = image_new(120, 70, 1);
        for (int y = 0; y < 70; y++)
            for (int x = 0; x < 120; x++) {
                steps.px[y * 120 + x] = (x > 60) != (y > 33) ? 255 : 0;
                stripes.px[y * 120 + x] = (x / 5 + y / 7) % 2 ? 255 : 0;
                dots.px[y * 120 + x] = x % 23 == 0 && y % 19 == 0 ? 255 : 0;
            }
        check_blur(steps, sigmas[i]);
        check_blur(stripes, sigmas[i]);
        check_blur(dots, sigmas[i]);
        images_free();
    }
}

static void any_shape_will_do(void)
{
    static const int sizes[][2] = {{1, 1}, {1, 50}, {50, 1}, {2, 3}, {3, 200}, {200, 3}, {17, 1}, {9, 9}};
    static const double some[] = {0.4, 1.5, 2.4, 4, 40, 100};

    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (size_t i = 0; i < sizeof some / sizeof *some; i++)
            for (int c = 1; c <= 4; c++) {
                check_blur(noise(sizes[k][0], sizes[k][1], c), some[i]);
                images_free();
            }
}

static void the_widest_blur_of_a_wide_picture_is_true(void)
{
    check_blur(noise(1500, 20, 1), 100);
    check_blur(noise(20, 1500, 1), 100);
    images_free();
}

static void flat_pictures_stay_flat(void)
{
    for (size_t i = 0; i < SIGMAS; i++)
        for (int v = 0; v < 256; v += 15)
            for (int c = 1; c <= 4; c++) {
                uint8_t pixel[4] = {(uint8_t)v, (uint8_t)(255 - v), 99, 200};
                if (c == 2)
                    pixel[1] = 128;
                image in = flat(37, 21, c, pixel);
                CHECK_SAME(blurred(in, sigmas[i]), in);
                images_free();
            }
}

/* Noise in the middle of grey: nothing reaches the edges. */
static void the_mean_is_kept(void)
{
    static const double some[] = {0.5, 1.5, 2.4, 4, 8};

    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        image in = noise(160, 160, 1);
        double before = 0, after = 0;
        for (int y = 0; y < 160; y++)
            for (int x = 0; x < 160; x++)
                if (x < 50 || y < 50 || x >= 110 || y >= 110)
                    in.px[y * 160 + x] = 77;
        image out = blurred(in, some[i]);
        for (size_t k = 0; k < image_size(in); k++) {
            before += in.px[k];
            after += out.px[k];
        }
        CHECK(fabs(before - after) / (double)image_size(in) < 0.02);
        images_free();
    }
}

static void clear_pixels_do_not_bleed(void)
{
    for (size_t i = 0; i < SIGMAS; i++)
        for (int c = 2; c <= 4; c += 2) {
            check_no_bleeding(blurred(half_clear(60, 20, c), sigmas[i]));
            images_free();
        }
}

static void opaque_colours_are_as_without_alpha(void)
{
    for (size_t i = 0; i < SIGMAS; i++)
        for (int c = 2; c <= 4; c += 2) {
            image in = noise(63, 47, c);
            for (size_t k = (size_t)c - 1; k < image_size(in); k += (size_t)c)
                in.px[k] = 255;
            CHECK_SAME(only_channels(blurred(in, sigmas[i]), c - 1),
                       blurred(only_channels(in, c - 1), sigmas[i]));
            images_free();
        }
}

static void every_slicing_gives_the_same_pixels(void)
{
    static const double some[] = {0.5, 1.9, 2.5, 9};

    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(97, 61, c), wide = noise(30000, 3, c);
            tb_blur_args args = {some[i]};
            image want = blurred(in, some[i]);
            for (int steps = 1; steps < 12; steps++)
                CHECK_SAME(run(in, &tb_blur, &args, steps), want);
            CHECK_SAME(run(wide, &tb_blur, &args, 1), blurred(wide, some[i]));
            images_free();
        }
}

static void plain_c_gives_the_same_pixels(void)
{
    for (size_t i = 0; i < SIGMAS; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(97, 61, c);
            CHECK_SAME(run_plain(in, &tb_blur, &(tb_blur_args){sigmas[i]}), blurred(in, sigmas[i]));
            images_free();
        }
}

/* The bytes of every machine: what they were when this was written. */
static void the_pixels_are_the_same_everywhere(void)
{
    CHECK(digest(blurred(noise(211, 173, 3), 1.5)) == 0x3f711de5943f337b);
    CHECK(digest(blurred(noise(211, 173, 4), 5)) == 0x504dded78fec6a9c);
    images_free();
}

static void sigmas_out_of_range_are_refused(void)
{
    static const double bad[] = {0, 0.09, -1, 100.1, INFINITY, NAN};
    image in = noise(9, 9, 3), out;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tb_error err = {0};
        CHECK(try_run(in, &tb_blur, &(tb_blur_args){bad[i]}, 1, &out, &err) == TB_FAIL);
        CHECK(err.code == TB_E_LIMIT && strcmp(err.stage, "blur") == 0);
    }
    images_free();
}

static void want_of_memory_is_survived(void)
{
    survives_no_memory(noise(40, 30, 4), &tb_blur, &(tb_blur_args){1});
    survives_no_memory(noise(40, 30, 3), &tb_blur, &(tb_blur_args){9});
    images_free();
}

int main(void)
{
    noise_is_blurred_as_a_gaussian_does();
    steps_and_stripes_are_too();
    any_shape_will_do();
    the_widest_blur_of_a_wide_picture_is_true();
    flat_pictures_stay_flat();
    the_mean_is_kept();
    clear_pixels_do_not_bleed();
    opaque_colours_are_as_without_alpha();
    every_slicing_gives_the_same_pixels();
    plain_c_gives_the_same_pixels();
    the_pixels_are_the_same_everywhere();
    sigmas_out_of_range_are_refused();
    want_of_memory_is_survived();
    return 0;
}
