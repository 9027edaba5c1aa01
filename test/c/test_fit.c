/* test_fit.c - boxes, against laws and sizes worked out by hand. */
#include "../../c_src/fit.h"
#include "check.h"
#include <math.h>

static tb_resize_op box(int w, int h, tb_fit fit, bool enlarge)
{
    return (tb_resize_op){.width = {w, false},
                          .height = {h, false},
                          .fit = fit,
                          .gravity = {0.5, 0.5, false},
                          .dpr = 1,
                          .enlarge = enlarge,
                          .reduce = true};
}

static void sizes_worked_out_by_hand(void)
{
    static const struct {
        int w, h, bw, bh;
        tb_fit fit;
        bool enlarge;
        int width, height, canvas_w, canvas_h;
    } rows[] = {
        {800, 600, 400, 0, TB_FIT_COVER, true, 400, 300, 400, 300},
        {800, 600, 0, 300, TB_FIT_COVER, true, 400, 300, 400, 300},
        {800, 600, 200, 200, TB_FIT_COVER, true, 267, 200, 200, 200},
        {800, 600, 200, 200, TB_FIT_INSIDE, true, 200, 150, 200, 150},
        {800, 600, 200, 200, TB_FIT_OUTSIDE, true, 267, 200, 267, 200},
        {800, 600, 200, 200, TB_FIT_CONTAIN, true, 200, 150, 200, 200},
        {800, 600, 200, 200, TB_FIT_FILL, true, 200, 200, 200, 200},
        {100, 50, 200, 200, TB_FIT_INSIDE, false, 100, 50, 100, 50},
        {100, 50, 200, 200, TB_FIT_INSIDE, true, 200, 100, 200, 100},
        {100, 50, 200, 200, TB_FIT_CONTAIN, false, 100, 50, 200, 200},
        {100, 50, 80, 200, TB_FIT_FILL, false, 80, 50, 80, 50},
        {100, 50, 80, 80, TB_FIT_COVER, false, 100, 50, 80, 50},
        {1000, 3, 10, 10, TB_FIT_INSIDE, true, 10, 1, 10, 1},
        {4032, 3024, 400, 0, TB_FIT_INSIDE, true, 400, 300, 400, 300},
        {1600, 1067, 256, 0, TB_FIT_INSIDE, true, 256, 171, 256, 171},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tb_resize_op op = box(rows[i].bw, rows[i].bh, rows[i].fit, rows[i].enlarge);
        tb_fitted f = tb_fit_box(&op, rows[i].w, rows[i].h);
        CHECK(f.width == rows[i].width && f.height == rows[i].height);
        CHECK(f.canvas_width == rows[i].canvas_w && f.canvas_height == rows[i].canvas_h);
    }
}

static void every_box_keeps_the_laws(void)
{
    uint32_t seed = 3;
    for (int i = 0; i < 200000; i++) {
        int w = 1 + (int)(next_random(&seed) % 3000), h = 1 + (int)(next_random(&seed) % 3000);
        tb_resize_op op = box(1 + (int)(next_random(&seed) % 500), 1 + (int)(next_random(&seed) % 500),
                              (tb_fit)(next_random(&seed) % 5), next_random(&seed) % 2);
        op.gravity = (tb_gravity){(next_random(&seed) % 101) / 100.0, (next_random(&seed) % 101) / 100.0,
                                  next_random(&seed) % 2};
        op.reduce = next_random(&seed) % 4;
        tb_fitted f = tb_fit_box(&op, w, h);
        CHECK(f.width >= 1 && f.height >= 1);
        CHECK(op.enlarge || (f.width <= w && f.height <= h));
        CHECK(f.keep.x >= 0 && f.keep.x + f.keep.width <= f.width);
        CHECK(f.keep.y >= 0 && f.keep.y + f.keep.height <= f.height);
        CHECK(f.x >= 0 && f.x + f.keep.width <= f.canvas_width);
        CHECK(f.y >= 0 && f.y + f.keep.height <= f.canvas_height);
        CHECK(op.reduce || (f.width >= w && f.height >= h));
        if (!op.reduce)
            continue;
        if (op.enlarge && (op.fit == TB_FIT_COVER || op.fit == TB_FIT_CONTAIN || op.fit == TB_FIT_FILL))
            CHECK(f.canvas_width == op.width.n && f.canvas_height == op.height.n);
        if (op.fit == TB_FIT_INSIDE || op.fit == TB_FIT_CONTAIN)
            CHECK(f.width <= op.width.n && f.height <= op.height.n);
        if (op.fit == TB_FIT_OUTSIDE && op.enlarge)
            CHECK(f.width >= op.width.n && f.height >= op.height.n);
        if (op.fit != TB_FIT_FILL && f.width > 1 && f.height > 1) /* the shape is kept, but for rounding */
            CHECK(fabs((double)f.width * h - (double)f.height * w) <= fmax(w, h));
    }
}

