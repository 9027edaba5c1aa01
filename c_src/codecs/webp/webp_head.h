/* webp_head.h - what the heads of VP8 and VP8L pictures tell of the work they
 * are; private to webp_*.c.
 *
 * libwebp takes memory without asking and works without pause, and a small file
 * can make it do a lot of both.  So we look first. */
#ifndef TB_WEBP_HEAD_H
#define TB_WEBP_HEAD_H

#include "../../error.h"
#include "../../mem.h"

/* A lossy picture: how many macroblocks (16x16 pixels) a byte can hold. */
typedef struct {
    int partitions; /* its rows of macroblocks go around so many streams; 0 = damaged */
    bool skips;     /* macroblocks may take no bytes at all */
    int bits;       /* the least a macroblock takes otherwise, in 1/1024 bit */
} tb_vp8;

/* Reads the first partition's head: `size` bytes from the frame's tag on. */
tb_vp8 tb_vp8_read(const uint8_t *frame, size_t size);

/* A lossless picture, or an alpha channel: the work and memory before its first pixel. */
typedef struct {
    int width;     /* of what is entropy-coded: a palette packs pixels */
    double pixels; /* of small images in the head */
    int groups;    /* of prefix codes */
    int cache;     /* bits of the colour cache; 0 = none */
    struct tb_vp8l_work *work;
} tb_vp8l;

/* Opens a stream of that picture size; false if there is no memory. */
bool tb_vp8l_open(tb_vp8l *v, tb_mem *mem, int width, int height);

/* Reads on, at most 0.1 ms or so.  data is the stream's beginning, behind the
 * signature and size; `size` bytes are here, all there will be if `last`.
 * TB_MORE, TB_HUNGRY, TB_DONE; TB_FAIL, with no message, if it breaks the format. */
tb_status tb_vp8l_step(tb_vp8l *v, const uint8_t *data, size_t size, bool last);
void tb_vp8l_close(tb_vp8l *v, tb_mem *mem);

/* Bytes libwebp needs to decode it: pixels, rows under way, tables. */
double tb_vp8l_memory(const tb_vp8l *v, int width, int height);

#endif
