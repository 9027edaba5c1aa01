/* lay.h - from a route to the stages that go it. */
#ifndef TB_LAY_H
#define TB_LAY_H

#include "plan.h"

/* False if there is no memory. */
bool tb_lay(tb_chain *chain, tb_plan *plan, tb_route *route);

#endif
