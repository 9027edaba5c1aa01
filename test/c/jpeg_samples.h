/* jpeg_samples.h - files of all kinds, and how they come. */
#ifndef JPEG_SAMPLES_H
#define JPEG_SAMPLES_H

#include "jpeg_ref.h"

static inline int ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

/* Soft shapes with noise on them: coefficients of all sizes, runs of zeros too. */
static inline image picture(int w, int h, int c)
{
    image soft = gradient(w, h, c), hard = noise(w, h, c);

    for (size_t i = 0; i < image_size(soft); i++)
        if (i / (size_t)(w * c) % 32 < 16)
            soft.px[i] = (uint8_t)((soft.px[i] * 7 + hard.px[i]) / 8);
    return soft;
}

static const int samplings[][4] = {{1, 1, 1, 1}, {2, 1, 1, 1}, {2, 2, 1, 1}, {1, 2, 1, 1}, {4, 1, 1, 1},
                                   {4, 2, 1, 1}, {2, 2, 2, 1}, {2, 2, 1, 2}, {1, 1, 2, 1}, {1, 4, 1, 1}};
#define SAMPLINGS ((int)(sizeof samplings / sizeof *samplings))

static inline recipe sampled(int i)
{
    const int *s = samplings[i];
    return (recipe){.h = s[0], .v = s[1], .ch = s[2], .cv = s[3]};
}

static const int sizes[][2] = {{1, 1}, {2, 9}, {8, 8}, {17, 16}, {33, 50}, {97, 61}};
#define SIZES ((int)(sizeof sizes / sizeof *sizes))

/* All kinds of file of one picture: 0 <= kind < KINDS. */
#define KINDS 5
static inline recipe kind_of(recipe r, int kind)
{
    r.progressive = kind == 1 || kind == 4;
    r.apart = kind == 2;
    r.restart = kind >= 3 ? 2 : 0;
    r.optimize = kind == 3;
    return r;
}

/* The bytes up to `safe`, in a block that ends there, at another place each time.
 * The input says there are more behind them, which are not to be read. */
static inline void give_up_to(tb_input *in, file f, size_t safe)
{
    size_t first = in->keep < in->safe ? in->keep : in->safe;
    uint8_t *data = malloc(safe - first + 1);

    CHECK(data && first >= in->first);
    memcpy(data + 1, f.data + first, safe - first);
    if (in->data)
        free((uint8_t *)in->data - 1);
    *in = (tb_input){data + 1, first, safe, f.size, in->keep, true};
}

/* Runs a chain that reads `in`, given so many bytes at once (0 = all), in slices of that many steps (0 = one);
 * and closes it. */
static inline tb_status run_fed(tb_chain *c, tb_input *in, file f, size_t piece, long steps, tb_error *err)
{
    size_t given = 0;
    tb_status status;

    do {
        given = piece && piece < f.size - given ? given + piece : f.size;
        give_up_to(in, f, given);
        status = run_chain(c, steps ? steps : 1 << 30, err);
    } while (status == TB_HUNGRY && given < f.size);
    CHECK(status == TB_DONE || status == TB_FAIL);
    return status;
}

/* A chain that was never run, too. */
static inline void close_fed(tb_chain *c, tb_input *in)
{
    tb_chain_close(c);
    CHECK(c->mem->used == 0);
    if (in->data)
        free((uint8_t *)in->data - 1);
}

#endif
