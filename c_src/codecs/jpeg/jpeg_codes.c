/* jpeg_codes.c - the Huffman codes of a JPEG as tables (ITU-T T.81, C.2, F.1.2, F.2.2 and G.1.2). */
#include "jpeg_codes.h"
#include "../../shelf.h"
#include <string.h>

#define PLACES   (1 << TB_LOOK)
#define ZEROS_16 0xF0 /* the symbol of so many, the last of them in place of a coefficient */

static tb_coef coef(int value, int advance, int bits)
{
    return (tb_coef)(uint16_t)value << 16 | (tb_coef)advance << 8 | (tb_coef)bits;
}

/* What `size` bits say (F.2.2.1, EXTEND). */
static int extend(int bits, int size)
{
    return size == 0 || bits >= 1 << (size - 1) ? bits : bits - (1 << size) + 1;
}

static bool ends_block(const tb_jpeg_codes *c, int symbol)
{
    return c->kind != TB_CODES_MEAN && (symbol & 15) == 0 && symbol != ZEROS_16;
}

/* How many bits follow a symbol. */
static int more_bits(const tb_jpeg_codes *c, int symbol)
{
    int size = symbol & 15;

    if (ends_block(c, symbol))
        return c->kind == TB_CODES_DETAIL ? 0 : symbol >> 4;
    return c->kind == TB_CODES_MORE && size > 1 ? 1 : size;
}

/* The symbol with the bits that follow it.  Its upper half says how many zeros come before the coefficient, or
 * of which power of two the blocks are that end. */
static tb_coef whole(const tb_jpeg_codes *c, int symbol, int length, int bits)
{
    int size = more_bits(c, symbol), over = c->kind == TB_CODES_DETAIL ? 0 : (1 << size) - 1 + bits;

    if (ends_block(c, symbol))
        return coef(over, DCTSIZE2, length + size) | TB_COEF_END;
    return coef(extend(bits, size), (symbol >> 4) + 1, length + size);
}

static void fill(tb_coef *place, tb_coef m, int n)
{
    for (int i = 0; i < n; i++)
        place[i] = m;
}

/* Where it may be 1 or -1, and says to be more. */
static bool is_odd(const tb_jpeg_codes *c, int symbol)
{
    return c->kind == TB_CODES_MORE && (symbol & 15) > 1;
}

/* All places that begin with its code. */
static void put(tb_jpeg_codes *c, tb_coef *place, int symbol, int length)
{
    int rest = TB_LOOK - length, size = more_bits(c, symbol);

    if (size > rest || is_odd(c, symbol))
        fill(place, coef(symbol, 0, length) | TB_COEF_LONG, 1 << rest);
    else
        for (int i = 0; i < 1 << size; i++)
            fill(place + (i << (rest - size)), whole(c, symbol, length, i), 1 << (rest - size));
}

/* And not the end of a block, nor zeros only. */
static bool is_coef(tb_coef m)
{
    return !(m & (TB_COEF_LONG | TB_COEF_END)) && tb_coef_value(m) != 0;
}

/* This block, and no other after it. */
static bool ends_one(tb_coef m)
{
    return (m & TB_COEF_END) && !(m & TB_COEF_LONG) && tb_coef_value(m) == 0;
}

static tb_pair pair_of(tb_coef a, tb_coef b)
{
    int16_t value = (int16_t)tb_coef_value(a);
    uint8_t advance = (uint8_t)tb_coef_advance(a), bits = (uint8_t)tb_coef_bits(a);
    tb_pair p = {value, value, advance, advance, advance, bits};

    if (!(is_coef(b) || ends_one(b)) || bits + tb_coef_bits(b) > TB_LOOK)
        return p;
    p.bits = (uint8_t)(bits + tb_coef_bits(b));
    p.advance = (uint8_t)(advance + tb_coef_advance(b));
    if (is_coef(b)) {
        p.second = (int16_t)tb_coef_value(b);
        p.to_second = p.advance;
    }
    return p;
}

static bool has_pairs(tb_codes_kind kind)
{
    return kind == TB_CODES_DETAIL || kind == TB_CODES_FIRST;
}

static void make_pairs(tb_jpeg_codes *c)
{
    const tb_pair none = {.to_first = 1, .to_second = 1};

    for (int i = 0; i < PLACES; i++) {
        tb_coef a = c->table[i], b = c->table[i << tb_coef_bits(a) & (PLACES - 1)];
        c->pairs[i] = is_coef(a) ? pair_of(a, b) : none;
    }
}

static void make(tb_jpeg_codes *c, const JHUFF_TBL *of, tb_codes_kind kind)
{
    int code = 0, at = 0, places = 0;

    c->of = *of;
    c->kind = kind;
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
    if (has_pairs(kind))
        make_pairs(c);
}

/* All that tables depend on. */
typedef struct {
    uint8_t kind, bits[TB_CODE_MOST], symbols[256];
} table_key;

static table_key key_of(const JHUFF_TBL *of, tb_codes_kind kind)
{
    table_key key = {.kind = (uint8_t)kind};

    memcpy(key.bits, of->bits + 1, sizeof key.bits);
    memcpy(key.symbols, of->huffval, sizeof key.symbols);
    return key;
}

size_t tb_jpeg_codes_size(bool means)
{
    return sizeof(tb_jpeg_codes) + (means ? 0 : PLACES * sizeof(tb_pair));
}

bool tb_jpeg_codes_are(const tb_jpeg_codes *c, const JHUFF_TBL *of, tb_codes_kind kind)
{
    return c->kind == kind && memcmp(c->of.bits, of->bits, sizeof of->bits) == 0 &&
           memcmp(c->of.huffval, of->huffval, sizeof of->huffval) == 0;
}

void tb_jpeg_codes_make(tb_jpeg_codes *c, const JHUFF_TBL *of, tb_codes_kind kind, tb_heap *heap)
{
    size_t size = tb_jpeg_codes_size(!has_pairs(kind));
    const table_key all = key_of(of, kind);
    const tb_shelf_key key = {&all, sizeof all};

    if (tb_shelf_take(heap, key, c, size))
        return;
    make(c, of, kind);
    tb_shelf_put(heap, key, c, size);
}

/* A code that is none has 17 bits, and stands for symbol 0. */
tb_coef tb_long_coef(const tb_jpeg_codes *c, uint64_t bits, tb_coef m)
{
    int length = tb_coef_bits(m), symbol = tb_coef_value(m) & 255;

    if (length == 0) {
        for (length = TB_LOOK + 1; length <= TB_CODE_MOST; length++)
            if ((int32_t)(bits >> (64 - length)) < c->end[length])
                break;
        if (length > TB_CODE_MOST)
            return whole(c, 0, length, 0) | TB_COEF_NONE;
        symbol = c->of.huffval[(int32_t)(bits >> (64 - length)) + c->offset[length]];
    }
    int size = more_bits(c, symbol);
    tb_coef found = whole(c, symbol, length, size ? (int)(bits << length >> (64 - size)) : 0);
    return is_odd(c, symbol) ? found | TB_COEF_NONE : found;
}
