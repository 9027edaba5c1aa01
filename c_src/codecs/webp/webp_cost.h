/* webp_cost.h - how much of a WebP libwebp may be shown at once, and what memory
 * that takes; private to webp_*.c. */
#ifndef TB_WEBP_COST_H
#define TB_WEBP_COST_H

#include "../codecs.h"
#include "webp_head.h"

typedef struct {
    int width, height;
    size_t bytes;  /* of the picture's chunk */
    bool lossless; /* then vp8l is its head, else vp8 */
    bool alpha;    /* beside a lossy picture */
    bool packed;   /* that alpha is compressed: vp8l is its head */
    tb_vp8 vp8;
    tb_vp8l vp8l;
} tb_webp_head;

typedef struct {
    size_t window;    /* bytes to show at once */
    bool long_window; /* which may take longer than 0.5 ms */
    size_t memory;    /* bytes libwebp takes of its own */
} tb_webp_cost;

tb_webp_cost tb_webp_cost_of(const tb_webp_head *h);

#endif
