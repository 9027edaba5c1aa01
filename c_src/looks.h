/* looks.h - the way through what makes each pixel from itself alone. */
#ifndef TB_LOOKS_H
#define TB_LOOKS_H

#include "way.h"

/* Adds the operation, whose kind is one of TB_OP_BRIGHTEN .. TB_OP_OPACITY. */
void tb_way_look(tb_way *w, const tb_op *op);

#endif
