/* glance.h - what a few bytes say plainer than libvips would. */
#ifndef TB_VIPS_GLANCE_H
#define TB_VIPS_GLANCE_H

#include "../error.h"
#include "../header.h"
#include "../input.h"

/* TB_FAIL for what need not be opened, which is told; else TB_MORE. */
tb_status tb_glance(const tb_input *in, tb_format f, tb_error *err);

#endif
