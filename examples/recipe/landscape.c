/* landscape.c - hills round a lake, by day or by night.
 *
 *   landscape day 1600 1200 > lake.pam
 */
#include "paint.h"
#include <string.h>

/* What differs between day and night. */
typedef struct {
    vec sun, sunlight;   /* where it stands, and its light */
    vec zenith, horizon; /* the sky */
    vec cloud, fog;
    float clouds, haze, disc; /* how many, how thick, how large */
    float stars;
    vec eye, target;
    float zoom;
} mood;

static mood m;

static const mood day = {
    .sun = {-0.80f, 0.36f, 0.10f},
    .sunlight = {3.9f, 2.75f, 1.75f},
    .zenith = {0.07f, 0.20f, 0.52f},
    .horizon = {0.60f, 0.66f, 0.76f},
    .cloud = {1.35f, 1.20f, 1.08f},
    .fog = {0.42f, 0.53f, 0.70f},
    .clouds = 0.44f,
    .haze = 0.00042f,
    .disc = 0.0006f,
    .eye = {0, 26, -150},
    .target = {20, 34, 400},
    .zoom = 1.25f,
};

static const mood night = {
    .sun = {0.16f, 0.33f, 0.93f},
    .sunlight = {0.55f, 0.68f, 0.95f},
    .zenith = {0.006f, 0.012f, 0.040f},
    .horizon = {0.06f, 0.09f, 0.19f},
    .cloud = {0.16f, 0.19f, 0.30f},
    .fog = {0.045f, 0.07f, 0.15f},
    .clouds = 0.58f,
    .haze = 0.0007f,
    .disc = 0.0016f,
    .stars = 1,
    .eye = {0, 30, -150},
    .target = {64, 96, 300},
    .zoom = 1.15f,
};

/* Mountains at the back and the sides, a lake (below 0) in the middle. */
static float ground(float x, float z, int detail)
{
    float far = smooth(150, 900, z + 0.45f * fabsf(x));
    float ridge = 1 - fabsf(2 * octaves(x * 0.0021f + 5, z * 0.0021f, detail) - 0.95f);
    float hills = octaves(x * 0.006f + 40, z * 0.006f + 9, detail) - 0.5f;
    float shore = 0.16f * fabsf(x + 30) - 16 - 0.035f * z;

    shore = shore > 60 ? 60 : shore;
    return 330 * far * ridge * ridge + 70 * hills + (far > 0 ? mixf(shore, 20, far) : shore);
}

/* How far along the ray it meets the ground; negative if never. */
static float march(vec from, vec dir, float max, int detail)
{
    float t = 0.5f, last = 0;

    for (int i = 0; i < 420 && t < max; i++) {
        vec p = add(from, scale(dir, t));
        float over = p.y - ground(p.x, p.z, detail);
        if (over < 0.002f * t) {
            for (int k = 0; k < 8; k++) {
                float half = (last + t) / 2;
                p = add(from, scale(dir, half));
                if (p.y < ground(p.x, p.z, detail))
                    t = half;
                else
                    last = half;
            }
            return t;
        }
        if (p.y > 420 && dir.y > 0)
            break;
        last = t;
        t += 0.35f * over + 0.004f * t;
    }
    return -1;
}

static vec moon_face(vec dir, vec light)
{
    vec side = unit(cross(m.sun, v(0, 1, 0))), up = cross(side, m.sun);
    float spots = octaves(dot(dir, side) * 60 + 7, dot(dir, up) * 60, 5);
    return scale(light, mixf(1.9f, 0.9f, smooth(0.42f, 0.62f, spots)));
}

static float star(vec dir)
{
    float a = atan2f(dir.x, dir.z) * 230, b = asinf(dir.y) * 230;
    int ix = (int)floorf(a), iy = (int)floorf(b);
    float bright = hash(ix, iy), x = 0.2f + 0.6f * hash(iy, ix + 7), y = 0.2f + 0.6f * hash(ix + 3, iy);
    float dx = a - (float)ix - x, dy = b - (float)iy - y;

    return bright < 0.955f ? 0 : (bright - 0.95f) * 16 * expf(-(dx * dx + dy * dy) * 90);
}

static vec sky(vec dir)
{
    float height = dir.y < 0 ? 0 : dir.y;
    float near = dot(dir, m.sun);
    vec c = mix(m.horizon, m.zenith, powf(height, 0.45f));

    c = add(c, scale(m.sunlight, 0.16f * powf(clamp01(near), 8) + 0.25f * powf(clamp01(near), 90)));
    if (m.stars > 0)
        c = add(c, scale(v(0.9f, 0.95f, 1.1f), m.stars * star(dir) * smooth(0.02f, 0.3f, height)));
    if (1 - near < m.disc)
        c = mix(c, m.stars > 0 ? moon_face(dir, m.sunlight) : scale(m.sunlight, 4),
                smooth(m.disc, m.disc * 0.9f, 1 - near));
    if (height > 0.01f) {
        float x = dir.x / (height + 0.06f) * 1.1f, z = dir.z / (height + 0.06f) * 1.1f;
        float thick = octaves(x + 3, z * 1.3f, 7);
        float lit = clamp01(0.5f + 2.5f * (thick - octaves(x + 3 + m.sun.x * 0.25f, z * 1.3f + 0.25f, 5)));
        float cover = smooth(m.clouds, m.clouds + 0.22f, thick) * smooth(0.01f, 0.2f, height);
        c = mix(c, mix(scale(m.cloud, 0.45f), add(m.cloud, scale(m.sunlight, 0.12f)), lit), cover * 0.92f);
    }
    return c;
}

