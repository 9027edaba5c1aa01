/* test_change.c - what libvips does with a picture as a whole, where this build has it. */
#include "../../c_src/codecs/foreign.h"
#include "../../c_src/worker/pool.h"
#include "alone.h"
#include "plain.h"
#include <math.h>

static long stop_at; /* as of a steps_budget */

static tb_status try_change(image in, const tb_stage_ops *ops, const tb_change_args *a, long steps,
                            image *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_vips vips = {0};
    tb_chain c = {.mem = &mem, .vips = &vips};
    steps_budget b = slice_of(steps);
    tb_status status = TB_FAIL;

    b.stop_at = stop_at;
    if (chain_through(&c, &in, ops, a, &out))
        do {
            b.steps = steps;
            status = tb_chain_run(&c, &b.base, err);
        } while (status == TB_MORE);
    tb_chain_close(&c);
    tb_vips_close(&vips, &mem);
    CHECK(mem.used == 0 && mem.reserved == 0);
    return status;
}

static image change(image in, const tb_stage_ops *ops, tb_change_args a, long steps)
{
    image out = {0};
    tb_error err = {0};
    tb_status status = try_change(in, ops, &a, steps, &out, &err);
    if (status != TB_DONE)
        printf("%s: %s\n", err.stage ? err.stage : "?", err.text);
    CHECK(status == TB_DONE);
    return out;
}

static tb_change_args affine_of(image in, double a, double b, double c, double d, tb_interpolator how)
{
    tb_change_args args = {.kind = TB_CHANGE_AFFINE};
    double w, h;

    args.affine = (tb_affine_args){.a = a, .b = b, .c = c, .d = d, .interpolator = how};
    args.affine.background[0] = 40;
    args.affine.background[1] = 90;
    args.affine.background[2] = 200;
    args.affine.background[3] = 255;
    tb_affine_size(&args.affine, in.w, in.h, &w, &h);
    args.affine.width = (int)w;
    args.affine.height = (int)h;
    return args;
}

/* Opaque: what is clear has no colour that could be kept. */
static image solid(int w, int h, int c)
{
    image in = noise(w, h, c);
    for (int i = 0; i < w * h && c % 2 == 0; i++)
        in.px[i * c + c - 1] = 255;
    return in;
}

/* --- promises */

static void a_quarter_turn_is_exact_by_a_matrix_too(void)
{
    static const struct {
        double a, b, c, d;
        int orientation;
    } turns[] = {{0, -1, 1, 0, 6}, {-1, 0, 0, -1, 3}, {0, 1, -1, 0, 8}, {-1, 0, 0, 1, 2}, {1, 0, 0, 1, 1}};

    for (int t = 0; t < 5; t++)
        for (int c = 1; c <= 4; c++)
            for (int how = TB_INTERPOLATE_NEAREST; how <= TB_INTERPOLATE_LBB; how++) {
                image in = solid(141, 67, c);
                tb_change_args a =
                    affine_of(in, turns[t].a, turns[t].b, turns[t].c, turns[t].d, (tb_interpolator)how);
                CHECK_SAME(change(in, &tb_affine, a, 1 << 20),
                           run(in, &tb_turn, &(tb_turn_args){turns[t].orientation}, 1 << 20));
                images_free();
            }
}

#define HAIR 1e-6 /* of a pixel */

/* The pixel whose square holds the place that the middle of (x, y) comes from; of two squares that meet there,
 * the latter.  Background outside. */
static void naive_nearest(image in, const tb_affine_args *m, image out)
{
    double det = m->a * m->d - m->b * m->c;

    for (int y = 0; y < out.h; y++)
        for (int x = 0; x < out.w; x++) {
            double u = x + 0.5 - out.w / 2.0, v = y + 0.5 - out.h / 2.0;
            int sx = (int)floor((m->d * u - m->b * v) / det + in.w / 2.0 + HAIR),
                sy = (int)floor((m->a * v - m->c * u) / det + in.h / 2.0 + HAIR);
            bool inside = sx >= 0 && sy >= 0 && sx < in.w && sy < in.h;
            for (int c = 0; c < in.c; c++)
                *px(out, x, y, c) = inside ? *px(in, sx, sy, c) : m->background[c];
        }
}

