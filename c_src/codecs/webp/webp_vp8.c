/* webp_vp8.c - how few bytes a macroblock of a lossy WebP can take.
 *
 * libwebp decodes as many macroblocks as the bytes it was shown hold, at once.
 * The picture's own probabilities, which its head tells, bound that from below:
 * a block of coefficients begins with an end-of-block symbol, or has other
 * symbols that cost bits too (RFC 6386, 13).  A symbol of probability p takes
 * -log2(p) bits, and more than (1 - p) / ln 2, which is what is counted here. */
#include "webp_head.h"
#include <string.h>

#define FRAME_TAG 10   /* bytes before the first partition */
#define BIT       1024 /* what tb_vp8.bits counts in */

/* The boolean entropy decoder (RFC 6386, 7); zeros behind the end. */
typedef struct {
    const uint8_t *next, *end;
    uint32_t value; /* two bytes, of which the upper is at hand */
    int range, shifts;
} coder;

static uint8_t next_byte(coder *c)
{
    return c->next < c->end ? *c->next++ : 0;
}

static int read_bit(coder *c, int probability)
{
    int split = 1 + (((c->range - 1) * probability) >> 8);
    int bit = c->value >= (uint32_t)split << 8;

    if (bit)
        c->value -= (uint32_t)split << 8;
    c->range = bit ? c->range - split : split;
    for (; c->range < 128; c->range *= 2) {
        c->value <<= 1;
        if (++c->shifts == 8) {
            c->shifts = 0;
            c->value |= next_byte(c);
        }
    }
    return bit;
}

static int read_number(coder *c, int bits)
{
    int n = 0;

    while (bits-- > 0)
        n = n * 2 + read_bit(c, 128);
    return n;
}

static bool flag(coder *c)
{
    return read_bit(c, 128);
}

/* Numbers that are there if a flag before them says so. */
static void pass_optional(coder *c, int count, int bits)
{
    for (int i = 0; i < count; i++)
        if (flag(c))
            read_number(c, bits);
}

static void pass_segments(coder *c)
{
    if (!flag(c))
        return;
    bool map = flag(c);
    if (flag(c)) {
        read_number(c, 1);
        pass_optional(c, 4, 7 + 1); /* quantizers, with signs */
        pass_optional(c, 4, 6 + 1); /* filter strengths */
    }
    if (map)
        pass_optional(c, 3, 8);
}

static void pass_filter(coder *c)
{
    read_number(c, 1 + 6 + 3); /* kind, level, sharpness */
    if (flag(c) && flag(c))
        pass_optional(c, 8, 6 + 1);
}

/* Blocks are of four kinds: luma behind a Y2, Y2, chroma, luma; coefficients of
 * eight bands; three contexts; eleven probabilities each. */
enum { KINDS = 4, BANDS = 8, CONTEXTS = 3, PROBABILITIES = 11 };

