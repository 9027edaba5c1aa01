/* jpeg_bits.h - the bits of a scan, one after the other; private to jpeg_entropy.c and jpeg_blocks.c.
 *
 * While they are read `tb_bits` is a copy, which the compiler keeps in registers: so all that takes it is
 * inline, and gives it back. */
#ifndef TB_JPEG_BITS_H
#define TB_JPEG_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* for jpeglib.h */
#include <string.h>

#include <jpeglib.h>

#define TB_BITS_ENOUGH 56 /* are there after tb_bits_take_enough */

#define TB_INLINE static inline __attribute__((always_inline))

/* Behind the n bits there are zeros, or bits of `next`. */
typedef struct {
    uint64_t word; /* the next one highest */
    int n;
    const uint8_t *next;
} tb_bits;

/* Where there are no more bytes, zeros are read as if they followed. */
typedef struct {
    tb_bits bits; /* between two MCUs, and where bytes are taken one by one */
    j_decompress_ptr jpeg;
    const uint8_t *end;
    const uint8_t *eight; /* before it there are eight bytes, and no marker among those that were read */
    int zeros;            /* the last so many bits are such */
    int marker;           /* it was read; 0 = none */
    bool none;            /* there was a code that is none */
} tb_bit_reader;

/* All that follows is made up, and will be read again. */
TB_INLINE bool tb_bits_ran_out(tb_bits b, const tb_bit_reader *r)
{
    return b.n < r->zeros && !r->marker;
}

/* The source's bytes, as they are now, behind the bits that are left. */
static inline void tb_bits_show(tb_bit_reader *r)
{
    const struct jpeg_source_mgr *src = r->jpeg->src;

    r->bits.next = src->next_input_byte;
    r->end = src->next_input_byte + src->bytes_in_buffer;
    r->eight = src->bytes_in_buffer < 8 || r->marker ? r->bits.next : r->end - 7;
}

void tb_bits_take_bytes(tb_bit_reader *r);

static inline bool tb_has_ff(uint64_t w)
{
    return (~w - 0x0101010101010101) & w & 0x8080808080808080;
}

static inline uint64_t tb_first_highest(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

/* Of 63 bits at most. */
TB_INLINE tb_bits tb_bits_take_enough(tb_bits b, tb_bit_reader *r)
{
    uint64_t w;

    if (b.next < r->eight) {
        memcpy(&w, b.next, sizeof w);
        if (!tb_has_ff(w)) {
            b.word |= tb_first_highest(w) >> b.n;
            b.next += (63 - b.n) >> 3;
            b.n |= TB_BITS_ENOUGH;
            return b;
        }
    }
    r->bits = b;
    tb_bits_take_bytes(r);
    return r->bits;
}

TB_INLINE void tb_bits_drop(tb_bits *b, int n)
{
    b->word <<= n;
    b->n -= n;
}

TB_INLINE bool tb_bits_take_one(tb_bits *b, tb_bit_reader *r)
{
    if (b->n == 0)
        *b = tb_bits_take_enough(*b, r);
    bool one = b->word >> 63;
    tb_bits_drop(b, 1);
    return one;
}

#endif
