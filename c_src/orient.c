/* orient.c - flips and turns as 2x2 matrices on coordinates around the centre. */
#include "orient.h"
#include <string.h>

/* x' = xx x + xy y, y' = yx x + yy y; y grows downwards */
typedef struct {
    int xx, xy, yx, yy;
} matrix;

static const matrix matrices[9] = {
    {1, 0, 0, 1}, /* no orientation is the same as upright */
    {1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
    {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, -1, 0}, {0, 1, -1, 0},
};

int tb_orient_then(int a, int b)
{
    const matrix *p = &matrices[a], *q = &matrices[b];
    matrix m = {q->xx * p->xx + q->xy * p->yx, q->xx * p->xy + q->xy * p->yy, q->yx * p->xx + q->yy * p->yx,
                q->yx * p->xy + q->yy * p->yy};

    for (int o = 1; o <= 8; o++)
        if (memcmp(&m, &matrices[o], sizeof m) == 0)
            return o;
    return 1;
}

/* Corners are doubled and taken from the centre, so that all stays whole; the
 * inverse of these matrices is their transpose. */
tb_rect tb_orient_back(int o, tb_rect r, int width, int height)
{
    const matrix *m = &matrices[o];
    int w = tb_orient_swaps(o) ? height : width, h = tb_orient_swaps(o) ? width : height;
    int x = 2 * r.x + r.width - w, y = 2 * r.y + r.height - h;
    int sx = m->xx * x + m->yx * y, sy = m->xy * x + m->yy * y;
    tb_rect back = {.width = tb_orient_swaps(o) ? r.height : r.width,
                    .height = tb_orient_swaps(o) ? r.width : r.height};

    back.x = (sx + width - back.width) / 2;
    back.y = (sy + height - back.height) / 2;
    return back;
}
