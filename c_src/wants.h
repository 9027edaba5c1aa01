/* wants.h - what is to be found out about a result: looked for beside the way. */
#ifndef TB_WANTS_H
#define TB_WANTS_H

#include "way.h"

/* Adds a branch for each, off the upright picture. */
void tb_way_wants(tb_way *w, const tb_pipe *pipe, tb_look *look);

#endif
