/* test_turn.c - the eight flips and turns. */
#include "plain.h"

/* Where the pixel at x, y of the turned picture comes from. */
static uint8_t from_where(image in, int orientation, int x, int y, int k)
{
    int right = in.w - 1, bottom = in.h - 1;
    switch (orientation) {
    case 2:
        return *px(in, right - x, y, k);
    case 3:
        return *px(in, right - x, bottom - y, k);
    case 4:
        return *px(in, x, bottom - y, k);
    case 5:
        return *px(in, y, x, k);
    case 6:
        return *px(in, y, bottom - x, k);
    case 7:
        return *px(in, right - y, bottom - x, k);
    case 8:
        return *px(in, right - y, x, k);
    default:
        return *px(in, x, y, k);
    }
}

static image naive(image in, int orientation)
{
    bool across = orientation > 4;
    image out = image_new(across ? in.h : in.w, across ? in.w : in.h, in.c);
    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++)
            for (int k = 0; k < in.c; k++)
                *px(out, x, y, k) = from_where(in, orientation, x, y, k);
    return out;
}

static image turned(image in, int orientation)
{
    return run(in, &tb_turn, &(tb_turn_args){orientation}, 1 << 20);
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++)
            for (int o = 1; o <= 8; o++) {
                image in = noise(sizes[i].w, sizes[i].h, c);
                check_op(in, &tb_turn, &(tb_turn_args){o}, naive(in, o));
                images_free();
            }
}

/* Rows around the edges of bands, columns around those of blocks. */
static void every_size_equals_the_naive_one(void)
{
    for (int w = 1; w < 150; w += w % 16 == 1 || w > 20 ? 15 : 1)
        for (int h = 1; h < 150; h += h % 16 == 1 || h > 20 ? 15 : 1)
            for (int o = 1; o <= 8; o++) {
                int c = 1 + (w + h + o) % 4;
                image in = noise(w, h, c);
                CHECK_SAME(run(in, &tb_turn, &(tb_turn_args){o}, 5), naive(in, o));
                images_free();
            }
}

static void long_sides_equal_the_naive_ones(void)
{
    static const int sides[][3] = {{65500, 3, 4}, {65500, 17, 1}, {3, 65500, 4},
                                   {70, 2500, 4}, {33, 9000, 3},  {2000, 700, 3}};
    for (int i = 0; i < 6; i++)
        for (int o = 1; o <= 8; o++) {
            image in = noise(sides[i][0], sides[i][1], sides[i][2]);
            CHECK_SAME(turned(in, o), naive(in, o));
            images_free();
        }
}

static void turning_back_is_the_picture_again(void)
{
    static const int back[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
    image in = noise(53, 38, 3);
    for (int o = 1; o <= 8; o++)
        CHECK_SAME(turned(turned(in, o), back[o]), in);
    images_free();
}

static void four_quarter_turns_are_none(void)
{
    image in = noise(21, 50, 4), one = in;
    for (int i = 0; i < 4; i++)
        one = turned(one, 6);
    CHECK_SAME(one, in);
    CHECK_SAME(turned(turned(in, 6), 6), turned(in, 3));
    CHECK_SAME(turned(turned(turned(in, 6), 6), 6), turned(in, 8));
    CHECK_SAME(turned(turned(in, 2), 4), turned(in, 3));
    CHECK_SAME(turned(turned(in, 6), 2), turned(in, 5));
    CHECK_SAME(turned(turned(in, 8), 2), turned(in, 7));
    images_free();
}

static void it_takes_one_picture_of_memory(void)
{
    image in = noise(700, 900, 3);
    for (int o = 1; o <= 8; o++) {
        image out, *into = &out;
        tb_turn_args a = {o};
        tb_mem mem = {.heap = &test_heap};
        tb_chain c = {.mem = &mem};
        tb_error err = {0};
        CHECK(chain_through(&c, &in, &tb_turn, &a, &into));
        CHECK(run_chain(&c, 1 << 20, &err) == TB_DONE);
        size_t most = o <= 2 ? 0 : image_size(in) + image_size(in) / 10;
        CHECK(mem.peak < most + 50 * 3 * 900);
        CHECK(mem.used < 50 * 3 * 900 + (256 << 10)); /* all but the last block went with the rows */
        tb_chain_close(&c);
        CHECK(mem.used == 0);
    }
    images_free();
}

static void half_a_turn_gives_all_back(void)
{
    image in = noise(200, 150, 3);
    for (int o = 3; o <= 8; o++)
        for (long steps = 1; steps < 700; steps += 37) {
            image out, *into = &out;
            tb_turn_args a = {o};
            tb_mem mem = {.heap = &test_heap};
            tb_chain c = {.mem = &mem};
            tb_error err = {0};
            CHECK(chain_through(&c, &in, &tb_turn, &a, &into));
            steps_budget b = slice_of(steps);
            tb_chain_run(&c, &b.base, &err);
            tb_chain_close(&c);
            CHECK(mem.used == 0);
        }
    images_free();
}

static void orientations_there_are_not_are_refused(void)
{
    static const int bad[] = {0, 9, -1, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 5; i++)
        check_refused(noise(8, 7, 3), &tb_turn, &(tb_turn_args){bad[i]}, TB_E_UNSUPPORTED);
    images_free();
}

int main(void)
{
    every_slicing_equals_the_naive_one();
    every_size_equals_the_naive_one();
    long_sides_equal_the_naive_ones();
    turning_back_is_the_picture_again();
    four_quarter_turns_are_none();
    it_takes_one_picture_of_memory();
    half_a_turn_gives_all_back();
    orientations_there_are_not_are_refused();
    for (int o = 1; o <= 8; o++)
        survives_no_memory(noise(200, 40, 3), &tb_turn, &(tb_turn_args){o});
    images_free();
    return 0;
}
