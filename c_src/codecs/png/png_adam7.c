/* png_adam7.c - pixels of seven passes into one picture. */
#include "png_adam7.h"
#include <png.h>
#include <string.h>

bool tb_adam7_open(tb_adam7 *a, const tb_decode *how, tb_mem *mem)
{
    const tb_header *h = how->header;

    a->region = how->region;
    a->channels = h->channels;
    for (int p = 0; p < 7; p++)
        if (PNG_PASS_COLS(h->width, p) > 0)
            a->missing += PNG_PASS_ROWS(h->height, p);
    a->px = tb_alloc(mem, (size_t)a->region.height, (size_t)a->region.width * (size_t)a->channels);
    return a->px != NULL;
}

static uint8_t *row_at(const tb_adam7 *a, int y)
{
    return a->px + (size_t)y * (size_t)a->region.width * (size_t)a->channels;
}

/* n pixels of c samples, to every step-th pixel from dst on. */
static inline void spread(uint8_t *dst, const uint8_t *src, int n, size_t step, size_t c)
{
    for (int i = 0; i < n; i++, dst += step * c, src += c)
        memcpy(dst, src, c);
}

void tb_adam7_put(tb_adam7 *a, const uint8_t *row, int y, int pass)
{
    const tb_rect *r = &a->region;
    int first = PNG_PASS_COLS(r->x, pass), n = PNG_PASS_COLS(r->x + r->width, pass) - first;
    size_t c = (size_t)a->channels, step = (size_t)1 << PNG_PASS_COL_SHIFT(pass);

    a->rows[pass] = y + 1;
    a->missing--;
    y = (int)PNG_ROW_FROM_PASS_ROW(y, pass) - r->y;
    if (y < 0 || y >= r->height || n == 0)
        return;

    uint8_t *dst = row_at(a, y) + (PNG_COL_FROM_PASS_COL((size_t)first, pass) - (size_t)r->x) * c;
    row += (size_t)first * c;
    switch (c) { /* so that the compiler knows the size */
    case 1:
        spread(dst, row, n, step, 1);
        break;
    case 2:
        spread(dst, row, n, step, 2);
        break;
    case 3:
        spread(dst, row, n, step, 3);
        break;
    default:
        spread(dst, row, n, step, 4);
    }
}

/* Which of 8 neighbouring columns have their pixel in row y. */
static void look(const tb_adam7 *a, int y, bool come[8])
{
    static const uint8_t pass_of[8][8] = {{0, 5, 3, 5, 1, 5, 3, 5}, {6, 6, 6, 6, 6, 6, 6, 6},
                                          {4, 5, 4, 5, 4, 5, 4, 5}, {6, 6, 6, 6, 6, 6, 6, 6},
                                          {2, 5, 3, 5, 2, 5, 3, 5}, {6, 6, 6, 6, 6, 6, 6, 6},
                                          {4, 5, 4, 5, 4, 5, 4, 5}, {6, 6, 6, 6, 6, 6, 6, 6}};

    for (int x = 0; x < 8; x++) {
        int pass = pass_of[y & 7][x];
        come[x] = PNG_PASS_ROWS(y, pass) < a->rows[pass];
    }
}

static void fill_holes(tb_adam7 *a, int y)
{
    size_t c = (size_t)a->channels, n = (size_t)a->region.width * c;
    uint8_t *px = row_at(a, y), made_up[4];
    const uint8_t *like;
    bool come[8], left = false;

    look(a, y + a->region.y, come);
    memset(made_up, tb_made_up(a->channels), sizeof made_up);
    for (int x = 0; x < a->region.width; x++, px += c) {
        if (come[(x + a->region.x) & 7]) {
            left = true;
            continue;
        }
        like = left ? px - c : y > 0 ? px - n : made_up;
        memcpy(px, like, c);
    }
}

void tb_adam7_get(tb_adam7 *a, int y, uint8_t *row)
{
    if (a->missing > 0)
        fill_holes(a, y);
    memcpy(row, row_at(a, y), (size_t)a->region.width * (size_t)a->channels);
}

void tb_adam7_close(tb_adam7 *a, tb_mem *mem)
{
    tb_free(mem, a->px);
    a->px = NULL;
}
