/* follow.h - what each operation adds to the way. */
#ifndef TB_FOLLOW_H
#define TB_FOLLOW_H

#include "way.h"

/* Where another picture is laid on, its way is followed as well; nothing is laid on
 * that one. */
tb_status tb_way_follow(tb_way *w, const tb_plan *plan, const tb_op *op);

#endif
