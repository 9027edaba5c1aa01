/* job.h - pictures on their way: from bytes, through the stages, to bytes.
 * Owns all there is of it. */
#ifndef TB_JOB_H
#define TB_JOB_H

#include "chain.h"
#include "codecs/foreign.h"
#include "plan.h"

/* How far a job is meant to go. */
typedef enum { TB_TO_OUTPUT, TB_TO_HEADER, TB_TO_ROUTE } tb_goal;

/* WALK -> META -> PROBE (what libvips reads), for each picture, -> ROUTE -> RUN -> END,
 * or as far as the goal; from RUN back to ROUTE, where it was a survey, or there is another frame */
typedef enum { TB_WALK, TB_META, TB_PROBE, TB_ROUTE, TB_LAY, TB_RUN, TB_END } tb_phase;

typedef struct {
    tb_mem mem;
    tb_plan plan;
    uint8_t *kept; /* the first picture's input, where it comes in pieces; owned */
    size_t kept_room;
    size_t bytes_in; /* of all pictures */
    tb_goal goal;
    tb_phase phase;
    int at;           /* the picture that is looked at */
    tb_probe probe;   /* in PROBE */
    tb_vips vips;     /* threads is set by the owner */
    bool awaits_vips; /* the first worker, with all others that do: see foreign.h */
    bool again;       /* the input will be read once more */
    tb_chain chain;
    size_t piece; /* hand out output as soon as so many bytes wait; 0 = at the end */
    tb_error error;
    tb_route route; /* from ROUTE on; last, for it is large, and cleared then */
} tb_job;

/* A job starts all zero, but for its route; then this, with room for so many pictures and results
 * (false if there is no memory), and then the plan, mem.limit, goal and piece are
 * set. */
bool tb_job_open(tb_job *job, tb_heap *heap, int pictures, int pipes);

/* The whole input of a picture, borrowed until the job is closed... */
void tb_job_give(tb_job *job, int picture, const uint8_t *data, size_t size);
/* ...or a piece of the first one's, copied; false if there is no memory or it is over
 * a limit (the job has failed then).  tb_job_end_input says that there is no more. */
bool tb_job_feed(tb_job *job, const uint8_t *data, size_t size);
/* To take so many, it moves more of what it has than a normal scheduler has time for. */
bool tb_job_feed_is_long(const tb_job *job, size_t size);
void tb_job_end_input(tb_job *job);

/* TB_MORE when the budget is spent, TB_LONG, TB_HUNGRY, TB_FULL, TB_DONE, TB_FAIL. */
tb_status tb_job_run(tb_job *job, tb_budget *budget);

bool tb_job_uses_vips(const tb_job *job); /* or will; from ROUTE on, when the format is known */
bool tb_job_heavy(const tb_job *job);     /* closing takes more than 0.1 ms */
void tb_job_close(tb_job *job);

#endif
