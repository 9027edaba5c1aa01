/* foreign.h - the formats that libvips reads and writes for us. */
#ifndef TB_FOREIGN_H
#define TB_FOREIGN_H

#include "../vips/part.h"

/* Could a build like this one read it, by libvips?  Known without it. */
bool tb_foreign_may_read(tb_format f);

/* Loads and starts libvips, once: a tenth of a second, and maybe a wait for another thread
 * that does; never on a normal scheduler.  False if it cannot be had, and why. */
bool tb_foreign_start(char why[TB_VIPS_WHY]);

/* NULL until it is started. */
const tb_vips_part *tb_foreign(void);

/* Fails for a format that is not to be had: what is missing. */
tb_status tb_foreign_lacks(tb_error *err, const char *stage, tb_format f, const char *done);

/* Fails for something else that takes libvips, where it is not to be had. */
tb_status tb_foreign_needed(tb_error *err, const char *stage);

#endif
