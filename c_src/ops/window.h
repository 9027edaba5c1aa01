/* window.h - for what makes a pixel from the square around it: pieces of the rows
 * around, wide enough; outside the picture is its edge, again and again. */
#ifndef TB_WINDOW_H
#define TB_WINDOW_H

#include "../stage.h"

#define TB_WINDOW_SIDE 7   /* rows, at most */
#define TB_WINDOW_TILE 256 /* pixels made at once */

typedef struct {
    int radius;
    int x;                          /* the next row is made so far */
    uint8_t *piece[TB_WINDOW_SIDE]; /* of the rows, top to bottom; each begins `radius` pixels
                                        to the left, and has TB_SLACK behind it */
    uint8_t *block;                 /* which they lie in; owned */
} tb_window;

/* The stage makes pictures of the shape it gets, from 2 * radius + 1 rows at once. */
tb_status tb_window_open(tb_window *w, tb_stage *s, int radius, tb_error *err);
void tb_window_close(tb_window *w, tb_stage *s);

/* Lays out what is around the next pixels, returns their number, and where they go. */
int tb_window_look(tb_window *w, tb_stage *s, uint8_t **dst);

/* Of those n pixels alpha, if there is any, stays as it was. */
void tb_window_keep_alpha(const tb_window *w, const tb_stage *s, uint8_t *dst, int n);

/* Those are made.  Returns what a step does. */
tb_status tb_window_made(tb_window *w, tb_stage *s, int n);

#endif
