/* chain.h - stages and the rings between them: a tree whose root is the source. */
#ifndef TB_CHAIN_H
#define TB_CHAIN_H

#include "stage.h"

#define TB_MAX_STAGES 160
#define TB_LONG_COPY  ((size_t)256 << 10) /* bytes that take 0.1 ms to move, fresh pages included */

/* How far a run may go: asked, never told. */
typedef struct tb_budget {
    tb_stop stop;                      /* must the job end now? */
    bool (*left)(struct tb_budget *b); /* may this slice go on?  Asked after each step. */
    bool long_ok;                      /* steps that cannot be cut may run */
} tb_budget;

typedef struct {
    tb_mem *mem;          /* borrowed */
    struct tb_vips *vips; /* borrowed; may be NULL */
    tb_stage *stage;      /* owned, with their states and rings */
    int count, room;
    int opened; /* the first so many */
    int laid;   /* the rings of the first so many are there */
} tb_chain;

/* Appends a stage that reads out `port` of stage `from` (an index); a source has
 * from -1.  Readers come after what they read.  Returns its index, or -1 if
 * there is no memory or there are too many.  For stages with more ins, name the
 * rest with tb_chain_link. */
int tb_chain_add(tb_chain *c, const tb_stage_ops *ops, const void *args, int from);
void tb_chain_link(tb_chain *c, int stage, int in, int from, int port);

/* Opens what is not open, then runs steps until the budget is spent (TB_MORE),
 * all sinks are done (TB_DONE), the source lacks input (TB_HUNGRY), or the next
 * step is long and long_ok is not set (TB_LONG). */
tb_status tb_chain_run(tb_chain *c, tb_budget *budget, tb_error *err);

bool tb_chain_heavy(const tb_chain *c); /* closing takes more than 0.1 ms */
void tb_chain_close(tb_chain *c);

#endif
