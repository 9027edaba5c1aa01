/* webp_planes.c - from libwebp's planes to their rings. */
#include "webp_planes.h"
#include <string.h>

#define BURST (1 << 16) /* about the bytes of rows given in a step */
#define MOST  16        /* rows of Y in one, an even number */
#define GREY  0x7e      /* of Y, whose black is 16 */

static int half(int n)
{
    return (n + 1) / 2;
}

void tb_webp_planes_shape(tb_rows *out, const tb_decode *how)
{
    int width = how->header->width, y = how->region.y, end = y + how->region.height;
    int burst = BURST / width < 2 ? 2 : BURST / width > MOST ? MOST : BURST / width / 2 * 2;

    out[0].shape = (tb_shape){width, how->region.height, 1};
    out[1].shape = out[2].shape = (tb_shape){half(width), half(end) - y / 2, 1};
    out[0].burst = burst;
    out[1].burst = out[2].burst = burst / 2 + 1;
}

tb_rect tb_webp_planes_area(const tb_decode *how)
{
    int y = how->region.y / 2 * 2;

    return (tb_rect){0, y, how->header->width, how->region.y + how->region.height - y};
}

/* Where plane k begins, or ends the one before. */
static size_t start_of(tb_rect area, int k)
{
    size_t luma = (size_t)area.width * (size_t)area.height;

    return k == 0 ? 0 : luma + (size_t)(k - 1) * (size_t)half(area.width) * (size_t)half(area.height);
}

size_t tb_webp_planes_bytes(tb_rect area)
{
    return start_of(area, TB_PLANES);
}

void tb_webp_planes_output(WebPDecBuffer *to, uint8_t *planes, tb_rect area)
{
    WebPYUVABuffer *b = &to->u.YUVA;

    to->colorspace = MODE_YUV;
    b->y = planes;
    b->u = planes + start_of(area, 1);
    b->v = planes + start_of(area, 2);
    b->y_stride = area.width;
    b->u_stride = b->v_stride = half(area.width);
    b->y_size = start_of(area, 1);
    b->u_size = b->v_size = start_of(area, 2) - start_of(area, 1);
}

/* The rows of the plane below `end`, given rows of it that the region and the area begin with. */
static void give(tb_rows *out, const uint8_t *plane, int first, int ready, int end, int made_up)
{
    size_t n = (size_t)out->shape.width;

    for (; out->end < end; out->end++) {
        int y = first + out->end;
        if (y < ready)
            memcpy(tb_new_row(out, 0), plane + (size_t)y * n, n);
        else
            memset(tb_new_row(out, 0), made_up, n);
    }
}

void tb_webp_planes_give(tb_rows *out, const tb_decode *how, const uint8_t *planes, tb_rect area, int ready,
                         int count)
{
    int top = how->region.y, end = out[0].end + count;
    int chroma_end = end == out[0].shape.height ? out[1].shape.height : (top + end) / 2 - top / 2;
    int chroma_ready = ready == area.height ? half(ready) : ready / 2;

    give(&out[0], planes, top - area.y, ready, end, GREY);
    for (int k = 1; k < TB_PLANES; k++)
        give(&out[k], planes + start_of(area, k), top / 2 - area.y / 2, chroma_ready, chroma_end, 0x80);
}
