/* test_brighten.c - adding to the colours. */
#include "plain.h"

static image naive(image in, int add)
{
    image out = image_new(in.w, in.h, in.c);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            for (int k = 0; k < in.c; k++) {
                bool alpha = in.c % 2 == 0 && k == in.c - 1;
                int v = *px(in, x, y, k) + (alpha ? 0 : add);
                *px(out, x, y, k) = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
    return out;
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
            image in = ramp(c);
            CHECK_SAME(run(in, &tb_brighten, &(tb_brighten_args){add}, 9), naive(in, add));
            images_free();
        }
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++)
            for (int add = -200; add <= 200; add += 80) {
                image in = noise(sizes[i].w, sizes[i].h, c);
                check_op(in, &tb_brighten, &(tb_brighten_args){add}, naive(in, add));
                images_free();
            }
}

static void a_sum_out_of_range_is_refused(void)
{
    static const int bad[] = {-256, 256, INT32_MIN, INT32_MAX};
    for (int i = 0; i < 4; i++)
        check_refused(noise(8, 7, 3), &tb_brighten, &(tb_brighten_args){bad[i]}, TB_E_LIMIT);
    images_free();
}

int main(void)
{
    every_sum_of_every_value_is_clamped();
    every_slicing_equals_the_naive_one();
    a_sum_out_of_range_is_refused();
    survives_no_memory(noise(20, 20, 4), &tb_brighten, &(tb_brighten_args){7});
    images_free();
    return 0;
}
