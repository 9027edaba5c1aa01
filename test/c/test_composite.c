/* test_composite.c - one picture on another. */
#include "../../c_src/ops/blend.h"
#include "plain.h"
#include <math.h>

#define MODES (TB_BLEND_XOR + 1)

/* --- the naive one: one pixel at a time, as the W3C's text has it */

static double dodge(double b, double s)
{
    return b == 0 ? 0 : s == 1 ? 1 : fmin(1, b / (1 - s));
}

static double burn(double b, double s)
{
    return b == 1 ? 1 : s == 0 ? 0 : 1 - fmin(1, (1 - b) / s);
}

static double screen(double b, double s)
{
    return 1 - (1 - b) * (1 - s);
}

static double hard_light(double b, double s)
{
    return s <= 0.5 ? b * (2 * s) : screen(b, 2 * s - 1);
}

static double soft_light(double b, double s)
{
    double d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : sqrt(b);
    return s <= 0.5 ? b - (1 - 2 * s) * b * (1 - b) : b + (2 * s - 1) * (d - b);
}

static double mixed(tb_blend mode, double b, double s)
{
    switch (mode) {
    case TB_BLEND_MULTIPLY:
        return b * s;
    case TB_BLEND_SCREEN:
        return screen(b, s);
    case TB_BLEND_OVERLAY:
        return hard_light(s, b);
    case TB_BLEND_DARKEN:
        return fmin(b, s);
    case TB_BLEND_LIGHTEN:
        return fmax(b, s);
    case TB_BLEND_COLOR_DODGE:
        return dodge(b, s);
    case TB_BLEND_COLOR_BURN:
        return burn(b, s);
    case TB_BLEND_HARD_LIGHT:
        return hard_light(b, s);
    case TB_BLEND_SOFT_LIGHT:
        return soft_light(b, s);
    case TB_BLEND_DIFFERENCE:
        return fabs(b - s);
    case TB_BLEND_EXCLUSION:
        return b + s - 2 * b * s;
    default:
        return s;
    }
}

/* How much is left of overlay and base, alphas as and ab. */
static void factors(tb_blend mode, double as, double ab, double *fa, double *fb)
{
    switch (mode) {
    case TB_BLEND_DEST:
        *fa = 0, *fb = 1;
        break;
    case TB_BLEND_SOURCE:
        *fa = 1, *fb = 0;
        break;
    case TB_BLEND_ADD:
        *fa = 1, *fb = 1;
        break;
    case TB_BLEND_DEST_OVER:
        *fa = 1 - ab, *fb = 1;
        break;
    case TB_BLEND_IN:
        *fa = ab, *fb = 0;
        break;
    case TB_BLEND_DEST_IN:
        *fa = 0, *fb = as;
        break;
    case TB_BLEND_OUT:
        *fa = 1 - ab, *fb = 0;
        break;
    case TB_BLEND_DEST_OUT:
        *fa = 0, *fb = 1 - as;
        break;
    case TB_BLEND_ATOP:
        *fa = ab, *fb = 1 - as;
        break;
    case TB_BLEND_DEST_ATOP:
        *fa = 1 - ab, *fb = as;
        break;
    case TB_BLEND_XOR:
        *fa = 1 - ab, *fb = 1 - as;
        break;
    default:
        *fa = 1, *fb = 1 - as;
    }
}

/* c colours of a pixel; without alpha, base_alpha is 1. Returns the alpha. */
static double naive_pixel(tb_blend mode, const double *base, double base_alpha, const double *over,
                          double over_alpha, int c, double *out)
{
    double fa, fb;
    factors(mode, over_alpha, base_alpha, &fa, &fb);
    double alpha = fmin(1, over_alpha * fa + base_alpha * fb);
    for (int k = 0; k < c; k++) {
        double own = (1 - base_alpha) * over[k] + base_alpha * mixed(mode, base[k], over[k]);
        double sum = fmin(1, over_alpha * fa * own + base_alpha * fb * base[k]);
        out[k] = alpha > 0 ? fmin(1, sum / alpha) : 0;
    }
    return alpha;
}

