/* point_steps.c - each kind of point step, as a matrix and a table. */
#include "point.h"
#include <math.h>

/* Rec. 709 luma. */
#define RED   0.2126
#define GREEN 0.7152
#define BLUE  0.0722

static const tb_matrix luma = {{{RED, GREEN, BLUE, 0}, {RED, GREEN, BLUE, 0}, {RED, GREEN, BLUE, 0}}};

/* A turn by 90 degrees in the plane of equal luma: of the CSS filter hue-rotate. */
static const tb_matrix quarter = {
    {{-RED, -GREEN, 1 - BLUE, 0}, {0.143, 0.14, -0.283, 0}, {RED - 1, GREEN, BLUE, 0}}};

/* Of the CSS filter sepia. */
static const tb_matrix sepia = {
    {{0.393, 0.769, 0.189, 0}, {0.349, 0.686, 0.168, 0}, {0.272, 0.534, 0.131, 0}}};

static const struct {
    const char *wrong;
    float least[3], most[3];
} ranges[] = {
    [TB_POINT_ADD] = {"what is added is not in -255..255", {-255}, {255}},
    [TB_POINT_MODULATE] = {"brightness and saturation are not in 0..10, or the hue is no angle",
                           {0, 0, -360},
                           {10, 10, 360}},
    [TB_POINT_CONTRAST] = {"the contrast is not in 0..10", {0}, {10}},
    [TB_POINT_GAMMA] = {"the gamma is not in 0.1..10", {0.1f}, {10}},
    [TB_POINT_LEVELS] = {"the levels are not in 0..255", {0, 0}, {255, 255}},
    [TB_POINT_INVERT] = {"it takes no numbers", {0}, {0}},
    [TB_POINT_SEPIA] = {"the strength is not in 0..1", {0}, {1}},
    [TB_POINT_TINT] = {"it takes no numbers", {0}, {0}},
    [TB_POINT_THRESHOLD] = {"the level is not in 0..255", {0}, {255}},
    [TB_POINT_OPACITY] = {"the opacity is not in 0..1", {0}, {1}},
};

#define KINDS (sizeof ranges / sizeof *ranges)

const char *tb_point_wrong(const tb_point_step *p)
{
    if (p->kind >= KINDS)
        return "there is no such step";
    for (int i = 0; i < 3; i++)
        if (!(p->n[i] >= ranges[p->kind].least[i] && p->n[i] <= ranges[p->kind].most[i]))
            return ranges[p->kind].wrong;
    return NULL;
}

/* A hue of whole turns is none. */
static bool has_hue(const tb_point_step *p)
{
    return fmodf(p->n[2], 360) != 0;
}

bool tb_point_idle(const tb_point_step *p, int channels)
{
    switch ((tb_point_kind)p->kind) {
    case TB_POINT_ADD:
    case TB_POINT_SEPIA:
        return p->n[0] == 0;
    case TB_POINT_MODULATE:
        return p->n[0] == 1 && (channels < 3 || (p->n[1] == 1 && !has_hue(p)));
    case TB_POINT_CONTRAST:
    case TB_POINT_GAMMA:
    case TB_POINT_OPACITY:
        return p->n[0] == 1;
    case TB_POINT_LEVELS:
        return (p->n[0] <= 0 && p->n[1] >= 255) || p->n[0] >= p->n[1];
    default:
        return false;
    }
}

/* -------------------------------------------------------------- matrices */

/* Grey stays as it is; the distance from it is turned, and stretched. */
static void modulate(const tb_point_step *p, tb_matrix *m)
{
    double brightness = p->n[0], angle = fmod(p->n[2], 360) * (3.14159265358979323846 / 180);
    double along = p->n[1] * cos(angle), across = p->n[1] * sin(angle);

    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m->m[i][k] =
                brightness * (luma.m[i][k] + along * ((i == k) - luma.m[i][k]) + across * quarter.m[i][k]);
}

static void part_sepia(const tb_point_step *p, tb_matrix *m)
{
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            m->m[i][k] = (i == k) + p->n[0] * (sepia.m[i][k] - (i == k));
}

bool tb_point_matrix(const tb_point_step *p, int channels, tb_matrix *m)
{
    *m = (tb_matrix){0};
    if (channels < 3)
        return false;
    switch ((tb_point_kind)p->kind) {
    case TB_POINT_MODULATE:
        modulate(p, m);
        return p->n[1] != 1 || has_hue(p);
    case TB_POINT_SEPIA:
        part_sepia(p, m);
        return true;
    case TB_POINT_TINT:
    case TB_POINT_THRESHOLD:
        *m = luma;
        return true;
    default:
        return false;
    }
}

/* ---------------------------------------------------------------- tables */

static uint8_t level(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : floor(v + 0.5));
}

/* From black through the tint to white: the luma of the result is that of the grey. */
static double tinted(const tb_point_step *p, int channel, double v)
{
    double of_tint = RED * p->colour[0] + GREEN * p->colour[1] + BLUE * p->colour[2];
    double tint = p->colour[channel];

    if (v <= of_tint)
        return of_tint > 0 ? v * tint / of_tint : 0;
    return tint + (255 - tint) * (v - of_tint) / (255 - of_tint);
}

static double colour(const tb_point_step *p, int channel, double v)
{
    double n = p->n[0];

    switch ((tb_point_kind)p->kind) {
    case TB_POINT_ADD:
        return v + n;
    case TB_POINT_MODULATE:
        return v * n;
    case TB_POINT_CONTRAST:
        return (v - 127.5) * n + 127.5;
    case TB_POINT_GAMMA:
        return 255 * pow(v / 255, 1 / n);
    case TB_POINT_LEVELS:
        return p->n[1] > n ? (v - n) * 255 / (p->n[1] - n) : v;
    case TB_POINT_INVERT:
        return 255 - v;
    case TB_POINT_TINT:
        return tinted(p, channel, v);
    case TB_POINT_THRESHOLD:
        return v >= n ? 255 : 0;
    default:
        return v;
    }
}

bool tb_point_table(const tb_point_step *p, int channels, tb_table *t)
{
    tb_matrix unused;

    if (p->kind == TB_POINT_SEPIA || (p->kind == TB_POINT_MODULATE && tb_point_matrix(p, channels, &unused)))
        return false;
    for (int v = 0; v < 256; v++) {
        for (int k = 0; k < 3; k++)
            t->of[k][v] = level(colour(p, k, v));
        t->of[3][v] = p->kind == TB_POINT_OPACITY ? level(v * (double)p->n[0]) : (uint8_t)v;
    }
    return true;
}
