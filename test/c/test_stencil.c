/* test_stencil.c - convolution with a small kernel. */
#include "around_judge.h"
#include "plain.h"
#include <math.h>

static int within(int v, int size)
{
    return v < 0 ? 0 : v >= size ? size - 1 : v;
}

static double sum_at(image in, const tb_stencil_kernel *k, int x, int y, int channel)
{
    double sum = 0, all = 0, scale = k->scale;

    for (int dy = 0; dy < k->side; dy++)
        for (int dx = 0; dx < k->side; dx++) {
            double weight = (double)k->weight[dy * k->side + dx];
            all += weight;
            sum += weight *
                   *px(in, within(x + dx - k->side / 2, in.w), within(y + dy - k->side / 2, in.h), channel);
        }
    if (scale == 0)
        scale = all != 0 ? all : 1;
    return fmin(255, fmax(0, sum / scale + k->offset));
}

static void check_near(image got, image in, const tb_stencil_kernel *k)
{
    CHECK(got.w == in.w && got.h == in.h && got.c == in.c);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++)
            for (int c = 0; c < in.c; c++)
                if (in.c % 2 == 0 && c == in.c - 1)
                    CHECK(*px(got, x, y, c) == *px(in, x, y, c));
                else
                    CHECK(fabs(*px(got, x, y, c) - sum_at(in, k, x, y, c)) < 0.502);
}

static image convolved(image in, const tb_stencil_kernel *k, long steps)
{
    return run(in, &tb_stencil, &(tb_stencil_args){k}, steps);
}

static tb_stencil_kernel random_kernel(int side, uint32_t seed)
{
    tb_stencil_kernel k = {.side = side, .scale = side, .offset = seed % 90};
    for (int i = 0; i < side * side; i++)
        k.weight[i] = (float)(next_random(&seed) % 21) / 8 - 1;
    return k;
}

static void it_is_the_sum_that_it_should_be(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++)
            for (int side = 3; side <= 7; side += 2) {
                image in = noise(sizes[i].w, sizes[i].h, c);
                tb_stencil_kernel k = random_kernel(side, 77u * (uint32_t)(i + 1));
                check_near(convolved(in, &k, 1 << 20), in, &k);
                images_free();
            }
}

static void every_slicing_gives_the_same_pixels(void)
{
    for (int side = 3; side <= 7; side += 2)
        for (int c = 1; c <= 4; c++) {
            tb_stencil_kernel k = random_kernel(side, 5);
            image in = noise(97, 31, c), wide = noise(9000, 3, c);
            check_op(in, &tb_stencil, &(tb_stencil_args){&k}, convolved(in, &k, 1 << 20));
            check_near(convolved(wide, &k, 1), wide, &k);
            images_free();
        }
}

static void vips_makes_the_same_of_it(void)
{
    image in = image_new(JUDGED_WIDTH, JUDGED_HEIGHT, 3);
    memcpy(in.px, judged_picture, sizeof judged_picture);
    for (size_t i = 0; i < sizeof vips_conv / sizeof *vips_conv; i++) {
        image out = convolved(in, &vips_conv[i].kernel, 1 << 20);
        for (size_t k = 0; k < image_size(in); k++)
            CHECK(abs(out.px[k] - vips_conv[i].made[k]) <= 1);
    }
    images_free();
}

static void the_scale_is_the_sum_unless_that_is_none(void)
{
    tb_stencil_kernel box = {.side = 3, .weight = {1, 1, 1, 1, 1, 1, 1, 1, 1}};
    tb_stencil_kernel edges = {.side = 3, .weight = {-1, -1, -1, -1, 8, -1, -1, -1, -1}, .offset = 77};
    image flat = image_new(9, 7, 3), want = image_new(9, 7, 3);
    memset(flat.px, 200, image_size(flat));
    memset(want.px, 77, image_size(want));
    CHECK_SAME(convolved(flat, &box, 1 << 20), flat);
    CHECK_SAME(convolved(flat, &edges, 1 << 20), want);
    images_free();
}

static void kernels_that_are_none_are_refused(void)
{
    tb_stencil_kernel bad[] = {random_kernel(3, 1), random_kernel(3, 1), random_kernel(3, 1),
                               random_kernel(3, 1), random_kernel(5, 1)};
    bad[0].side = 4;
    bad[1].side = 9;
    bad[2].scale = NAN;
    bad[3].offset = INFINITY;
    bad[4].weight[24] = 2e6f;
    for (int i = 0; i < 5; i++)
        check_refused(noise(8, 7, 3), &tb_stencil, &(tb_stencil_args){&bad[i]}, TB_E_LIMIT);
    images_free();
}

static void the_largest_numbers_do_no_harm(void)
{
    tb_stencil_kernel k = {.side = 7, .scale = 1e-6, .offset = -1e6};
    for (int i = 0; i < 49; i++)
        k.weight[i] = i % 2 ? 1e6f : -1e6f;
    image in = noise(30, 20, 3);
    convolved(in, &k, 1 << 20);
    images_free();
}

static void want_of_memory_is_survived(void)
{
    tb_stencil_kernel k = random_kernel(5, 9);
    survives_no_memory(noise(20, 20, 4), &tb_stencil, &(tb_stencil_args){&k});
    images_free();
}

int main(void)
{
    it_is_the_sum_that_it_should_be();
    every_slicing_gives_the_same_pixels();
    vips_makes_the_same_of_it();
    the_scale_is_the_sum_unless_that_is_none();
    kernels_that_are_none_are_refused();
    the_largest_numbers_do_no_harm();
    want_of_memory_is_survived();
    return 0;
}
