/* test_round.c - rounded corners, against areas found by counting. */
#include "plain.h"
#include <math.h>

#define FINE 64 /* points along a pixel's side */

/* Of the points of a pixel, the part that no corner cuts off. */
static double part_inside(int x, int y, int w, int h, double r)
{
    int inside = 0;

    for (int i = 0; i < FINE * FINE; i++) {
        double px = x + (i % FINE + 0.5) / FINE, py = y + ((int)(i / FINE) + 0.5) / FINE;
        double dx = px < r ? r - px : px > w - r ? px - (w - r) : 0;
        double dy = py < r ? r - py : py > h - r ? py - (h - r) : 0;
        inside += dx * dx + dy * dy <= r * r;
    }
    return (double)inside / (FINE * FINE);
}

static void check_rounded(image in, image out, double r)
{
    CHECK(out.w == in.w && out.h == in.h && out.c == in.c);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++) {
            double part = part_inside(x, y, in.w, in.h, r), alpha = part * *px(in, x, y, in.c - 1);
            CHECK(fabs(*px(out, x, y, in.c - 1) - alpha) <= 0.5 + 255 * 0.002);
            for (int k = 0; k < in.c - 1; k++) /* nothing is left of what was cut off */
                CHECK(*px(out, x, y, k) == (part > 0 ? *px(in, x, y, k) : 0) ||
                      (part < 0.002 && *px(out, x, y, k) == *px(in, x, y, k)));
        }
}

static image rounded(image in, double r)
{
    return run(in, &tb_round, &(tb_round_args){r}, 1 << 30);
}

static void corners_are_quarters_of_a_circle(void)
{
    static const int shapes[][2] = {{1, 1}, {1, 2}, {2, 2}, {3, 3},   {3, 8},   {7, 4},
                                    {9, 9}, {8, 8}, {1, 9}, {40, 31}, {41, 41}, {16, 50}};
    static const double parts[] = {0, 0.1, 0.35, 0.5, 0.77, 0.99, 1};

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            for (int c = 2; c <= 4; c += 2) {
                image in = noise(shapes[i][0], shapes[i][1], c);
                double r = parts[k] * (in.w < in.h ? in.w : in.h) / 2;
                check_rounded(in, rounded(in, r), r);
                images_free();
            }
}

static void a_whole_circle_has_the_area_of_one(void)
{
    for (int n = 1; n < 400; n = 2 * n + 1 + n % 2) {
        image in = image_new(n, n, 2);
        double area = 0;
        memset(in.px, 255, image_size(in));
        image out = rounded(in, n / 2.0);
        for (size_t k = 1; k < image_size(out); k += 2)
            area += out.px[k] / 255.0;
        CHECK(fabs(area - 3.14159265358979 * n * n / 4) <= 0.002 * 4 * n + 0.002);
        images_free();
    }
}

static void all_four_corners_are_alike(void)
{
    image in = image_new(50, 37, 4);
    memset(in.px, 255, image_size(in));
    image out = rounded(in, 17.3);
    for (int y = 0; y < 37; y++)
        for (int x = 0; x < 50; x++) {
            CHECK(*px(out, x, y, 3) == *px(out, 49 - x, y, 3));
            CHECK(*px(out, x, y, 3) == *px(out, x, 36 - y, 3));
        }
    images_free();
}

static void every_slicing_gives_the_same_pixels(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 2; c <= 4; c += 2) {
            image in = noise(sizes[i].w, sizes[i].h, c);
            tb_round_args a = {(in.w < in.h ? in.w : in.h) / 2.2};
            check_op(in, &tb_round, &a, rounded(in, a.radius));
            images_free();
        }
}

static void a_radius_of_nothing_is_the_picture_again(void)
{
    image in = noise(13, 9, 4);
    check_op(in, &tb_round, &(tb_round_args){0}, in);
    images_free();
}

/* The longest curve there can be in a row. */
static void the_widest_picture_is_rounded_true(void)
{
    image in = image_new(65500, 3, 2), out;
    memset(in.px, 255, image_size(in));
    out = rounded(in, 1.5);
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 4; x++) {
            CHECK(fabs(*px(out, x, y, 1) - 255 * part_inside(x, y, 65500, 3, 1.5)) <= 1);
            CHECK(*px(out, 65499 - x, y, 1) == *px(out, x, y, 1));
        }
    images_free();
}

static void what_makes_no_sense_is_refused(void)
{
    static const double bad[] = {-1, -1e-9, 3.6, 1e300, INFINITY, NAN};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refused(noise(8, 7, 4), &tb_round, &(tb_round_args){bad[i]}, TB_E_LIMIT);
    check_refused(noise(8, 7, 3), &tb_round, &(tb_round_args){1}, TB_E_UNSUPPORTED);
    check_refused(noise(8, 7, 1), &tb_round, &(tb_round_args){1}, TB_E_UNSUPPORTED);
    images_free();
}

int main(void)
{
    corners_are_quarters_of_a_circle();
    a_whole_circle_has_the_area_of_one();
    all_four_corners_are_alike();
    every_slicing_gives_the_same_pixels();
    a_radius_of_nothing_is_the_picture_again();
    the_widest_picture_is_rounded_true();
    what_makes_no_sense_is_refused();
    survives_no_memory(noise(20, 20, 4), &tb_round, &(tb_round_args){5});
    images_free();
    return 0;
}
