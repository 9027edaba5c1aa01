/* prefix_code.h - the prefix codes of deflate (RFC 1951, 3.2.2) as tables. */
#ifndef TB_PREFIX_CODE_H
#define TB_PREFIX_CODE_H

#include <stdbool.h>
#include <stdint.h>

#define TB_CODE_LENGTH  15  /* most bits of a code */
#define TB_CODE_SYMBOLS 288 /* most symbols of one */
#define TB_CODE_TABLE   11  /* most bits that are looked up at once */

/* What a code stands for: its value, what kind it is, its own bits, and those together
 * with the extra bits that follow it.
 *
 *     31 ....... 16   15 .. 12   11 .... 8   7 ..... 0
 *         value         kind     own bits    all bits  */
typedef uint32_t tb_meaning;

#define TB_CODE_LITERAL ((tb_meaning)1 << 12)
#define TB_CODE_END     ((tb_meaning)1 << 13) /* of the block */
#define TB_CODE_LONG    ((tb_meaning)1 << 14) /* longer than the table: the value is its beginning */
#define TB_CODE_NONE    ((tb_meaning)1 << 15) /* no code, or one that may not be used */

#define TB_MEANING(value, extra, kind) ((tb_meaning)(value) << 16 | (kind) | (extra))

static inline unsigned tb_all_bits(tb_meaning m)
{
    return m & 255;
}

static inline unsigned tb_own_bits(tb_meaning m)
{
    return m >> 8 & 15;
}

typedef struct {
    unsigned bits;                        /* of a place in the table */
    tb_meaning table[1 << TB_CODE_TABLE]; /* by the next bits of the stream */
    uint16_t first[TB_CODE_LENGTH + 1];   /* code of each length, */
    uint16_t count[TB_CODE_LENGTH + 1];   /* how many there are, */
    uint16_t at[TB_CODE_LENGTH + 1];      /* and where in... */
    uint16_t in_order[TB_CODE_SYMBOLS];   /* ...the symbols, as their codes are */
    const tb_meaning *means;              /* what each symbol does; borrowed */
} tb_prefix_code;

/* Of the lengths of n symbols' codes, 0 for none, and what the symbols mean.  False if there is no
 * such code: all bits must lead somewhere, unless there is one code of one bit, or none. */
bool tb_prefix_code_make(tb_prefix_code *c, const uint8_t *length, int n, const tb_meaning *means);

/* It is one code of one bit: the other bit leads nowhere. */
bool tb_prefix_code_is_half(const tb_prefix_code *c);

/* The rest of tb_code_at, where the table holds but the beginning of the code. */
tb_meaning tb_long_code_at(const tb_prefix_code *c, uint64_t bits, tb_meaning begun);

/* The code that `bits` begin with, the next one lowest. */
static inline tb_meaning tb_code_at(const tb_prefix_code *c, uint64_t bits)
{
    tb_meaning m = c->table[bits & (((uint64_t)1 << c->bits) - 1)];

    return m & TB_CODE_LONG ? tb_long_code_at(c, bits, m) : m;
}

/* The value and what its extra bits add. */
static inline uint32_t tb_value_of(tb_meaning m, uint64_t bits)
{
    return (m >> 16) + (uint32_t)((bits & (((uint64_t)1 << tb_all_bits(m)) - 1)) >> tb_own_bits(m));
}

#endif
