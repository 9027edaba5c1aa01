/* kernel.h - the kernels of resampling: what a sample weighs, by its distance from the
 * centre.  They are read from tables, which are filled when the library is loaded: some
 * ten instructions a weight, instead of a sine and a division. */
#ifndef TB_KERNEL_H
#define TB_KERNEL_H

#include "ops.h"

#define TB_KERNEL_STEPS 512                       /* entries to a unit of distance */
#define TB_KERNEL_SIZE  (3 * TB_KERNEL_STEPS + 2) /* the last of each table is 0 */

double tb_kernel_radius(tb_kernel kernel);

/* Of all kernels but the nearest. */
const float *tb_kernel_table(tb_kernel kernel);

/* Between two entries on a straight line: off by 2e-6 at most, where a weight of 16 bits
 * is rounded to 3e-5. */
static inline double tb_kernel_at(const float *table, double distance)
{
    double at = distance * TB_KERNEL_STEPS;
    int i = at < TB_KERNEL_SIZE - 2 ? (int)at : TB_KERNEL_SIZE - 2;

    return table[i] + (at - i) * (table[i + 1] - table[i]);
}

#endif