/* Where of the overlay is that place of the base?  False if nowhere. */
static bool place(const tb_composite_args *a, image over, int x, int y, int *ox, int *oy)
{
    int64_t u = (int64_t)x - a->x, v = (int64_t)y - a->y;
    while (a->tile && u < 0)
        u += over.w;
    while (a->tile && v < 0)
        v += over.h;
    *ox = (int)(a->tile ? u % over.w : u);
    *oy = (int)(a->tile ? v % over.h : v);
    return u >= 0 && v >= 0 && (a->tile || (u < over.w && v < over.h));
}

/* At most one level off the exact result; where there is nothing to be seen, no matter what. */
static void check_pixel(const tb_composite_args *a, image base, image over, image got, int x, int y)
{
    int colours = over.c - 1, ox, oy;
    double b[3], s[3], want[3], ab = base.c == over.c ? *px(base, x, y, colours) / 255.0 : 1;

    if (!place(a, over, x, y, &ox, &oy)) {
        for (int k = 0; k < base.c; k++)
            CHECK(*px(got, x, y, k) == *px(base, x, y, k));
        return;
    }
    for (int k = 0; k < colours; k++) {
        b[k] = *px(base, x, y, k) / 255.0;
        s[k] = *px(over, ox, oy, k) / 255.0;
    }
    double alpha =
        naive_pixel(a->mode, b, ab, s, *px(over, ox, oy, colours) / 255.0 * a->opacity, colours, want);
    if (base.c == over.c)
        CHECK(abs((int)lround(alpha * 255) - *px(got, x, y, colours)) <= 1);
    for (int k = 0; alpha > 0 && k < colours; k++)
        if (abs((int)lround(want[k] * 255) - *px(got, x, y, k)) > 1) {
            printf("mode %d, opacity %g, %d on %d: %d on %d is %d, not %g\n", a->mode, a->opacity, over.c,
                   base.c, *px(over, ox, oy, k), *px(base, x, y, k), *px(got, x, y, k), want[k] * 255);
            exit(1);
        }
}

static void check_composite(const tb_composite_args *a, image base, image over, image got)
{
    CHECK(got.w == base.w && got.h == base.h && got.c == base.c);
    for (int y = 0; y < base.h; y++)
        for (int x = 0; x < base.w; x++)
            check_pixel(a, base, over, got, x, y);
}

/* --- runs */

static tb_status try_lay(image base, image over, const tb_composite_args *a, long steps, image *out,
                         tb_error *err)
{
    return try_run_two(base, over, &tb_composite, a, steps, out, err);
}

static image lay(image base, image over, const tb_composite_args *a, long steps)
{
    image out = {0};
    tb_error err = {0};
    tb_status status = try_lay(base, over, a, steps, &out, &err);
    if (status != TB_DONE)
        printf("%s: %s\n", err.stage ? err.stage : "?", err.text);
    CHECK(status == TB_DONE);
    return out;
}

/* Noise where a third of the alphas is 0 and another one 255, in runs. */
static image sprite(int w, int h, int c, uint32_t seed)
{
    image i = image_new(w, h, c);
    for (size_t k = 0; k < image_size(i); k++)
        i.px[k] = (uint8_t)(next_random(&seed) >> 24);
    for (int y = 0; y < h && c % 2 == 0; y++)
        for (int x = 0; x < w; x++) {
            int run = (x / 3 + y) % 3;
            if (run)
                *px(i, x, y, c - 1) = run == 1 ? 0 : 255;
        }
    return i;
}

static int with_alpha(int c)
{
    return c < 3 ? 2 : 4;
}

/* --- promises */

static void every_mode_equals_the_naive_one(void)
{
    static const double opacities[] = {1, 0, 0.5, 0.3, 1 / 255.0, 0.999};
    for (int mode = 0; mode < MODES; mode++)
        for (int c = 1; c <= 4; c++)
            for (int i = 0; i < 6; i++) {
                tb_composite_args a = {-3, 2, false, opacities[i], (tb_blend)mode};
                image base = sprite(90, 11, c, 11), over = sprite(80, 12, with_alpha(c), 12);
                check_composite(&a, base, over, lay(base, over, &a, 7));
                images_free();
            }
}

