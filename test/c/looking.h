/* looking.h - what the tests of stages that look at a picture share. */
#ifndef LOOKING_H
#define LOOKING_H

#include "../../c_src/look/look.h"
#include "plain.h"

/* What the last look found. */
static tb_look found;

static inline tb_status try_look(image in, const tb_stage_ops *ops, const void *args, long steps,
                                 tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;

    memset(&found, 0, sizeof found);
    if (tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, ops, args, 0) == 1)
        status = run_chain(&c, steps, err);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

static inline void look_at(image in, const tb_stage_ops *ops, const void *args, long steps)
{
    tb_error err = {0};
    tb_status status = try_look(in, ops, args, steps, &err);
    if (status != TB_DONE)
        printf("%s: %s\n", err.stage ? err.stage : "?", err.text);
    CHECK(status == TB_DONE);
}

/* The same, however the work is cut. */
static inline void check_slicings(image in, const tb_stage_ops *ops, const void *args)
{
    look_at(in, ops, args, 1 << 30);
    tb_look want = found;
    for (long steps = 1; steps < 1 << 12; steps = steps * 3 + steps % 2) {
        look_at(in, ops, args, steps);
        CHECK(!memcmp(&found, &want, sizeof want));
    }
}

static inline void check_look_refused(image in, const tb_stage_ops *ops, const void *args, tb_code code)
{
    tb_error err = {0};
    CHECK(try_look(in, ops, args, 1, &err) == TB_FAIL);
    CHECK(err.code == code && !strcmp(err.stage, ops->name) && err.text[0]);
    CHECK(!memcmp(&found, &(tb_look){0}, sizeof found));
}

static inline void look_survives_no_memory(image in, const tb_stage_ops *ops, const void *args)
{
    for (long n = 0; lose_next(&n);) {
        tb_error err = {0};
        CHECK_LOSS(try_look(in, ops, args, 1 << 30, &err), &err);
    }
}

/* Pictures of whole-number formulas, so that other programs can have the same: smooth, smooth with alpha,
 * noise, noise with alpha, and the first as a negative. */
static inline int formula(int f, int x, int y, int k, int w, int h)
{
    int smooth =
        x * (60 + 40 * k) / w + y * (90 - 20 * k) / h + 20 * k + (2 * x / w + 2 * y / h + k) % 2 * 50;
    int rough = ((x * 7919 + y * 104729 + k * 1299709) ^ (x * y * 31)) >> 3;

    if (f == 2 || f == 3)
        return k == 3 && f == 2 ? 255 : rough & 255;
    if (k == 3)
        return f == 1 ? 255 - 200 * x * y / (w * h) : 255;
    return f == 4 ? 255 - smooth : smooth;
}

static inline image painted(int f, int w, int h, int c)
{
    image i = image_new(w, h, c);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int k = 0; k < c; k++)
                *px(i, x, y, k) = (uint8_t)formula(f, x, y, k, w, h);
    return i;
}

#endif
