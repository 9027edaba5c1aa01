/* test_resize.c - resizing, against its definition in double precision. */
#include "resampling.h"

static image resized(image in, int w, int h, tb_kernel kernel)
{
    return run(in, &tb_resize, &(tb_resize_args){.width = w, .height = h, .kernel = kernel}, 1 << 30);
}

static void check_size(int w, int h, int c, int to_w, int to_h, tb_kernel kernel)
{
    char what[80];
    image in = noise(w, h, c);

    snprintf(what, sizeof what, "%dx%dx%d to %dx%d, kernel %d", w, h, c, to_w, to_h, (int)kernel);
    check_fidelity(resized(in, to_w, to_h, kernel), real_resize(in, to_w, to_h, kernel), 0.2, what);
    images_free();
}

static void every_kernel_keeps_to_its_definition(void)
{
    static const int sizes[][4] = {{97, 61, 41, 23},  {41, 23, 97, 61},  {60, 50, 120, 10}, {30, 80, 31, 79},
                                   {64, 64, 16, 16},  {50, 40, 50, 13},  {50, 40, 13, 40},  {3, 2, 17, 29},
                                   {150, 90, 75, 89}, {16, 16, 200, 30}, {120, 97, 7, 96}};

    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int c = 1; c <= 4; c++)
                check_size(sizes[i][0], sizes[i][1], c, sizes[i][2], sizes[i][3], k);
}

static void a_single_row_column_or_pixel_will_do(void)
{
    static const int sizes[][4] = {{1, 1, 1, 1}, {1, 1, 9, 7}, {9, 7, 1, 1}, {1, 40, 1, 13}, {40, 1, 13, 1},
                                   {1, 9, 5, 4}, {9, 1, 4, 5}, {2, 2, 1, 3}, {2, 1, 300, 1}, {5, 5, 1, 200}};

    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int c = 1; c <= 4; c++)
                check_size(sizes[i][0], sizes[i][1], c, sizes[i][2], sizes[i][3], k);
}

static void every_small_size_becomes_every_other(void)
{
    for (int from = 1; from <= 12; from++)
        for (int to = 1; to <= 12; to++)
            check_size(from, 13 - from, 1 + (from + to) % 4, to, 13 - to, TB_LANCZOS3);
}

static void extremes_stay_true(void)
{
    check_size(3000, 1, 3, 7, 5, TB_LANCZOS3);
    check_size(5, 2000, 4, 5, 3, TB_LANCZOS3);
    check_size(20000, 2, 1, 37, 2, TB_LANCZOS3);
    check_size(2, 20000, 1, 30, 31, TB_CUBIC);
    check_size(65500, 1, 2, 1, 1, TB_LANCZOS3);
    check_size(65500, 1, 1, 64, 70, TB_LANCZOS2);
    check_size(1, 65500, 1, 3, 20, TB_LANCZOS3);
    check_size(300, 2, 3, 9000, 2, TB_MITCHELL);
}

/* Black and white at random: where a kernel overshoots most, and alpha with it. */
static void overshoot_is_kept_until_the_end(void)
{
    for (tb_kernel k = TB_CUBIC; k <= TB_LANCZOS3; k++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(2, 1500, c);
            for (size_t i = 0; i < image_size(in); i++)
                in.px[i] = in.px[i] > 127 ? 255 : 0;
            check_fidelity(resized(in, 90, 1900, k), real_resize(in, 90, 1900, k), 0.2, "black and white");
            images_free();
        }
}

static void nearest_takes_the_pixel_that_holds_the_centre(void)
{
    static const int sizes[][4] = {{97, 61, 41, 23}, {41, 23, 97, 61}, {1, 1, 5, 5},     {7, 9, 1, 1},
                                   {10, 10, 5, 20},  {13, 8, 13, 3},   {20, 3, 65500, 2}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(sizes[i][0], sizes[i][1], c), want = image_new(sizes[i][2], sizes[i][3], c);
            for (int y = 0; y < want.h; y++)
                for (int x = 0; x < want.w; x++) {
                    size_t sx = (size_t)floor((x + 0.5) * in.w / want.w),
                           sy = (size_t)floor((y + 0.5) * in.h / want.h);
                    memcpy(want.px + ((size_t)y * (size_t)want.w + (size_t)x) * (size_t)c,
                           in.px + (sy * (size_t)in.w + sx) * (size_t)c, (size_t)c);
                }
            CHECK_SAME(resized(in, want.w, want.h, TB_NEAREST), want);
            images_free();
        }
}