/* Every overlay sample on every base sample, with a few alphas of each. */
static void every_value_on_every_value_is_rounded_right(void)
{
    static const int alphas[] = {255, 0, 1, 77, 128, 254};
    for (int mode = 0; mode < MODES; mode++)
        for (int i = 0; i < 36; i += mode == TB_BLEND_OVER ? 1 : 7) {
            tb_composite_args a = {0, 0, false, 1, (tb_blend)mode};
            image base = image_new(256, 256, 2), over = image_new(256, 256, 2);
            for (int y = 0; y < 256; y++)
                for (int x = 0; x < 256; x++) {
                    *px(base, x, y, 0) = (uint8_t)x;
                    *px(base, x, y, 1) = (uint8_t)alphas[i % 6];
                    *px(over, x, y, 0) = (uint8_t)y;
                    *px(over, x, y, 1) = (uint8_t)alphas[i / 6];
                }
            check_composite(&a, base, over, lay(base, over, &a, 1 << 20));
            images_free();
        }
}

static void every_place_equals_the_naive_one(void)
{
    for (int x = -9; x <= 12; x++)
        for (int y = -6; y <= 9; y++)
            for (int k = 0; k < 4; k++) {
                tb_composite_args a = {x, y, k & 1, 0.7, k & 2 ? TB_BLEND_SCREEN : TB_BLEND_OVER};
                image base = sprite(11, 8, 3, 5), over = sprite(7, 5, 4, 6);
                check_composite(&a, base, over, lay(base, over, &a, 1 << 20));
                images_free();
            }
}

static void every_slicing_gives_the_same_pixels(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++)
            for (int k = 0; k < 4; k++) {
                int w = sizes[i].w, h = sizes[i].h, other = (i * 5 + 3) % SIZES;
                tb_composite_args a = {w / 3 - 1, h / 3 - 1, k & 1, 0.9,
                                       k & 2 ? TB_BLEND_MULTIPLY : TB_BLEND_OVER};
                image base = sprite(w, h, c, 3);
                image over = sprite(sizes[other].w, sizes[other].h, with_alpha(c), 4);
                image want = lay(base, over, &a, 1 << 30);
                check_composite(&a, base, over, want);
                for (long steps = 1; steps < 1 << 20; steps = steps * 3 + steps % 2)
                    CHECK_SAME(lay(base, over, &a, steps), want);
                images_free();
            }
}

static void rows_of_many_strips_equal_the_naive_ones(void)
{
    static const int widths[] = {1023, 1024, 1025, 4096, 4097, 65500};
    static const int tiles[] = {1, 2, 67, 4096, 20000, 65500};
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 4; k++) {
            tb_composite_args a = {k & 1 ? -5 : 1000, 0, k & 1, 1,
                                   k & 2 ? TB_BLEND_DIFFERENCE : TB_BLEND_OVER};
            image base = sprite(widths[i], 2, 3 + (i + k) % 2, 8), over = sprite(tiles[i], 1, 4, 9);
            check_composite(&a, base, over, lay(base, over, &a, 3));
            images_free();
        }
}

static void a_clear_overlay_leaves_the_base_and_an_opaque_one_nothing_of_it(void)
{
    for (int c = 1; c <= 4; c++) {
        image base = sprite(40, 3, c, 1), clear = noise(40, 3, with_alpha(c)),
              solid = noise(40, 3, with_alpha(c));
        for (int x = 0; x < 40 * 3; x++) {
            clear.px[x * clear.c + clear.c - 1] = 0;
            solid.px[x * solid.c + solid.c - 1] = 255;
        }
        tb_composite_args a = {.opacity = 1};
        CHECK_SAME(lay(base, clear, &a, 3), base);
        image out = lay(base, solid, &a, 3);
        for (int x = 0; x < 40 * 3; x++)
            CHECK(!memcmp(out.px + x * c, solid.px + x * solid.c, (size_t)c));
        a.opacity = 0;
        CHECK_SAME(lay(base, solid, &a, 3), base);
        images_free();
    }
}

