/* blend.c - the ways for one row to meet another, in floating point.
 *
 * The formulas are those of W3C's "Compositing and Blending Level 1".  With colours
 * b and s, alphas ab and as of base and overlay:
 *
 *     s' = (1 - ab) * s + ab * B(b, s)            the mode's blend function, B
 *     a  = as * Fa + ab * Fb                      its Porter-Duff factors, Fa and Fb
 *     c  = (as * Fa * s' + ab * Fb * b) / a       not premultiplied
 *
 * Pixels are taken apart into planes, some at a time, so that the loops vectorise. */
#include "blend.h"
#include <math.h>

#define BLOCK 64

typedef float plane[BLOCK];

typedef struct {
    plane colour[3], alpha;
} block;

/* The blend functions, B: clang-format would spread each over many lines. */
#define MIX(name, value)                                                                                     \
    static void name(const float *restrict base, const float *restrict over, float *restrict out, int n)     \
    {                                                                                                        \
        for (int i = 0; i < n; i++) {                                                                        \
            const float b = base[i], s = over[i];                                                            \
            out[i] = (value);                                                                                \
        }                                                                                                    \
    }

/* The dark half multiplies, the light half screens. */
static inline float by_halves(float b, float s, float half)
{
    float dark = 2 * b * s, light = 2 * (b + s - b * s) - 1;

    return half <= 0.5f ? dark : light;
}

static inline float dodge(float b, float s)
{
    float rest = 1 - s, v = b / (rest > 0 ? rest : 1);

    v = b >= rest ? 1 : v;
    return b > 0 ? v : 0;
}

static inline float soften(float b, float s)
{
    float light = b <= 0.25f ? ((16 * b - 12) * b + 4) * b : sqrtf(b);

    return s <= 0.5f ? b - (1 - 2 * s) * b * (1 - b) : b + (2 * s - 1) * (light - b);
}

/* clang-format off */
MIX(multiply, b * s)
MIX(screen, b + s - b * s)
MIX(overlay, by_halves(b, s, b))
MIX(darken, b < s ? b : s)
MIX(lighten, b > s ? b : s)
MIX(color_dodge, dodge(b, s))
MIX(color_burn, 1 - dodge(1 - b, 1 - s))
MIX(hard_light, by_halves(b, s, s))
MIX(soft_light, soften(b, s))
MIX(difference, fabsf(b - s))
MIX(exclusion, b + s - 2 * b * s)
/* clang-format on */

typedef void blend_function(const float *restrict, const float *restrict, float *restrict, int);

/* Fa is a[0] + a[1] * ab, and Fb is b[0] + b[1] * as. */
typedef struct {
    float a[2], b[2];
    blend_function *mix; /* NULL: the overlay's own colour */
} mode_row;

static const mode_row modes[] = {
    [TB_BLEND_OVER] = {{1, 0}, {1, -1}, NULL},
    [TB_BLEND_MULTIPLY] = {{1, 0}, {1, -1}, multiply},
    [TB_BLEND_SCREEN] = {{1, 0}, {1, -1}, screen},
    [TB_BLEND_OVERLAY] = {{1, 0}, {1, -1}, overlay},
    [TB_BLEND_DARKEN] = {{1, 0}, {1, -1}, darken},
    [TB_BLEND_LIGHTEN] = {{1, 0}, {1, -1}, lighten},
    [TB_BLEND_COLOR_DODGE] = {{1, 0}, {1, -1}, color_dodge},
    [TB_BLEND_COLOR_BURN] = {{1, 0}, {1, -1}, color_burn},
    [TB_BLEND_HARD_LIGHT] = {{1, 0}, {1, -1}, hard_light},
    [TB_BLEND_SOFT_LIGHT] = {{1, 0}, {1, -1}, soft_light},
    [TB_BLEND_DIFFERENCE] = {{1, 0}, {1, -1}, difference},
    [TB_BLEND_EXCLUSION] = {{1, 0}, {1, -1}, exclusion},
    [TB_BLEND_ADD] = {{1, 0}, {1, 0}, NULL}, /* the sums are clamped */
    [TB_BLEND_DEST_OVER] = {{1, -1}, {1, 0}, NULL},
    [TB_BLEND_ATOP] = {{0, 1}, {1, -1}, NULL},
    [TB_BLEND_DEST] = {{0, 0}, {1, 0}, NULL},
    [TB_BLEND_SOURCE] = {{1, 0}, {0, 0}, NULL},
    [TB_BLEND_IN] = {{0, 1}, {0, 0}, NULL},
    [TB_BLEND_DEST_IN] = {{0, 0}, {0, 1}, NULL},
    [TB_BLEND_OUT] = {{1, -1}, {0, 0}, NULL},
    [TB_BLEND_DEST_OUT] = {{0, 0}, {1, -1}, NULL},
    [TB_BLEND_DEST_ATOP] = {{1, -1}, {0, 1}, NULL},
    [TB_BLEND_XOR] = {{1, -1}, {1, -1}, NULL},
};

