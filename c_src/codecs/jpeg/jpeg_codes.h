/* jpeg_codes.h - the Huffman codes of a JPEG as tables; private to jpeg_entropy.c and jpeg_blocks.c. */
#ifndef TB_JPEG_CODES_H
#define TB_JPEG_CODES_H

#include "../../mem.h"
#include <stdio.h> /* for jpeglib.h */

#include <jpeglib.h>

#define TB_LOOK      10 /* bits that are looked up at once */
#define TB_CODE_MOST 16 /* bits of a code */
#define TB_COEF_MOST 31 /* bits of a code and what follows it */

/* What a symbol means: the mean of a block; one of its other coefficients; the same in the first of
 * several scans, where the end of a block may be the end of more; or in another, where a coefficient
 * is 1 or -1. */
typedef enum { TB_CODES_MEAN, TB_CODES_DETAIL, TB_CODES_FIRST, TB_CODES_MORE } tb_codes_kind;

/* What the next bits stand for: a coefficient, how far it is from the one before, and the bits of
 * both.  END: there is none, the block is over, and so many after it.  LONG: it takes more bits than
 * were looked up; we have the symbol and its bits, or no bits, where these alone are more.
 *
 *     31 ....... 16   15 ..... 8    7      6    5 .. 0
 *      value, symbol    advance    LONG   END    bits   */
typedef uint32_t tb_coef;

#define TB_COEF_END  ((tb_coef)1 << 6)
#define TB_COEF_LONG ((tb_coef)1 << 7)
#define TB_COEF_NONE TB_COEF_LONG /* of what tb_long_coef has found: there is no such code */

/* Two coefficients that come together in these bits; of one alone, or one and the end of the block,
 * both are the same.  Of none, they are a zero on the next place, and there are no bits. */
typedef struct {
    int16_t first, second;
    uint8_t to_first, to_second; /* from the one before on... */
    uint8_t advance, bits;       /* ...and how far all leads */
} tb_pair;

typedef struct {
    JHUFF_TBL of;
    tb_codes_kind kind;
    tb_coef table[1 << TB_LOOK];
    int32_t end[TB_CODE_MOST + 1];    /* behind the last code of each length */
    int32_t offset[TB_CODE_MOST + 1]; /* from a code to its place among the symbols */
    tb_pair pairs[];                  /* as many as the table has places; of DETAIL and FIRST */
} tb_jpeg_codes;

/* Of codes of means, or of any others. */
size_t tb_jpeg_codes_size(bool means);

/* Of codes that libjpeg has found good; or those that an earlier job has made of the same. */
void tb_jpeg_codes_make(tb_jpeg_codes *c, const JHUFF_TBL *of, tb_codes_kind kind, tb_heap *heap);

bool tb_jpeg_codes_are(const tb_jpeg_codes *c, const JHUFF_TBL *of, tb_codes_kind kind);

/* What `bits` begin with, the next one highest, where the table has LONG for them. */
tb_coef tb_long_coef(const tb_jpeg_codes *c, uint64_t bits, tb_coef m);

static inline int tb_coef_value(tb_coef m)
{
    return (int32_t)m >> 16;
}

static inline int tb_coef_advance(tb_coef m)
{
    return m >> 8 & 255;
}

static inline int tb_coef_bits(tb_coef m)
{
    return m & 63;
}

#endif
