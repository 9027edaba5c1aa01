/* inflate_codes.c - the codes of a block, which its head tells, or which are fixed. */
#include "inflate_parts.h"
#include <string.h>

#define LITERAL(n) TB_MEANING(n, 0, TB_CODE_LITERAL)
#define FOUR(m, n) m(n), m((n) + 1), m((n) + 2), m((n) + 3)
#define MANY(m, n) FOUR(m, n), FOUR(m, (n) + 4), FOUR(m, (n) + 8), FOUR(m, (n) + 12)
#define HALF(m, n)                                                                                           \
    MANY(m, n), MANY(m, (n) + 16), MANY(m, (n) + 32), MANY(m, (n) + 48), MANY(m, (n) + 64),                  \
        MANY(m, (n) + 80), MANY(m, (n) + 96), MANY(m, (n) + 112)
#define FAR(n, extra) TB_MEANING(n, extra, 0)
#define NEVER         TB_MEANING(0, 0, TB_CODE_NONE)

#define LENGTHS                                                                                              \
    FAR(3, 0), FAR(4, 0), FAR(5, 0), FAR(6, 0), FAR(7, 0), FAR(8, 0), FAR(9, 0), FAR(10, 0), FAR(11, 1),     \
        FAR(13, 1), FAR(15, 1), FAR(17, 1), FAR(19, 2), FAR(23, 2), FAR(27, 2), FAR(31, 2), FAR(35, 3),      \
        FAR(43, 3), FAR(51, 3), FAR(59, 3), FAR(67, 4), FAR(83, 4), FAR(99, 4), FAR(115, 4), FAR(131, 5),    \
        FAR(163, 5), FAR(195, 5), FAR(227, 5), FAR(258, 0)

static const tb_meaning literals[TB_CODE_SYMBOLS] = {
    HALF(LITERAL, 0), HALF(LITERAL, 128), TB_MEANING(0, 0, TB_CODE_END), LENGTHS, NEVER, NEVER};

/* Distances. */
static const tb_meaning copies[32] = {
    FAR(1, 0),     FAR(2, 0),     FAR(3, 0),     FAR(4, 0),      FAR(5, 1),      FAR(7, 1),
    FAR(9, 2),     FAR(13, 2),    FAR(17, 3),    FAR(25, 3),     FAR(33, 4),     FAR(49, 4),
    FAR(65, 5),    FAR(97, 5),    FAR(129, 6),   FAR(193, 6),    FAR(257, 7),    FAR(385, 7),
    FAR(513, 8),   FAR(769, 8),   FAR(1025, 9),  FAR(1537, 9),   FAR(2049, 10),  FAR(3073, 10),
    FAR(4097, 11), FAR(6145, 11), FAR(8193, 12), FAR(12289, 12), FAR(16385, 13), FAR(24577, 13),
    NEVER,         NEVER};

/* A length; of 16, 17 and 18, which repeat one, how often is in the extra bits. */
static const tb_meaning lengths[19] = {MANY(LITERAL, 0), FAR(16, 2), FAR(17, 3), FAR(18, 7)};

void tb_inflate_fix(tb_inflate *z)
{
    if (!z->fixed) {
        memset(z->length, 8, 144);
        memset(z->length + 144, 9, 112);
        memset(z->length + 256, 7, 24);
        memset(z->length + 280, 8, 8);
        tb_prefix_code_make(&z->literal, z->length, 288, literals);
        memset(z->length, 5, 32);
        tb_prefix_code_make(&z->copy, z->length, 32, copies);
        z->made++;
    }
    z->fixed = true;
    z->phase = TB_IN_SYMBOLS;
}

tb_status tb_inflate_table(tb_inflate *z, tb_inflate_task *t)
{
    if (!tb_in_has(z, t, 14))
        return TB_HUNGRY;
    z->literals = (int)tb_in_take(z, 5) + 257;
    z->copies = (int)tb_in_take(z, 5) + 1;
    z->codes = (int)tb_in_take(z, 4) + 4;
    if (z->literals > 286 || z->copies > 30)
        return tb_in_broken(z, "too many length or distance symbols");
    memset(z->length, 0, 19);
    z->have = 0;
    z->phase = TB_IN_CODES;
    return TB_MORE;
}

tb_status tb_inflate_codes(tb_inflate *z, tb_inflate_task *t)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    for (; z->have < z->codes; z->have++) {
        if (!tb_in_has(z, t, 3))
            return TB_HUNGRY;
        z->length[order[z->have]] = (uint8_t)tb_in_take(z, 3);
    }
    z->fixed = false;
    if (!tb_prefix_code_make(&z->copy, z->length, 19, lengths) || tb_prefix_code_is_half(&z->copy))
        return tb_in_broken(z, "invalid code lengths set");
    z->have = 0;
    z->phase = TB_IN_LENGTHS;
    return TB_MORE;
}

static tb_status make_codes(tb_inflate *z)
{
    if (z->length[256] == 0)
        return tb_in_broken(z, "invalid code -- missing end-of-block");
    if (!tb_prefix_code_make(&z->literal, z->length, z->literals, literals))
        return tb_in_broken(z, "invalid literal/lengths set");
    if (!tb_prefix_code_make(&z->copy, z->length + z->literals, z->copies, copies))
        return tb_in_broken(z, "invalid distances set");
    z->made++;
    z->phase = TB_IN_SYMBOLS;
    return TB_MORE;
}

static tb_status repeat_length(tb_inflate *z, uint32_t symbol, uint32_t times)
{
    static const int least[3] = {3, 3, 11};
    int n = least[symbol - 16] + (int)times;

    if ((symbol == 16 && z->have == 0) || n > z->literals + z->copies - z->have)
        return tb_in_broken(z, "invalid bit length repeat");
    memset(z->length + z->have, symbol == 16 ? z->length[z->have - 1] : 0, (size_t)n);
    z->have += n;
    return TB_MORE;
}

tb_status tb_inflate_lengths(tb_inflate *z, tb_inflate_task *t)
{
    while (z->have < z->literals + z->copies) {
        tb_in_take_bytes(z, t);
        tb_meaning m = tb_code_at(&z->copy, z->bits);
        if (z->count < tb_all_bits(m))
            return TB_HUNGRY;
        uint32_t symbol = m >> 16, times = tb_value_of(m, z->bits) - symbol;
        tb_in_drop(z, tb_all_bits(m));
        if (symbol < 16)
            z->length[z->have++] = (uint8_t)symbol;
        else if (repeat_length(z, symbol, times) == TB_FAIL)
            return TB_FAIL;
    }
    return make_codes(z);
}
