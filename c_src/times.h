/* times.h - how long each frame of an animation is shown. */
#ifndef TB_TIMES_H
#define TB_TIMES_H

#include "mem.h"

#define TB_PAGE_MS 100 /* of what has no time of its own, as a page of a document */

/* Starts all zero but for mem, which is borrowed. */
typedef struct {
    tb_mem *mem;
    uint32_t *ms; /* owned */
    int count, room;
} tb_times;

bool tb_times_add(tb_times *t, uint32_t ms); /* false if there is no memory */
uint32_t tb_times_of(const tb_times *t, int frame);
void tb_times_close(tb_times *t);

#endif