/* The size of a fit, found without dividing: of all scales w'/w that the box allows. */
static void every_fit_is_the_best_there_is(void)
{
    uint32_t seed = 5;
    for (int i = 0; i < 20000; i++) {
        int w = 1 + (int)(next_random(&seed) % 200), h = 1 + (int)(next_random(&seed) % 200);
        int bw = 1 + (int)(next_random(&seed) % 200), bh = 1 + (int)(next_random(&seed) % 200);
        bool wider = (int64_t)w * bh > (int64_t)bw * h; /* than the box */
        for (int inside = 0; inside < 2; inside++) {
            tb_resize_op op = box(bw, bh, inside ? TB_FIT_INSIDE : TB_FIT_OUTSIDE, true);
            tb_fitted f = tb_fit_box(&op, w, h);
            int other = wider == inside ? f.height : f.width;
            double exact = wider == inside ? (double)h * bw / w : (double)w * bh / h;
            CHECK(wider == inside ? f.width == bw : f.height == bh || (int64_t)w * bh == (int64_t)bw * h);
            CHECK(fabs(other - fmax(exact, 1)) <= 0.5 + 1e-9);
            CHECK(f.keep.width == f.width && f.keep.height == f.height && f.x == 0 && f.y == 0);
            CHECK(f.canvas_width == f.width && f.canvas_height == f.height);
        }
    }
}

static void a_picture_that_may_not_shrink_is_only_cut(void)
{
    static const struct {
        tb_fit fit;
        bool enlarge;
        int w, h, width, height, canvas_w, canvas_h;
    } rows[] = {
        {TB_FIT_COVER, true, 80, 60, 80, 60, 40, 40},   {TB_FIT_COVER, true, 80, 30, 107, 40, 40, 40},
        {TB_FIT_COVER, false, 80, 30, 80, 30, 40, 30},  {TB_FIT_INSIDE, true, 80, 60, 80, 60, 80, 60},
        {TB_FIT_INSIDE, true, 20, 10, 40, 20, 40, 20},  {TB_FIT_OUTSIDE, true, 80, 60, 80, 60, 80, 60},
        {TB_FIT_CONTAIN, true, 80, 30, 80, 30, 80, 40}, {TB_FIT_CONTAIN, false, 20, 10, 20, 10, 40, 40},
        {TB_FIT_FILL, true, 80, 30, 80, 40, 80, 40},    {TB_FIT_FILL, false, 80, 30, 80, 30, 80, 30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tb_resize_op op = box(40, 40, rows[i].fit, rows[i].enlarge);
        op.reduce = false;
        tb_fitted f = tb_fit_box(&op, rows[i].w, rows[i].h);
        CHECK(f.width == rows[i].width && f.height == rows[i].height);
        CHECK(f.canvas_width == rows[i].canvas_w && f.canvas_height == rows[i].canvas_h);
    }
}

static void dpr_is_a_larger_box(void)
{
    static const double dprs[] = {0.1, 0.5, 1, 1.5, 2, 3, 10};
    for (int fit = TB_FIT_COVER; fit <= TB_FIT_OUTSIDE; fit++)
        for (size_t i = 0; i < sizeof dprs / sizeof *dprs; i++)
            for (int one = 0; one < 3; one++) {
                int w = one == 1 ? 0 : 100, h = one == 2 ? 0 : 60;
                tb_resize_op op = box(w, h, (tb_fit)fit, i % 2);
                tb_resize_op large =
                    box((int)(w * dprs[i] + 0.5), (int)(h * dprs[i] + 0.5), (tb_fit)fit, i % 2);
                op.dpr = dprs[i];
                tb_fitted a = tb_fit_box(&op, 640, 300), b = tb_fit_box(&large, 640, 300);
                CHECK(memcmp(&a, &b, sizeof a) == 0);
            }
    tb_resize_op tiny = box(1, 0, TB_FIT_COVER, true);
    tiny.dpr = 0.1;
    CHECK(tb_fit_box(&tiny, 10, 10).width == 1);
}

/* Parts are of the picture's own sides. */
static void a_part_is_as_many_pixels(void)
{
    static const double parts[] = {0.001, 0.25, 1.0 / 3, 0.5, 1, 1.5, 10};
    for (int fit = TB_FIT_COVER; fit <= TB_FIT_OUTSIDE; fit++)
        for (int side = 1; side < 800; side += 37)
            for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                double w = floor(side * parts[i] + 0.5), h = floor(300 * parts[6 - i] + 0.5);
                tb_resize_op op = box((int)fmax(w, 1), (int)fmax(h, 1), (tb_fit)fit, i % 2), by_part = op;
                by_part.width = (tb_length){parts[i], true};
                by_part.height = (tb_length){parts[6 - i], true};
                tb_fitted a = tb_fit_box(&op, side, 300), b = tb_fit_box(&by_part, side, 300);
                CHECK(memcmp(&a, &b, sizeof a) == 0);
            }
    tb_resize_op op = box(0, 0, TB_FIT_COVER, true);
    op.width = (tb_length){0.5, true};
    op.dpr = 2;
    tb_fitted f = tb_fit_box(&op, 801, 600); /* not twice 401 */
    CHECK(f.width == 801 && f.height == 600);
}

