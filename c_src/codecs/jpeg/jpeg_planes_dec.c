/* jpeg_planes_dec.c - the planes of a JPEG, from libjpeg straight into their rings.
 *
 * While it suspends, libjpeg has made a part of a row of blocks, and makes the rest
 * the next time: so its rows must be the same then.  They are, as long as none is
 * added to the rings. */
#include "jpeg_planes.h"

#define HIGH 16 /* rows of a plane in a row of blocks, at most */

static int up(int a, int b)
{
    return (a + b - 1) / b;
}

/* Of plane k. */
static int step_x(const tb_decode *how, int k)
{
    return k == 0 ? 1 : tb_jpeg_chroma(how, how->header->chroma_x);
}

static int step_y(const tb_decode *how, int k)
{
    return k == 0 ? 1 : tb_jpeg_chroma(how, how->header->chroma_y);
}

void tb_jpeg_planes_shape(tb_rows *out, const tb_decode *how)
{
    int width = up(how->header->width, how->shrink), y = how->region.y, end = y + how->region.height;

    for (int k = 0; k < TB_PLANES; k++) {
        int step = step_y(how, k);
        out[k].shape = (tb_shape){up(width, step_x(how, k)), up(end, step) - y / step, 1};
        out[k].burst = HIGH / how->shrink / step;
    }
}

bool tb_jpeg_planes_are(const struct jpeg_decompress_struct *j, const tb_header *h)
{
    const jpeg_component_info *c = j->comp_info;

    return j->jpeg_color_space == JCS_YCbCr && c[0].h_samp_factor <= 2 && c[0].v_samp_factor <= 2 &&
           c[0].h_samp_factor == h->chroma_x * c[1].h_samp_factor &&
           c[0].v_samp_factor == h->chroma_y * c[1].v_samp_factor &&
           c[1].h_samp_factor == c[2].h_samp_factor && c[1].v_samp_factor == c[2].v_samp_factor;
}

bool tb_jpeg_planes_open(tb_jpeg_planes *p, j_decompress_ptr j, const tb_decode *how, tb_mem *mem)
{
    for (int k = 0; k < TB_PLANES; k++) {
        int step = step_y(how, k);
        p->first[k] = how->region.y / step;
        p->high[k] = j->max_v_samp_factor * DCTSIZE / how->shrink / step;
    }
    p->beside = tb_alloc(mem, 1, j->output_width + TB_SLACK);
    return p->beside;
}

/* Where the rows of plane k go that the next row of blocks makes. */
static void find_rows(const tb_jpeg_planes *p, int k, int block_row, const tb_rows *out, JSAMPROW *row)
{
    for (int i = 0; i < p->high[k]; i++) {
        int y = block_row * p->high[k] + i - p->first[k];
        row[i] = y < 0 || y >= out->shape.height ? p->beside : tb_new_row(out, y - out->end);
    }
}

static int rows_made(const tb_jpeg_planes *p, int k, int block_rows, const tb_rows *out)
{
    int end = block_rows * p->high[k] - p->first[k];

    return end < 0 ? 0 : end < out->shape.height ? end : out->shape.height;
}

/* Rows of blocks above the region are read, but not made samples of. */
tb_status tb_jpeg_planes_read(tb_jpeg_planes *p, j_decompress_ptr j, tb_rows *out)
{
    JSAMPROW rows[TB_PLANES][HIGH];
    JSAMPARRAY plane[TB_PLANES];
    int at = (int)j->output_iMCU_row;

    for (int k = 0; k < TB_PLANES; k++) {
        plane[k] = rows[k];
        find_rows(p, k, at, &out[k], rows[k]);
        j->comp_info[k].component_needed = (at + 1) * p->high[k] > p->first[k];
    }
    if (jpeg_read_raw_data(j, plane, (JDIMENSION)p->high[0]) == 0)
        return TB_HUNGRY;
    for (int k = 0; k < TB_PLANES; k++)
        out[k].end = rows_made(p, k, at + 1, &out[k]);
    return out[0].end == out[0].shape.height ? TB_DONE : TB_MORE;
}

void tb_jpeg_planes_close(tb_jpeg_planes *p, tb_mem *mem)
{
    tb_free(mem, p->beside);
}
