/* test_median.c - the middle of nine samples. */
#include "around_judge.h"
#include "plain.h"

static int by_value(const void *a, const void *b)
{
    return *(const uint8_t *)a - *(const uint8_t *)b;
}

static int within(int v, int size)
{
    return v < 0 ? 0 : v >= size ? size - 1 : v;
}

static uint8_t middle_at(image in, int x, int y, int c)
{
    uint8_t all[9];
    for (int i = 0; i < 9; i++)
        all[i] = *px(in, within(x + i % 3 - 1, in.w), within(y + i / 3 - 1, in.h), c);
    qsort(all, 9, 1, by_value);
    return all[4];
}

static image naive(image in)
{
    image out = image_new(in.w, in.h, in.c);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            for (int c = 0; c < in.c; c++)
                *px(out, x, y, c) =
                    in.c % 2 == 0 && c == in.c - 1 ? *px(in, x, y, c) : middle_at(in, x, y, c);
    return out;
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(sizes[i].w, sizes[i].h, c);
            check_op(in, &tb_median, NULL, naive(in));
            images_free();
        }
}

static void wide_rows_equal_the_naive_ones(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = noise(65500, 2, c);
        CHECK_SAME(run(in, &tb_median, NULL, 1), naive(in));
        images_free();
    }
}

static void pillow_makes_the_same_of_it(void)
{
    image in = image_new(JUDGED_WIDTH, JUDGED_HEIGHT, 3), want = image_new(JUDGED_WIDTH, JUDGED_HEIGHT, 3);
    memcpy(in.px, judged_picture, sizeof judged_picture);
    memcpy(want.px, pillow_median_3, sizeof pillow_median_3);
    CHECK_SAME(run(in, &tb_median, NULL, 1 << 20), want);
    images_free();
}

int main(void)
{
    every_slicing_equals_the_naive_one();
    wide_rows_equal_the_naive_ones();
    pillow_makes_the_same_of_it();
    survives_no_memory(noise(20, 20, 4), &tb_median, NULL);
    images_free();
    return 0;
}
