/* test_orient.c - flips and turns against pictures turned pixel by pixel. */
#include "../../c_src/orient.h"
#include "check.h"

/* Where EXIF says that the stored pixel x, y belongs: the first row and column of
 * the stored picture, by the wording of its specification. */
static void upright_place(int o, int x, int y, int w, int h, int *ux, int *uy)
{
    switch (o) {
    case 1: /* row 0 is the top, column 0 the left */
        *ux = x, *uy = y;
        break;
    case 2: /* top, right */
        *ux = w - 1 - x, *uy = y;
        break;
    case 3: /* bottom, right */
        *ux = w - 1 - x, *uy = h - 1 - y;
        break;
    case 4: /* bottom, left */
        *ux = x, *uy = h - 1 - y;
        break;
    case 5: /* left, top */
        *ux = y, *uy = x;
        break;
    case 6: /* right, top */
        *ux = h - 1 - y, *uy = x;
        break;
    case 7: /* right, bottom */
        *ux = h - 1 - y, *uy = w - 1 - x;
        break;
    default: /* left, bottom */
        *ux = y, *uy = w - 1 - x;
    }
}

static void two_in_a_row_are_one(void)
{
    const int w = 5, h = 3;
    for (int a = 1; a <= 8; a++)
        for (int b = 1; b <= 8; b++) {
            int one = tb_orient_then(a, b);
            int mw = a >= 5 ? h : w, mh = a >= 5 ? w : h;
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                    int ax, ay, bx, by, cx, cy;
                    upright_place(a, x, y, w, h, &ax, &ay);
                    upright_place(b, ax, ay, mw, mh, &bx, &by);
                    upright_place(one, x, y, w, h, &cx, &cy);
                    CHECK(bx == cx && by == cy);
                }
        }
}

static void a_rectangle_comes_from_its_pixels(void)
{
    const int w = 7, h = 4;
    for (int o = 1; o <= 8; o++) {
        int uw = o >= 5 ? h : w, uh = o >= 5 ? w : h;
        for (int y0 = 0; y0 < uh; y0++)
            for (int x0 = 0; x0 < uw; x0++)
                for (int rh = 1; rh <= uh - y0; rh++)
                    for (int rw = 1; rw <= uw - x0; rw++) {
                        tb_rect r = tb_orient_back(o, (tb_rect){x0, y0, rw, rh}, w, h);
                        for (int y = 0; y < h; y++)
                            for (int x = 0; x < w; x++) {
                                int ux, uy;
                                upright_place(o, x, y, w, h, &ux, &uy);
                                bool wanted = ux >= x0 && ux < x0 + rw && uy >= y0 && uy < y0 + rh;
                                bool given = x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height;
                                CHECK(wanted == given);
                            }
                    }
    }
}

int main(void)
{
    two_in_a_row_are_one();
    a_rectangle_comes_from_its_pixels();
    return 0;
}