static tb_length pixels_of(int n)
{
    return (tb_length){n, false};
}

static tb_length part(double n)
{
    return (tb_length){n, true};
}

static tb_crop_op crop_at(tb_length x, tb_length y, tb_length width, tb_length height)
{
    return (tb_crop_op){.x = x, .y = y, .width = width, .height = height};
}

static tb_crop_op crop_by(tb_gravity gravity, tb_length width, tb_length height)
{
    tb_crop_op op = crop_at(pixels_of(-1), pixels_of(-1), width, height);

    op.gravity = gravity;
    return op;
}

/* Of all places, none has its middle nearer to the point. */
static void a_focal_point_is_as_central_as_can_be(void)
{
    for (int w = 1; w < 60; w += 3)
        for (int cw = 1; cw <= w; cw += 2)
            for (int at = 0; at <= 20; at++) {
                tb_crop_op op = crop_by((tb_gravity){at / 20.0, 0.5, true}, pixels_of(cw), pixels_of(1));
                tb_rect r;
                double best = 1e9, point = w * (at / 20.0);
                CHECK(tb_fit_crop(&op, w, 1, &r) && r.width == cw && r.x >= 0 && r.x + cw <= w);
                for (int x = 0; x + cw <= w; x++)
                    best = fmin(best, fabs(x + cw / 2.0 - point));
                CHECK(fabs(r.x + cw / 2.0 - point) <= best + 1e-9);
            }
}

static void a_cover_is_cut_around_its_focal_point(void)
{
    tb_resize_op op = box(100, 100, TB_FIT_COVER, true);
    op.gravity = (tb_gravity){0.25, 0.9, true};
    tb_fitted f = tb_fit_box(&op, 800, 200); /* 400 x 100 */
    CHECK(f.keep.x == 50 && f.keep.y == 0);
    op.gravity = (tb_gravity){0.25, 0, false}; /* alignment: a quarter of the room */
    CHECK(tb_fit_box(&op, 800, 200).keep.x == 75);
    op.gravity = (tb_gravity){0.05, 0, true};
    CHECK(tb_fit_box(&op, 800, 200).keep.x == 0);
    op.gravity = (tb_gravity){1, 0, true};
    CHECK(tb_fit_box(&op, 800, 200).keep.x == 300);
}

static bool crops(tb_crop_op op, int w, int h, int x, int y, int cw, int ch)
{
    tb_rect r;
    return tb_fit_crop(&op, w, h, &r) && r.x == x && r.y == y && r.width == cw && r.height == ch;
}

static bool refused(int x, int y, int w, int h)
{
    tb_rect r;
    return !tb_fit_crop(&(tb_crop_op){.x.n = x, .y.n = y, .width.n = w, .height.n = h}, 10, 10, &r);
}

static void a_crop_is_placed_or_refused(void)
{
    CHECK(crops((tb_crop_op){.x.n = 3, .y.n = 4, .width.n = 7, .height.n = 6}, 10, 10, 3, 4, 7, 6));
    CHECK(refused(4, 4, 7, 6) && refused(0, 5, 7, 6) && refused(65500, 0, 65500, 1) && refused(10, 0, 1, 1));
    tb_crop_op placed = crop_by((tb_gravity){1.0, 0.5, false}, pixels_of(4), pixels_of(20));
    CHECK(crops(placed, 10, 10, 6, 0, 4, 10));
}