static void the_same_size_is_a_copy(void)
{
    for (tb_kernel k = TB_NEAREST; k <= TB_LANCZOS3; k++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(31, 17, c);
            CHECK_SAME(resized(in, 31, 17, k), in);
        }
    images_free();
}

static void flat_pictures_stay_flat(void)
{
    for (tb_kernel k = TB_NEAREST; k <= TB_LANCZOS3; k++)
        for (int v = 0; v < 256; v += 15)
            for (int c = 1; c <= 4; c++) {
                uint8_t pixel[4] = {(uint8_t)v, (uint8_t)(255 - v), 99, 200};
                if (c == 2)
                    pixel[1] = 128;
                CHECK_SAME(resized(flat(37, 41, c, pixel), 19, 83, k), flat(19, 83, c, pixel));
                CHECK_SAME(resized(flat(5, 300, c, pixel), 50, 7, k), flat(50, 7, c, pixel));
                images_free();
            }
}

static void clear_pixels_do_not_bleed(void)
{
    for (tb_kernel k = TB_NEAREST; k <= TB_LANCZOS3; k++)
        for (int c = 2; c <= 4; c += 2) {
            check_no_bleeding(resized(half_clear(60, 20, c), 23, 9, k == TB_NEAREST ? TB_LINEAR : k));
            check_no_bleeding(resized(half_clear(20, 8, c), 71, 33, k == TB_NEAREST ? TB_LINEAR : k));
            images_free();
        }
}

static void opaque_colours_are_as_without_alpha(void)
{
    for (int c = 2; c <= 4; c += 2) {
        image in = noise(83, 47, c);
        for (size_t k = (size_t)c - 1; k < image_size(in); k += (size_t)c)
            in.px[k] = 255;
        image got = resized(in, 31, 90, TB_LANCZOS3);
        CHECK_SAME(only_channels(got, c - 1), resized(only_channels(in, c - 1), 31, 90, TB_LANCZOS3));
        for (size_t k = (size_t)c - 1; k < image_size(got); k += (size_t)c)
            CHECK(got.px[k] == 255);
    }
    images_free();
}

static void every_slicing_gives_the_same_pixels(void)
{
    static const int sizes[][4] = {
        {97, 61, 41, 23}, {41, 23, 97, 61}, {40, 300, 9, 11}, {9000, 40, 8000, 21}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(sizes[i][0], sizes[i][1], c);
            tb_resize_args args = {.width = sizes[i][2], .height = sizes[i][3], .kernel = TB_LANCZOS3};
            image want = run(in, &tb_resize, &args, 1 << 30);
            for (int steps = 1; steps < (in.w > 1000 ? 2 : 14); steps++)
                CHECK_SAME(run(in, &tb_resize, &args, steps), want);
            images_free();
        }
}

static void plain_c_gives_the_same_pixels(void)
{
    static const int sizes[][4] = {{97, 61, 41, 23},   {41, 23, 97, 61}, {40, 300, 9, 11}, {7000, 3, 3, 3},
                                   {3, 7000, 300, 20}, {66, 66, 65, 65}, {33, 44, 33, 12}};

    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int c = 1; c <= 4; c++) {
                image in = noise(sizes[i][0], sizes[i][1], c);
                tb_resize_args args = {.width = sizes[i][2], .height = sizes[i][3], .kernel = k};
                CHECK_SAME(run_plain(in, &tb_resize, &args), run(in, &tb_resize, &args, 1 << 30));
                images_free();
            }
}

static image resized_in_light(image in, int w, int h, tb_kernel kernel)
{
    return run(in, &tb_resize, &(tb_resize_args){.width = w, .height = h, .kernel = kernel, .linear = true},
               1 << 30);
}

static void check_light(image in, int w, int h, tb_kernel kernel)
{
    char what[80];

    snprintf(what, sizeof what, "linear, %dx%dx%d to %dx%d, kernel %d", in.w, in.h, in.c, w, h, (int)kernel);
    check_fidelity(resized_in_light(in, w, h, kernel), real_resize_light(in, w, h, kernel), 0.2, what);
    images_free();
}

