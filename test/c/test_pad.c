/* test_pad.c - a larger canvas, and what fills it. */
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

/* The place in the picture that place i is like, found by walking there; -1 for none. */
static int within(tb_extend extend, int i, int n)
{
    while (i < 0 || i >= n)
        switch (extend) {
        case TB_EXTEND_COLOUR:
            return -1;
        case TB_EXTEND_COPY:
            i = i < 0 ? 0 : n - 1;
            break;
        case TB_EXTEND_REPEAT:
            i += i < 0 ? n : -n;
            break;
        case TB_EXTEND_MIRROR:
            i = i < 0 ? -1 - i : 2 * n - 1 - i;
            break;
        }
    return i;
}

static image naive(image in, const tb_pad_args *a)
{
    image out = image_new(a->width, a->height, in.c);
    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++)
            for (int k = 0; k < in.c; k++) {
                int from_x = within(a->extend, x - a->x, in.w), from_y = within(a->extend, y - a->y, in.h);
                bool inside = from_x >= 0 && from_y >= 0;
                *px(out, x, y, k) = inside ? *px(in, from_x, from_y, k) : on_canvas(a, in.c, k);
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
                        tb_pad_args a = {left,
                                         top,
                                         left + 5 + right,
                                         top + 3 + bottom,
                                         {200, 30, 90, 128},
                                         TB_EXTEND_COLOUR};
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
            tb_pad_args a = {h, w % 5, w + 2 * h, h + w % 7 + 4, {1, 255, 77, 0}, TB_EXTEND_COLOUR};
            image in = noise(w, h, c);
            check_op(in, &tb_pad, &a, naive(in, &a));
            images_free();
        }
}

static void every_border_is_filled_as_it_should_be(void)
{
    static const int borders[] = {0, 1, 2, 3, 4, 5, 7, 11};
    const int n = sizeof borders / sizeof *borders;

    for (tb_extend e = TB_EXTEND_COPY; e <= TB_EXTEND_MIRROR; e++)
        for (int h = 1; h <= 4; h++)
            for (int i = 0; i < n * n; i++) {
                int top = borders[i / n], bottom = borders[i % n], left = borders[i % 5],
                    right = borders[i % 7];
                image in = noise(5 - h, h, 1 + i % 4);
                tb_pad_args a = {left, top, left + in.w + right, top + h + bottom, {9, 8, 7, 6}, e};
                image want = naive(in, &a);
                for (int steps = 1; steps < 6; steps += 2)
                    CHECK_SAME(run(in, &tb_pad, &a, steps), want);
                images_free();
            }
}

static void every_slicing_of_a_border_is_the_same(void)
{
    for (tb_extend e = TB_EXTEND_COPY; e <= TB_EXTEND_MIRROR; e++)
        for (int i = 0; i < SIZES; i++)
            for (int c = 1; c <= 4; c++) {
                int w = sizes[i].w, h = sizes[i].h;
                tb_pad_args a = {h, w % 50, w + 2 * h, h + w % 50 + (w + h) % 23, {0}, e};
                image in = noise(w, h, c);
                check_op(in, &tb_pad, &a, naive(in, &a));
                images_free();
            }
}

/* More than a step's work in a row. */
static void wide_borders_are_made_in_pieces(void)
{
    static const int widths[] = {900, 20000, 65500};

    for (tb_extend e = TB_EXTEND_COLOUR; e <= TB_EXTEND_MIRROR; e++)
        for (int i = 0; i < 3; i++) {
            tb_pad_args a = {(65500 - widths[i]) / 3, 1, 65500, 3, {1, 2, 3, 4}, e};
            image in = noise(widths[i], 1, 2 + i % 2);
            CHECK_SAME(run(in, &tb_pad, &a, 1), naive(in, &a));
            images_free();
        }
}

static void a_single_pixel_fills_all(void)
{
    for (tb_extend e = TB_EXTEND_COPY; e <= TB_EXTEND_MIRROR; e++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(1, 1, c), out = run(in, &tb_pad, &(tb_pad_args){40000, 1, 65500, 3, {0}, e}, 1);
            for (size_t k = 0; k < image_size(out); k++)
                CHECK(out.px[k] == in.px[k % (size_t)c]);
            images_free();
        }
}

