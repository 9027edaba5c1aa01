/* png_icc.h - the iCCP chunk, deflated and written in pieces. */
#ifndef TB_PNG_ICC_H
#define TB_PNG_ICC_H

#include "../../meta.h"
#include "png_chunk.h"

typedef struct {
    tb_png_chunk chunk;
    tb_bytes deflated;      /* all of it: a chunk begins with its length */
    size_t at;              /* of the profile: where the next piece begins */
    struct z_stream_s *zip; /* owned while deflating */
} tb_png_icc;

/* Appends the profile, if there is one, and it is one for so many channels.
 * TB_MORE, TB_DONE or TB_FAIL. */
tb_status tb_png_icc_step(tb_png_icc *w, const tb_meta *meta, int channels, tb_bytes *out, tb_mem *mem,
                          tb_error *err);
void tb_png_icc_close(tb_png_icc *w, tb_mem *mem);

#endif
