/* term.h - Erlang terms to plans and back. */
#ifndef TB_TERM_H
#define TB_TERM_H

#include "task.h"

/* Makes every atom there is. */
void tb_term_load(ErlNifEnv *env);

/* A list of operations. */
void tb_term_ops_load(ErlNifEnv *env);
bool tb_term_ops(ErlNifEnv *env, ERL_NIF_TERM list, tb_pipe *pipe);

/* Opens the job as planned.  False where the term is not of the form that
 * lib/thumbelina/native.ex says, or there is no memory. */
bool tb_term_plan(ErlNifEnv *env, ERL_NIF_TERM term, tb_task *t);
/* A picture's map, or what info is given: is it text that is to be drawn? */
bool tb_term_text(ErlNifEnv *env, ERL_NIF_TERM map);
bool tb_term_limits(ErlNifEnv *env, ERL_NIF_TERM term, tb_limits *limits);

ERL_NIF_TERM tb_term_of_limits(ErlNifEnv *env, const tb_limits *limits);
ERL_NIF_TERM tb_term_done(ErlNifEnv *env, tb_task *t); /* takes the binaries */
ERL_NIF_TERM tb_term_header(ErlNifEnv *env, const tb_task *t);
ERL_NIF_TERM tb_term_route(ErlNifEnv *env, const tb_task *t);
ERL_NIF_TERM tb_term_failed(ErlNifEnv *env, const tb_task *t);
ERL_NIF_TERM tb_term_hungry(ErlNifEnv *env, ERL_NIF_TERM job);
ERL_NIF_TERM tb_term_wait(ErlNifEnv *env, ERL_NIF_TERM job);
ERL_NIF_TERM tb_term_asleep(ErlNifEnv *env, unsigned ms, ERL_NIF_TERM job);
ERL_NIF_TERM tb_term_called(ErlNifEnv *env, ERL_NIF_TERM job);
ERL_NIF_TERM tb_term_piece(ErlNifEnv *env, ERL_NIF_TERM binary, ERL_NIF_TERM job);
ERL_NIF_TERM tb_term_world(ErlNifEnv *env, const tb_world *w);
ERL_NIF_TERM tb_term_capabilities(ErlNifEnv *env);

/* What a caller gives: a binary, word that there will be pieces of input, that they
 * have ended, or that more output is wanted. */
typedef enum { TB_ASK_NONE, TB_ASK_FEED, TB_ASK_PIECES, TB_ASK_END, TB_ASK_NEXT, TB_ASK_LINE } tb_ask;
tb_ask tb_term_ask(ErlNifEnv *env, ERL_NIF_TERM term);

#endif
