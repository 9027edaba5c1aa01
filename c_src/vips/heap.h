/* heap.h - has an allocation failed?  Codecs that lack memory often say something else. */
#ifndef TB_VIPS_HEAP_H
#define TB_VIPS_HEAP_H

#include <stdbool.h>

void tb_heap_begin(void);
bool tb_heap_failed(void); /* since then; false where it cannot be seen */

#endif