/* Eight pixels on eight, and what ImageMagick 6.9 made of them with -compose in each mode. */
static const uint32_t vector_base[8] = {0x0cc863ff, 0xfa823cff, 0x5a14f080, 0x00ff7fc8,
                                        0x21428cff, 0xb4b4144d, 0xff00c8ff, 0x468cd2a0};
static const uint32_t vector_over[8] = {0xf01e80ff, 0x3cdc6480, 0xc85a21b4, 0xff008063,
                                        0x4da0fac8, 0x14f082ff, 0x00ff4080, 0x8246be40};
static const struct {
    tb_blend mode;
    uint32_t want[8];
} vectors[] = {
    {TB_BLEND_OVER,
     {0xf01e80ff, 0x9aaf50ff, 0xb44d44da, 0x728c7fde, 0x438be2ff, 0x14f082ff, 0x7f8083ff, 0x5a73cbb8}},
    {TB_BLEND_MULTIPLY,
     {0x0b1731ff, 0x9a7929ff, 0x7f2b44da, 0x188c68de, 0x0e2e89ff, 0x12da5dff, 0x7f007cff, 0x466cc3b8}},
    {TB_BLEND_SCREEN,
     {0xf0ceb1ff, 0xfab862ff, 0xbd539bda, 0x72e695de, 0x559fe4ff, 0x46f384ff, 0xff80ceff, 0x6289d6b8}},
    {TB_BLEND_OVERLAY,
     {0x169d63ff, 0xf8af35ff, 0x9c2e96da, 0x18e67fde, 0x164fe2ff, 0x31f160ff, 0xff00baff, 0x4e77d4b8}},
    {TB_BLEND_DARKEN,
     {0x0c1e63ff, 0x9a823cff, 0x873044da, 0x188c7fde, 0x21428cff, 0x14dd60ff, 0x7f0083ff, 0x4d73cbb8}},
    {TB_BLEND_LIGHTEN,
     {0xf0c880ff, 0xfaaf50ff, 0xb44d9ada, 0x72e67fde, 0x438be2ff, 0x44f082ff, 0xff80c8ff, 0x5a82cfb8}},
    {TB_BLEND_COLOR_DODGE,
     {0xcce2c6ff, 0xfcc04fff, 0xcb35a0da, 0x72e6abde, 0x2c99e6ff, 0x48f467ff, 0xff80e3ff, 0x5d8ed9b8}},
    {TB_BLEND_COLOR_BURN,
     {0x000000ff, 0xf1781dff, 0x742870da, 0x18e652de, 0x070e8aff, 0x0ddc5aff, 0xff0075ff, 0x3e64ccb8}},
    {TB_BLEND_HARD_LIGHT,
     {0xe22f63ff, 0xb7af35ff, 0xae2e50da, 0x728c7fde, 0x1667e2ff, 0x16f162ff, 0x7f8096ff, 0x4e75d4b8}},
    {TB_BLEND_SOFT_LIGHT,
     {0x26a763ff, 0xf89437ff, 0x952e96da, 0x18e67fde, 0x184eb0ff, 0x36e761ff, 0xff00bdff, 0x4e7cd1b8}},
    {TB_BLEND_DIFFERENCE,
     {0xe4aa1dff, 0xdb6d31ff, 0x8f458dda, 0x72e652de, 0x295774ff, 0x3eb97bff, 0xff80a7ff, 0x4b73a5b8}},
    {TB_BLEND_EXCLUSION,
     {0xe5b67fff, 0xdd7f56ff, 0x9f508eda, 0x72e67fde, 0x4d7e78ff, 0x41c081ff, 0xff80b5ff, 0x5a81b4b8}},
    {TB_BLEND_ADD,
     {0xfce6e3ff, 0xfff06eff, 0xba498fff, 0x63c895ff, 0x5dbfffff, 0x4aff88ff, 0xff80e8ff, 0x5778cce0}},
    {TB_BLEND_DEST_OVER,
     {0x0cc863ff, 0xfa823cff, 0x87309ada, 0x18e67fde, 0x21428cff, 0x44dd60ff, 0xff00c8ff, 0x4d82cfb8}},
    {TB_BLEND_ATOP,
     {0xf01e80ff, 0x9aaf50ff, 0xa7455d80, 0x639c7fc8, 0x438be2ff, 0x14f0824d, 0x7f8083ff, 0x557acca0}},
    {TB_BLEND_DEST,
     {0x0cc863ff, 0xfa823cff, 0x5a14f080, 0x00ff7fc8, 0x21428cff, 0xb4b4144d, 0xff00c8ff, 0x468cd2a0}},
    {TB_BLEND_SOURCE,
     {0xf01e80ff, 0x3cdc6480, 0xc85a21b4, 0xff008063, 0x4da0fac8, 0x14f082ff, 0x00ff4080, 0x8246be40}},
    {TB_BLEND_IN,
     {0xf01e80ff, 0x3cdc6480, 0xc85a215b, 0xff00804e, 0x4da0fac8, 0x14f0824d, 0x00ff4080, 0x8246be29}},
    {TB_BLEND_DEST_IN,
     {0x0cc863ff, 0xfa823c80, 0x5a14f05b, 0x00ff7f4e, 0x21428cc8, 0xb4b4144d, 0xff00c880, 0x468cd229}},
    {TB_BLEND_OUT,
     {0x00000000, 0x00000000, 0xc85a215a, 0xff008016, 0x00000000, 0x14f082b2, 0x00000000, 0x8246be18}},
    {TB_BLEND_DEST_OUT,
     {0x00000000, 0xfa823c7f, 0x5a14f026, 0x00ff7f7b, 0x21428c37, 0x00000000, 0xff00c87f, 0x468cd278}},
    {TB_BLEND_DEST_ATOP,
     {0x0cc863ff, 0xfa823c80, 0x903688b4, 0x37c87f63, 0x21428cc8, 0x44dd60ff, 0xff00c880, 0x5c71ca40}},
    {TB_BLEND_XOR,
     {0x00000000, 0xfa823c7f, 0xa7455e80, 0x25d97f90, 0x21428c37, 0x14f082b2, 0xff00c87f, 0x4f80ce90}},
};

