/* median.c - the middle one of the nine samples around, by the sorting network of
 * Smith, "Implementing median filters in XC4000E FPGAs" (1996). */
#include "ops.h"
#include "window.h"

#define BUDGET 40000 /* samples of a step: 20 us */

static tb_status median_open(tb_stage *s, tb_error *err)
{
    return tb_window_open(s->state, s, 1, err);
}

static void median_close(tb_stage *s)
{
    tb_window_close(s->state, s);
}

static inline uint8_t lower(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static inline uint8_t upper(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

static inline uint8_t middle(uint8_t a, uint8_t b, uint8_t c)
{
    return upper(lower(a, b), lower(upper(a, b), c));
}

/* Of the columns' least the greatest, of their middles the middle, of their greatest
 * the least: the middle of these three is that of all. */
static void make_samples(uint8_t *restrict dst, const uint8_t *restrict a, const uint8_t *restrict b,
                         const uint8_t *restrict c, int n, int step)
{
    for (int i = 0; i < n; i++) {
        uint8_t least = 0, most = 255, mid[3];
        for (int k = 0; k < 3; k++) {
            uint8_t u = a[i + k * step], v = b[i + k * step], w = c[i + k * step];
            least = upper(least, lower(lower(u, v), w));
            most = lower(most, upper(upper(u, v), w));
            mid[k] = middle(u, v, w);
        }
        dst[i] = middle(least, middle(mid[0], mid[1], mid[2]), most);
    }
}

static tb_status median_step(tb_stage *s, tb_error *err)
{
    tb_window *w = s->state;
    int c = s->out[0].shape.channels, row = s->out[0].end;
    tb_status status = TB_MORE;

    (void)err;
    for (int budget = BUDGET; budget > 0 && s->out[0].end == row;) {
        uint8_t *dst;
        int n = tb_window_look(w, s, &dst);
        make_samples(dst, w->piece[0], w->piece[1], w->piece[2], n * c, c);
        tb_window_keep_alpha(w, s, dst, n);
        budget -= n * c;
        status = tb_window_made(w, s, n);
    }
    return status;
}

const tb_stage_ops tb_median = {.name = "median",
                                .size = sizeof(tb_window),
                                .ins = 1,
                                .outs = 1,
                                .open = median_open,
                                .step = median_step,
                                .close = median_close};
