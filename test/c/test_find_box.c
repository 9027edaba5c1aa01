/* test_find_box.c - the box of what is not background, against looking at every pixel. */
#include "plain.h"

static double as_seen(const uint8_t *p, int c, int k)
{
    return c % 2 || k == c - 1 ? p[k] : p[k] * p[c - 1] / 255.0;
}

static tb_found_box naive(image in, const tb_find_box_args *a)
{
    uint8_t given[4] = {a->background[0], a->background[1], a->background[2], a->background[3]};
    const uint8_t *b = a->corner ? in.px : given;
    int left = in.w, right = -1, top = in.h, bottom = -1;

    if (!a->corner && in.c < 3) {
        given[0] = (uint8_t)((2126 * given[0] + 7152 * given[1] + 722 * given[2] + 5000) / 10000);
        given[1] = given[3];
    }
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            for (int k = 0; k < in.c; k++) {
                double d = as_seen(px(in, x, y, 0), in.c, k) - as_seen(b, in.c, k);
                if (d * d > a->threshold * a->threshold + 1e-9) {
                    left = x < left ? x : left;
                    right = x > right ? x : right;
                    top = y < top ? y : top;
                    bottom = y;
                }
            }
    if (right < 0)
        return (tb_found_box){0};
    return (tb_found_box){true, left, top, right - left + 1, bottom - top + 1};
}

static bool same(tb_found_box a, tb_found_box b)
{
    return a.any == b.any && a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

static tb_status find(image in, tb_find_box_args a, long steps, tb_found_box *found, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;

    a.found = found;
    *found = (tb_found_box){true, 7, 7, 7, 7};
    if (tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, &tb_find_box, &a, 0) == 1)
        status = run_chain(&c, steps, err);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

static void check_box(image in, tb_find_box_args a)
{
    tb_found_box want = naive(in, &a), got;

    for (long steps = 1; steps < 1000; steps = 5 * steps + 2) {
        tb_error err = {0};
        CHECK(find(in, a, steps, &got, &err) == TB_DONE);
        CHECK(same(got, want));
    }
}

/* The colour of the first pixel everywhere, but for a few. */
static image spotted(int w, int h, int c, int spots, uint32_t *seed)
{
    image i = image_new(w, h, c), n = noise(w, h, c);
    for (size_t k = 0; k < image_size(i); k++)
        i.px[k] = (uint8_t)(n.px[k % (size_t)c] + next_random(seed) % 4);
    for (int s = 0; s < spots; s++) {
        int x = (int)(next_random(seed) % (uint32_t)w), y = (int)(next_random(seed) % (uint32_t)h);
        for (int k = 0; k < c; k++)
            *px(i, x, y, k) = (uint8_t)next_random(seed);
    }
    return i;
}

static void every_box_is_the_one_that_is_there(void)
{
    uint32_t seed = 9;

    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++)
            for (int spots = 0; spots < 4; spots++)
                for (int t = 0; t < 4; t++) {
                    static const int thresholds[] = {0, 2, 10, 90};
                    image in = spotted(sizes[i].w, sizes[i].h, c, spots, &seed);
                    check_box(in, (tb_find_box_args){.threshold = thresholds[t], .corner = true});
                    check_box(in, (tb_find_box_args){.threshold = thresholds[t],
                                                     .background = {in.px[0], 99, 3, 200}});
                    images_free();
                }
}

static void one_pixel_anywhere_is_found(void)
{
    for (int w = 1; w <= 5; w++)
        for (int h = 1; h <= 4; h++)
            for (int at = 1; at < w * h; at++) {
                image in = image_new(w, h, 3);
                in.px[3 * at + at % 3] = 11;
                tb_found_box got;
                tb_error err = {0};
                CHECK(find(in, (tb_find_box_args){.threshold = 10, .corner = true}, 1, &got, &err) ==
                      TB_DONE);
                CHECK(same(got, (tb_found_box){true, at % w, at / w, 1, 1}));
                CHECK(find(in, (tb_find_box_args){.threshold = 11, .corner = true}, 1, &got, &err) ==
                      TB_DONE);
                CHECK(!got.any);
                images_free();
            }
}

static void clear_is_like_clear_whatever_its_colour(void)
{
    image in = noise(40, 30, 4);
    tb_found_box got;
    tb_error err = {0};

    for (size_t k = 3; k < image_size(in); k += 4)
        in.px[k] = 0;
    CHECK(find(in, (tb_find_box_args){.corner = true}, 7, &got, &err) == TB_DONE && !got.any);
    *px(in, 5, 6, 3) = 255;
    *px(in, 9, 20, 3) = 255;
    CHECK(find(in, (tb_find_box_args){.corner = true}, 7, &got, &err) == TB_DONE);
    CHECK(same(got, (tb_found_box){true, 5, 6, 5, 15}));
    images_free();
}

static void wide_rows_are_looked_through_in_pieces(void)
{
    uint32_t seed = 3;

    for (int c = 1; c <= 4; c++)
        for (int spots = 0; spots < 3; spots++) {
            image in = spotted(65500, 3, c, spots, &seed);
            check_box(in, (tb_find_box_args){.threshold = 6, .corner = true});
            images_free();
        }
}

static void a_threshold_out_of_range_is_refused(void)
{
    static const int bad[] = {-1, 256, INT32_MAX, INT32_MIN};

    for (int i = 0; i < 4; i++) {
        tb_found_box got;
        tb_error err = {0};
        CHECK(find(noise(3, 3, 3), (tb_find_box_args){.threshold = bad[i]}, 1, &got, &err) == TB_FAIL);
        CHECK(err.code == TB_E_LIMIT && !strcmp(err.stage, "trim"));
    }
    images_free();
}

static void want_of_memory_is_survived(void)
{
    for (long n = 0; lose_next(&n);) {
        tb_found_box got;
        tb_error err = {0};
        CHECK_LOSS(find(noise(9, 9, 3), (tb_find_box_args){.corner = true}, 3, &got, &err), &err);
    }
    images_free();
}

int main(void)
{
    every_box_is_the_one_that_is_there();
    one_pixel_anywhere_is_found();
    clear_is_like_clear_whatever_its_colour();
    wide_rows_are_looked_through_in_pieces();
    a_threshold_out_of_range_is_refused();
    want_of_memory_is_survived();
    return 0;
}
