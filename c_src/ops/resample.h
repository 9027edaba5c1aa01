/* resample.h - a stage's rows through passes down and along the picture. */
#ifndef TB_RESAMPLE_H
#define TB_RESAMPLE_H

#include "convolve.h"
#include "horizontal.h"
#include "light.h"
#include "vertical.h"

#define TB_PASSES 4

typedef struct {
    enum { TB_DOWN, TB_ALONG, TB_CONVOLVE } kind;
    union {
        tb_vertical down;
        tb_horizontal along;
        tb_convolve convolve;
    };
} tb_pass;

/* Lines go from the input row through each pass to the output row:
 *
 *     row -> line[0] -> pass[0] -> line[1] -> ... -> line[count] -> row
 *
 * A first pass down the picture takes rows as they are, if they have no alpha. */
typedef struct {
    const tb_row_kernels *k;
    tb_light *light;  /* lines are in linear light; owned; NULL = they are not */
    int count, ready; /* passes; those whose weights are made */
    tb_pass pass[TB_PASSES];
    int width[TB_PASSES + 1]; /* of the line before each pass, and of the last, in pixels */
    int16_t *lines;           /* all of them; owned, as are the passes */
    int16_t *line[TB_PASSES + 1];
    bool full[TB_PASSES + 1];
    int taken, given; /* pixels of the row coming in, and going out, that are done */
} tb_resample;

/* Readies an all-zero state: no pass yet. */
void tb_resample_open(tb_resample *r, tb_stage *s);

/* From now on lines are in linear light. */
tb_status tb_resample_linear(tb_resample *r, tb_stage *s, tb_error *err);

/* Append a pass: down the picture, along the line, along it as a short Gaussian. */
tb_status tb_resample_down(tb_resample *r, tb_stage *s, const tb_axis *axis, tb_error *err);
tb_status tb_resample_along(tb_resample *r, tb_stage *s, const tb_axis *axis, tb_error *err);
tb_status tb_resample_convolve(tb_resample *r, tb_stage *s, double sigma, int radius, tb_error *err);

tb_status tb_resample_step(tb_resample *r, tb_stage *s, tb_error *err);
void tb_resample_close(tb_resample *r, tb_stage *s);

#endif
