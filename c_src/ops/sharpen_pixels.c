/* sharpen_pixels.c - from pixels to a line of luma, and with its blur back to pixels. */
#include "row_kernels.h"
#include "sharpen.h"

#define LEVEL 128 /* of a line */
#define TO_L  (1 / (2.55f * LEVEL))

/* In 64 bits, of which no compiler makes vectors: three bytes a pixel would not go well. */
static inline int luma_of(const uint8_t *px, int channels)
{
    const uint64_t red = 13933, green = 46871, blue = 4732; /* of 1 << 16 */

    return channels < 3 ? px[0] * LEVEL : (int)((red * px[0] + green * px[1] + blue * px[2] + 256) >> 9);
}

/* Inlined with constant channels, as give_tile. */
static inline __attribute__((always_inline)) void take_tile(int16_t *restrict line,
                                                            const uint8_t *restrict px, int n, int channels)
{
    for (int x = 0; x < n; x++, px += channels) {
        int y = luma_of(px, channels), alpha = px[channels - 1];
        if (channels % 2) {
            line[x] = (int16_t)(y + TB_BLACK);
        } else {
            line[2 * x] = (int16_t)((int)((float)(y * alpha) * (1 / 255.0f) + 0.5f) + TB_BLACK);
            line[2 * x + 1] = (int16_t)(alpha * LEVEL + TB_BLACK);
        }
    }
}

static inline float between(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}

/* In levels, of what the pixel differs by. */
static inline float change(const tb_sharpen_args *a, float difference)
{
    float d = difference * TO_L, small = between(d, -a->threshold, a->threshold);

    return 2.55f * between(a->flat * small + a->jagged * (d - small), -a->darker, a->brighter);
}

/* The luma of the blur; where there is nothing but what is clear, 0. */
static inline __attribute__((always_inline)) void find_soft(float *restrict to, const int16_t *restrict soft,
                                                            int n, bool alpha)
{
    for (int x = 0; x < n; x++) {
        float sum = (float)(soft[alpha ? 2 * x : x] - TB_BLACK);
        float weight = alpha ? (float)(soft[2 * x + 1] - TB_BLACK) : 255 * LEVEL;
        to[x] = alpha ? sum * (255 * LEVEL) / (weight > LEVEL / 2 ? weight : LEVEL / 2) : sum;
    }
}

/* What is to be added to each pixel. */
static inline void find_changes(const tb_sharpen_args *a, int16_t *restrict by, const float *restrict luma,
                                const float *restrict soft, int n)
{
    const tb_sharpen_args args = *a;

    for (int x = 0; x < n; x++)
        by[x] = (int16_t)((int)(change(&args, luma[x] - soft[x]) + 256.5f) - 256);
}

static inline __attribute__((always_inline)) void give_tile(const tb_sharpen_args *a, uint8_t *restrict dst,
                                                            const uint8_t *restrict px, const int16_t *soft,
                                                            int n, int channels)
{
    float luma[TB_SHARPEN_TILE], softs[TB_SHARPEN_TILE];
    int16_t by[TB_SHARPEN_TILE], add[TB_SHARPEN_TILE * 4];

    for (int x = 0; x < n; x++)
        luma[x] = (float)luma_of(px + x * channels, channels);
    find_soft(softs, soft, n, channels % 2 == 0);
    find_changes(a, by, luma, softs, n);
    for (int x = 0; x < n; x++)
        for (int k = 0; k < channels; k++)
            add[x * channels + k] = channels % 2 == 0 && k == channels - 1 ? 0 : by[x];
    for (int i = 0; i < n * channels; i++) {
        int16_t v = (int16_t)(px[i] + add[i]);
        dst[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

void tb_sharpen_take(int16_t *line, const uint8_t *px, int n, int channels)
{
    switch (channels) {
    case 1:
        take_tile(line, px, n, 1);
        break;
    case 2:
        take_tile(line, px, n, 2);
        break;
    case 3:
        take_tile(line, px, n, 3);
        break;
    default:
        take_tile(line, px, n, 4);
        break;
    }
}

void tb_sharpen_give(const tb_sharpen_args *a, uint8_t *dst, const uint8_t *px, const int16_t *soft, int n,
                     int channels)
{
    switch (channels) {
    case 1:
        give_tile(a, dst, px, soft, n, 1);
        break;
    case 2:
        give_tile(a, dst, px, soft, n, 2);
        break;
    case 3:
        give_tile(a, dst, px, soft, n, 3);
        break;
    default:
        give_tile(a, dst, px, soft, n, 4);
        break;
    }
}
