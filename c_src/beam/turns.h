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

#include <stdbool.h>
#include <stdint.h>

/* One for each job.  All zero to begin with. */
typedef struct {
    struct tb_turns *at; /* the scheduler of its last slice; may be NULL */
} tb_queued;

/* May a job, which has waited since then, have its slice here and now, on a normal scheduler?  If not, it gives
 * up its turn. */
bool tb_turn_comes(tb_queued *t, bool small, uint64_t left_at, uint64_t now);

/* It had one, of so many ns of CPU time, until then; it leaves at most so many rounds to others. */
void tb_turn_taken(tb_queued *t, bool small, unsigned courtesy, uint64_t took, uint64_t end);

/* It will not come again for now: nobody is to wait for it. */
void tb_turn_ends(tb_queued *t);

#endif
