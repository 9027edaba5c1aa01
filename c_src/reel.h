/* reel.h - what the frames of an animation leave behind, until the last one makes a file of it.
 *
 * libvips gets them all at once, in memory that its worker will see:
 *
 *     frame 0 | frame 1 | ... | the time of each, ms, 4 bytes | ICC | EXIF | XMP
 *
 * where a still picture is one frame, without a time.  A WebP is made frame by frame, each of what
 * has changed since the one before. */
#ifndef TB_REEL_H
#define TB_REEL_H

#include "bytes.h"
#include "error.h"
#include "worker/region.h"

typedef struct tb_reel {
    tb_region memory; /* libvips: owned, until the worker has it */
    size_t charged;   /* for it */
    size_t pixels;    /* bytes of a frame */
    size_t icc, exif, xmp;

    uint8_t *before; /* WebP: the frame before, owned... */
    tb_bytes body;   /* ...and the chunks of all so far; mem is set by the first */

    tb_error *refused; /* told, where the file is too long */
} tb_reel;

/* Giving it back takes longer than 0.1 ms. */
static inline bool tb_reel_heavy(const tb_reel *r)
{
    return r->memory.data && r->memory.size > (size_t)512 << 10;
}

void tb_reel_close(tb_reel *r, tb_mem *mem);

#endif
