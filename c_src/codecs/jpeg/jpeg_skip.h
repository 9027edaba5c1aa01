/* jpeg_skip.h - scans of which nothing will be seen are not decoded. */
#ifndef TB_JPEG_SKIP_H
#define TB_JPEG_SKIP_H

#include "jpeg_src.h"

typedef struct {
    bool on;     /* there may be such scans */
    bool inside; /* we are in the data of one */
} tb_jpeg_skip;

/* Nothing is seen of its blocks but their mean. */
bool tb_jpeg_only_mean(const jpeg_component_info *c);

/* After jpeg_start_decompress, when all sizes are settled. */
void tb_jpeg_skip_open(tb_jpeg_skip *s, j_decompress_ptr j);

/* Between two scans, instead of libjpeg: skips one, or a part of it.  TB_DONE: what comes
 * is libjpeg's, up to the wall.  If that is `inside`, the input has ended there. */
tb_status tb_jpeg_skip_step(tb_jpeg_skip *s, j_decompress_ptr j, tb_jpeg_src *src);

#endif
