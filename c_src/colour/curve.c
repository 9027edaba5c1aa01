/* curve.c - ICC.1:2010, 10.5 (curveType) and 10.15 (parametricCurveType). */
#include "curve.h"
#include <math.h>
#include <string.h>

const tb_curve tb_srgb_curve = {.g = 2.4, .a = 1 / 1.055, .b = 0.055 / 1.055, .c = 1 / 12.92, .d = 0.04045};

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static double fixed(const uint8_t *p)
{
    return (int32_t)be32(p) / 65536.0;
}

/* No values: as it is; one: an exponent; more: a table. */
static bool read_curv(tb_curve *curve, const uint8_t *tag, size_t size)
{
    uint32_t count = be32(tag + 8);

    if (count > (size - 12) / 2)
        return false;
    *curve = (tb_curve){.g = count == 1 ? be16(tag + 12) / 256.0 : 1, .a = 1};
    if (count > 1) {
        curve->table = tag + 12;
        curve->count = count;
    }
    return true;
}

/* Of each of the five functions, the parameters in their order. */
static bool read_para(tb_curve *curve, const uint8_t *tag, size_t size)
{
    static const uint8_t parameters[] = {1, 3, 4, 5, 7};
    uint32_t function = be16(tag + 8);
    double p[7] = {0};

    if (function > 4 || size - 12 < 4u * parameters[function])
        return false;
    for (int i = 0; i < parameters[function]; i++)
        p[i] = fixed(tag + 12 + 4 * i);
    *curve = (tb_curve){.g = p[0], .a = function ? p[1] : 1, .b = p[2]};
    if (function == 1 || function == 2) {
        curve->d = p[1] != 0 ? -p[2] / p[1] : 0;
        curve->e = curve->f = p[3];
    } else if (function > 2) {
        curve->c = p[3];
        curve->d = p[4];
        curve->e = p[5];
        curve->f = p[6];
    }
    return true;
}

bool tb_curve_read(tb_curve *curve, const uint8_t *tag, size_t size)
{
    if (size < 12)
        return false;
    if (!memcmp(tag, "curv", 4))
        return read_curv(curve, tag, size);
    return !memcmp(tag, "para", 4) && read_para(curve, tag, size);
}

static double in_table(const tb_curve *t, double x)
{
    double at = x * (t->count - 1);
    uint32_t i = (uint32_t)at;

    if (i >= t->count - 1)
        return be16(t->table + 2 * (size_t)(t->count - 1)) / 65535.0;
    double low = be16(t->table + 2 * (size_t)i), high = be16(t->table + 2 * (size_t)i + 2);
    return (low + (high - low) * (at - i)) / 65535;
}

double tb_curve_at(const tb_curve *t, double x)
{
    double y;

    if (t->table)
        return in_table(t, x);
    if (x >= t->d) {
        double base = t->a * x + t->b;
        y = (base > 0 ? pow(base, t->g) : 0) + t->e;
    } else {
        y = t->c * x + t->f;
    }
    return y > 0 ? (y < 1 ? y : 1) : 0; /* what is no number becomes 0 */
}
