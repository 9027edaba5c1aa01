/* turns.h - who comes next on a scheduler.
 *
 * The queue of a scheduler may hold several jobs (how many, line.h says), and each wants a slice
 * when it comes to its turn; whoever else waits in it would wait for all of them.  So after a
 * slice there is a round: the other jobs give their turns up, until the one whose slice it was
 * comes again.  By then everybody in the queue has had a turn, and has waited for one slice.
 *
 * A job that starts waits for nobody: to those that wait it is one of the others.  The time
 * that the others had, jobs that wait may have too, without a round: or they would be left
 * behind where many small jobs start. */
#ifndef TB_TURNS_H
#define TB_TURNS_H

#include "task.h"

/* May the task have its slice here and now, on a normal scheduler?  If not, it gives up
 * its turn. */
bool tb_turn_comes(tb_task *t, uint64_t now);

/* It had one, of so many ns of CPU time, until slice_end. */
void tb_turn_taken(tb_task *t, uint64_t took);

/* It will not come again for now: nobody is to wait for it. */
void tb_turn_ends(tb_task *t);

#endif
