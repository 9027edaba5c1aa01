/* light.c - sRGB's transfer curve (IEC 61966-2-1), by tables.
 *
 * Where the curve is flattest, in the dark, a level is 9.9 steps of a line. */
#include "light.h"
#include <math.h>
#include <string.h>

static double light_of(double level)
{
    double v = level / 255;

    return TB_WHITE * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
}

void tb_light_fill(tb_light *l)
{
    int first = 0;

    for (int v = 0; v < 256; v++) {
        int end = v < 255 ? (int)ceil(light_of(v + 0.5)) : TB_WHITE + 1;
        memset(l->level + first, v, (size_t)(end - first));
        l->light[v] = (int16_t)floor(light_of(v) + 0.5);
        first = end;
    }
}

static inline int clamp(int v, int most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

void tb_light_in(const tb_light *l, int16_t *line, const uint8_t *row, int pixels, int channels)
{
    int colours = channels - 1;

    if (channels % 2) {
        for (int i = 0; i < pixels * channels; i++)
            line[i] = (int16_t)(l->light[row[i]] + TB_BLACK);
        return;
    }
    for (int i = 0; i < pixels; i++, row += channels, line += channels) {
        int a = row[colours];
        for (int k = 0; k < colours; k++)
            line[k] = (int16_t)((l->light[row[k]] * a + 127) / 255 + TB_BLACK);
        line[colours] = (int16_t)(a * 128 + TB_BLACK);
    }
}

/* What is clear (below half a level of alpha) has no colour.  An alpha above 255, by
 * overshoot, divides as it is. */
static void out_with_alpha(const tb_light *l, uint8_t *row, const int16_t *line, int pixels, int channels)
{
    int colours = channels - 1;

    for (int i = 0; i < pixels; i++, row += channels, line += channels) {
        int a = line[colours] - TB_BLACK;
        for (int k = 0; k < colours; k++) {
            uint32_t v = (uint32_t)clamp(line[k] - TB_BLACK, a);
            row[k] = a < 64 ? 0 : l->level[(v * TB_WHITE + (uint32_t)a / 2) / (uint32_t)a];
        }
        row[colours] = (uint8_t)clamp((a + 64) >> 7, 255);
    }
}

void tb_light_out(const tb_light *l, uint8_t *row, const int16_t *line, int pixels, int channels)
{
    if (channels % 2 == 0)
        out_with_alpha(l, row, line, pixels, channels);
    else
        for (int i = 0; i < pixels * channels; i++)
            row[i] = l->level[clamp(line[i] - TB_BLACK, TB_WHITE)];
}
