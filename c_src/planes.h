/* planes.h - between JPEG and WebP without RGB. */
#ifndef TB_PLANES_H
#define TB_PLANES_H

#include "plan.h"

/* Is it likely?  Then a decoder may be asked for less. */
bool tb_planes_hoped(const tb_plan *plan);

/* Where that can be, turns a route into one on which Y, Cb and Cr go apart from the
 * decoder to the encoders. */
void tb_planes_take(tb_route *r);

#endif
