/* test_jpeg_codes.c - tables of Huffman codes say what the standard's procedures, bit by bit, say. */
#include "../../c_src/codecs/jpeg/jpeg_codes.h"
#include "../../c_src/shelf.h"
#include "jpeg_judge.h"

/* ITU-T T.81: C.2, F.2.2.1 to F.2.2.3, G.1.2 */
typedef struct {
    int value, advance; /* no advance: the block is over, and so many after it */
    int bits;
    bool none;
} meaning;

static int take(uint64_t word, int *at, int n)
{
    int bits = 0;

    for (; n > 0; n--)
        bits = bits << 1 | (int)(word >> (63 - (*at)++) & 1);
    return bits;
}

static int extend(int bits, int size)
{
    return size && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

static int decode_symbol(const JHUFF_TBL *of, uint64_t word, meaning *m)
{
    int code = 0, first = 0, symbol = 0;

    for (int length = 1; length <= 16; length++) {
        code = code << 1 | take(word, &m->bits, 1);
        if (code - first < of->bits[length])
            return of->huffval[symbol + code - first];
        first = (first + of->bits[length]) << 1;
        symbol += of->bits[length];
    }
    m->bits++; /* libjpeg reads one more before it gives up */
    m->none = true;
    return 0;
}

static meaning plainly(const JHUFF_TBL *of, uint64_t word, tb_codes_kind kind)
{
    meaning m = {0};
    int symbol = decode_symbol(of, word, &m), run = symbol >> 4, size = symbol & 15;

    if (kind == TB_CODES_MORE && size > 0) { /* a sign */
        m.none |= size > 1;
        m.value = take(word, &m.bits, 1) ? 1 : -1;
    } else if (kind == TB_CODES_MEAN || size > 0) {
        m.value = extend(take(word, &m.bits, size), size);
    } else if (run < 15) {
        m.value = kind == TB_CODES_DETAIL ? 0 : (1 << run) + take(word, &m.bits, run) - 1;
        return m;
    }
    m.advance = run + 1;
    return m;
}

static tb_coef look_up(const tb_jpeg_codes *c, uint64_t word)
{
    tb_coef m = c->table[word >> (64 - TB_LOOK)];

    return m & TB_COEF_LONG ? tb_long_coef(c, word, m) : m;
}

static void check_coef(const tb_jpeg_codes *c, const JHUFF_TBL *of, uint64_t word)
{
    meaning m = plainly(of, word, c->kind);
    tb_coef found = look_up(c, word);

    CHECK(tb_coef_bits(found) == m.bits);
    CHECK(((found & TB_COEF_NONE) != 0) == m.none);
    CHECK(((found & TB_COEF_END) != 0) == (m.advance == 0));
    CHECK(tb_coef_value(found) == m.value);
    CHECK(m.advance ? tb_coef_advance(found) == m.advance : tb_coef_advance(found) >= DCTSIZE2);
}

/* The first is there where it fits, the second where both do. */
static void check_pair(const tb_jpeg_codes *c, const JHUFF_TBL *of, uint64_t word)
{
    tb_pair p = c->pairs[word >> (64 - TB_LOOK)];
    meaning a = plainly(of, word, c->kind), b = plainly(of, word << a.bits, c->kind);

    if (a.bits > TB_LOOK || a.advance == 0 || a.value == 0) {
        CHECK(p.bits == 0 && p.advance == 0);
        CHECK(p.to_first == 1 && p.to_second == 1 && p.first == 0 && p.second == 0);
        return;
    }
    CHECK(p.first == a.value && p.to_first == a.advance);
    if (a.bits + b.bits > TB_LOOK || (b.advance == 0) != (b.value == 0)) {
        CHECK(p.bits == a.bits && p.advance == a.advance);
        CHECK(p.second == p.first && p.to_second == p.to_first);
    } else if (b.advance == 0) {
        CHECK(p.bits == a.bits + b.bits && p.advance >= DCTSIZE2);
        CHECK(p.second == p.first && p.to_second == p.to_first);
    } else {
        CHECK(p.bits == a.bits + b.bits && p.advance == a.advance + b.advance);
        CHECK(p.second == b.value && p.to_second == p.advance);
    }
}

static JHUFF_TBL any_codes(tb_codes_kind kind, uint32_t *seed)
{
    JHUFF_TBL of = {0};
    bool dc = kind == TB_CODES_MEAN;

    any_lengths(of.bits + 1, dc ? 16 : 255, seed);
    for (int i = 0; i < 256; i++)
        of.huffval[i] = (uint8_t)(dc ? i % 16 : i);
    shuffle(of.huffval, dc ? 16 : 256, seed);
    return of;
}

static uint64_t any_word(uint32_t *seed)
{
    uint64_t high = next_random(seed);

    return high << 32 | next_random(seed);
}

static void check_codes(const JHUFF_TBL *of, tb_codes_kind kind, tb_heap *heap, uint32_t *seed)
{
    tb_jpeg_codes *c = malloc(tb_jpeg_codes_size(kind == TB_CODES_MEAN));

    CHECK(c);
    tb_jpeg_codes_make(c, of, kind, heap);
    for (int i = 0; i < 3000; i++) {
        uint64_t word = any_word(seed) | (i % 3 ? 0 : UINT64_MAX << next_random(seed) % 64);
        check_coef(c, of, word);
        if (kind == TB_CODES_DETAIL || kind == TB_CODES_FIRST)
            check_pair(c, of, word);
    }
    free(c);
}

static void tables_say_what_the_standard_says(void)
{
    uint32_t seed = 3;

    for (int n = 0; n < 400; n++) {
        JHUFF_TBL of = any_codes((tb_codes_kind)(n % 4), &seed);
        check_codes(&of, (tb_codes_kind)(n % 4), &test_heap, &seed);
    }
}

static tb_shelf shelf;
static tb_heap with_shelf = {.alloc = test_alloc, .free = free, .shelf = &shelf};

static void those_that_are_kept_do_too(void)
{
    JHUFF_TBL of[40];
    uint32_t seed = 9;

    for (int n = 0; n < 40; n++)
        of[n] = any_codes((tb_codes_kind)(n % 4), &seed);
    for (int n = 0; n < 200; n++) {
        int i = (int)(next_random(&seed) % 40);
        check_codes(&of[i], (tb_codes_kind)(i % 4), &with_shelf, &seed);
    }
    tb_shelf_clear(&with_shelf);
}

/* The same symbols mean other things elsewhere. */
static void each_kind_has_its_own(void)
{
    uint32_t seed = 2;
    JHUFF_TBL of = any_codes(TB_CODES_MEAN, &seed);

    for (int n = 0; n < 12; n++)
        check_codes(&of, (tb_codes_kind)(n % 4), &with_shelf, &seed);
    tb_shelf_clear(&with_shelf);
}

int main(void)
{
    tables_say_what_the_standard_says();
    those_that_are_kept_do_too();
    each_kind_has_its_own();
    return 0;
}
