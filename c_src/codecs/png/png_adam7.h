/* png_adam7.h - an interlaced picture while its seven passes come in. */
#ifndef TB_PNG_ADAM7_H
#define TB_PNG_ADAM7_H

#include "../codecs.h"

typedef struct {
    uint8_t *px;    /* the region, owned; what has not come is not initialised */
    tb_rect region; /* of the whole picture */
    int channels;
    int rows[7]; /* of each pass that are here */
    int missing; /* rows of all passes yet to come */
} tb_adam7;

/* False if there is no memory. */
bool tb_adam7_open(tb_adam7 *a, const tb_decode *how, tb_mem *mem);

/* Spreads row y of a pass. */
void tb_adam7_put(tb_adam7 *a, const uint8_t *row, int y, int pass);

/* Copies row y of the region, whose rows are asked in order.  A pixel that has
 * not come is like the one left of it, or above. */
void tb_adam7_get(tb_adam7 *a, int y, uint8_t *row);

void tb_adam7_close(tb_adam7 *a, tb_mem *mem);

/* What samples are that never came: grey, or clear. */
static inline uint8_t tb_made_up(int channels)
{
    return (uint8_t)(channels % 2 ? 128 : 0);
}

#endif
