/* webp_cost.c - a step of at most 0.5 ms of libwebp's decoder, whatever the bytes.
 *
 * Lossy.  libwebp stops only where a macroblock lacks bytes, and finishes a row
 * of macroblocks at once.  So a window of W bytes makes at most
 *
 *     (macroblocks of a row + 8 W / bits of the smallest macroblock) x partitions
 *
 * and W is chosen for that to fit.  Photographs have at least 2 to 30 bits, so
 * W is 100 to 2000 bytes and costs nothing.  Where white paper is in the picture
 * it is 0.2 bits and W some 10 bytes: good if all of it is as flat, but where
 * macroblocks are larger than W they are begun again and again, so then the step
 * is long.  It also is if macroblocks can be skipped at no cost (libwebp's
 * methods 0 to 2), and if a row alone takes too long: over 4000 pixels wide.
 *
 * Lossless.  Runs of 4096 pixels take a few bits, or none, and the whole head is
 * read at once: short only if all of it is, to about 120x120 pixels.  The first
 * window of a long one is an eighth of the bytes: libwebp waits for so many.
 *
 * Measured with libwebp 1.2.4 at 2.8 GHz, longest step and CPU time beside one
 * call that decodes all:
 *
 *     lossy    0.5 MP, 1 MP photographs       short   0.2 ms     + 7 %
 *              12 MP photographs              short   0.4        + 4
 *              12 MP of one colour            short   0.2        + 4
 *              12 MP, half of it white        long   15          + 2
 *              64 MP of one colour            long  110          + 15 (the copy to the ring)
 *     lossless 0.5 MP, 1 MP, 12 MP photograph long    4, 7, 50   + 4
 *              64 MP of one colour            long  103          + 36 (as above) */
#include "webp_cost.h"

#define STEP    500e3 /* nanoseconds */
#define EXTREME 900e3 /* and where only made-up pictures come near it */

/* Nanoseconds of a macroblock: one that is flat, each byte of it to make pixels
 * from and to parse, and its alpha. */
#define FLAT        1200.0
#define BYTE_PIXELS 25.0
#define BYTE_PARSED 70.0
#define ALPHA       1500.0

/* Of a lossless picture: a pixel that is copied, a byte; of its head: a pixel of
 * a small image, a group of prefix codes. */
#define COPIED     5.0
#define BYTE       22.0
#define HEAD_PIXEL 20.0
#define GROUP      12e3

#define PAPER      1024   /* 1/1024 bits: with less to a macroblock, there are many flat ones */
#define PIECE      1024   /* bytes; what a short step shows at the most */
#define LONG_PIECE 4096   /* and a long one, of a lossy picture */
#define LONG_ROWS  64.0   /* rows shown at once of a lossless one, which begins 4 again on average */
#define FIXED      24e3   /* bytes of libwebp's own state */
#define COLUMN     2100.0 /* and for each column of macroblocks */

static double head_time(const tb_vp8l *v)
{
    return v->pixels * HEAD_PIXEL + v->groups * GROUP;
}

static void lossless(const tb_webp_head *h, tb_webp_cost *c)
{
    double pixels = (double)h->width * h->height, bytes = (double)h->bytes;
    double window = bytes * LONG_ROWS / h->height;

    c->long_window = head_time(&h->vp8l) + pixels * COPIED + bytes * BYTE > STEP;
    c->window = window > 65536 || !c->long_window ? (size_t)window + 65536 : 65536;
    c->memory = (size_t)(FIXED + tb_vp8l_memory(&h->vp8l, h->width, h->height));
}

static void lossy(const tb_webp_head *h, tb_webp_cost *c)
{
    double columns = (h->width + 15) / 16, all = columns * ((h->height + 15) / 16);
    double bytes = (double)h->bytes / all, flat = FLAT + (h->packed ? ALPHA : 0);
    double full = flat + bytes * BYTE_PIXELS, begin = h->packed ? head_time(&h->vp8l) : 0;
    double row = begin + columns * h->vp8.partitions * full;
    double left = (h->vp8.bits < PAPER ? STEP : EXTREME) - row;
    double window = left / flat / h->vp8.partitions * h->vp8.bits / 1024 / 8;
    double pixels = (double)h->width * h->height;
    bool small = begin + all * full + BYTE_PARSED * PIECE <= STEP;

    c->long_window = !small && (row > STEP || h->vp8.skips || window < 1 || window < 2 * bytes);
    c->window = c->long_window ? LONG_PIECE : small || window > PIECE ? PIECE : (size_t)window;
    c->memory = (size_t)(FIXED + COLUMN * columns + (h->alpha ? 2 * pixels : 0) +
                         (h->packed ? tb_vp8l_memory(&h->vp8l, h->width, h->height) : 0));
}

tb_webp_cost tb_webp_cost_of(const tb_webp_head *h)
{
    tb_webp_cost c = {0};

    if (h->lossless)
        lossless(h, &c);
    else
        lossy(h, &c);
    return c;
}
