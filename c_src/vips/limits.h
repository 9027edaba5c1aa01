/* limits.h - how much this process may have, and what it has used. */
#ifndef TB_LIMITS_H
#define TB_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* Of the process, once libvips is there: no core file, few files, none of which grows. */
void tb_limits_open(void);

/* A job begins: it may take so many bytes more, 0 = any.  What the process has more than at its
 * start. */
uint64_t tb_limits_begin(uint64_t memory);
void tb_limits_end(void);

/* The most since the job began, beyond what there was, and beside what is shared with it; 0 = not known. */
uint64_t tb_limits_peak(uint64_t shared);
uint64_t tb_limits_cpu(void); /* ns, of the process */

#endif
