/* test_pixelate.c - squares of one colour. */
#include "around_judge.h"
#include "plain.h"
#include <math.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* The mean of the square at x0, y0; colours by their alpha. */
static double mean_of(image in, int x0, int y0, int size, int k)
{
    bool weighed = in.c % 2 == 0 && k < in.c - 1;
    double sum = 0, weight = 0;

    for (int y = y0; y < least(y0 + size, in.h); y++)
        for (int x = x0; x < least(x0 + size, in.w); x++) {
            double w = weighed ? *px(in, x, y, in.c - 1) / 255.0 : 1;
            sum += w * *px(in, x, y, k);
            weight += w;
        }
    return weight > 0 ? sum / weight : 0;
}

static image naive(image in, int size)
{
    image out = image_new(in.w, in.h, in.c);
    for (int y0 = 0; y0 < in.h; y0 += size)
        for (int x0 = 0; x0 < in.w; x0 += size)
            for (int k = 0; k < in.c; k++) {
                uint8_t v = (uint8_t)floor(mean_of(in, x0, y0, size, k) + 0.5 + 1e-9);
                for (int y = y0; y < least(y0 + size, in.h); y++)
                    for (int x = x0; x < least(x0 + size, in.w); x++)
                        *px(out, x, y, k) = v;
            }
    return out;
}

static void every_slicing_equals_the_naive_one(void)
{
    static const int squares[] = {1, 2, 3, 7, 16, 1000};
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++)
            for (int k = 0; k < 6; k++) {
                image in = noise(sizes[i].w, sizes[i].h, c);
                check_op(in, &tb_pixelate, &(tb_pixelate_args){squares[k]}, naive(in, squares[k]));
                images_free();
            }
}

static void wide_rows_equal_the_naive_ones(void)
{
    static const int squares[] = {2, 33, 999, 1000};
    for (int c = 1; c <= 4; c++) {
        image in = noise(65500, 3, c);
        CHECK_SAME(run(in, &tb_pixelate, &(tb_pixelate_args){squares[c - 1]}, 1), naive(in, squares[c - 1]));
        images_free();
    }
}

static void pillow_makes_the_same_of_it(void)
{
    image in = image_new(JUDGED_WIDTH, JUDGED_HEIGHT, 3);
    memcpy(in.px, judged_picture, sizeof judged_picture);
    image out = run(in, &tb_pixelate, &(tb_pixelate_args){5}, 1 << 20);
    for (size_t i = 0; i < image_size(out); i++)
        CHECK(abs(out.px[i] - pillow_reduce_5[i]) <= 1);
    images_free();
}

static void what_cannot_be_seen_has_no_colour(void)
{
    image in = noise(40, 40, 4);
    for (int i = 0; i < 40 * 40; i++) {
        in.px[4 * i + 3] = i % 3 ? 0 : 255;
        if (i % 3 == 0)
            memcpy(in.px + 4 * i, (uint8_t[]){10, 200, 90}, 3);
    }
    image out = run(in, &tb_pixelate, &(tb_pixelate_args){8}, 1 << 20);
    for (int i = 0; i < 40 * 40; i++)
        CHECK(!memcmp(out.px + 4 * i, (uint8_t[]){10, 200, 90}, 3));
    images_free();
}

static void squares_out_of_range_are_refused(void)
{
    static const int bad[] = {0, -1, 1001, INT32_MAX};
    for (int i = 0; i < 4; i++)
        check_refused(noise(8, 7, 3), &tb_pixelate, &(tb_pixelate_args){bad[i]}, TB_E_LIMIT);
    images_free();
}

int main(void)
{
    every_slicing_equals_the_naive_one();
    wide_rows_equal_the_naive_ones();
    pillow_makes_the_same_of_it();
    what_cannot_be_seen_has_no_colour();
    squares_out_of_range_are_refused();
    survives_no_memory(noise(20, 20, 4), &tb_pixelate, &(tb_pixelate_args){7});
    images_free();
    return 0;
}