static void linear_light_keeps_to_its_definition(void)
{
    static const int sizes[][4] = {{97, 61, 70, 43}, {41, 23, 97, 61},   {60, 50, 120, 10}, {1, 1, 5, 5},
                                   {30, 80, 31, 79}, {120, 97, 7, 96},   {3, 2, 17, 29},    {300, 7, 100, 15},
                                   {50, 40, 50, 13}, {2, 1500, 90, 1900}};

    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int c = 1; c <= 4; c++)
                if (sizes[i][1] < 1500 || k == TB_LANCZOS3)
                    check_light(noise(sizes[i][0], sizes[i][1], c), sizes[i][2], sizes[i][3], k);
}

/* Where a level is least light, beside what is brightest. */
static void the_dark_stays_true_beside_the_bright(void)
{
    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (int c = 1; c <= 4; c++)
            for (int turn = 0; turn < 2; turn++) {
                image in = noise(turn ? 60 : 90, turn ? 90 : 60, c);
                for (size_t i = 0; i < image_size(in); i++)
                    in.px[i] = in.px[i] > 220 ? 255 : in.px[i] % 12;
                check_light(in, turn ? 90 : 40, turn ? 40 : 90, k);
            }
}

static void black_and_white_make_188_in_linear_light(void)
{
    image in = image_new(64, 64, 1);
    for (int i = 0; i < 64 * 64; i++)
        in.px[i] = (i + i / 64) % 2 ? 255 : 0;
    image out = resized_in_light(in, 4, 4, TB_LINEAR);
    for (int i = 0; i < 16; i++)
        CHECK(abs(out.px[i] - 188) <= 1);
    images_free();
}

static void flat_pictures_stay_flat_in_linear_light(void)
{
    for (int v = 0; v < 256; v++)
        for (int c = 1; c <= 4; c++) {
            uint8_t pixel[4] = {(uint8_t)v, (uint8_t)(c == 2 ? 255 : 255 - v), 99, 255};
            CHECK_SAME(resized_in_light(flat(37, 11, c, pixel), 19, 23, TB_LANCZOS3), flat(19, 23, c, pixel));
            images_free();
        }
}

static void clear_pixels_do_not_bleed_in_linear_light(void)
{
    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (int c = 2; c <= 4; c += 2) {
            check_no_bleeding(resized_in_light(half_clear(60, 20, c), 23, 9, k));
            check_no_bleeding(resized_in_light(half_clear(20, 8, c), 71, 33, k));
            images_free();
        }
}

static void linear_light_is_the_same_at_every_slicing(void)
{
    static const int sizes[][4] = {{97, 61, 41, 23}, {41, 23, 97, 61}, {9000, 20, 8000, 11}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(sizes[i][0], sizes[i][1], c);
            tb_resize_args args = {
                .width = sizes[i][2], .height = sizes[i][3], .kernel = TB_LANCZOS3, .linear = true};
            image want = run(in, &tb_resize, &args, 1 << 30);
            for (int steps = 1; steps < (in.w > 1000 ? 2 : 14); steps++)
                CHECK_SAME(run(in, &tb_resize, &args, steps), want);
            images_free();
        }
}

/* The bytes of every machine: what they were when this was written. */
static void the_pixels_are_the_same_everywhere(void)
{
    CHECK(digest(resized(noise(211, 173, 3), 50, 40, TB_LANCZOS3)) == 0x3c995f4ab32e5a15);
    CHECK(digest(resized(noise(60, 45, 4), 173, 140, TB_CUBIC)) == 0x75ecd42a2835e390);
    images_free();
}

static void memory_grows_with_the_width_only(void)
{
    size_t peak[2];

    for (int i = 0; i < 2; i++) {
        resized(noise(200, i ? 8000 : 800, 3), 20, i ? 800 : 80, TB_LANCZOS3);
        peak[i] = last_peak;
        images_free();
    }
    CHECK(peak[1] < peak[0] + 150 * 800); /* but for the weights: about 130 bytes an output row */
}

