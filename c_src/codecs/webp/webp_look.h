/* webp_look.h - finds the picture among the chunks of a WebP and reads its head;
 * private to webp_*.c. */
#ifndef TB_WEBP_LOOK_H
#define TB_WEBP_LOOK_H

#include "webp_cost.h"

typedef struct {
    const tb_decode *how; /* borrowed; set before the first step, as head's size */
    tb_webp_head head;
    int phase;
    size_t at;      /* the chunk to look at */
    size_t picture; /* offset of its data, head.bytes of them */
    size_t alpha, alpha_bytes;
    size_t shown; /* set: the bytes libwebp needs to begin */
    bool slant;   /* set: alpha cannot be decoded without the rows above */
} tb_webp_look;

/* TB_MORE, TB_HUNGRY, TB_DONE or TB_FAIL; a step is short. */
tb_status tb_webp_look_step(tb_webp_look *l, tb_mem *mem, tb_error *err);
void tb_webp_look_close(tb_webp_look *l, tb_mem *mem);

/* The bytes below `end` that may be read end here. */
static inline size_t tb_webp_up_to(const tb_decode *how, size_t end)
{
    return end < how->input->safe ? end : how->input->safe;
}

#endif
