/* test_pad.c - a larger canvas. */
#include "plain.h"

static uint8_t on_canvas(const tb_pad_args *a, int channels, int k)
{
    const uint8_t *colour = a->colour;
    if (channels % 2 == 0 && k == channels - 1)
        return colour[3];
    if (channels >= 3)
        return colour[k];
    return (uint8_t)((2126 * colour[0] + 7152 * colour[1] + 722 * colour[2] + 5000) / 10000);
}

static image naive(image in, const tb_pad_args *a)
{
    image out = image_new(a->width, a->height, in.c);
    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++)
            for (int k = 0; k < in.c; k++) {
                bool inside = x >= a->x && x < a->x + in.w && y >= a->y && y < a->y + in.h;
                *px(out, x, y, k) = inside ? *px(in, x - a->x, y - a->y, k) : on_canvas(a, in.c, k);
            }
    return out;
}

static void every_place_equals_the_naive_one(void)
{
    for (int c = 1; c <= 4; c++)
        for (int left = 0; left < 4; left++)
            for (int right = 0; right < 70; right = 3 * right + 1)
                for (int top = 0; top < 5; top += 2)
                    for (int bottom = 0; bottom < 4; bottom += 3) {
                        tb_pad_args a = {left, top, left + 5 + right, top + 3 + bottom, {200, 30, 90, 128}};
                        image in = noise(5, 3, c);
                        CHECK_SAME(run(in, &tb_pad, &a, 2 + left), naive(in, &a));
                        images_free();
                    }
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++) {
            int w = sizes[i].w, h = sizes[i].h;
            tb_pad_args a = {h, w % 5, w + 2 * h, h + w % 7 + 4, {1, 255, 77, 0}};
            image in = noise(w, h, c);
            check_op(in, &tb_pad, &a, naive(in, &a));
            images_free();
        }
}

static void no_border_is_the_picture_again(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = noise(13, 9, c);
        check_op(in, &tb_pad, &(tb_pad_args){0, 0, 13, 9, {9, 9, 9, 9}}, in);
    }
    images_free();
}

static void the_picture_can_be_cut_out_again(void)
{
    image in = noise(13, 9, 4);
    image on = run(in, &tb_pad, &(tb_pad_args){5, 6, 30, 20, {9, 9, 9, 9}}, 3);
    CHECK_SAME(run(on, &tb_crop, &(tb_crop_args){5, 6, 13, 9}, 3), in);
    images_free();
}

static void a_canvas_it_does_not_fit_on_is_refused(void)
{
    static const tb_pad_args bad[] = {
        {-1, 0, 20, 20, {0}},      {0, -1, 20, 20, {0}}, {0, 0, 7, 20, {0}},  {0, 0, 20, 6, {0}},
        {13, 0, 20, 20, {0}},      {0, 14, 20, 20, {0}}, {0, 0, -1, 20, {0}}, {INT32_MAX, 0, 20, 20, {0}},
        {0, INT32_MAX, 9, 9, {0}}, {0, 0, 0, 0, {0}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(noise(8, 7, 3), &tb_pad, &bad[i], TB_E_LIMIT);
    images_free();
}

int main(void)
{
    every_place_equals_the_naive_one();
    every_slicing_equals_the_naive_one();
    no_border_is_the_picture_again();
    the_picture_can_be_cut_out_again();
    a_canvas_it_does_not_fit_on_is_refused();
    survives_no_memory(noise(20, 20, 3), &tb_pad, &(tb_pad_args){1, 2, 50, 60, {0}});
    images_free();
    return 0;
}