static image from_vector(const uint32_t *v)
{
    image i = image_new(8, 1, 4);
    for (int k = 0; k < 32; k++)
        i.px[k] = (uint8_t)(v[k / 4] >> (24 - k % 4 * 8));
    return i;
}

/* White dodges black to white there, to black in the W3C's text. */
static bool dodges_black(int k)
{
    return from_vector(vector_base).px[k] == 0 && from_vector(vector_over).px[k] == 255;
}

static void another_program_says_the_same(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        tb_composite_args a = {.opacity = 1, .mode = vectors[i].mode};
        image got = lay(from_vector(vector_base), from_vector(vector_over), &a, 1);
        image want = from_vector(vectors[i].want);
        for (int k = 0; k < 32; k++)
            if (want.px[k | 3] > 0 && !(a.mode == TB_BLEND_COLOR_DODGE && dodges_black(k)))
                CHECK(abs(got.px[k] - want.px[k]) <= 1);
        images_free();
    }
}

/* --- what is asked for of the overlay */

static int given; /* rows */

static tb_status count_step(tb_stage *s, tb_error *err)
{
    given++;
    return give_step(s, err);
}

static const tb_stage_ops counted = {.name = "give", .outs = 1, .open = give_open, .step = count_step};

static int rows_given(image base, image over, const tb_composite_args *a)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    image out, *to = &out;
    tb_error err = {0};

    given = 0;
    tb_chain_add(&c, &give, &base, -1);
    tb_chain_add(&c, &counted, &over, -1);
    tb_chain_add(&c, &tb_composite, a, 0);
    tb_chain_link(&c, 2, 1, 1, 0);
    tb_chain_add(&c, &keep, &to, 2);
    CHECK(run_chain(&c, 100, &err) == TB_DONE);
    tb_chain_close(&c);
    check_composite(a, base, over, out);
    return given;
}

