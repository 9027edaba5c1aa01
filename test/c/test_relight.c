/* test_relight.c - colours as light as their luma is to be. */
#include "../../c_src/chain.h"
#include "plain.h"
#include <math.h>

static tb_status try_relight(image in, image luma, long steps, image *out, tb_error *err)
{
    return try_run_two(in, luma, &tb_relight, NULL, steps, out, err);
}

static image relight(image in, image luma, long steps)
{
    image out = {0};
    tb_error err = {0};
    CHECK(try_relight(in, luma, steps, &out, &err) == TB_DONE);
    return out;
}

static image naive(image in, image luma)
{
    image out = image_new(in.w, in.h, in.c);

    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++) {
            double was = 0.2126 * *px(in, x, y, 0) + 0.7152 * *px(in, x, y, 1) + 0.0722 * *px(in, x, y, 2);
            double more = *px(luma, x, y, 0) - floor(was + 0.5);
            for (int k = 0; k < 3; k++)
                *px(out, x, y, k) = (uint8_t)fmax(0, fmin(255, *px(in, x, y, k) + more));
            if (in.c == 4)
                *px(out, x, y, 3) = *px(in, x, y, 3);
        }
    return out;
}

static void every_slicing_equals_the_naive_one(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 3; c <= 4; c++) {
            image in = noise(sizes[i].w, sizes[i].h, c), luma = noise(sizes[i].w, sizes[i].h, c - 2);
            for (long steps = 1; steps < 1 << 20; steps = steps * 3 + steps % 2)
                CHECK_SAME(relight(in, luma, steps), naive(in, luma));
            images_free();
        }
}

static void its_own_luma_changes_nothing(void)
{
    image in = noise(90, 70, 4);
    CHECK_SAME(relight(in, run(in, &tb_convert, &(tb_convert_args){2}, 1 << 20), 5), in);
    images_free();
}

static void another_shape_is_refused(void)
{
    static const struct {
        int w, h, c, lw, lh, lc;
    } odd[] = {{9, 9, 1, 9, 9, 1}, {9, 9, 3, 8, 9, 1}, {9, 9, 3, 9, 8, 1}, {9, 9, 3, 9, 9, 3}};
    for (int i = 0; i < 4; i++) {
        image out = {0};
        tb_error err = {0};
        CHECK(try_relight(noise(odd[i].w, odd[i].h, odd[i].c), noise(odd[i].lw, odd[i].lh, odd[i].lc), 9,
                          &out, &err) == TB_FAIL &&
              err.code == TB_E_UNSUPPORTED);
    }
    images_free();
}

int main(void)
{
    every_slicing_equals_the_naive_one();
    its_own_luma_changes_nothing();
    another_shape_is_refused();
    images_free();
    return 0;
}
