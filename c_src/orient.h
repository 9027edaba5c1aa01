/* orient.h - the eight ways a rectangle can be flipped and turned, numbered as
 * EXIF numbers the picture that each of them puts upright. */
#ifndef TB_ORIENT_H
#define TB_ORIENT_H

#include "codecs/codecs.h"

/* First a, then b. */
int tb_orient_then(int a, int b);

/* What undoes it. */
static inline int tb_orient_undo(int o)
{
    return o == 6 ? 8 : o == 8 ? 6 : o;
}

/* Width and height change places. */
static inline bool tb_orient_swaps(int o)
{
    return o >= 5;
}

/* Where a rectangle of the upright picture lies in the stored one, of that size. */
tb_rect tb_orient_back(int o, tb_rect upright, int width, int height);

#endif
