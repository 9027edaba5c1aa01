/* canvas.h - what is around a picture: borders that are added, corners that go. */
#ifndef TB_CANVAS_H
#define TB_CANVAS_H

#include "way.h"

/* Gets the channels that it takes to show it. */
void tb_way_show(tb_way *w, const tb_background *b);

/* On a larger canvas, which is laid out upright; of the background, unless other pixels extend it. */
tb_status tb_way_lay(tb_way *w, tb_pad_args on, const tb_background *background);
tb_status tb_way_extend(tb_way *w, const tb_extend_op *op);
tb_status tb_way_pad(tb_way *w, const tb_pad_op *op);

/* Rounded corners, no rounder than can be; the circle is the largest in the middle. */
void tb_way_round(tb_way *w, tb_length radius);
void tb_way_circle(tb_way *w);

#endif
