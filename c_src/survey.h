/* survey.h - operations that must have seen the picture before the way goes on:
 * a first look at it, by a sink of their own, finds what they need to know. */
#ifndef TB_SURVEY_H
#define TB_SURVEY_H

#include "way.h"

/* The first of a pipe that has not had its look; -1 if there is none. */
int tb_survey_next(const tb_pipe *pipe);

/* Adds the sink for it, which writes to `found`. */
void tb_survey_look(tb_way *w, const tb_op *op, tb_found *found);

/* What was found is known to the operation from now on... */
void tb_survey_learn(tb_op *op, const tb_found *found);
/* ...and used. */
void tb_survey_follow(tb_way *w, const tb_op *op);

#endif
