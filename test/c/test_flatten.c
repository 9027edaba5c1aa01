/* test_flatten.c - what is left of a picture with alpha on a colour. */
#include "plain.h"
#include <math.h>

static uint8_t blend(int over, int alpha, int under)
{
    return (uint8_t)lround((alpha * over + (255.0 - alpha) * under) / 255.0);
}

static image naive(image in, const uint8_t *under)
{
    image out = image_new(in.w, in.h, in.c - 1);
    int grey = (2126 * under[0] + 7152 * under[1] + 722 * under[2] + 5000) / 10000;
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            for (int k = 0; k < out.c; k++)
                *px(out, x, y, k) =
                    blend(*px(in, x, y, k), *px(in, x, y, out.c), out.c == 1 ? grey : under[k]);
    return out;
}

static void every_slicing_equals_the_naive_one(void)
{
    static const tb_flatten_args a = {{200, 13, 99}};
    for (int i = 0; i < SIZES; i++)
        for (int c = 2; c <= 4; c += 2) {
            image in = noise(sizes[i].w, sizes[i].h, c);
            check_op(in, &tb_flatten, &a, naive(in, a.background));
            images_free();
        }
}

static void rows_of_many_strips_equal_the_naive_ones(void)
{
    static const tb_flatten_args a = {{1, 2, 253}};
    static const int widths[] = {16383, 16384, 16385, 32768, 65500};
    for (int i = 0; i < 5; i++)
        for (int c = 2; c <= 4; c += 2) {
            image in = noise(widths[i], 3, c);
            image want = naive(in, a.background);
            CHECK_SAME(run(in, &tb_flatten, &a, 1), want);
            CHECK_SAME(run(in, &tb_flatten, &a, 5), want);
            images_free();
        }
}

/* Every alpha with every value, on some colours, each sample another. */
static void every_blend_is_rounded_right(void)
{
    for (int c = 2; c <= 4; c += 2)
        for (int under = 0; under < 256; under += 5) {
            tb_flatten_args a = {{(uint8_t)under, (uint8_t)(under + 85), (uint8_t)(under + 170)}};
            image in = image_new(256, 256, c);
            for (int alpha = 0; alpha < 256; alpha++)
                for (int v = 0; v < 256; v++)
                    for (int k = 0; k < c; k++)
                        *px(in, v, alpha, k) = (uint8_t)(k == c - 1 ? alpha : v + 31 * k);
            CHECK_SAME(run(in, &tb_flatten, &a, 1 << 20), naive(in, a.background));
            images_free();
        }
}

static void opaque_is_the_picture_and_clear_the_background(void)
{
    image in = noise(40, 2, 4);
    for (int x = 0; x < 40; x++) {
        *px(in, x, 0, 3) = 255;
        *px(in, x, 1, 3) = 0;
    }
    image out = run(in, &tb_flatten, &(tb_flatten_args){{5, 6, 7}}, 1);
    for (int x = 0; x < 40; x++)
        for (int k = 0; k < 3; k++)
            CHECK(*px(out, x, 0, k) == *px(in, x, 0, k) && *px(out, x, 1, k) == 5 + k);
    images_free();
}

static void a_picture_without_alpha_is_refused(void)
{
    for (int c = 1; c <= 3; c += 2)
        check_refused(noise(8, 7, c), &tb_flatten, &(tb_flatten_args){{0}}, TB_E_UNSUPPORTED);
    images_free();
}

int main(void)
{
    every_slicing_equals_the_naive_one();
    rows_of_many_strips_equal_the_naive_ones();
    every_blend_is_rounded_right();
    opaque_is_the_picture_and_clear_the_background();
    a_picture_without_alpha_is_refused();
    survives_no_memory(noise(20, 20, 4), &tb_flatten, &(tb_flatten_args){{0}});
    images_free();
    return 0;
}
