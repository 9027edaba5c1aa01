/* inflate_symbols.c - literals and copies.
 *
 * Where there is plenty of input, many are read in one loop; else one at a time, and none of which
 * a bit is missing. */
#include "inflate_parts.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#define PLENTY 16 /* bytes that two symbols and what is read ahead of them need at most */

/* The bytes from `to - distance` on, again and again: 8 at a time, of which so many are whole. */
INLINE void repeat(uint8_t *to, uint32_t distance, uint32_t length)
{
    static const uint8_t whole[8] = {0, 8, 8, 6, 8, 5, 6, 7};
    const uint8_t *from = to - distance, *end = to + length;
    uint8_t pattern[8];

    for (uint32_t i = 0, k = 0; i < 8; i++, k = k + 1 < distance ? k + 1 : 0)
        pattern[i] = from[k];
    for (; to < end; to += whole[distance])
        memcpy(to, pattern, 8);
}

/* From `distance` bytes back; may spoil TB_WINDOW_SLACK bytes behind. */
INLINE void copy(uint8_t *to, uint32_t distance, uint32_t length)
{
    const uint8_t *from = to - distance, *end = to + length;

    if (distance >= 16)
        for (; to < end; to += 16, from += 16)
            memcpy(to, from, 16);
    else if (distance >= 8)
        for (; to < end; to += 8, from += 8)
            memcpy(to, from, 8);
    else
        repeat(to, distance, length);
}

static tb_status read_symbol(tb_inflate *z, tb_inflate_task *t)
{
    tb_in_take_bytes(z, t);
    tb_meaning m = tb_code_at(&z->literal, z->bits), d;
    unsigned bits = tb_all_bits(m);

    if (z->count < bits)
        return TB_HUNGRY;
    if (m & TB_CODE_NONE)
        return tb_in_broken(z, "invalid literal/length code");
    if (m & TB_CODE_LITERAL) {
        z->window[z->out++] = (uint8_t)(m >> 16);
        tb_in_drop(z, bits);
        return TB_MORE;
    }
    if (m & TB_CODE_END) {
        tb_in_drop(z, bits);
        return tb_in_end_block(z);
    }
    d = tb_code_at(&z->copy, z->bits >> bits);
    if (z->count < bits + tb_all_bits(d))
        return TB_HUNGRY;
    if (d & TB_CODE_NONE)
        return tb_in_broken(z, "invalid distance code");
    uint32_t length = tb_value_of(m, z->bits), distance = tb_value_of(d, z->bits >> bits);
    if (distance > z->out)
        return tb_in_broken(z, "invalid distance too far back");
    copy(z->window + z->out, distance, length);
    z->out += length;
    tb_in_drop(z, bits + tb_all_bits(d));
    return TB_MORE;
}

INLINE uint64_t eight_bytes(const uint8_t *p)
{
    uint64_t v;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&v, p, sizeof v);
#else
    v = 0;
    for (int i = 8; i-- > 0;)
        v = v << 8 | p[i];
#endif
    return v;
}

/* The bits, and the size of the tables, in registers. */
typedef struct {
    const uint8_t *next;
    uint64_t bits;
    unsigned count;
    unsigned near, far; /* masks of a place in the table of literals, of copies */
} reader;

/* To 56 bits at least, of which a length and a distance take 48 at most.  Above `count` there are
 * bits of what is read again. */
INLINE void fill(reader *r)
{
    r->bits |= eight_bytes(r->next) << r->count;
    r->next += (63 - r->count) >> 3;
    r->count |= 56;
}

INLINE void use(reader *r, unsigned n)
{
    r->bits >>= n;
    r->count -= n;
}

INLINE tb_meaning look(const reader *r, const tb_prefix_code *literal)
{
    return literal->table[r->bits & r->near];
}

INLINE uint8_t *put(reader *r, uint8_t *out, tb_meaning literal)
{
    *out = (uint8_t)(literal >> 16);
    use(r, tb_all_bits(literal));
    return out + 1;
}

/* Returns how many bytes were copied; 0 if that cannot be. */
INLINE uint32_t copy_far(tb_inflate *z, reader *r, uint8_t *out, tb_meaning m)
{
    uint64_t behind = r->bits >> tb_all_bits(m);
    tb_meaning d = z->copy.table[behind & r->far];

    if (d & TB_CODE_LONG)
        d = tb_long_code_at(&z->copy, behind, d);
    uint32_t length = tb_value_of(m, r->bits), distance = tb_value_of(d, behind);
    if ((d & TB_CODE_NONE) || distance > (size_t)(out - z->window))
        return 0;
    copy(out, distance, length);
    use(r, tb_all_bits(m) + tb_all_bits(d));
    return length;
}

/* As long as there is plenty of input: what is left to read_symbol is the end, and what is wrong. */
static uint8_t *read_many(tb_inflate *z, reader *r, const uint8_t *last, uint8_t *out, const uint8_t *stop)
{
    const tb_prefix_code *c = &z->literal;
    uint32_t copied;

    while (r->next <= last && out < stop) {
        fill(r);
        tb_meaning m = look(r, c);
        if (m & TB_CODE_LITERAL) {
            out = put(r, out, m);
            m = look(r, c);
            if (m & TB_CODE_LITERAL) {
                out = put(r, out, m);
                m = look(r, c);
            }
            fill(r);
        }
        if (m & TB_CODE_LONG)
            m = tb_long_code_at(c, r->bits, m);
        if (m & TB_CODE_LITERAL) {
            out = put(r, out, m);
            continue;
        }
        if ((m & (TB_CODE_END | TB_CODE_NONE)) || !(copied = copy_far(z, r, out, m)))
            break;
        out += copied;
    }
    return out;
}

static void read_symbols(tb_inflate *z, tb_inflate_task *t)
{
    reader r = {t->next, z->bits, z->count, (1u << z->literal.bits) - 1, (1u << z->copy.bits) - 1};

    if (t->end - t->next < PLENTY)
        return;
    z->out = (size_t)(read_many(z, &r, t->end - PLENTY, z->window + z->out, z->window + t->stop) - z->window);
    z->bits = r.bits & (((uint64_t)1 << r.count) - 1);
    z->count = r.count;
    t->next = r.next;
}

tb_status tb_inflate_symbols(tb_inflate *z, tb_inflate_task *t)
{
    tb_status status = TB_MORE;

    read_symbols(z, t);
    while (status == TB_MORE && z->phase == TB_IN_SYMBOLS && z->out < t->stop)
        status = read_symbol(z, t);
    return status;
}
