/* world.h - what all tasks of a loaded library share; lives until the last of
 * them is gone. */
#ifndef TB_WORLD_H
#define TB_WORLD_H

#include "../shelf.h"
#include "line.h"
#include "reaper.h"

typedef struct {
    unsigned version;
    tb_reaper reaper;
    tb_line *line[TB_KINDS]; /* owned */
    tb_shelf shelf;
    tb_heap heap;             /* at its end, what each job changes... */
    _Atomic unsigned holders; /* tasks, and the library instances */
    _Atomic uint64_t started, finished, failed, cancelled;
    _Atomic uint64_t lane[3]; /* all that ended: inline, yielding, with dirty slices */
} tb_world;                   /* ...which is little, and in one place */

/* A limit on the bytes of all jobs together, 0 = none; how many schedulers there are of each kind.  NULL if
 * there is no memory. */
tb_world *tb_world_new(size_t limit, const unsigned schedulers[TB_KINDS]);
bool tb_world_known(const tb_world *w); /* of a layout that this build knows */
tb_world *tb_world_hold(tb_world *w);
void tb_world_drop(tb_world *w);

#endif
