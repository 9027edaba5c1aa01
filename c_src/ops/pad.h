/* pad.h - how much of the picture padding holds back. */
#ifndef TB_PAD_H
#define TB_PAD_H

#include "ops.h"

/* Rows of the picture, of that height, that are held at once. */
int tb_pad_window(const tb_pad_args *a, int height);

#endif