static void nearest_takes_the_pixel_that_a_place_is_in(void)
{
    static const double matrices[][4] = {
        {2, 0, 0, 2},          {3, 0, 0, 3},      {5, 0, 0, 3},       {0, -1, 1, 0},
        {0, 2, -2, 0},         {-3, 0, 0, 3},     {1, 0.37139, 0, 1}, {1, 0, -0.53033, 1.27017},
        {0.8, -0.6, 0.6, 0.8}, {0.43, 0, 0, 0.7}, {0.5, 0, 0, 0.5}};

    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
        for (int c = 3; c <= 4; c++) {
            const double *m = matrices[i];
            image in = solid(31, 22, c);
            tb_change_args a = affine_of(in, m[0], m[1], m[2], m[3], TB_INTERPOLATE_NEAREST);
            image want = image_new(a.affine.width, a.affine.height, c);
            naive_nearest(in, &a.affine, want);
            CHECK_SAME(change(in, &tb_affine, a, 1 << 20), want);
            images_free();
        }
}

static void every_slicing_is_the_same(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = noise(150, 97, c);
        tb_change_args crop = {.kind = TB_CHANGE_SMART_CROP,
                               .smart_crop = {.width = 40, .height = 30, .by = TB_SMART_ENTROPY}};
        tb_change_args turn = affine_of(in, 0.8, -0.6, 0.6, 0.8, TB_INTERPOLATE_BICUBIC);
        image cropped = change(in, &tb_smart_crop, crop, 1 << 20);
        image turned = change(in, &tb_affine, turn, 1 << 20);
        for (long steps = 1; steps < 1 << 12; steps = steps * 5 + 2) {
            CHECK_SAME(change(in, &tb_smart_crop, crop, steps), cropped);
            CHECK_SAME(change(in, &tb_affine, turn, steps), turned);
        }
        images_free();
    }
}

static bool is_at(image in, image part, int x, int y)
{
    for (int row = 0; row < part.h; row++)
        if (memcmp(px(in, x, y + row, 0), px(part, 0, row, 0), (size_t)part.w * (size_t)part.c))
            return false;
    return true;
}

static void a_smart_crop_is_a_part_of_the_picture(void)
{
    for (int by = TB_SMART_ATTENTION; by <= TB_SMART_ENTROPY; by++)
        for (int c = 1; c <= 4; c++) {
            image in = noise(60, 45, c);
            tb_change_args a = {.kind = TB_CHANGE_SMART_CROP,
                                .smart_crop = {.width = 20, .height = 30, .by = (tb_smart)by}};
            image part = change(in, &tb_smart_crop, a, 1 << 20);
            int found = 0;
            for (int y = 0; y <= 15; y++)
                for (int x = 0; x <= 40; x++)
                    found += is_at(in, part, x, y);
            CHECK(found == 1);
            images_free();
        }
}

/* As the frames of an animation are: what is found in the first is kept of all. */
static void a_place_that_is_known_is_kept(void)
{
    tb_place place = {0};
    tb_change_args a = {.kind = TB_CHANGE_SMART_CROP, .smart_crop = {20, 30, TB_SMART_ENTROPY, &place}};
    image first = noise(60, 45, 3), flat = image_new(60, 45, 3);

    memset(first.px, 9, image_size(first) / 2);
    memset(flat.px, 7, image_size(flat));
    image part = change(first, &tb_smart_crop, a, 1 << 20);
    CHECK(place.known && is_at(first, part, place.x, place.y));
    tb_place was = place;
    *px(flat, was.x + 3, was.y + 4, 0) = 99;
    part = change(flat, &tb_smart_crop, a, 1 << 20);
    CHECK(place.x == was.x && place.y == was.y && *px(part, 3, 4, 0) == 99);
    images_free();
}

/* libvips: of so many pixels that are at most as light, their share. */
static void naive_equalise(image in, image out)
{
    double sum[256] = {0}, all = 0;

    for (int i = 0; i < in.w * in.h; i++)
        for (int v = in.px[i * in.c]; v < 256; v++)
            sum[v] += in.c == 2 ? in.px[i * 2 + 1] : 1;
    all = sum[255];
    for (int i = 0; i < in.w * in.h; i++) {
        out.px[i * in.c] = (uint8_t)(sum[in.px[i * in.c]] * 255 / all);
        if (in.c == 2)
            out.px[i * 2 + 1] = in.px[i * 2 + 1];
    }
}

static void levels_are_given_to_as_many_pixels(void)
{
    for (int c = 1; c <= 2; c++) {
        image in = noise(70, 50, c), want = image_new(70, 50, c);
        for (int i = 0; i < 70 * 50; i++)
            in.px[i * c] /= 3;
        naive_equalise(in, want);
        image got = change(in, &tb_equalise, (tb_change_args){.kind = TB_CHANGE_EQUALISE}, 1 << 20);
        for (size_t i = 0; i < image_size(in); i++)
            CHECK(abs(got.px[i] - want.px[i]) <= 1);
        images_free();
    }
}

