/* point.h - what the steps of a point stage are: matrices and tables.
 *
 * A step is a matrix, a table, or a matrix and then a table; each ends in 8 bits.
 * The formulas are those of the CSS filters (W3C Filter Effects 1) where there is
 * one of that name, on the stored values. */
#ifndef TB_POINT_H
#define TB_POINT_H

#include "ops.h"

/* Rows make red, green and blue, of these and of one more number, in levels. */
typedef struct {
    double m[3][4];
} tb_matrix;

/* For red, green, blue and alpha; grey goes by the first. */
typedef struct {
    uint8_t of[4][256];
} tb_table;

/* NULL if the numbers of the step are in range, else what is wrong with it. */
const char *tb_point_wrong(const tb_point_step *p);

/* Does the step have a matrix (only in colour), or a table?  Then it is made. */
bool tb_point_matrix(const tb_point_step *p, int channels, tb_matrix *m);
bool tb_point_table(const tb_point_step *p, int channels, tb_table *t);

#endif