static void load_plane(float *restrict to, const uint8_t *restrict from, int channels, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = (float)from[i * channels] / 255;
}

static void load(block *b, const uint8_t *from, int channels, int n)
{
    int colours = channels < 3 ? 1 : 3;

    for (int k = 0; k < colours; k++)
        load_plane(b->colour[k], from + k, channels, n);
    if (channels % 2 == 0)
        load_plane(b->alpha, from + colours, channels, n);
    else
        for (int i = 0; i < n; i++)
            b->alpha[i] = 1;
}

static void store_plane(uint8_t *restrict to, const float *restrict from, int channels, int n)
{
    for (int i = 0; i < n; i++)
        to[i * channels] = (uint8_t)((from[i] < 1 ? from[i] : 1) * 255 + 0.5f);
}

/* How much of a result's colour is the overlay's and how much the base's; the
 * base's alpha becomes the result's. */
static void weigh(const mode_row *m, block *base, const block *over, float *restrict from_over,
                  float *restrict from_base, int n)
{
    for (int i = 0; i < n; i++) {
        float a = over->alpha[i] * (m->a[0] + m->a[1] * base->alpha[i]);
        float b = base->alpha[i] * (m->b[0] + m->b[1] * over->alpha[i]);
        float sum = a + b < 1 ? a + b : 1, part = sum > 0 ? 1 / sum : 0;
        base->alpha[i] = sum;
        from_over[i] = a * part;
        from_base[i] = b * part;
    }
}

static void meet(const mode_row *m, block *base, block *over, int colours, int n)
{
    plane mixed, from_over, from_base;

    for (int k = 0; m->mix && k < colours; k++) {
        m->mix(base->colour[k], over->colour[k], mixed, n);
        for (int i = 0; i < n; i++)
            over->colour[k][i] += base->alpha[i] * (mixed[i] - over->colour[k][i]);
    }
    weigh(m, base, over, from_over, from_base, n);
    for (int k = 0; k < colours; k++)
        for (int i = 0; i < n; i++)
            base->colour[k][i] = from_over[i] * over->colour[k][i] + from_base[i] * base->colour[k][i];
}

static void blend_block(const mode_row *m, uint8_t *base, int channels, const uint8_t *over, int n,
                        float opacity)
{
    int colours = channels < 3 ? 1 : 3;
    block b, o;

    load(&b, base, channels, n);
    load(&o, over, colours + 1, n);
    for (int i = 0; i < n; i++)
        o.alpha[i] *= opacity;
    meet(m, &b, &o, colours, n);
    for (int k = 0; k < colours; k++)
        store_plane(base + k, b.colour[k], channels, n);
    if (channels % 2 == 0)
        store_plane(base + colours, b.alpha, channels, n);
}

void tb_blend_row(tb_blend mode, uint8_t *base, int channels, const uint8_t *over, int n, double opacity)
{
    int over_channels = channels < 3 ? 2 : 4;

    if (mode == TB_BLEND_OVER) {
        tb_over_row(base, channels, over, n, opacity);
        return;
    }
    for (int x = 0; x < n; x += BLOCK)
        blend_block(&modes[mode], base + x * channels, channels, over + x * over_channels,
                    n - x < BLOCK ? n - x : BLOCK, (float)opacity);
}