static void parts_are_of_the_picture(void)
{
    tb_crop_op half = crop_at(part(0.1), part(0.1), part(0.5), part(0.5));
    CHECK(crops(half, 100, 200, 10, 20, 50, 100));
    CHECK(crops(half, 10, 10, 1, 1, 5, 5));
    CHECK(crops(half, 1, 1, 0, 0, 1, 1));
    tb_crop_op north = crop_by((tb_gravity){0.5, 0, false}, part(0.5), part(0.5));
    CHECK(crops(north, 101, 51, 25, 0, 51, 26));
    CHECK(crops(north, 1, 1, 0, 0, 1, 1));
    tb_crop_op mixed = crop_at(pixels_of(30), part(0.5), part(1), pixels_of(20)); /* all that is left */
    CHECK(crops(mixed, 100, 200, 30, 100, 70, 20));
    tb_rect r;
    CHECK(!tb_fit_crop(&mixed, 100, 30, &r)); /* 20 pixels from 15 on */
    CHECK(!tb_fit_crop(&mixed, 30, 100, &r)); /* begins outside */
    tb_crop_op end = crop_at(part(1), part(1), part(0), part(0));
    CHECK(crops(end, 7, 9, 6, 8, 1, 1));
}

/* Thirds of a picture that cannot be divided by three: no pixel twice, none left out. */
static void parts_that_meet_still_meet(void)
{
    for (int n = 1; n <= 12; n++)
        for (int side = n; side < 300; side += 7) {
            int end = 0;
            for (int i = 0; i < n; i++) {
                double from = (double)i / n, to = (double)(i + 1) / n;
                tb_crop_op op = crop_at(part(from), part(0), part(to - from), part(1));
                tb_rect r;
                CHECK(tb_fit_crop(&op, side, 5, &r) && r.x == end && r.width >= 1 && r.height == 5);
                end = r.x + r.width;
            }
            CHECK(end == side);
        }
}

static void a_part_is_always_inside(void)
{
    uint32_t seed = 11;
    for (int i = 0; i < 100000; i++) {
        int w = 1 + (int)(next_random(&seed) % 70), h = 1 + (int)(next_random(&seed) % 70);
        double x = (next_random(&seed) % 1001) / 1000.0, y = (next_random(&seed) % 1001) / 1000.0;
        double width = (1 - x) * (next_random(&seed) % 101) / 100,
               height = (next_random(&seed) % 101) / 100.0;
        tb_crop_op op = crop_at(part(x), part(y), part(width), part(height));
        tb_rect r;
        CHECK(tb_fit_crop(&op, w, h, &r));
        CHECK(r.x >= 0 && r.y >= 0 && r.width >= 1 && r.height >= 1);
        CHECK(r.x + r.width <= w && r.y + r.height <= h);
        CHECK(fabs(r.x - x * w) <= 1 && (r.width == 1 || fabs(r.width - op.width.n * w) <= 1));
    }
}

static void a_canvas_never_cuts(void)
{
    for (int w = 1; w < 40; w += 3)
        for (int box_w = 0; box_w < 60; box_w += 7)
            for (int at = 0; at <= 4; at++) {
                tb_pad_op op = {box_w, 20, {at / 4.0, 0.5, false}, {{1, 2, 3, 4}, false}};
                tb_pad_args on = tb_fit_pad(&op, w, 30);
                CHECK(on.width == (box_w > w ? box_w : w) && on.height == 30 && on.y == 0);
                CHECK(fabs(on.x - (on.width - w) * at / 4.0) <= 0.5 && on.x >= 0 && on.x + w <= on.width);
                CHECK(on.extend == TB_EXTEND_COLOUR);
            }
}

int main(void)
{
    sizes_worked_out_by_hand();
    every_box_keeps_the_laws();
    every_fit_is_the_best_there_is();
    a_picture_that_may_not_shrink_is_only_cut();
    dpr_is_a_larger_box();
    a_part_is_as_many_pixels();
    a_focal_point_is_as_central_as_can_be();
    a_cover_is_cut_around_its_focal_point();
    a_crop_is_placed_or_refused();
    parts_are_of_the_picture();
    parts_that_meet_still_meet();
    a_part_is_always_inside();
    a_canvas_never_cuts();
    return 0;
}