static vec hazy(vec c, vec dir, float far)
{
    float clear = expf(-m.haze * far);
    vec fog = add(m.fog, scale(m.sunlight, 0.14f * powf(clamp01(dot(dir, m.sun)), 6)));
    return mix(fog, c, clear);
}

static vec land(vec p, float far, vec dir)
{
    float e = 0.02f + far * 0.0008f;
    int detail = far < 300 ? 11 : 9;
    float h = ground(p.x, p.z, detail);
    vec n = unit(v(h - ground(p.x + e, p.z, detail), e, h - ground(p.x, p.z + e, detail)));
    float rough = octaves(p.x * 0.9f, p.z * 0.9f, 4), patch = octaves(p.x * 0.03f, p.z * 0.03f, 4);

    vec rock = scale(v(0.27f, 0.23f, 0.20f), 0.55f + rough);
    vec meadow = mix(v(0.13f, 0.15f, 0.035f), v(0.045f, 0.085f, 0.025f), smooth(0.35f, 0.6f, patch));
    vec wood = scale(v(0.025f, 0.05f, 0.02f), 0.5f + 1.2f * rough);
    vec c = mix(rock, scale(meadow, 0.6f + 0.9f * rough), smooth(0.62f, 0.80f, n.y));
    c = mix(c, wood,
            smooth(0.45f, 0.52f, patch + 0.12f * rough) * smooth(130, 70, p.y) * smooth(0.55f, 0.7f, n.y));
    c = mix(c, v(0.30f, 0.26f, 0.19f), smooth(2.2f, 0.6f, p.y + 1.2f * rough));
    c = mix(c, v(0.85f, 0.88f, 0.95f),
            smooth(150, 205, p.y + 60 * (patch - 0.5f)) * smooth(0.45f, 0.70f, n.y));

    float facing = clamp01(dot(n, m.sun));
    float lit = facing > 0 && march(add(p, scale(n, 0.3f + 0.002f * far)), m.sun, 900, 7) < 0 ? facing : 0;
    vec light = add(scale(m.sunlight, lit), scale(m.zenith, 0.9f * (0.5f + 0.5f * n.y)));
    light = add(light, scale(m.horizon, 0.22f));
    return hazy(mul(c, light), dir, far);
}

static vec look(vec from, vec dir, int may_reflect);

static vec water(vec p, vec dir, float far)
{
    float calm = 0.035f / (1 + far * 0.004f);
    float a = octaves(p.x * 0.30f, p.z * 1.1f, 4), b = octaves(p.x * 0.30f + 0.3f, p.z * 1.1f, 4),
          c = octaves(p.x * 0.30f, p.z * 1.1f + 0.5f, 4);
    vec n = unit(v((a - b) * calm * 8, 1, (a - c) * calm * 8));
    float mirror = 0.03f + 0.97f * powf(1 - clamp01(-dot(dir, n)), 5);
    vec r = reflect(dir, n);

    r.y = fabsf(r.y) + 0.002f;
    vec deep = mul(v(0.02f, 0.06f, 0.065f), add(m.horizon, scale(m.sunlight, 0.3f)));
    return hazy(mix(deep, look(p, unit(r), 0), clamp01(mirror * 1.05f)), dir, far);
}

static vec look(vec from, vec dir, int may_reflect)
{
    float t = march(from, dir, 2600, may_reflect ? 10 : 8);
    float sea = may_reflect && dir.y < 0 ? -from.y / dir.y : -1;

    if (sea > 0 && (t < 0 || sea < t) && sea < 2600)
        return water(add(from, scale(dir, sea)), dir, sea);
    if (t < 0)
        return sky(dir);
    return land(add(from, scale(dir, t)), t, dir);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 1;
    m = strcmp(argv[1], "night") ? day : night;
    m.sun = unit(m.sun);

    int w = atoi(argv[2]), h = atoi(argv[3]), samples = argc > 4 ? atoi(argv[4]) : 3;
    uint8_t *px = blank(w, h, 3);
    vec front = unit(sub(m.target, m.eye)), right = unit(cross(v(0, 1, 0), front)), up = cross(front, right);
    float size = (float)(w > h ? w : h);

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            vec sum = {0};
            for (int s = 0; s < samples * samples; s++) {
                float sx = (float)x + ((float)(s % samples) + 0.5f) / (float)samples;
                float sy = (float)y + ((float)(s / samples) + 0.5f) / (float)samples;
                float a = (2 * sx - (float)w) / size, b = ((float)h - 2 * sy) / size;
                vec dir = unit(add(scale(front, m.zoom), add(scale(right, a), scale(up, b))));
                vec c = look(m.eye, dir, 1);
                sum = add(sum, v(fminf(c.x, 4), fminf(c.y, 4), fminf(c.z, 4)));
            }
            put(px + ((size_t)y * (size_t)w + (size_t)x) * 3, scale(sum, 0.75f / (float)(samples * samples)));
        }
    write_pam(px, w, h, 3);
    free(px);
    return 0;
}
