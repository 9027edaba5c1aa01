/* png_lines.h - the inflated picture, a row behind a filter byte each; the
 * filters are undone as the bytes come, in any pieces.
 *
 *     zeros .... | the row above | f the row under way, done .... | room
 *                                  ^ row                   ^ done ^ end         */
#ifndef TB_PNG_LINES_H
#define TB_PNG_LINES_H

#include "../codecs.h"

typedef struct {
    uint8_t *block; /* owned; begins with a row of zeros, which is above each first row */
    size_t home;    /* where the row under way is put before bytes come */
    size_t row, done, end;
    size_t length; /* of this pass' rows, with the filter byte */
    const uint8_t *above;
    int filter; /* of the row under way; -1 if it has not come */
    int bits;   /* of a pixel */
    int width, height;
    bool passes;   /* seven of them */
    int pass, y;   /* of the row under way */
    bool complete; /* no row is missing */
} tb_png_lines;

/* A whole row. */
typedef struct {
    uint8_t *bytes; /* filter byte 0 first; good until room is asked for */
    size_t length;
    int y, pass; /* y counts in the pass */
} tb_png_line;

/* With room for so many bytes.  False if there is no memory. */
bool tb_png_lines_open(tb_png_lines *l, const tb_header *h, size_t room, tb_mem *mem);

/* Where n bytes that come are to be put, before tb_png_lines_add. */
uint8_t *tb_png_lines_room(tb_png_lines *l);
void tb_png_lines_add(tb_png_lines *l, size_t n);

/* The next whole row: TB_DONE; TB_MORE if it has not come; or TB_FAIL. */
tb_status tb_png_lines_next(tb_png_lines *l, tb_png_line *line, tb_error *err);

void tb_png_lines_close(tb_png_lines *l, tb_mem *mem);

#endif
