/* overlay.h - one way meets another: a picture laid on the one below. */
#ifndef TB_OVERLAY_H
#define TB_OVERLAY_H

#include "way.h"

/* The picture is to stay in the colours of its profile, which `over` comes in, too. */
bool tb_way_share_profile(const tb_way *w, const tb_way *over);

/* Both ways are settled; `over` ends here. */
void tb_way_lay_over(tb_way *w, tb_way *over, const tb_composite_op *op);

#endif
