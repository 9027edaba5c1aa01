/* jpeg_blocks.c - the blocks of a MCU, from the bits of each kind of scan (ITU-T T.81, F.2.2, G.1.2, G.2). */
#include "jpeg_blocks.h"
#include <jerror.h>
#include <limits.h>

#define LAST  (DCTSIZE2 - 1) /* coefficient of a block */
#define AHEAD 16             /* blocks */

_Static_assert(TB_BITS_ENOUGH >= 2 * TB_LOOK + TB_COEF_MOST, "for two pairs and one coefficient");

/* By their order in the file; a damaged one may lead 16 too far. */
static const uint8_t natural_order[DCTSIZE2 + 16] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33,
    40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63};

static const uint8_t zigzag_order[DCTSIZE2] = {
    0,  1,  5,  6,  14, 15, 27, 28, 2,  4,  7,  13, 16, 26, 29, 42, 3,  8,  12, 17, 25, 30,
    41, 43, 9,  11, 18, 24, 31, 40, 44, 53, 10, 19, 23, 32, 39, 45, 52, 54, 20, 22, 33, 38,
    46, 51, 55, 60, 21, 34, 37, 47, 50, 56, 59, 61, 35, 36, 48, 49, 57, 58, 62, 63};

TB_INLINE tb_coef read_coef(tb_bits *b, tb_bit_reader *r, const tb_jpeg_codes *c)
{
    tb_coef m = c->table[b->word >> (64 - TB_LOOK)];

    if (__builtin_expect(m & TB_COEF_LONG, 0)) {
        m = tb_long_coef(c, b->word, m);
        r->none |= (m & TB_COEF_NONE) != 0;
    }
    tb_bits_drop(b, tb_coef_bits(m));
    return m;
}

/* -------------------------------------------------------------- first scans */

/* Where they go: nowhere, if `block` is NULL.  Fresh: there are zeros, and will be again if the bits run out. */
typedef struct {
    JCOEF *block;
    int last, shift;
    bool fresh;
} target;

/* Returns how far it has come; not at all where two are too long, or the block may be over with
 * the first.  Of one coefficient both are the same: it is stored twice.  Which one follows, two or none,
 * is as good as random, and a branch dear: in a fresh block a zero is stored for none. */
TB_INLINE int read_pair(tb_bits *b, const tb_bit_reader *r, const tb_jpeg_codes *c, int k, target to)
{
    tb_pair p = c->pairs[b->word >> (64 - TB_LOOK)];

    if (__builtin_expect(k + p.to_second >= to.last, 0))
        return 0;
    if (!to.fresh && (p.bits == 0 || r->zeros > 0))
        return 0;
    if (to.block) {
        to.block[natural_order[k + p.to_second]] = (JCOEF)(p.second * (1 << to.shift));
        to.block[natural_order[k + p.to_first]] = (JCOEF)(p.first * (1 << to.shift));
    }
    tb_bits_drop(b, p.bits);
    return p.advance;
}

/* Coefficients behind k, up to the last; sets how many blocks after this one are over. */
TB_INLINE tb_bits read_details(tb_bits b, tb_bit_reader *r, const tb_jpeg_codes *c, int k, target to,
                               int *over)
{
    while (k < to.last) {
        b = tb_bits_take_enough(b, r);
        k += read_pair(&b, r, c, k, to);
        k += read_pair(&b, r, c, k, to);
        if (k >= to.last)
            break;
        tb_coef m = read_coef(&b, r, c);
        if (!to.fresh && tb_bits_ran_out(b, r))
            break;
        if (m & TB_COEF_END) {
            *over = tb_coef_value(m);
            break;
        }
        k += tb_coef_advance(m);
        if (to.block && (to.fresh || tb_coef_value(m) != 0))
            to.block[natural_order[k]] = (JCOEF)(tb_coef_value(m) * (1 << to.shift));
    }
    return b;
}

TB_INLINE tb_bits read_mean(tb_bits b, tb_bit_reader *r, const tb_jpeg_place *p, int *mean)
{
    b = tb_bits_take_enough(b, r);
    int more = tb_coef_value(read_coef(&b, r, p->means));
    if (__builtin_add_overflow(mean[p->component], more, &mean[p->component]))
        ERREXIT(r->jpeg, JERR_BAD_DCT_COEF);
    return b;
}

TB_INLINE void read_blocks(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to, bool fresh)
{
    tb_bits b = r->bits;
    int none, *mean = m->before.mean;

    for (int i = 0; i < r->jpeg->blocks_in_MCU; i++) {
        const tb_jpeg_place *p = &m->place[i];
        b = read_mean(b, r, p, mean);
        if (to)
            to[i][0][0] = (JCOEF)mean[p->component];
        if (to && p->detail && p->of->component_needed)
            b = read_details(b, r, p->details, 0, (target){to[i][0], LAST, 0, fresh}, &none);
        else
            b = read_details(b, r, p->details, 0, (target){NULL, LAST, 0, true}, &none);
    }
    r->bits = b;
}

