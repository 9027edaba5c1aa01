/* test_convert.c - from so many channels to so many. */
#include "plain.h"

static uint8_t luma(int r, int g, int b)
{
    return (uint8_t)((2126 * r + 7152 * g + 722 * b + 5000) / 10000);
}

static uint8_t colour_at(image in, int x, int y, int k, int channels)
{
    if (in.c < 3)
        return *px(in, x, y, 0);
    if (channels >= 3)
        return *px(in, x, y, k);
    return luma(*px(in, x, y, 0), *px(in, x, y, 1), *px(in, x, y, 2));
}

static image naive(image in, int channels)
{
    image out = image_new(in.w, in.h, channels);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++) {
            for (int k = 0; k < (channels < 3 ? 1 : 3); k++)
                *px(out, x, y, k) = colour_at(in, x, y, k, channels);
            if (channels % 2 == 0)
                *px(out, x, y, channels - 1) = in.c % 2 == 0 ? *px(in, x, y, in.c - 1) : 255;
        }
    return out;
}

static image to(image in, int channels)
{
    return run(in, &tb_convert, &(tb_convert_args){channels}, 1 << 20);
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int from = 1; from <= 4; from++)
            for (int channels = 1; channels <= 4; channels++) {
                image in = noise(sizes[i].w, sizes[i].h, from);
                check_op(in, &tb_convert, &(tb_convert_args){channels}, naive(in, channels));
                images_free();
            }
}

static void rows_of_many_strips_equal_the_naive_ones(void)
{
    static const int widths[] = {16383, 16384, 16385, 32768, 65500};
    for (int i = 0; i < 5; i++)
        for (int from = 1; from <= 4; from++) {
            image in = noise(widths[i], 2, from);
            tb_convert_args a = {1 + (from + i) % 4};
            CHECK_SAME(run(in, &tb_convert, &a, 1), naive(in, a.channels));
            images_free();
        }
}

static void the_luma_of_every_colour_is_right(void)
{
    image in = image_new(256, 256, 3);
    for (int r = 0; r < 256; r += 5) {
        for (int g = 0; g < 256; g++)
            for (int b = 0; b < 256; b++) {
                *px(in, b, g, 0) = (uint8_t)r;
                *px(in, b, g, 1) = (uint8_t)g;
                *px(in, b, g, 2) = (uint8_t)b;
            }
        image out = to(in, 1);
        for (int g = 0; g < 256; g++)
            for (int b = 0; b < 256; b++)
                CHECK(out.px[g * 256 + b] == luma(r, g, b));
    }
    images_free();
}

static void the_luma_of_grey_is_itself(void)
{
    for (int from = 1; from <= 2; from++) {
        image in = noise(300, 20, from);
        CHECK_SAME(to(to(in, from + 2), from), in);
    }
    images_free();
}

static void what_is_added_can_be_taken_away(void)
{
    for (int from = 1; from <= 4; from++)
        for (int more = from; more <= 4; more += from % 2 ? 1 : 2) {
            image in = noise(31, 7, from);
            CHECK_SAME(to(to(in, more), from), in);
        }
    images_free();
}

static void channels_there_are_not_are_refused(void)
{
    static const int bad[] = {0, 5, -1, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++)
        check_refused(noise(8, 7, 3), &tb_convert, &(tb_convert_args){bad[i]}, TB_E_UNSUPPORTED);
    images_free();
}

int main(void)
{
    every_slicing_equals_the_naive_one();
    rows_of_many_strips_equal_the_naive_ones();
    the_luma_of_every_colour_is_right();
    the_luma_of_grey_is_itself();
    what_is_added_can_be_taken_away();
    channels_there_are_not_are_refused();
    survives_no_memory(noise(20, 20, 4), &tb_convert, &(tb_convert_args){3});
    images_free();
    return 0;
}
