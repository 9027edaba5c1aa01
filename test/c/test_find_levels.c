/* test_find_levels.c - between which levels most of a picture lies. */
#include "plain.h"
#include <math.h>

static tb_levels find(image in, float low, float high, long steps)
{
    tb_levels found = {-1, -1};
    tb_find_levels_args a = {&found, low, high};
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_error err = {0};

    CHECK(tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, &tb_find_levels, &a, 0) == 1);
    CHECK(run_chain(&c, steps, &err) == TB_DONE);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return found;
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The values in order, each as often as it weighs: what has so many of them before it. */
static tb_levels sorted(image in, double low, double high)
{
    int n = 0, *all = malloc((size_t)in.w * (size_t)in.h * 255 * sizeof *all);

    CHECK(all);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++) {
            double luma = *px(in, x, y, 0);
            if (in.c > 2)
                luma = floor(0.2126 * *px(in, x, y, 0) + 0.7152 * *px(in, x, y, 1) +
                             0.0722 * *px(in, x, y, 2) + 0.5 + 1e-9);
            for (int i = in.c % 2 == 0 ? *px(in, x, y, in.c - 1) : 255; i > 0; i--)
                all[n++] = (int)luma;
        }
    qsort(all, (size_t)n, sizeof *all, by_value);
    tb_levels found = {0, 255};
    if (n) {
        int last = (int)ceil(n * high / 100) - 1;
        found = (tb_levels){all[(int)(n * low / 100)], all[last > 0 ? last : 0]};
    }
    free(all);
    return found.low < found.high ? found : (tb_levels){0, 255};
}

static void they_are_what_sorting_finds(void)
{
    static const float shares[][2] = {{1, 99}, {0, 100}, {10, 50}, {0, 2}, {98, 100}};
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++) {
            int k = (i + c) % 5;
            image in = i % 2 ? noise(sizes[i].w, sizes[i].h, c) : gradient(sizes[i].w, sizes[i].h, c);
            tb_levels want = sorted(in, (double)shares[k][0], (double)shares[k][1]);
            for (long steps = 1; steps < 100; steps *= 3) {
                tb_levels got = find(in, shares[k][0], shares[k][1], steps);
                CHECK(got.low == want.low && got.high == want.high);
            }
            images_free();
        }
}

static void wide_rows_are_counted_as_a_whole(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = gradient(65500, 2, c);
        tb_levels want = find(in, 1, 99, 1 << 20), got = find(in, 1, 99, 1);
        CHECK(got.low == want.low && got.high == want.high && got.low > 0);
        images_free();
    }
}

static void what_cannot_be_seen_does_not_count(void)
{
    image in = gradient(50, 40, 2);
    for (int y = 0; y < 40; y++)
        for (int x = 0; x < 50; x++) {
            bool inside = *px(in, x, y, 0) >= 50 && *px(in, x, y, 0) <= 90;
            *px(in, x, y, 1) = inside ? 255 : 0;
        }
    tb_levels found = find(in, 0, 100, 7);
    CHECK(found.low >= 50 && found.low < 60 && found.high <= 90 && found.high > 80);
    images_free();
}

static void a_flat_or_clear_picture_has_all_levels(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = image_new(9, 5, c);
        tb_levels found = find(in, 1, 99, 3);
        CHECK(found.low == 0 && found.high == 255);
        images_free();
    }
}

static void shares_that_are_none_are_refused(void)
{
    static const float bad[][2] = {{-1, 99}, {1, 101}, {50, 50}, {60, 40}, {NAN, 99}, {1, NAN}};
    image in = noise(3, 3, 3);
    for (int i = 0; i < 6; i++) {
        tb_levels found;
        tb_find_levels_args a = {&found, bad[i][0], bad[i][1]};
        tb_mem mem = {.heap = &test_heap};
        tb_chain c = {.mem = &mem};
        tb_error err = {0};
        CHECK(tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, &tb_find_levels, &a, 0) == 1);
        CHECK(run_chain(&c, 9, &err) == TB_FAIL && err.code == TB_E_LIMIT);
        tb_chain_close(&c);
    }
    images_free();
}

int main(void)
{
    they_are_what_sorting_finds();
    wide_rows_are_counted_as_a_whole();
    what_cannot_be_seen_does_not_count();
    a_flat_or_clear_picture_has_all_levels();
    shares_that_are_none_are_refused();
    return 0;
}