static void impossible_sizes_are_refused(void)
{
    static const int sizes[][2] = {{0, 5}, {5, 0}, {-1, 5}, {65501, 5}, {5, 65501}};
    image in = noise(9, 9, 3), out;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tb_error err = {0};
        tb_resize_args args = {.width = sizes[i][0], .height = sizes[i][1], .kernel = TB_LANCZOS3};
        CHECK(try_run(in, &tb_resize, &args, 1, &out, &err) == TB_FAIL);
        CHECK(err.code == TB_E_LIMIT && strcmp(err.stage, "resize") == 0);
    }
    images_free();
}

static real_image real_lifted(real_image in, double lift)
{
    real_image r = real_new(in.w, in.h, in.c);

    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            for (int k = 0; k < in.c; k++) {
                double before = real_at(in, x > 0 ? x - 1 : 0, y)[k], at = real_at(in, x, y)[k];
                double behind = real_at(in, x < in.w - 1 ? x + 1 : x, y)[k];
                real_at(r, x, y)[k] = at + lift * (2 * at - before - behind);
            }
    free(in.px);
    return r;
}

/* Of a picture that goes on to the right and below for less than a pixel. */
static void a_lift_is_a_sharpened_picture(void)
{
    static const int sizes[][4] = {{97, 61, 41, 23}, {40, 50, 13, 50}, {64, 64, 16, 90}, {2, 5, 7, 1}};

    for (tb_kernel k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int c = 1; c <= 3; c += 2) {
                const int *z = sizes[i];
                image in = noise(z[0], z[1], c);
                tb_resize_args args = {z[2],
                                       z[3],
                                       k,
                                       false,
                                       {2 * z[0], z[0] - z[2], 2 * z[2], 0.04},
                                       {2 * z[1], z[1] - z[3], 2 * z[3], 0.03}};
                real_image lifted = real_lifted(real_premultiplied(in), 0.04);
                real_image wide = real_along(lifted, z[2], k, 0);
                free(lifted.px);
                lifted = real_lifted(real_transposed(wide), 0.03);
                real_image want = real_transposed(real_along(lifted, z[3], k, 0));
                real_unpremultiply(want);
                free(lifted.px);
                check_fidelity(run(in, &tb_resize, &args, 1 << 30), want, 0.2, "lifted");
                CHECK_SAME(run(in, &tb_resize, &args, 3), run(in, &tb_resize, &args, 1 << 30));
                images_free();
            }
}

static void want_of_memory_is_survived(void)
{
    survives_no_memory(noise(40, 30, 4), &tb_resize,
                       &(tb_resize_args){.width = 20, .height = 10, .kernel = TB_LANCZOS3});
    survives_no_memory(noise(40, 200, 3), &tb_resize,
                       &(tb_resize_args){.width = 80, .height = 5, .kernel = TB_LANCZOS3});
    survives_no_memory(noise(40, 30, 3), &tb_resize,
                       &(tb_resize_args){.width = 20, .height = 60, .kernel = TB_NEAREST});
    survives_no_memory(noise(40, 30, 2), &tb_resize,
                       &(tb_resize_args){.width = 20, .height = 60, .kernel = TB_LANCZOS3, .linear = true});
    images_free();
}

int main(void)
{
    every_kernel_keeps_to_its_definition();
    a_single_row_column_or_pixel_will_do();
    every_small_size_becomes_every_other();
    extremes_stay_true();
    overshoot_is_kept_until_the_end();
    nearest_takes_the_pixel_that_holds_the_centre();
    the_same_size_is_a_copy();
    flat_pictures_stay_flat();
    clear_pixels_do_not_bleed();
    opaque_colours_are_as_without_alpha();
    every_slicing_gives_the_same_pixels();
    plain_c_gives_the_same_pixels();
    linear_light_keeps_to_its_definition();
    the_dark_stays_true_beside_the_bright();
    black_and_white_make_188_in_linear_light();
    flat_pictures_stay_flat_in_linear_light();
    clear_pixels_do_not_bleed_in_linear_light();
    linear_light_is_the_same_at_every_slicing();
    the_pixels_are_the_same_everywhere();
    memory_grows_with_the_width_only();
    impossible_sizes_are_refused();
    a_lift_is_a_sharpened_picture();
    want_of_memory_is_survived();
    return 0;
}
