/* jpeg_planes_enc.c - planes from their rings to libjpeg. */
#include "jpeg_planes.h"
#include <string.h>

#define HIGH (2 * DCTSIZE) /* rows of a plane in a row of blocks, at most */

void tb_jpeg_planes_want(tb_in *in, tb_chroma chroma)
{
    for (int k = 0; k < TB_PLANES; k++) {
        in[k].window = k == 0 && chroma == TB_CHROMA_420 ? HIGH : DCTSIZE;
        in[k].want = 0;
        tb_advance(&in[k], 0, in[k].window);
    }
}

/* The last sample goes on to the end of the last block: that is slack of the row.
 * So does the last row. */
static void find_rows(const tb_in *in, const jpeg_component_info *c, JSAMPROW *row)
{
    size_t width = (size_t)in->rows->shape.width, wide = (size_t)c->width_in_blocks * DCTSIZE;
    int high = c->v_samp_factor * DCTSIZE, last = in->rows->shape.height - 1;

    assert(wide >= width && wide - width <= TB_SLACK);
    for (int i = 0; i < high; i++) {
        int y = in->first + i;
        row[i] = (JSAMPROW)tb_row(in, y < last ? y : last);
        memset(row[i] + width, row[i][width - 1], wide - width);
    }
}

bool tb_jpeg_planes_write(tb_in *in, j_compress_ptr j)
{
    JSAMPROW rows[TB_PLANES][HIGH];
    JSAMPARRAY plane[TB_PLANES];

    for (int k = 0; k < TB_PLANES; k++) {
        plane[k] = rows[k];
        find_rows(&in[k], &j->comp_info[k], rows[k]);
    }
    if (jpeg_write_raw_data(j, plane, (JDIMENSION)(j->max_v_samp_factor * DCTSIZE)) == 0)
        return false;
    for (int k = 0; k < TB_PLANES; k++) {
        int high = j->comp_info[k].v_samp_factor * DCTSIZE;
        tb_advance(&in[k], in[k].first + high, in[k].first + 2 * high);
    }
    return true;
}
