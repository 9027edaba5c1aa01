/* serve.h - questions answered. */
#ifndef TB_SERVE_H
#define TB_SERVE_H

#include "../worker/wire.h"

/* Answers one; fd came with it, or is -1, and is taken over.  False: it has no answer. */
bool tb_serve(const tb_request *r, int fd, tb_reply *reply);

/* The desk; once, at the beginning. */
bool tb_serve_open(void);

#endif
