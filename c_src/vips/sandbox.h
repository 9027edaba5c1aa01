/* sandbox.h - what a picture that took the process over could not do. */
#ifndef TB_SANDBOX_H
#define TB_SANDBOX_H

/* From now on, where Linux has it, and for all threads to come: no program is started, no connection
 * made, no file changed, no other process touched.  Files may be read: fonts, plugins of codecs. */
void tb_sandbox_close(void);

#endif