void tb_read_blocks(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to)
{
    read_blocks(m, r, to, true);
}

void tb_read_blocks_again(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to)
{
    read_blocks(m, r, to, false);
}

/* A scan of means touches half of the lines of memory, which the processor does not foresee. */
static void foresee(JBLOCKROW block)
{
    __builtin_prefetch((const void *)((uintptr_t)block + AHEAD * sizeof(JBLOCK)), 1);
}

void tb_read_means(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to)
{
    tb_bits b = r->bits;

    for (int i = 0; i < r->jpeg->blocks_in_MCU; i++) {
        foresee(to[i]);
        b = read_mean(b, r, &m->place[i], m->before.mean);
        to[i][0][0] = (JCOEF)((unsigned)m->before.mean[m->place[i].component] << r->jpeg->Al);
    }
    r->bits = b;
}

void tb_read_details(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to)
{
    const struct jpeg_decompress_struct *j = r->jpeg;
    target all = {to[0][0], j->Se, j->Al, false};

    if (m->before.over > 0) {
        m->before.over--;
        return;
    }
    r->bits = read_details(r->bits, r, m->place[0].details, j->Ss - 1, all, &m->before.over);
}

/* ------------------------------------------------------------- later scans */

void tb_read_more_of_means(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to)
{
    tb_bits b = r->bits;

    (void)m;
    for (int i = 0; i < r->jpeg->blocks_in_MCU; i++) {
        foresee(to[i]);
        to[i][0][0] |= (JCOEF)(tb_bits_take_one(&b, r) << r->jpeg->Al);
    }
    r->bits = b;
}

/* Away from zero; twice is as once. */
TB_INLINE JCOEF more_of(JCOEF coef, int bit)
{
    return (JCOEF)(coef & bit ? coef : coef >= 0 ? coef + bit : coef - bit);
}

/* Bit k: coefficient k is not zero. */
static uint64_t not_zero(const JCOEF *block)
{
    uint64_t all = 0, four;

    for (int i = 0; i < DCTSIZE2; i += 4) {
        memcpy(&four, &block[i], sizeof four);
        for (int n = i; four != 0 && n < i + 4; n++)
            all |= (uint64_t)(block[n] != 0) << zigzag_order[n];
    }
    return all;
}

/* Reads of those that are not zero whether there is more; stops at a zero, if so many were met. */
TB_INLINE tb_bits refine(tb_bits b, tb_bit_reader *r, JCOEF *block, uint64_t there, int *k, int zeros)
{
    int last = r->jpeg->Se, bit = 1 << r->jpeg->Al;

    while (*k <= last) {
        uint64_t ahead = there >> *k;
        int run = ahead ? __builtin_ctzll(ahead) : DCTSIZE2;
        if (zeros <= run) {
            *k += zeros - 1;
            break;
        }
        zeros -= run;
        *k += run;
        if (*k <= last) {
            JCOEF *coef = &block[natural_order[*k]];
            *coef = tb_bits_take_one(&b, r) ? more_of(*coef, bit) : *coef;
            ++*k;
        }
    }
    *k = *k <= last ? *k : last + 1;
    return b;
}

static JCOEF *make(tb_jpeg_mcu *m, JCOEF *coef)
{
    return m->made[m->count++] = coef;
}

/* A new coefficient is 1 or -1 of the bit, where as many zeros as its code says are left behind. */
static tb_bits refine_block(tb_bits b, tb_bit_reader *r, tb_jpeg_mcu *m, JCOEF *block, uint64_t there)
{
    int k = r->jpeg->Ss, last = r->jpeg->Se, *over = &m->before.over;

    while (*over == 0 && k <= last) {
        b = tb_bits_take_enough(b, r);
        tb_coef c = read_coef(&b, r, m->place[0].details);
        if (c & TB_COEF_END) {
            *over = tb_coef_value(c) + 1;
            break;
        }
        b = refine(b, r, block, there, &k, tb_coef_advance(c));
        if (tb_bits_ran_out(b, r))
            return b;
        if (tb_coef_value(c) != 0)
            *make(m, &block[natural_order[k]]) = (JCOEF)(tb_coef_value(c) * (1 << r->jpeg->Al));
        k++;
    }
    if (*over > 0) {
        b = refine(b, r, block, there, &k, INT_MAX);
        --*over;
    }
    return b;
}

void tb_read_more_of_details(tb_jpeg_mcu *m, tb_bit_reader *r, JBLOCKROW *to)
{
    uint64_t there = not_zero(to[0][0]);

    if (m->before.over > 0 && there < 2) {
        m->before.over--;
        return;
    }
    r->bits = refine_block(r->bits, r, m, to[0][0], there);
}
