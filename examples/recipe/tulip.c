/* tulip.c - a tulip on nothing: RGBA with soft edges and a soft shadow.
 *
 *   tulip 900 1200 > tulip.pam
 *
 * The canvas is 3 wide and 4 high; y points down. */
#include "paint.h"

/* A colour over what is there; alpha is not premultiplied. */
static void lay(vec *c, float *alpha, vec colour, float cover)
{
    float all = cover + *alpha * (1 - cover);
    if (all > 0)
        *c = mix(*c, colour, cover / all);
    *alpha = all;
}

/* A leaf from (0, 0) up to (0, -1): how far inside the point is, in its half width; below 0 outside. */
static float blade(float x, float y, float width, float tip)
{
    float along = clamp01(-y), swell = powf(along, 0.45f) * powf(1 - along, tip);
    return y > 0.02f || y < -1 ? -1 : 1 - fabsf(x) / (width * swell * 2 + 1e-4f);
}

/* One petal or leaf: turned, bent and scaled, shaded like a trough, with veins along it. */
static void petal(vec *c, float *alpha, float x, float y, float turn, float length, float width, float tip,
                  float bend, vec dark, vec light, float edge)
{
    float u = (x * cosf(turn) + y * sinf(turn)) / length, w = (-x * sinf(turn) + y * cosf(turn)) / length;
    u -= bend * w * w;
    float in = blade(u, w, width, tip), side = u / (width + 1e-4f);
    if (in <= -0.2f)
        return;
    float veins = octaves(side * 16 + 50, w * 2.5f + 9, 4),
          shade = 0.62f + 0.35f * (1 - side * side) - 0.30f * side;
    vec colour = mix(dark, light, clamp01(smooth(0, 1, -w) * 0.75f + 0.35f * veins));

    colour =
        mix(scale(colour, shade * (0.8f + 0.4f * veins)), scale(light, 1.25f), smooth(0.22f, 0, in) * edge);
    lay(c, alpha, colour, smooth(0, 0.03f, in));
}

static float shadow(float x, float y)
{
    float dx = (x - 0.12f) / 0.75f, dy = (y - 1.74f) / 0.11f, d = dx * dx + dy * dy;
    return 0.55f * expf(-1.4f * d);
}

static void paint(float x, float y, vec *c, float *alpha)
{
    static const vec stem_dark = {0.03f, 0.13f, 0.03f}, stem_light = {0.22f, 0.46f, 0.10f};
    static const vec leaf_dark = {0.02f, 0.14f, 0.06f}, leaf_light = {0.16f, 0.42f, 0.13f};
    static const vec deep = {0.38f, 0.015f, 0.05f}, rose = {0.95f, 0.20f, 0.22f}, pale = {1.0f, 0.52f, 0.40f};

    lay(c, alpha, v(0.01f, 0.015f, 0.03f), shadow(x, y));
    petal(c, alpha, x + 0.02f, y - 1.74f, 0.52f, 2.1f, 0.13f, 0.9f, 0.25f, leaf_dark, leaf_light, 0.5f);

    float middle = 0.10f * sinf((y - 0.2f) * 1.3f), off = (x - middle) / 0.055f;
    if (y > -0.35f && y < 1.75f)
        lay(c, alpha,
            scale(mix(stem_light, stem_dark, clamp01(0.5f + 0.5f * off)),
                  0.8f + 0.4f * octaves(off * 3, y * 9, 3)),
            smooth(1, 0.9f, fabsf(off)) * smooth(1.75f, 1.72f, y));
    petal(c, alpha, x - 0.02f, y - 1.75f, -0.34f, 1.75f, 0.15f, 0.8f, -0.30f, leaf_dark, leaf_light, 0.6f);

    float fx = x + 0.055f, fy = y + 0.12f;
    petal(c, alpha, fx, fy, -0.20f, 1.42f, 0.27f, 0.55f, 0.05f, scale(deep, 0.6f), scale(rose, 0.6f), 0.2f);
    petal(c, alpha, fx, fy, 0.20f, 1.42f, 0.27f, 0.55f, -0.05f, scale(deep, 0.6f), scale(rose, 0.6f), 0.2f);
    petal(c, alpha, fx - 0.01f, fy, -0.33f, 1.40f, 0.25f, 0.60f, 0.55f, deep, rose, 0.5f);
    petal(c, alpha, fx + 0.01f, fy, 0.33f, 1.40f, 0.25f, 0.60f, -0.55f, deep, rose, 0.5f);
    petal(c, alpha, fx, fy + 0.01f, 0, 1.34f, 0.31f, 0.62f, 0, scale(deep, 1.4f), mix(rose, pale, 0.55f),
          0.7f);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 1;
    int w = atoi(argv[1]), h = atoi(argv[2]);
    uint8_t *px = blank(w, h, 4);

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *p = px + ((size_t)y * (size_t)w + (size_t)x) * 4;
            vec sum = {0};
            float cover = 0;
            for (int s = 0; s < 16; s++) {
                vec c = {0};
                float alpha = 0, fx = (float)x + (float)(s % 4) / 4, fy = (float)y + (float)(s / 4) / 4;
                paint((fx / (float)w - 0.5f) * 3, (fy / (float)h - 0.5f) * 4, &c, &alpha);
                sum = add(sum, scale(c, alpha));
                cover += alpha;
            }
            put(p, scale(sum, cover > 0 ? 1 / cover : 0));
            p[3] = (uint8_t)(cover / 16 * 255 + 0.5f);
        }
    write_pam(px, w, h, 4);
    free(px);
    return 0;
}
