/* vertical.h - lines in, resampled lines out, down the picture.
 *
 * The lines are kept in a ring of pair rows.  With a short window (16 taps) an
 * output is made at once when its last line is in; with a long one, every 16
 * lines are added to all outputs they belong to, and each output is a row of
 * sums until its last 16 lines are in. */
#ifndef TB_VERTICAL_H
#define TB_VERTICAL_H

#include "row_kernels.h"
#include "weights.h"

#define TB_GROUP 16 /* lines added at once to the sums of a long window */

typedef struct {
    tb_weights weights;
    int n;           /* samples in a line */
    size_t stride;   /* of ring and acc */
    uint32_t *ring;  /* pair rows; owned, as all here */
    int32_t *acc;    /* rows of sums */
    int slots, live; /* how many there are */
    int have, next;  /* lines put; the next output */
    bool grouped;    /* the long way */
    int added;       /* lines that are in the sums */
    int x;           /* samples of the work in hand that are done */
} tb_vertical;

/* Makes room; false if there is none.  The weights are made next. */
bool tb_vertical_open(tb_vertical *v, tb_mem *mem, tb_axis axis, int n);
void tb_vertical_close(tb_vertical *v, tb_mem *mem);

/* The lines put but not added are a whole group, or all that were left. */
static inline bool tb_vertical_group_waits(const tb_vertical *v)
{
    return v->grouped && v->have > v->added && (v->have % TB_GROUP == 0 || v->have == v->weights.axis.in);
}

/* All lines of the next output are there. */
static inline bool tb_vertical_output_waits(const tb_vertical *v)
{
    return v->next < v->weights.axis.out && v->weights.end[v->next] <= (v->grouped ? v->added : v->have);
}

/* Does it need another line, before it can go on? */
static inline bool tb_vertical_hungry(const tb_vertical *v)
{
    return !tb_vertical_group_waits(v) && !tb_vertical_output_waits(v);
}

/* Takes the line in (true), or some of it until *budget is used up; or pixels without alpha. */
bool tb_vertical_put(tb_vertical *v, const tb_row_kernels *k, const int16_t *line, int *budget);
bool tb_vertical_put_row(tb_vertical *v, const tb_row_kernels *k, const uint8_t *row, int *budget);

/* Works towards the next output until that is in `line` (true) or *budget is used up. */
bool tb_vertical_step(tb_vertical *v, const tb_row_kernels *k, int16_t *line, int *budget);

#endif
