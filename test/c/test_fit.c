/* test_fit.c - boxes, against laws and sizes worked out by hand. */
#include "../../c_src/fit.h"
#include "check.h"
#include <math.h>

static tb_resize_op box(int w, int h, tb_fit fit, bool enlarge)
{
    return (tb_resize_op){.width = w, .height = h, .fit = fit, .gravity = {0.5, 0.5}, .enlarge = enlarge};
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
        op.gravity = (tb_gravity){(next_random(&seed) % 101) / 100.0, (next_random(&seed) % 101) / 100.0};
        tb_fitted f = tb_fit_box(&op, w, h);
        CHECK(f.width >= 1 && f.height >= 1);
        CHECK(op.enlarge || (f.width <= w && f.height <= h));
        CHECK(f.keep.x >= 0 && f.keep.x + f.keep.width <= f.width);
        CHECK(f.keep.y >= 0 && f.keep.y + f.keep.height <= f.height);
        CHECK(f.x >= 0 && f.x + f.keep.width <= f.canvas_width);
        CHECK(f.y >= 0 && f.y + f.keep.height <= f.canvas_height);
        if (op.enlarge && (op.fit == TB_FIT_COVER || op.fit == TB_FIT_CONTAIN || op.fit == TB_FIT_FILL))
            CHECK(f.canvas_width == op.width && f.canvas_height == op.height);
        if (op.fit == TB_FIT_INSIDE || op.fit == TB_FIT_CONTAIN)
            CHECK(f.width <= op.width && f.height <= op.height);
        if (op.fit == TB_FIT_OUTSIDE && op.enlarge)
            CHECK(f.width >= op.width && f.height >= op.height);
        if (op.fit != TB_FIT_FILL && f.width > 1 && f.height > 1) /* the shape is kept, but for rounding */
            CHECK(fabs((double)f.width * h - (double)f.height * w) <= fmax(w, h));
    }
}

static void a_crop_is_placed_or_refused(void)
{
    tb_rect r;
    CHECK(tb_fit_crop(&(tb_crop_op){.x = 3, .y = 4, .width = 7, .height = 6}, 10, 10, &r));
    CHECK(r.x == 3 && r.y == 4 && r.width == 7 && r.height == 6);
    CHECK(!tb_fit_crop(&(tb_crop_op){.x = 4, .y = 4, .width = 7, .height = 6}, 10, 10, &r));
    CHECK(!tb_fit_crop(&(tb_crop_op){.x = 0, .y = 5, .width = 7, .height = 6}, 10, 10, &r));
    CHECK(!tb_fit_crop(&(tb_crop_op){.x = 65500, .y = 0, .width = 65500, .height = 1}, 10, 10, &r));
    CHECK(tb_fit_crop(&(tb_crop_op){-1, -1, 4, 20, {1.0, 0.5}}, 10, 10, &r));
    CHECK(r.x == 6 && r.y == 0 && r.width == 4 && r.height == 10);
}

int main(void)
{
    sizes_worked_out_by_hand();
    every_box_keeps_the_laws();
    a_crop_is_placed_or_refused();
    return 0;
}