/* With which probability one is not updated (RFC 6386, 13.4). */
static const uint8_t kept[KINDS * BANDS][CONTEXTS * PROBABILITIES] = {
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {176, 246, 255, 255, 255, 255, 255, 255, 255, 255, 255, 223, 241, 252, 255, 255, 255,
     255, 255, 255, 255, 255, 249, 253, 253, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 244, 252, 255, 255, 255, 255, 255, 255, 255, 255, 234, 254, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 253, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 246, 254, 255, 255, 255, 255, 255, 255, 255, 255, 239, 253, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 254, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 248, 254, 255, 255, 255, 255, 255, 255, 255, 255, 251, 255, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 253, 254, 255, 255, 255, 255, 255, 255, 255, 255, 251, 254, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 254, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 254, 253, 255, 254, 255, 255, 255, 255, 255, 255, 250, 255, 254, 255, 254, 255,
     255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {217, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 225, 252, 241, 253, 255, 255,
     254, 255, 255, 255, 255, 234, 250, 241, 250, 253, 255, 253, 254, 255, 255, 255},
    {255, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 223, 254, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 238, 253, 254, 254, 255, 255, 255, 255, 255, 255, 255},
    {255, 248, 254, 255, 255, 255, 255, 255, 255, 255, 255, 249, 254, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 253, 255, 255, 255, 255, 255, 255, 255, 255, 255, 247, 254, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 253, 254, 255, 255, 255, 255, 255, 255, 255, 255, 252, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 254, 254, 255, 255, 255, 255, 255, 255, 255, 255, 253, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 254, 253, 255, 255, 255, 255, 255, 255, 255, 255, 250, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {186, 251, 250, 255, 255, 255, 255, 255, 255, 255, 255, 234, 251, 244, 254, 255, 255,
     255, 255, 255, 255, 255, 251, 251, 243, 253, 254, 255, 254, 255, 255, 255, 255},
    {255, 253, 254, 255, 255, 255, 255, 255, 255, 255, 255, 236, 253, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 251, 253, 253, 254, 254, 255, 255, 255, 255, 255, 255},
    {255, 254, 254, 255, 255, 255, 255, 255, 255, 255, 255, 254, 254, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 254, 254, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {248, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 250, 254, 252, 254, 255, 255,
     255, 255, 255, 255, 255, 248, 254, 249, 253, 255, 255, 255, 255, 255, 255, 255},
    {255, 253, 253, 255, 255, 255, 255, 255, 255, 255, 255, 246, 253, 253, 255, 255, 255,
     255, 255, 255, 255, 255, 252, 254, 251, 254, 254, 255, 255, 255, 255, 255, 255},
    {255, 254, 252, 255, 255, 255, 255, 255, 255, 255, 255, 248, 254, 253, 255, 255, 255,
     255, 255, 255, 255, 255, 253, 255, 254, 254, 255, 255, 255, 255, 255, 255, 255},
    {255, 251, 254, 255, 255, 255, 255, 255, 255, 255, 255, 245, 251, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 253, 253, 254, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 251, 253, 255, 255, 255, 255, 255, 255, 255, 255, 252, 253, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 252, 255, 255, 255, 255, 255, 255, 255, 255, 255, 249, 255, 254, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 253, 255, 255, 255, 255, 255, 255, 255, 255, 250, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 254, 255, 255, 255, 255, 255,
     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
};

/* What is not updated: the first probability in the band where a block begins,
 * by context, and the second in all bands, in the first context (13.5). */
static const uint8_t default_end[KINDS][CONTEXTS] = {
    {253, 189, 106}, {198, 131, 68}, {253, 175, 73}, {202, 126, 61}};
static const uint8_t default_zero[KINDS][BANDS] = {{128, 136, 98, 185, 101, 204, 152, 1},
                                                   {35, 149, 129, 200, 132, 182, 157, 1},
                                                   {9, 95, 24, 191, 16, 226, 134, 128},
                                                   {24, 112, 52, 182, 81, 222, 121, 1}};

typedef struct {
    uint8_t end[CONTEXTS]; /* that a block does not end before it begins: of the 0, its end */
    uint8_t zero[BANDS];   /* that a coefficient is zero: of the 0 */
} odds;

static void read_odds(coder *c, int kind, odds *o)
{
    int first = kind == 0 ? 1 : 0; /* the band, and the coefficient, where a block begins */

    memcpy(o->end, default_end[kind], sizeof o->end);
    memcpy(o->zero, default_zero[kind], sizeof o->zero);
    for (int band = 0; band < BANDS; band++)
        for (int i = 0; i < CONTEXTS * PROBABILITIES; i++) {
            if (!read_bit(c, kept[kind * BANDS + band][i]))
                continue;
            uint8_t p = (uint8_t)read_number(c, 8);
            if (band == first && i % PROBABILITIES == 0)
                o->end[i / PROBABILITIES] = p;
            if (i == 1)
                o->zero[band] = p;
        }
}

/* At least what a 0 takes, or a 1, where p / 256 is the chance of a 0.  The
 * decoder's rounding can save 1/128 of it. */
static int cost_of_0(int p)
{
    return (256 - p) * (BIT * 1443 / 1000) / 256 * 127 / 128;
}

static int cost_of_1(int p)
{
    return cost_of_0(256 - p);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* The least a block takes: it ends at once, has a coefficient, whose sign is a
 * bit, or is zeros to its end. */
static int block_bits(const odds *o, int kind)
{
    static const uint8_t band[16] = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7};
    int zeros = 0, bits = BIT * 8;

    for (int i = kind == 0 ? 2 : 1; i < 16; i++)
        zeros += cost_of_0(o->zero[band[i]]);
    for (int i = 0; i < CONTEXTS; i++) {
        bits = least(bits, cost_of_0(o->end[i]));
        bits = least(bits, cost_of_1(o->end[i]) + least(BIT, zeros));
    }
    return bits;
}

tb_vp8 tb_vp8_read(const uint8_t *frame, size_t size)
{
    coder c = {.next = frame + (size < FRAME_TAG ? size : FRAME_TAG), .end = frame + size, .range = 255};
    tb_vp8 v = {0};
    odds o;
    int block[KINDS];

    if (size <= FRAME_TAG || *c.next == 255) /* the range is 255: a value is below it, for ever */
        return v;
    c.value = (uint32_t)next_byte(&c) << 8;
    c.value |= next_byte(&c);
    read_number(&c, 2); /* colour space, clamping */
    pass_segments(&c);
    pass_filter(&c);
    v.partitions = 1 << read_number(&c, 2);
    read_number(&c, 7); /* quantizer */
    pass_optional(&c, 5, 4 + 1);
    read_number(&c, 1);
    for (int kind = 0; kind < KINDS; kind++) {
        read_odds(&c, kind, &o);
        block[kind] = block_bits(&o, kind);
    }
    v.skips = flag(&c);
    v.bits = least(16 * block[0] + block[1], 16 * block[3]) + 8 * block[2];
    return v;
}
