/* jpeg_bits.c - the bits of a scan where they are not simply the next eight bytes. */
#include "jpeg_bits.h"

/* -1 if there is no more.  0xFF and 0 are 0xFF; more of 0xFF is filling. */
static int take_byte(tb_bit_reader *r)
{
    const uint8_t *first = r->bits.next, *p = first;

    while (p < r->end && *p == 0xFF)
        p++;
    if (r->marker || p == r->end)
        return -1;
    r->bits.next = p + 1;
    if (p == first || *p == 0)
        return *first;
    r->marker = *p;
    r->eight = r->bits.next;
    return -1;
}

/* Asks for bytes where all are read. */
static bool more_bytes(tb_bit_reader *r)
{
    if (r->marker || !r->jpeg->src->fill_input_buffer(r->jpeg))
        return false;
    tb_bits_show(r);
    return true;
}

void tb_bits_take_bytes(tb_bit_reader *r)
{
    tb_bits *b = &r->bits;

    while (b->n <= TB_BITS_ENOUGH) {
        int byte = take_byte(r);
        if (byte >= 0) {
            b->word |= (uint64_t)byte << (56 - b->n);
            b->n += 8;
        } else if (!more_bytes(r)) {
            r->zeros += 64 - b->n;
            b->n = 64;
        }
    }
}
