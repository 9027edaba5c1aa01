/* marbles.c - glass, brass and glaze on a wooden table under a window: a small path tracer.
 *
 *   marbles 1600 1200 144 > marbles.pam       (144 rays a pixel)
 */
#include "paint.h"

typedef enum { MATT, GLAZED, METAL, GLASS } stuff;

typedef struct {
    vec centre;
    float radius;
    stuff stuff;
    vec colour;
} ball;

static const ball balls[] = {
    {{-1.75f, 1.00f, 0.9f}, 1.00f, GLAZED, {0.72f, 0.05f, 0.04f}},
    {{0.35f, 1.25f, 1.9f}, 1.25f, METAL, {0.95f, 0.68f, 0.32f}},
    {{0.25f, 0.70f, -0.75f}, 0.70f, GLASS, {0.96f, 1.00f, 0.98f}},
    {{2.30f, 0.90f, 0.55f}, 0.90f, GLAZED, {0.02f, 0.22f, 0.55f}},
    {{-0.95f, 0.42f, -1.25f}, 0.42f, GLAZED, {0.90f, 0.55f, 0.03f}},
    {{1.45f, 0.38f, -1.30f}, 0.38f, METAL, {0.90f, 0.91f, 0.93f}},
    {{-2.65f, 0.45f, -0.75f}, 0.45f, GLASS, {0.45f, 0.95f, 0.70f}},
    {{2.75f, 0.35f, -0.95f}, 0.35f, MATT, {0.85f, 0.82f, 0.74f}},
    {{-0.20f, 0.26f, -2.05f}, 0.26f, GLAZED, {0.10f, 0.45f, 0.12f}},
    {{0.75f, 0.22f, -1.95f}, 0.22f, GLAZED, {0.50f, 0.06f, 0.38f}},
};
#define BALLS ((int)(sizeof balls / sizeof *balls))

static uint32_t seed;

static float chance(void)
{
    seed = seed * 747796405u + 2891336453u;
    uint32_t r = ((seed >> ((seed >> 28) + 4)) ^ seed) * 277803737u;
    return (float)(((r >> 22) ^ r) >> 8) / 16777216.0f;
}

static vec any_direction(void)
{
    float z = 2 * chance() - 1, a = 6.2831853f * chance(), r = sqrtf(1 - z * z);
    return v(r * cosf(a), z, r * sinf(a));
}

/* A room: dim warm walls, a tall window with a cross at the left, a lamp overhead. */
static vec room(vec d)
{
    vec c = mix(v(0.30f, 0.22f, 0.16f), v(0.26f, 0.25f, 0.25f), clamp01(3 * d.y));
    float a = d.z / -d.x, b = d.y / -d.x;

    if (d.x < 0 && a > -0.95f && a < 0.45f && b > 0.25f && b < 1.6f && fabsf(a + 0.25f) > 0.035f &&
        fabsf(b - 0.95f) > 0.035f)
        return mix(v(9, 10, 11.5f), v(11, 10, 8.5f), b - 0.25f);
    if (d.y > 0.93f)
        return v(2.2f, 1.8f, 1.3f);
    return c;
}

static vec wood(float x, float z)
{
    float plank = floorf(z / 1.3f), along = x * 0.35f + 9 * hash((int)plank, 3);
    float rings = octaves(along, z * 2.2f + plank * 7, 4) * 9 + octaves(x * 0.8f, z * 14, 3) * 0.9f;
    float grain = rings - floorf(rings), pores = octaves(x * 5, z * 90, 3);
    vec c = mix(v(0.36f, 0.19f, 0.085f), v(0.19f, 0.085f, 0.035f), smooth(0, 1, grain) * 0.8f);
    float gap = z / 1.3f - plank;

    c = scale(c, (0.75f + 0.4f * hash((int)plank, 8)) * (0.7f + 0.6f * pores));
    return scale(c, smooth(0, 0.012f, gap) * smooth(1, 0.988f, gap));
}

typedef struct {
    float t;
    vec at, normal, colour;
    stuff stuff;
} hit;

static int meet(vec from, vec d, hit *h)
{
    h->t = 1e9f;
    for (int i = 0; i < BALLS; i++) {
        vec to = sub(balls[i].centre, from);
        float b = dot(to, d), disc = b * b - dot(to, to) + balls[i].radius * balls[i].radius;
        if (disc < 0)
            continue;
        float root = sqrtf(disc), t = b - root > 1e-3f ? b - root : b + root;
        if (t > 1e-3f && t < h->t) {
            vec at = add(from, scale(d, t));
            *h = (hit){t, at, scale(sub(at, balls[i].centre), 1 / balls[i].radius), balls[i].colour,
                       balls[i].stuff};
        }
    }
    float t = d.y < 0 ? -from.y / d.y : -1;
    if (t > 1e-3f && t < h->t && t < 60) {
        vec at = add(from, scale(d, t));
        *h = (hit){t, at, v(0, 1, 0), wood(at.x, at.z), GLAZED};
    }
    return h->t < 1e8f;
}

