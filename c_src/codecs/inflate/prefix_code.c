/* prefix_code.c - codes in order of their length are numbered, and each length follows from the
 * one before.  In the stream they stand with their first bit lowest, so in the table too. */
#include "prefix_code.h"
#include <string.h>

static tb_meaning with_own_bits(tb_meaning m, unsigned bits)
{
    return m + bits * 257; /* to its own and to all */
}

static const tb_meaning nothing = TB_CODE_NONE | 257;

static unsigned longest(const tb_prefix_code *c)
{
    unsigned n = TB_CODE_LENGTH;

    while (n > 0 && c->count[n] == 0)
        n--;
    return n;
}

/* Ways that the codes leave open; -1 if there are too many codes. */
static int open_ways(const tb_prefix_code *c)
{
    int open = 1;

    for (unsigned n = 1; n <= TB_CODE_LENGTH; n++) {
        open = 2 * open - c->count[n];
        if (open < 0)
            return -1;
    }
    return open;
}

static void put_in_order(tb_prefix_code *c, const uint8_t *length, int n)
{
    uint16_t next[TB_CODE_LENGTH + 1];

    for (unsigned k = 1; k <= TB_CODE_LENGTH; k++) {
        c->first[k] = (uint16_t)(k == 1 ? 0 : (c->first[k - 1] + c->count[k - 1]) << 1);
        c->at[k] = (uint16_t)(k == 1 ? 0 : c->at[k - 1] + c->count[k - 1]);
    }
    memcpy(next, c->at, sizeof next);
    for (int i = 0; i < n; i++)
        if (length[i])
            c->in_order[next[length[i]]++] = (uint16_t)i;
}

/* The code after this one, of so many bits, first bit lowest: the last 0 becomes 1, the 1s behind it 0. */
static unsigned next_code(unsigned code, unsigned bits)
{
    unsigned bit = 1u << bits >> 1;

    while (code & bit)
        bit >>= 1;
    return (code & (bit - 1)) | bit;
}

/* Each code once, in the part of the table that its length needs, which is then repeated. */
static void fill_table(tb_prefix_code *c, unsigned most)
{
    unsigned place = 0, mask = (1u << c->bits) - 1;

    for (unsigned n = 1; n <= most; n++) {
        for (unsigned i = 0; i < c->count[n]; i++) {
            uint16_t symbol = c->in_order[c->at[n] + i];
            if (n <= c->bits)
                c->table[place] = with_own_bits(c->means[symbol], n);
            else
                c->table[place & mask] = TB_MEANING((c->first[n] + i) >> (n - c->bits), 0, TB_CODE_LONG);
            place = next_code(place, n);
        }
        if (n < c->bits)
            memcpy(c->table + ((size_t)1 << n), c->table, sizeof(tb_meaning) << n);
    }
}

bool tb_prefix_code_make(tb_prefix_code *c, const uint8_t *length, int n, const tb_meaning *means)
{
    unsigned most;
    int open;

    memset(c->count, 0, sizeof c->count);
    for (int i = 0; i < n; i++)
        c->count[length[i]]++;
    c->count[0] = 0;
    c->means = means;
    open = open_ways(c);
    most = longest(c);
    if (open < 0 || (open > 0 && most > 1))
        return false;
    c->bits = most < 1 ? 1 : most < TB_CODE_TABLE ? most : TB_CODE_TABLE;
    if (open > 0)
        c->table[0] = c->table[1] = nothing;
    put_in_order(c, length, n);
    fill_table(c, most);
    return true;
}

bool tb_prefix_code_is_half(const tb_prefix_code *c)
{
    return c->count[1] == 1 && c->bits == 1;
}

tb_meaning tb_long_code_at(const tb_prefix_code *c, uint64_t bits, tb_meaning begun)
{
    unsigned code = begun >> 16;

    for (unsigned n = c->bits + 1; n <= TB_CODE_LENGTH; n++) {
        code = code << 1 | (unsigned)(bits >> (n - 1) & 1);
        if (code - c->first[n] < c->count[n])
            return with_own_bits(c->means[c->in_order[c->at[n] + code - c->first[n]]], n);
    }
    return nothing;
}
