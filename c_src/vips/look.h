/* look.h - what a picture is, before it is decoded. */
#ifndef TB_LOOK_H
#define TB_LOOK_H

#include "../worker/wire.h"

/* Its metadata, to be given to g_free; NULL where there is none.  Failure is told. */
void *tb_look(const tb_input *in, const tb_do_look *how, tb_seen *seen, tb_error *err);

#endif
