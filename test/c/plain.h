/* plain.h - what tests of operations share: samples by their place, sizes, slicings. */
#ifndef PLAIN_H
#define PLAIN_H

#include "../../c_src/ops/ops.h"
#include "check.h"

/* Channel k of the pixel at x, y. */
static inline uint8_t *px(image i, int x, int y, int k)
{
    CHECK(x >= 0 && x < i.w && y >= 0 && y < i.h && k >= 0 && k < i.c);
    return &i.px[((size_t)y * (size_t)i.w + (size_t)x) * (size_t)i.c + (size_t)k];
}

static const struct {
    int w, h;
} sizes[] = {{1, 1},  {1, 2},   {2, 1},   {3, 3},   {1, 16},  {16, 1},  {5, 17},  {17, 5},
             {15, 4}, {16, 16}, {31, 33}, {64, 15}, {65, 32}, {130, 7}, {7, 130}, {97, 61}};

#define SIZES ((int)(sizeof sizes / sizeof sizes[0]))

/* The same, however the work is cut. */
static inline void check_op(image in, const tb_stage_ops *ops, const void *args, image want)
{
    for (long steps = 1; steps < 1 << 20; steps = steps * 3 + steps % 2)
        CHECK_SAME(run(in, ops, args, steps), want);
}

static inline void check_refused(image in, const tb_stage_ops *ops, const void *args, tb_code code)
{
    image out = {0};
    tb_error err = {0};
    CHECK(try_run(in, ops, args, 1, &out, &err) == TB_FAIL);
    CHECK(err.code == code && !strcmp(err.stage, ops->name) && err.text[0]);
}

#endif
