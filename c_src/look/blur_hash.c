/* blur_hash.c - BlurHash: a few components of a cosine transform, as text.
 *
 * The algorithm is described at https://github.com/woltapp/blurhash (Algorithm.md):
 * the transform is of linear light, the first component is kept as sRGB, the others
 * as the signed square root of their part of the largest magnitude there is. */
#include "look.h"
#include <math.h>

#define PI   3.14159265358979323846
#define SIDE TB_BLUR_HASH_SIDE
#define MOST 9 /* components in a direction */

typedef struct {
    double linear[256];
    double wave[2 * SIDE];     /* cos(PI * i / width): two widths are a period */
    double sum[MOST][MOST][3]; /* down, across */
} blur_hash;

static double linear(int v)
{
    double s = v / 255.0;

    return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
}

static int srgb(double v)
{
    v = v < 0 ? 0 : v > 1 ? 1 : v;
    return (int)((v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055) * 255 + 0.5);
}

static tb_status blur_hash_open(tb_stage *s, tb_error *err)
{
    const tb_blur_hash_args *a = s->args;
    blur_hash *b = s->state;
    tb_shape shape = s->in[0].rows->shape;

    if (shape.channels != 3)
        return tb_fail(err, TB_E_UNSUPPORTED, "blur_hash", "takes 3 channels, not %d", shape.channels);
    if (shape.width > SIDE || shape.height > SIDE)
        return tb_fail(err, TB_E_LIMIT, "blur_hash", "%dx%d is larger than %dx%d", shape.width, shape.height,
                       SIDE, SIDE);
    if (a->across < 1 || a->across > MOST || a->down < 1 || a->down > MOST)
        return tb_fail(err, TB_E_LIMIT, "blur_hash", "%dx%d components are not 1 to %d of each", a->across,
                       a->down, MOST);
    for (int i = 0; i < 256; i++)
        b->linear[i] = linear(i);
    for (int i = 0; i < 2 * shape.width; i++)
        b->wave[i] = cos(PI * i / shape.width);
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

/* Component `cx` of one row. */
static void transform_row(const blur_hash *b, const uint8_t *src, int width, int cx, double *out)
{
    int period = 2 * width, step = cx % period;
    double r = 0, g = 0, blue = 0;

    for (int x = 0, phase = 0; x < width; x++, src += 3) {
        double wave = b->wave[phase];
        r += wave * b->linear[src[0]];
        g += wave * b->linear[src[1]];
        blue += wave * b->linear[src[2]];
        phase += phase + step < period ? step : step - period;
    }
    out[0] = r;
    out[1] = g;
    out[2] = blue;
}

static void add_row(blur_hash *b, const tb_blur_hash_args *a, const uint8_t *src, tb_shape shape, int y)
{
    double v[MOST][3];

    for (int cx = 0; cx < a->across; cx++)
        transform_row(b, src, shape.width, cx, v[cx]);
    for (int cy = 0; cy < a->down; cy++) {
        double wave = cos(PI * cy * y / shape.height);
        for (int cx = 0; cx < a->across; cx++)
            for (int k = 0; k < 3; k++)
                b->sum[cy][cx][k] += wave * v[cx][k];
    }
}

/* From sums to components; returns the largest magnitude of all but the first. */
static double scale(blur_hash *b, const tb_blur_hash_args *a, double pixels)
{
    double most = 0;

    for (int i = 0; i < a->down * a->across; i++) {
        double *v = b->sum[i / a->across][i % a->across];
        for (int k = 0; k < 3; k++) {
            v[k] *= (i ? 2 : 1) / pixels;
            if (i && fabs(v[k]) > most)
                most = fabs(v[k]);
        }
    }
    return most;
}

static char *put83(char *at, int v, int digits)
{
    static const char names[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

    for (int i = digits - 1; i >= 0; i--, v /= 83)
        at[i] = names[v % 83];
    return at + digits;
}

static int clamped(double v, int most)
{
    return v < 0 ? 0 : v > most ? most : (int)v;
}

static int quantised(double part)
{
    return clamped(floor(copysign(sqrt(fabs(part)), part) * 9 + 9.5), 18);
}

static void write_hash(blur_hash *b, const tb_blur_hash_args *a, double pixels)
{
    double most = scale(b, a, pixels);
    int step = clamped(floor(most * 166 - 0.5), 82);
    const double *dc = b->sum[0][0];
    char *at = a->look->blur_hash;

    at = put83(at, a->across - 1 + (a->down - 1) * 9, 1);
    at = put83(at, step, 1);
    at = put83(at, srgb(dc[0]) << 16 | srgb(dc[1]) << 8 | srgb(dc[2]), 4);
    most = (step + 1) / 166.0;
    for (int i = 1; i < a->down * a->across; i++) {
        const double *v = b->sum[i / a->across][i % a->across];
        at = put83(at, (quantised(v[0] / most) * 19 + quantised(v[1] / most)) * 19 + quantised(v[2] / most),
                   2);
    }
    *at = 0;
}

static tb_status blur_hash_step(tb_stage *s, tb_error *err)
{
    const tb_blur_hash_args *a = s->args;
    tb_in *in = &s->in[0];
    tb_shape shape = in->rows->shape;

    (void)err;
    add_row(s->state, a, tb_row(in, in->first), shape, in->first);
    tb_advance(in, in->first + 1, in->first + 2);
    if (in->first < shape.height)
        return TB_MORE;
    write_hash(s->state, a, (double)shape.width * shape.height);
    return TB_DONE;
}

const tb_stage_ops tb_blur_hash = {
    .name = "blur_hash", .size = sizeof(blur_hash), .ins = 1, .open = blur_hash_open, .step = blur_hash_step};