/* Without a limit: of the pixels of the window, the share of those that are darker. */
static void a_window_of_its_own_is_what_a_pixel_is_measured_by(void)
{
    image in = noise(40, 33, 1);
    tb_change_args a = {.kind = TB_CHANGE_CLAHE, .clahe = {7, 5, 0}};
    image got = change(in, &tb_clahe, a, 1 << 20);

    for (int y = 2; y < 31; y++)
        for (int x = 3; x < 37; x++) {
            int darker = 0;
            for (int dy = -2; dy <= 2; dy++)
                for (int dx = -3; dx <= 3; dx++)
                    darker += *px(in, x + dx, y + dy, 0) <= *px(in, x, y, 0);
            CHECK(abs(*px(got, x, y, 0) - darker * 255 / 35) <= 255 / 35 + 1);
        }
    images_free();
}

static void nonsense_is_refused(void)
{
    const double odd[] = {NAN, INFINITY, -INFINITY, 1e9, -1e300};
    const int sides[] = {0, -1, 65501, INT32_MAX, INT32_MIN};
    tb_shape in = {50, 40, 3}, grey = {50, 40, 1}, out;

    for (int i = 0; i < 5; i++) {
        tb_change_args a = {.kind = TB_CHANGE_AFFINE,
                            .affine = {.width = 9, .height = 9, .a = odd[i], .d = 1}};
        CHECK(!tb_change_gives(&a, in, &out));
        a.affine.a = 1;
        a.affine.c = odd[i];
        CHECK(!tb_change_gives(&a, in, &out));
        a.affine.c = 0;
        CHECK(tb_change_gives(&a, in, &out) && out.width == 9 && out.channels == 3);
        a.affine.height = sides[i];
        CHECK(!tb_change_gives(&a, in, &out));
        a = (tb_change_args){.kind = TB_CHANGE_SMART_CROP,
                             .smart_crop = {.width = sides[i], .height = 5, .by = TB_SMART_ENTROPY}};
        CHECK(!tb_change_gives(&a, in, &out));
        a = (tb_change_args){.kind = TB_CHANGE_CLAHE, .clahe = {5, sides[i], 3}};
        CHECK(!tb_change_gives(&a, grey, &out));
        a.clahe.height = 5;
        CHECK(tb_change_gives(&a, grey, &out) && !tb_change_gives(&a, in, &out));
        a.clahe.slope = 101 + i;
        CHECK(!tb_change_gives(&a, grey, &out));
        CHECK(!tb_change_gives(&(tb_change_args){.kind = TB_CHANGE_EQUALISE}, (tb_shape){sides[i], 4, 1},
                               &out));
    }
    tb_change_args flat = {.kind = TB_CHANGE_AFFINE, .affine = {9, 9, 1, 2, 2, 4, 0, {0}}};
    CHECK(!tb_change_gives(&flat, in, &out));
    flat.kind = (tb_change)99;
    CHECK(!tb_change_gives(&flat, in, &out));
    check_refused(noise(5, 4, 1), &tb_affine, &flat, TB_E_LIMIT);
}

static void every_allocation_may_fail(void)
{
    image in = noise(50, 30, 4);
    tb_change_args a = affine_of(in, 0.8, -0.6, 0.6, 0.8, TB_INTERPOLATE_BICUBIC);

    for (long n = 0; lose_next(&n);) {
        image out = {0};
        tb_error err = {0};
        CHECK_LOSS(try_change(in, &tb_affine, &a, 1 << 20, &out, &err), &err);
    }
    images_free();
}

static void it_stops_when_asked(void)
{
    image in = noise(700, 500, 3), out = {0};
    tb_change_args a = affine_of(in, 0.8, -0.6, 0.6, 0.8, TB_INTERPOLATE_NOHALO);

    for (stop_at = 1; stop_at < 100; stop_at += 33) {
        tb_error err = {0};
        tb_status status = try_change(in, &tb_affine, &a, 1 << 20, &out, &err);
        CHECK(status == TB_DONE || err.code == TB_E_CANCELLED);
    }
    stop_at = 0;
    images_free();
}

int main(void)
{
    char why[TB_WHY];

    tb_pool_open();
    nonsense_is_refused();
    if (tb_foreign_wait(NULL, why)) {
        a_quarter_turn_is_exact_by_a_matrix_too();
        nearest_takes_the_pixel_that_a_place_is_in();
        every_slicing_is_the_same();
        a_smart_crop_is_a_part_of_the_picture();
        a_place_that_is_known_is_kept();
        levels_are_given_to_as_many_pixels();
        a_window_of_its_own_is_what_a_pixel_is_measured_by();
        every_allocation_may_fail();
        it_stops_when_asked();
    }
    tb_pool_close();
    wait_until_alone();
    images_free();
    return 0;
}
