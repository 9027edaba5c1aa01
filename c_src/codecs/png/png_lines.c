/* png_lines.c - bytes in, rows without filters out. */
#include "png_lines.h"
#include "png_filter.h"
#include <png.h>
#include <string.h>

static size_t length_of(const tb_png_lines *l, int width)
{
    return ((size_t)width * (size_t)l->bits + 7) / 8 + 1;
}

/* The next pass that has pixels. */
static void next_pass(tb_png_lines *l)
{
    int width = l->width, passes = l->passes ? 7 : 1;

    do {
        if (++l->pass == passes) {
            l->complete = true;
            return;
        }
        if (l->passes)
            width = PNG_PASS_COLS(l->width, l->pass);
    } while (width == 0 || (l->passes && PNG_PASS_ROWS(l->height, l->pass) == 0));
    l->y = 0;
    l->length = length_of(l, width);
    l->above = l->block;
}

bool tb_png_lines_open(tb_png_lines *l, const tb_header *h, size_t room, tb_mem *mem)
{
    l->bits = h->components * h->depth;
    l->width = h->width;
    l->height = h->height;
    l->passes = h->progressive;

    size_t longest = length_of(l, l->width);
    l->block = tb_alloc(mem, 1, 3 * longest + room + TB_PNG_SLACK);
    if (!l->block)
        return false;
    memset(l->block, 0, longest);
    l->row = l->done = l->end = l->home = 2 * longest;
    l->filter = l->pass = -1;
    next_pass(l);
    return true;
}

/* Moves the row under way, and the one above, back to where they began. */
uint8_t *tb_png_lines_room(tb_png_lines *l)
{
    size_t back = l->row - l->home, from = l->row - (l->y > 0 ? l->length : 0);

    if (back > 0) {
        memmove(l->block + from - back, l->block + from, l->end - from);
        l->row -= back;
        l->done -= back;
        l->end -= back;
        if (l->y > 0)
            l->above -= back;
    }
    return l->block + l->end;
}

void tb_png_lines_add(tb_png_lines *l, size_t n)
{
    l->end += n;
}

/* Undoes what has come of the row under way; true if it is whole. */
static bool undo(tb_png_lines *l)
{
    size_t bpp = l->bits < 8 ? 1 : (size_t)l->bits / 8;
    size_t first = l->row + 1, end = l->row + l->length;
    bool whole = l->end >= end;

    if (!whole)
        end = l->end - (l->end - first) % bpp;
    tb_png_unfilter(l->block + first, l->above + 1, l->done - first, end - first, bpp, l->filter);
    l->done = end;
    return whole;
}

static void next_row(tb_png_lines *l)
{
    int rows = l->passes ? PNG_PASS_ROWS(l->height, l->pass) : l->height;

    l->above = l->block + l->row;
    l->row += l->length;
    l->filter = -1;
    if (++l->y == rows)
        next_pass(l);
}

tb_status tb_png_lines_next(tb_png_lines *l, tb_png_line *line, tb_error *err)
{
    if (l->complete || l->end == l->row)
        return TB_MORE;
    if (l->filter < 0) {
        l->filter = l->block[l->row];
        if (l->filter >= TB_PNG_FILTERS)
            return tb_fail(err, TB_E_CORRUPT, "png", "row %d has an unknown filter", l->y);
        l->block[l->row] = TB_PNG_NONE;
        l->done = l->row + 1;
    }
    if (!undo(l))
        return TB_MORE;
    *line = (tb_png_line){l->block + l->row, l->length, l->y, l->pass};
    next_row(l);
    return TB_DONE;
}

void tb_png_lines_close(tb_png_lines *l, tb_mem *mem)
{
    tb_free(mem, l->block);
    l->block = NULL;
}
