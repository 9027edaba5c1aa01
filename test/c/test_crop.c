/* test_crop.c - cutting out a rectangle. */
#include "plain.h"

static image naive(image in, tb_crop_args a)
{
    image out = image_new(a.width, a.height, in.c);
    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++)
            for (int k = 0; k < in.c; k++)
                *px(out, x, y, k) = *px(in, a.x + x, a.y + y, k);
    return out;
}

static void every_rectangle_equals_the_naive_one(void)
{
    for (int c = 1; c <= 4; c++)
        for (int x = 0; x < 9; x += 2)
            for (int y = 0; y < 7; y += 3)
                for (int w = 1; w <= 9 - x; w += 2)
                    for (int h = 1; h <= 7 - y; h++) {
                        tb_crop_args a = {x, y, w, h};
                        image in = noise(9, 7, c);
                        CHECK_SAME(run(in, &tb_crop, &a, x + y + 1), naive(in, a));
                        images_free();
                    }
}

static void check_rectangle(image in, int x, int y, int w, int h)
{
    tb_crop_args a = {x, y, w, h};
    check_op(in, &tb_crop, &a, naive(in, a));
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++) {
            int w = sizes[i].w, h = sizes[i].h;
            image in = noise(w, h, c);
            check_rectangle(in, w / 3, h / 2, w - w / 3, h - h / 2);
            check_rectangle(in, w - 1, h / 2, 1, 1);
            check_rectangle(in, 0, 0, w, h);
            images_free();
        }
}

static void a_crop_of_a_crop_is_a_crop(void)
{
    image in = noise(40, 30, 3);
    tb_crop_args outer = {7, 5, 25, 20}, inner = {3, 4, 10, 9}, both = {10, 9, 10, 9};
    CHECK_SAME(run(run(in, &tb_crop, &outer, 4), &tb_crop, &inner, 4), run(in, &tb_crop, &both, 4));
    images_free();
}

static long rows_given;

static tb_status count_step(tb_stage *s, tb_error *err)
{
    rows_given++;
    return give_step(s, err);
}

static void nothing_is_made_below_the_rectangle(void)
{
    static const tb_stage_ops counted = {.name = "give", .outs = 1, .open = give_open, .step = count_step};
    image in = noise(8, 5000, 3), out, *into = &out;
    tb_crop_args a = {2, 30, 5, 10};
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_error err = {0};
    tb_chain_add(&c, &counted, &in, -1);
    tb_chain_add(&c, &tb_crop, &a, 0);
    tb_chain_add(&c, &keep, &into, 1);
    rows_given = 0;
    CHECK(run_chain(&c, 3, &err) == TB_DONE);
    CHECK(rows_given >= 40 && rows_given < 50);
    CHECK_SAME(out, naive(in, a));
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    images_free();
}

static void a_rectangle_that_leaves_the_picture_is_refused(void)
{
    static const tb_crop_args bad[] = {
        {-1, 0, 3, 3},        {0, -1, 3, 3},        {0, 0, 0, 3},         {0, 0, 3, 0},
        {0, 0, -3, 3},        {0, 0, 9, 3},         {0, 0, 3, 8},         {6, 0, 3, 3},
        {0, 5, 3, 3},         {8, 0, 1, 1},         {0, 7, 1, 1},         {INT32_MAX, 0, 1, 1},
        {0, INT32_MAX, 1, 1}, {1, 0, INT32_MAX, 1}, {0, 1, 1, INT32_MAX}, {INT32_MIN, 0, 1, 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(noise(8, 7, 3), &tb_crop, &bad[i], TB_E_LIMIT);
    images_free();
}

int main(void)
{
    every_rectangle_equals_the_naive_one();
    every_slicing_equals_the_naive_one();
    a_crop_of_a_crop_is_a_crop();
    nothing_is_made_below_the_rectangle();
    a_rectangle_that_leaves_the_picture_is_refused();
    survives_no_memory(noise(20, 20, 3), &tb_crop, &(tb_crop_args){1, 2, 5, 6});
    images_free();
    return 0;
}
