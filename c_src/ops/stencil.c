/* stencil.c - each sample from those around it, by a small kernel. */
#include "ops.h"
#include "window.h"
#include <math.h>
#include <string.h>

#define BUDGET 200000 /* products of a step: 25 us */
#define ROOM   (TB_WINDOW_TILE * 4)
#define SPARE  64
#define BLOCK  32 /* sums side by side */

typedef float lanes __attribute__((vector_size(16), aligned(4), may_alias));

typedef struct {
    tb_window window;
    int side;
    float weight[TB_STENCIL_WEIGHTS]; /* over the scale */
    float offset;
    float *piece[TB_WINDOW_SIDE]; /* as the window's, in floats; in one block; owned */
} stencil;

static tb_status check(const tb_stencil_kernel *k, tb_error *err)
{
    bool fine = k->side == 3 || k->side == 5 || k->side == 7;

    for (int i = 0; fine && i < k->side * k->side; i++)
        fine = fabsf(k->weight[i]) <= 1e6f;
    fine = fine && fabs(k->scale) <= 1e6 && fabs(k->offset) <= 1e6;
    return fine ? TB_MORE
                : tb_fail(err, TB_E_LIMIT, "convolve", "the kernel is not of 3x3, 5x5 or 7x7 small numbers");
}

/* What the weights are divided by: where none is given their sum, if it is one. */
static double scale_of(const tb_stencil_kernel *k)
{
    double sum = 0;

    for (int i = 0; i < k->side * k->side; i++)
        sum += (double)k->weight[i];
    return k->scale != 0 ? k->scale : fabs(sum) > 1e-6 ? sum : 1;
}

static tb_status stencil_open(tb_stage *s, tb_error *err)
{
    const tb_stencil_kernel *k = ((const tb_stencil_args *)s->args)->kernel;
    stencil *own = s->state;
    size_t n = ROOM + 8 * TB_WINDOW_SIDE + SPARE;

    if (check(k, err) == TB_FAIL || tb_window_open(&own->window, s, k->side / 2, err) == TB_FAIL)
        return TB_FAIL;
    own->piece[0] = tb_calloc(s->mem, (size_t)k->side * n, sizeof(float));
    if (!own->piece[0])
        return tb_no_memory(err, s->mem, "convolve", "its window");
    for (int i = 1; i < k->side; i++)
        own->piece[i] = own->piece[0] + (size_t)i * n;
    own->side = k->side;
    own->offset = (float)k->offset;
    for (int i = 0; i < k->side * k->side; i++)
        own->weight[i] = (float)((double)k->weight[i] / scale_of(k));
    return TB_MORE;
}

static void stencil_close(tb_stage *s)
{
    stencil *own = s->state;

    tb_window_close(&own->window, s);
    tb_free(s->mem, own->piece[0]);
}

static void to_floats(float *restrict to, const uint8_t *restrict from, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = from[i];
}

static inline void to_bytes(uint8_t *restrict to, const float *restrict from)
{
    int32_t whole[BLOCK];

    for (int j = 0; j < BLOCK; j++) {
        float v = from[j] > 0 ? from[j] : 0;
        whole[j] = (int32_t)(v < 255 ? v : 255);
    }
    for (int j = 0; j < BLOCK; j++)
        to[j] = (uint8_t)whole[j];
}

/* One block of samples, whose sums stay in registers. */
static void make_block(uint8_t *restrict dst, const stencil *own, int at, int channels, int n)
{
    lanes sum[BLOCK / 4];
    float out[BLOCK];
    uint8_t bytes[BLOCK];

    for (int j = 0; j < BLOCK / 4; j++)
        sum[j] = (lanes){0} + own->offset + 0.5f;
    for (int y = 0; y < own->side; y++)
        for (int x = 0; x < own->side; x++) {
            const float *from = own->piece[y] + at + x * channels, weight = own->weight[y * own->side + x];
            for (int j = 0; j < BLOCK / 4; j++)
                sum[j] += weight * *(const lanes *)(const void *)(from + 4 * j);
        }
    memcpy(out, sum, sizeof out);
    to_bytes(bytes, out);
    memcpy(dst, bytes, (size_t)n);
}

static void make_samples(uint8_t *dst, const stencil *own, int n, int channels)
{
    int i = 0;

    for (; i + BLOCK <= n; i += BLOCK)
        make_block(dst + i, own, i, channels, BLOCK);
    if (i < n)
        make_block(dst + i, own, i, channels, n - i);
}

static tb_status stencil_step(tb_stage *s, tb_error *err)
{
    stencil *own = s->state;
    tb_window *w = &own->window;
    int c = s->out[0].shape.channels, row = s->out[0].end;
    tb_status status = TB_MORE;

    (void)err;
    for (int budget = BUDGET; budget > 0 && s->out[0].end == row;) {
        uint8_t *dst;
        int n = tb_window_look(w, s, &dst);
        for (int i = 0; i < own->side; i++)
            to_floats(own->piece[i], w->piece[i], (n + 2 * w->radius) * c);
        make_samples(dst, own, n * c, c);
        tb_window_keep_alpha(w, s, dst, n);
        budget -= n * c * own->side * (own->side + 1);
        status = tb_window_made(w, s, n);
    }
    return status;
}

const tb_stage_ops tb_stencil = {.name = "convolve",
                                 .size = sizeof(stencil),
                                 .ins = 1,
                                 .outs = 1,
                                 .open = stencil_open,
                                 .step = stencil_step,
                                 .close = stencil_close};
