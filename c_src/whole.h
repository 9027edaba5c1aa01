/* whole.h - the way through what libvips does with the picture as a whole. */
#ifndef TB_WHOLE_H
#define TB_WHOLE_H

#include "way.h"

/* One of its operations does. */
bool tb_needs_vips(const tb_pipe *pipe);

/* Keeps a part of that size, where it is best: that is the operation's to know. */
tb_status tb_way_smart_crop(tb_way *w, int width, int height, tb_smart by, const tb_place *place);

tb_status tb_way_affine(tb_way *w, const tb_affine_op *op);
tb_status tb_way_clahe(tb_way *w, const tb_clahe_op *op);
tb_status tb_way_equalise(tb_way *w);

#endif
