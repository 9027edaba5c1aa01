/* planes.h - Y, Cb and Cr (or U and V), each by itself. */
#ifndef PLANES_H
#define PLANES_H

#include "jpeg_samples.h"

typedef struct {
    image of[3];
} planes;

static inline void check_same_planes(planes a, planes b, const char *at, int line)
{
    for (int k = 0; k < 3; k++)
        check_same(a.of[k], b.of[k], at, line);
}
#define CHECK_SAME_PLANES(a, b) check_same_planes(a, b, __FILE__, __LINE__)

/* The lines of a plane that lines [y, end) of the picture lie on; `step` of those on one of these. */
static inline image lines(image plane, int step, int y, int end)
{
    int first = y / step;
    image out = image_new(plane.w, ceil_div(end, step) - first, 1);

    memcpy(out.px, plane.px + first * plane.w, image_size(out));
    return out;
}

/* Keeps what comes out of a decoder of planes, the first stage; `to` lives as long as the chain. */
static inline bool keep_planes(tb_chain *c, image *to[3])
{
    for (int k = 0; k < 3; k++) {
        if (tb_chain_add(c, &keep, &to[k], 0) != k + 1)
            return false;
        tb_chain_link(c, k + 1, 0, 0, k);
    }
    return true;
}

#endif
