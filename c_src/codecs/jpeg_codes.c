/* jpeg_codes.c - the Huffman codes of a JPEG as tables (ITU-T T.81, C.2, F.1.2 and F.2.2). */
#include "jpeg_codes.h"
#include "../shelf.h"
#include <string.h>

#define PLACES   (1 << TB_LOOK)
#define ZEROS_16 0xF0 /* the symbol of so many, and no coefficient but the last of them */

static tb_coef coef(int value, int advance, int bits)
{
    return (tb_coef)(uint16_t)value << 16 | (tb_coef)advance << 8 | (tb_coef)bits;
}

/* What `size` bits say (F.2.2.1, EXTEND). */
static int extend(int bits, int size)
{
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

/* A symbol that no bits follow. */
static tb_coef bare(const tb_jpeg_codes *c, int symbol, int length)
{
    if (c->dc || symbol == ZEROS_16)
        return coef(0, (symbol >> 4) + 1, length);
    return coef(0, DCTSIZE2, length) | TB_COEF_END;
}

/* The upper half of the symbol says how many zeros come before the coefficient. */
static tb_coef whole(int symbol, int length, int bits)
{
    int size = symbol & 15;

    return coef(extend(bits, size), (symbol >> 4) + 1, length + size);
}

static void fill(tb_coef *place, tb_coef m, int n)
{
    for (int i = 0; i < n; i++)
        place[i] = m;
}

/* All places that begin with its code. */
static void put(tb_jpeg_codes *c, tb_coef *place, int symbol, int length)
{
    int size = symbol & 15, rest = TB_LOOK - length;

    if (size == 0)
        fill(place, bare(c, symbol, length), 1 << rest);
    else if (size > rest)
        fill(place, coef(symbol, 0, length) | TB_COEF_LONG, 1 << rest);
    else
        for (int i = 0; i < 1 << size; i++)
            fill(place + (i << (rest - size)), whole(symbol, length, i), 1 << (rest - size));
}

static tb_pair pair_of(tb_coef a, tb_coef b)
{
    int16_t value = (int16_t)tb_coef_value(a);
    uint8_t advance = (uint8_t)tb_coef_advance(a), bits = (uint8_t)tb_coef_bits(a);
    tb_pair p = {value, value, advance, advance, advance, bits};

    if ((b & TB_COEF_LONG) || bits + tb_coef_bits(b) > TB_LOOK)
        return p;
    p.bits = (uint8_t)(bits + tb_coef_bits(b));
    p.advance = (uint8_t)(advance + tb_coef_advance(b));
    if (!(b & TB_COEF_END)) {
        p.second = (int16_t)tb_coef_value(b);
        p.to_second = p.advance;
    }
    return p;
}

static void make_pairs(tb_jpeg_codes *c)
{
    const tb_pair none = {.to_first = 1, .to_second = 1};

    for (int i = 0; i < PLACES; i++) {
        tb_coef a = c->table[i], b = c->table[i << tb_coef_bits(a) & (PLACES - 1)];
        c->pairs[i] = a & (TB_COEF_LONG | TB_COEF_END) ? none : pair_of(a, b);
    }
}

size_t tb_jpeg_codes_size(bool dc)
{
    return sizeof(tb_jpeg_codes) + (dc ? 0 : PLACES * sizeof(tb_pair));
}

static void make(tb_jpeg_codes *c, const JHUFF_TBL *of, bool dc)
{
    int code = 0, at = 0, places = 0;

    c->of = *of;
    c->dc = dc;
    for (int length = 1; length <= TB_CODE_MOST; length++, code <<= 1) {
        int end = at + of->bits[length];
        c->offset[length] = at - code;
        for (; at < end; at++, code++)
            if (length <= TB_LOOK) {
                put(c, c->table + places, of->huffval[at], length);
                places += PLACES >> length;
            }
        c->end[length] = code;
    }
    fill(c->table + places, TB_COEF_LONG, PLACES - places);
    if (!dc)
        make_pairs(c);
}

/* Others may have this key as well. */
static void find_key(int64_t *key, const JHUFF_TBL *of)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof of->huffval; i += sizeof sum) {
        uint64_t part;
        memcpy(&part, of->huffval + i, sizeof part);
        sum = (sum ^ part) * 0x9E3779B97F4A7C15u;
    }
    memset(key, 0, TB_SHELF_KEY * sizeof *key);
    memcpy(key, of->bits + 1, TB_CODE_MOST);
    key[2] = (int64_t)sum;
}

static bool are_of(const tb_jpeg_codes *c, const JHUFF_TBL *of)
{
    return memcmp(c->of.bits, of->bits, sizeof of->bits) == 0 &&
           memcmp(c->of.huffval, of->huffval, sizeof of->huffval) == 0;
}

void tb_jpeg_codes_make(tb_jpeg_codes *c, const JHUFF_TBL *of, bool dc, tb_heap *heap)
{
    int64_t key[TB_SHELF_KEY];

    find_key(key, of);
    if (tb_shelf_take(heap, key, c, tb_jpeg_codes_size(dc)) && are_of(c, of))
        return;
    make(c, of, dc);
    tb_shelf_put(heap, key, c, tb_jpeg_codes_size(dc));
}

/* A code that is none has 17 bits, and stands for symbol 0. */
tb_coef tb_long_coef(const tb_jpeg_codes *c, uint64_t bits, tb_coef m)
{
    int length = tb_coef_bits(m), symbol = tb_coef_value(m) & 255;
    tb_coef none = 0;

    if (length == 0) {
        for (length = TB_LOOK + 1; length <= TB_CODE_MOST; length++)
            if ((int32_t)(bits >> (64 - length)) < c->end[length])
                break;
        none = length > TB_CODE_MOST ? TB_COEF_NONE : 0;
        symbol = none ? 0 : c->of.huffval[(int32_t)(bits >> (64 - length)) + c->offset[length]];
    }
    int size = symbol & 15;
    if (size == 0)
        return bare(c, symbol, length) | none;
    return whole(symbol, length, (int)(bits << length >> (64 - size)));
}