static void rows_of_the_overlay_that_are_not_seen_are_not_waited_for(void)
{
    static const int at[][2] = {
        {0, 50}, {0, -100}, {40, 0}, {-30, 0}, {INT32_MAX, INT32_MAX}, {INT32_MIN, INT32_MIN}};
    image base = sprite(40, 50, 3, 1), over = sprite(30, 100, 4, 2);
    for (int i = 0; i < 6; i++)
        CHECK(rows_given(base, over, &(tb_composite_args){at[i][0], at[i][1], .opacity = 1}) <= 6);
    CHECK(rows_given(base, over, &(tb_composite_args){0, 40, .opacity = 1}) <= 16);
    CHECK(rows_given(base, over, &(tb_composite_args){5, -90, .opacity = 1}) == 100);
    images_free();
}

/* Both are one stage's rows, which must wait for where they are wanted later. */
static void a_picture_can_lie_on_itself(void)
{
    static const int at[][2] = {{0, 0}, {3, 30}, {-4, -30}, {0, 60}, {90, 0}};
    for (int i = 0; i < 10; i++) {
        tb_composite_args a = {at[i % 5][0], at[i % 5][1], i >= 5, 0.8, TB_BLEND_OVER};
        tb_mem mem = {.heap = &test_heap};
        tb_chain c = {.mem = &mem};
        image in = sprite(40, 50, 4, 1), out, *to = &out;
        tb_error err = {0};
        tb_chain_add(&c, &give, &in, -1);
        tb_chain_add(&c, &tb_composite, &a, 0);
        tb_chain_link(&c, 1, 1, 0, 0);
        tb_chain_add(&c, &keep, &to, 1);
        CHECK(run_chain(&c, 7, &err) == TB_DONE);
        tb_chain_close(&c);
        check_composite(&a, in, in, out);
        images_free();
    }
}

/* --- errors */

static void refused(int base, int over, tb_composite_args a, tb_code code)
{
    image out = {0};
    tb_error err = {0};
    CHECK(try_lay(noise(5, 4, base), noise(3, 2, over), &a, 1, &out, &err) == TB_FAIL);
    CHECK(err.code == code && !strcmp(err.stage, "composite") && err.text[0]);
    images_free();
}

static void what_does_not_fit_is_refused(void)
{
    for (int base = 1; base <= 4; base++)
        for (int over = 1; over <= 4; over++)
            if (over != with_alpha(base))
                refused(base, over, (tb_composite_args){.opacity = 1}, TB_E_UNSUPPORTED);
    refused(3, 4, (tb_composite_args){.opacity = 1.01}, TB_E_LIMIT);
    refused(3, 4, (tb_composite_args){.opacity = -0.01}, TB_E_LIMIT);
    refused(3, 4, (tb_composite_args){.opacity = NAN}, TB_E_LIMIT);
    refused(3, 4, (tb_composite_args){.opacity = 1, .mode = (tb_blend)MODES}, TB_E_UNSUPPORTED);
    refused(3, 4, (tb_composite_args){.opacity = 1, .mode = (tb_blend)-1}, TB_E_UNSUPPORTED);
}

static void every_lost_allocation_is_survived(void)
{
    for (long n = 0; lose_next(&n);) {
        tb_composite_args a = {1, 2, true, 1, TB_BLEND_OVER};
        image out = {0}, base = noise(20, 20, 3), over = noise(4, 4, 4);
        tb_error err = {0};
        CHECK_LOSS(try_lay(base, over, &a, 1 << 30, &out, &err), &err);
        images_free();
    }
}

int main(void)
{
    every_mode_equals_the_naive_one();
    every_value_on_every_value_is_rounded_right();
    every_place_equals_the_naive_one();
    every_slicing_gives_the_same_pixels();
    rows_of_many_strips_equal_the_naive_ones();
    a_clear_overlay_leaves_the_base_and_an_opaque_one_nothing_of_it();
    another_program_says_the_same();
    rows_of_the_overlay_that_are_not_seen_are_not_waited_for();
    a_picture_can_lie_on_itself();
    what_does_not_fit_is_refused();
    every_lost_allocation_is_survived();
    images_free();
    return 0;
}
