/* frames.h - which frames of a picture, or pages, are used. */
#ifndef TB_FRAMES_H
#define TB_FRAMES_H

#include "picture.h"

/* More than one may be wanted. */
static inline bool tb_frames_several(const tb_picture *p)
{
    return p->last_frame > p->first_frame;
}

/* How many there are is told by the walk; else by libvips. */
bool tb_frames_walked(const tb_header *h);

/* Of those that are wanted, so many are there; less than 1 where the first is not. */
int tb_frames_wanted(const tb_picture *p);

/* Settles how many are used, of what the header tells; `all` of those that are wanted, or only the first.
 * TB_MORE, or TB_FAIL: it is not there, or there are more than the limits allow. */
tb_status tb_frames_choose(tb_picture *p, bool all, tb_error *err);

#endif
