/* over.c - one row over another: the way of nearly every overlay, so in whole numbers.
 *
 * On an opaque base a sample becomes (alpha * over + (255 - alpha) * under) / 255,
 * rounded; that is (v + (v >> 8)) >> 8 where v is the dividend plus 128, and fits
 * 16 bits.  Only where both pixels are translucent there is something to divide by. */
#include "blend.h"
#include <string.h>

#define ONE 65536 /* opacity 1 */

/* Four bytes in four lanes of 16 bits, the odd ones last... */
static inline uint64_t spread(uint32_t v)
{
    return (v & 0x00ff00ff) | (uint64_t)(v & 0xff00ff00) << 24;
}

/* ...and the high bytes of the lanes back in their order. */
static inline uint32_t gather_high(uint64_t lanes)
{
    lanes &= 0xff00ff00ff00ff00;
    return (uint32_t)(lanes >> 8) | (uint32_t)(lanes >> 32);
}

static inline uint32_t mix(uint32_t over, uint32_t under, unsigned alpha)
{
    const uint64_t half = 0x0080008000800080, low = 0x00ff00ff00ff00ff;
    uint64_t v = alpha * spread(over) + (255 - alpha) * spread(under) + half;

    return gather_high(v + (v >> 8 & low));
}

static inline unsigned faded(unsigned alpha, unsigned opacity)
{
    return (alpha * opacity + ONE / 2) / ONE;
}

static inline uint32_t load(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return v;
}

static inline void store(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, 4);
}

/* The bits of the fourth byte, in the order of memory. */
static inline uint32_t fourth(void)
{
    return load((const uint8_t[]){0, 0, 0, 255});
}

/* Over a pixel with some alpha of its own; not both are clear. */
static void on_translucent(uint8_t *base, int channels, const uint8_t *over, unsigned opacity)
{
    int last = channels - 1;
    float alpha = (float)over[last] * (float)opacity / ONE, rest = (float)base[last] * (1 - alpha / 255);
    float sum = alpha + rest, part = alpha / sum;

    for (int k = 0; k < last; k++)
        base[k] = (uint8_t)((float)base[k] + part * (float)(over[k] - base[k]) + 0.5f);
    base[last] = (uint8_t)(sum + 0.5f);
}

static void on_grey(uint8_t *restrict base, const uint8_t *restrict over, int n, unsigned opacity)
{
    for (int x = 0; x < n; x++) {
        unsigned alpha = faded(over[2 * x + 1], opacity);
        unsigned v = alpha * over[2 * x] + (255 - alpha) * base[x] + 128;
        base[x] = (uint8_t)((v + (v >> 8)) >> 8);
    }
}

static void on_grey_alpha(uint8_t *restrict base, const uint8_t *restrict over, int n, unsigned opacity)
{
    for (int x = 0; x < n; x++, base += 2, over += 2) {
        unsigned alpha = faded(over[1], opacity);
        if (over[1] == 0 || opacity == 0)
            continue;
        if (alpha == 255 || base[1] == 255) {
            unsigned v = alpha * over[0] + (255 - alpha) * base[0] + 128;
            base[0] = (uint8_t)((v + (v >> 8)) >> 8);
            base[1] = 255;
        } else {
            on_translucent(base, 2, over, opacity);
        }
    }
}

/* The fourth byte is the next pixel's, which is read before it is written again. */
static void on_rgb(uint8_t *restrict base, const uint8_t *restrict over, int n, unsigned opacity)
{
    const uint32_t next = fourth();
    uint32_t under = load(base);

    for (int x = 0; x < n; x++, base += 3, over += 4) {
        uint32_t ahead = load(base + 3);
        unsigned alpha = faded(over[3], opacity);
        if (alpha == 255)
            store(base, (load(over) & ~next) | (under & next));
        else if (alpha > 0)
            store(base, (mix(load(over), under, alpha) & ~next) | (under & next));
        under = ahead;
    }
}

/* Alpha is 255 only where the overlay's is. */
static void on_rgba(uint8_t *restrict base, const uint8_t *restrict over, int n, unsigned opacity)
{
    const uint32_t opaque = fourth();

    for (int x = 0; x < n; x++, base += 4, over += 4) {
        unsigned alpha = faded(over[3], opacity);
        if (over[3] == 0 || opacity == 0)
            continue;
        if (alpha == 255)
            store(base, load(over));
        else if (base[3] == 255)
            store(base, mix(load(over) | opaque, load(base), alpha));
        else
            on_translucent(base, 4, over, opacity);
    }
}

void tb_over_row(uint8_t *base, int channels, const uint8_t *over, int n, double opacity)
{
    unsigned part = (unsigned)(opacity * ONE + 0.5);

    switch (channels) {
    case 1:
        on_grey(base, over, n, part);
        break;
    case 2:
        on_grey_alpha(base, over, n, part);
        break;
    case 3:
        on_rgb(base, over, n, part);
        break;
    default:
        on_rgba(base, over, n, part);
        break;
    }
}
