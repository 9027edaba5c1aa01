/* weights_cache.h - the last few small tables that a thread has made: Cr takes Cb's, and one
 * avatar those of the one before.  They are copied, so nothing is shared and nothing locked. */
#ifndef TB_WEIGHTS_CACHE_H
#define TB_WEIGHTS_CACHE_H

#include "weights.h"

/* Fills in a table, if this thread knows it. */
bool tb_weights_recall(tb_weights *w);

/* Keeps one that is ready, if it is small. */
void tb_weights_remember(const tb_weights *w);

/* So that tests see tables being made. */
void tb_weights_forget(void);

#endif