static float fresnel(float cosine, float base)
{
    return base + (1 - base) * powf(1 - clamp01(cosine), 5);
}

/* How likely scatter aims at the window in that direction; 0 beside it. */
static float aimed(vec d)
{
    float a = d.z / -d.x, b = d.y / -d.x;
    int in = d.x < 0 && a > -0.95f && a < 0.45f && b > 0.25f && b < 1.6f;
    return in ? powf(1 + a * a + b * b, 1.5f) / (1.4f * 1.35f) : 0;
}

/* A matt surface sends light everywhere; half of the rays look at the window, where it comes from. */
static vec scatter(hit *h)
{
    vec d = chance() < 0.5f ? unit(add(h->normal, scale(any_direction(), 0.999f)))
                            : unit(v(-1, mixf(0.25f, 1.6f, chance()), mixf(-0.95f, 0.45f, chance())));
    float wanted = clamp01(dot(d, h->normal)) / 3.1415927f;

    h->colour = scale(h->colour, wanted > 0 ? wanted / (0.5f * wanted + 0.5f * aimed(d)) : 0);
    return d;
}

/* Where the ray goes on from a hit; its colour is in h. */
static vec bounce(hit *h, vec d)
{
    float cosine = -dot(d, h->normal);

    if (h->stuff == METAL)
        return unit(add(reflect(d, h->normal), scale(any_direction(), 0.025f)));
    if (h->stuff == GLASS) {
        float ratio = cosine > 0 ? 1 / 1.5f : 1.5f;
        vec n = cosine > 0 ? h->normal : scale(h->normal, -1);
        float c = fabsf(cosine), k = 1 - ratio * ratio * (1 - c * c);
        if (k < 0 || chance() < fresnel(c, 0.04f))
            return reflect(d, n);
        return unit(add(scale(d, ratio), scale(n, ratio * c - sqrtf(k))));
    }
    if (h->stuff == GLAZED && chance() < fresnel(cosine, 0.04f)) {
        h->colour = v(1, 1, 1);
        return unit(add(reflect(d, h->normal), scale(any_direction(), h->at.y < 1e-3f ? 0.10f : 0.004f)));
    }
    return scatter(h);
}

static vec trace(vec from, vec d)
{
    vec through = v(1, 1, 1);
    hit h;

    for (int depth = 0; depth < 9; depth++) {
        if (!meet(from, d, &h))
            return mul(through, room(d));
        d = bounce(&h, d);
        through = mul(through, h.colour);
        from = h.at;
    }
    return v(0, 0, 0);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 1;
    int w = atoi(argv[1]), hgt = atoi(argv[2]), rays = atoi(argv[3]);
    uint8_t *px = blank(w, hgt, 3);
    vec eye = v(0.4f, 3.1f, -7.6f), front = unit(sub(v(0.05f, 0.55f, 0), eye));
    vec right = unit(cross(v(0, 1, 0), front)), up = cross(front, right);
    float sharp = 7.2f, lens = 0.045f;

    for (int y = 0; y < hgt; y++)
        for (int x = 0; x < w; x++) {
            vec sum = {0};
            seed = (uint32_t)(y * w + x) * 9781u + 1;
            for (int i = 0; i < rays; i++) {
                float a = (2 * ((float)x + chance()) - (float)w) / (float)w * 0.46f;
                float b = ((float)hgt - 2 * ((float)y + chance())) / (float)w * 0.46f;
                vec aim = add(eye, scale(add(front, add(scale(right, a), scale(up, b))), sharp));
                vec jitter = scale(any_direction(), lens);
                vec from = add(eye, add(scale(right, jitter.x), scale(up, jitter.y)));
                vec c = trace(from, unit(sub(aim, from)));
                sum = add(sum, v(fminf(c.x, 12), fminf(c.y, 12), fminf(c.z, 12)));
            }
            put(px + ((size_t)y * (size_t)w + (size_t)x) * 3, scale(sum, 0.8f / (float)rays));
        }
    write_pam(px, w, hgt, 3);
    free(px);
    return 0;
}