static size_t peak_of(tb_extend e, int height, int top, int bottom)
{
    tb_pad_args a = {0, top, 100, top + height + bottom, {0}, e};
    run(noise(100, height, 3), &tb_pad, &a, 1 << 30);
    images_free();
    return last_peak;
}

static void only_what_comes_again_is_held(void)
{
    size_t plain = peak_of(TB_EXTEND_COLOUR, 1000, 20, 20), row = 100 * 3 + 2 * TB_SLACK;
    CHECK(peak_of(TB_EXTEND_COPY, 1000, 900, 900) <= plain);
    CHECK(peak_of(TB_EXTEND_MIRROR, 1000, 0, 0) <= plain);
    CHECK(peak_of(TB_EXTEND_MIRROR, 1000, 20, 30) <= plain + 30 * row);
    CHECK(peak_of(TB_EXTEND_MIRROR, 1000, 900, 3000) <= plain + 1000 * row);
    CHECK(peak_of(TB_EXTEND_REPEAT, 1000, 0, 0) <= plain);
    CHECK(peak_of(TB_EXTEND_REPEAT, 1000, 1, 0) <= plain + 1000 * row);
}

static void no_border_is_the_picture_again(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = noise(13, 9, c);
        check_op(in, &tb_pad, &(tb_pad_args){0, 0, 13, 9, {9, 9, 9, 9}, TB_EXTEND_COLOUR}, in);
    }
    images_free();
}

static void the_picture_can_be_cut_out_again(void)
{
    image in = noise(13, 9, 4);
    image on = run(in, &tb_pad, &(tb_pad_args){5, 6, 30, 20, {9, 9, 9, 9}, TB_EXTEND_COLOUR}, 3);
    CHECK_SAME(run(on, &tb_crop, &(tb_crop_args){5, 6, 13, 9}, 3), in);
    images_free();
}

static void a_canvas_it_does_not_fit_on_is_refused(void)
{
    static const tb_pad_args bad[] = {
        {-1, 0, 20, 20, {0}, TB_EXTEND_COLOUR},      {0, -1, 20, 20, {0}, TB_EXTEND_COLOUR},
        {0, 0, 7, 20, {0}, TB_EXTEND_COLOUR},        {0, 0, 20, 6, {0}, TB_EXTEND_COLOUR},
        {13, 0, 20, 20, {0}, TB_EXTEND_COLOUR},      {0, 14, 20, 20, {0}, TB_EXTEND_COLOUR},
        {0, 0, -1, 20, {0}, TB_EXTEND_COLOUR},       {INT32_MAX, 0, 20, 20, {0}, TB_EXTEND_COLOUR},
        {0, INT32_MAX, 9, 9, {0}, TB_EXTEND_COLOUR}, {0, 0, 0, 0, {0}, TB_EXTEND_COLOUR},
        {0, 0, 65501, 9, {0}, TB_EXTEND_COLOUR},     {0, 0, 9, 65501, {0}, TB_EXTEND_COPY},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(noise(8, 7, 3), &tb_pad, &bad[i], TB_E_LIMIT);
    images_free();
}

int main(void)
{
    every_place_equals_the_naive_one();
    every_slicing_equals_the_naive_one();
    every_border_is_filled_as_it_should_be();
    every_slicing_of_a_border_is_the_same();
    wide_borders_are_made_in_pieces();
    a_single_pixel_fills_all();
    only_what_comes_again_is_held();
    no_border_is_the_picture_again();
    the_picture_can_be_cut_out_again();
    a_canvas_it_does_not_fit_on_is_refused();
    survives_no_memory(noise(20, 20, 3), &tb_pad, &(tb_pad_args){1, 2, 50, 60, {0}, TB_EXTEND_COLOUR});
    survives_no_memory(noise(20, 20, 3), &tb_pad, &(tb_pad_args){1, 2, 50, 60, {0}, TB_EXTEND_MIRROR});
    images_free();
    return 0;
}
