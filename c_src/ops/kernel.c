/* kernel.c - the kernels' formulas, and their tables. */
#include "kernel.h"
#include <math.h>

#define PI 3.14159265358979323846

static float table[TB_LANCZOS3 + 1][TB_KERNEL_SIZE];

double tb_kernel_radius(tb_kernel kernel)
{
    static const double of[] = {0.5, 1, 2, 2, 2, 3};
    return of[kernel];
}

const float *tb_kernel_table(tb_kernel kernel)
{
    return table[kernel];
}

/* Mitchell and Netravali's family of cubics, for x < 2. */
static double cubic(double x, double b, double c)
{
    if (x < 1)
        return (((12 - 9 * b - 6 * c) * x + (12 * b + 6 * c - 18)) * x * x + 6 - 2 * b) / 6;
    return (((-b - 6 * c) * x + (6 * b + 30 * c)) * x * x + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6;
}

static double sinc(double x)
{
    return x < 1e-9 ? 1 : sin(PI * x) / (PI * x);
}

static double value(int kernel, double x)
{
    switch (kernel) {
    case TB_LINEAR:
        return 1 - x;
    case TB_CUBIC:
        return cubic(x, 0, 0.5);
    case TB_MITCHELL:
        return cubic(x, 1.0 / 3, 1.0 / 3);
    case TB_LANCZOS2:
        return sinc(x) * sinc(x / 2);
    default:
        return sinc(x) * sinc(x / 3);
    }
}

__attribute__((constructor)) static void fill(void)
{
    for (int k = TB_LINEAR; k <= TB_LANCZOS3; k++)
        for (int i = 0; i < (int)tb_kernel_radius((tb_kernel)k) * TB_KERNEL_STEPS; i++)
            table[k][i] = (float)value(k, (double)i / TB_KERNEL_STEPS);
}
