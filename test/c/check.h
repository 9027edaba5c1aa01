/* check.h - all a C test needs: images, ways to run them, a way to complain. */
#ifndef CHECK_H
#define CHECK_H

#include "../../c_src/chain.h"
#include "../../c_src/codecs/codecs.h"
#include "../../c_src/codecs/walk/walk.h"
#include "losing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(x)                                                                                             \
    do {                                                                                                     \
        if (!(x)) {                                                                                          \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #x);                                                   \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

typedef struct {
    int w, h, c;
    uint8_t *px;
} image;

static inline size_t image_size(image i)
{
    return (size_t)i.w * (size_t)i.h * (size_t)i.c;
}

/* Images live until images_free, so a leak report is about the core. */
static uint8_t *all_images[4096];
static int image_count;

static inline void images_free(void)
{
    while (image_count)
        free(all_images[--image_count]);
}

static inline image image_new(int w, int h, int c)
{
    image i = {w, h, c, calloc((size_t)w * (size_t)h + 1, (size_t)c)};
    CHECK(i.px && image_count < 4096);
    all_images[image_count++] = i.px;
    return i;
}

static inline uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static inline image noise(int w, int h, int c)
{
    image i = image_new(w, h, c);
    uint32_t seed = 7;
    for (size_t k = 0; k < image_size(i); k++)
        i.px[k] = (uint8_t)(next_random(&seed) >> 24);
    return i;
}

/* A smooth picture with a few edges: what a lossy codec likes. */
static inline image gradient(int w, int h, int c)
{
    image i = image_new(w, h, c);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int k = 0; k < c; k++)
                i.px[((size_t)y * (size_t)w + (size_t)x) * (size_t)c + (size_t)k] =
                    (uint8_t)((x * 200 / w + y * 50 / h + k * 40 + ((x / 16 + y / 16) % 2) * 20) & 255);
    return i;
}

/* A source that gives an image, and a sink that keeps one. */
static inline tb_status give_open(tb_stage *s, tb_error *err)
{
    const image *i = s->args;
    (void)err;
    s->out[0].shape = (tb_shape){i->w, i->h, i->c};
    return TB_MORE;
}

static inline tb_status give_step(tb_stage *s, tb_error *err)
{
    const image *i = s->args;
    tb_rows *out = &s->out[0];
    size_t n = (size_t)i->w * (size_t)i->c;
    (void)err;
    memcpy(tb_new_row(out, 0), i->px + (size_t)out->end * n, n);
    return ++out->end == i->h ? TB_DONE : TB_MORE;
}

static inline tb_status keep_open(tb_stage *s, tb_error *err)
{
    tb_shape in = s->in[0].rows->shape;
    (void)err;
    **(image *const *)s->args = image_new(in.width, in.height, in.channels);
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static inline tb_status keep_step(tb_stage *s, tb_error *err)
{
    image *i = *(image *const *)s->args;
    tb_in *in = &s->in[0];
    size_t n = (size_t)i->w * (size_t)i->c;
    (void)err;
    memcpy(i->px + (size_t)in->first * n, tb_row(in, in->first), n);
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == i->h ? TB_DONE : TB_MORE;
}

static const tb_stage_ops give = {.name = "give", .outs = 1, .open = give_open, .step = give_step};
static const tb_stage_ops keep = {.name = "keep", .ins = 1, .open = keep_open, .step = keep_step};

/* Slices of so many steps. */
typedef struct {
    tb_budget base;
    long steps;
    long asked, stop_at; /* asked so often, it says stop; 0 = never */
} steps_budget;

static inline bool steps_left(tb_budget *b)
{
    return --((steps_budget *)b)->steps > 0;
}

static inline bool asked_to_stop(tb_stop *s)
{
    steps_budget *b = (steps_budget *)(void *)s;
    return ++b->asked >= b->stop_at && b->stop_at > 0;
}

static inline steps_budget slice_of(long steps)
{
    return (steps_budget){.base = {{.asked = asked_to_stop}, steps_left, true}, .steps = steps};
}

/* Runs the chain to its end, in slices of that many steps. */
static inline tb_status run_chain(tb_chain *c, long steps, tb_error *err)
{
    tb_status status;
    do {
        steps_budget b = slice_of(steps);
        status = tb_chain_run(c, &b.base, err);
    } while (status == TB_MORE);
    return status;
}

/* in through one stage, into **out; false if there is no memory. */
static inline bool chain_through(tb_chain *c, const image *in, const tb_stage_ops *ops, const void *args,
                                 image **out)
{
    return tb_chain_add(c, &give, in, -1) == 0 && tb_chain_add(c, ops, args, 0) == 1 &&
           tb_chain_add(c, &keep, out, 1) == 2;
}

static size_t last_peak; /* bytes that the last run took */

/* in through one stage, into *out; all memory is given back, or it complains. */
static inline tb_status try_run(image in, const tb_stage_ops *ops, const void *args, long steps, image *out,
                                tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;

    if (chain_through(&c, &in, ops, args, &out))
        status = run_chain(&c, steps, err);
    last_peak = mem.peak;
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

/* The same of two, through a stage that reads both. */
static inline tb_status try_run_two(image first, image second, const tb_stage_ops *ops, const void *args,
                                    long steps, image *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;

    if (tb_chain_add(&c, &give, &first, -1) == 0 && tb_chain_add(&c, &give, &second, -1) == 1 &&
        tb_chain_add(&c, ops, args, 0) == 2) {
        tb_chain_link(&c, 2, 1, 1, 0);
        if (tb_chain_add(&c, &keep, &out, 2) == 3)
            status = run_chain(&c, steps, err);
    }
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

static inline image run(image in, const tb_stage_ops *ops, const void *args, long steps)
{
    image out = {0};
    tb_error err = {0};
    tb_status status = try_run(in, ops, args, steps, &out, &err);
    if (status != TB_DONE)
        printf("%s: %s\n", err.stage ? err.stage : "?", err.text);
    CHECK(status == TB_DONE);
    return out;
}

static inline void check_same(image a, image b, const char *file, int line)
{
    if (a.w != b.w || a.h != b.h || a.c != b.c || memcmp(a.px, b.px, image_size(a))) {
        printf("%s:%d: images differ (%dx%dx%d, %dx%dx%d)\n", file, line, a.w, a.h, a.c, b.w, b.h, b.c);
        exit(1);
    }
}
#define CHECK_SAME(a, b) check_same(a, b, __FILE__, __LINE__)

/* A run that fails at every allocation in turn must say so and lose nothing. */
static inline void survives_no_memory(image in, const tb_stage_ops *ops, const void *args)
{
    for (long n = 0; lose_next(&n);) {
        image out = {0};
        tb_error err = {0};
        CHECK_LOSS(try_run(in, ops, args, 1 << 30, &out, &err), &err);
    }
}

#endif
