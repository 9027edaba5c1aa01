/* test_palette.c - average, dominant colour, palette. */
#include "looking.h"
#include <math.h>

static tb_palette_args swatches(int n)
{
    return (tb_palette_args){&found, n};
}

static int weight_of(image i, int at)
{
    return i.c == 4 ? i.px[at * 4 + 3] : 255;
}

/* --- the naive one: which box a pixel is in is written beside it, and every cut is tried by going through
 * all pixels again */

#define MOST 16

typedef struct {
    double mean[3], weight;
} cluster;

/* Of the pixels in that box whose colour k is in [low, high). */
static cluster naive_mean(image i, const int *box, int which, int k, int low, int high)
{
    cluster c = {{0}, 0};
    for (int at = 0; at < i.w * i.h; at++)
        if (box[at] == which && i.px[at * i.c + k] >= low && i.px[at * i.c + k] < high) {
            c.weight += weight_of(i, at);
            for (int m = 0; m < 3; m++)
                c.mean[m] += (double)weight_of(i, at) * i.px[at * i.c + m];
        }
    for (int m = 0; m < 3 && c.weight > 0; m++)
        c.mean[m] /= c.weight;
    return c;
}

/* The sum of the squares of all distances to the mean. */
static double spread(image i, const int *box, int which, int k, int low, int high)
{
    cluster c = naive_mean(i, box, which, k, low, high);
    double sum = 0;
    for (int at = 0; at < i.w * i.h; at++)
        if (box[at] == which && i.px[at * i.c + k] >= low && i.px[at * i.c + k] < high)
            for (int m = 0; m < 3; m++)
                sum += weight_of(i, at) * pow(i.px[at * i.c + m] - c.mean[m], 2);
    return sum;
}

/* Cuts one more; false if all boxes are of one colour. */
static bool naive_cut(image i, int *box, int boxes)
{
    double best = 1e-6;
    int which = -1, axis = 0, level = 0;
    for (int b = 0; b < boxes; b++)
        for (int k = 0; k < 3; k++)
            for (int v = 1; v < 256; v++) {
                double gain =
                    spread(i, box, b, k, 0, 256) - spread(i, box, b, k, 0, v) - spread(i, box, b, k, v, 256);
                if (gain > best * (1 + 1e-9)) {
                    best = gain;
                    which = b;
                    axis = k;
                    level = v;
                }
            }
    for (int at = 0; at < i.w * i.h && which >= 0; at++)
        if (box[at] == which && i.px[at * i.c + axis] >= level)
            box[at] = boxes;
    return which >= 0;
}

static int naive_clusters(image i, int most, cluster *out)
{
    static int box[4096];
    int boxes = 1;
    CHECK(i.w * i.h <= 4096);
    for (int at = 0; at < i.w * i.h; at++)
        box[at] = weight_of(i, at) ? 0 : -1;
    while (boxes < most && naive_cut(i, box, boxes))
        boxes++;
    for (int b = 0; b < boxes; b++)
        out[b] = naive_mean(i, box, b, 0, 0, 256);
    return boxes;
}

static bool is(const uint8_t *colour, const cluster *c)
{
    for (int k = 0; k < 3; k++)
        if (fabs(colour[k] - c->mean[k]) > 0.5 + 1e-9)
            return false;
    return true;
}

static void every_palette_equals_the_naive_one(void)
{
    static const int some[] = {1, 2, 3, 7, 8, 9, 16};
    for (int f = 0; f < 5; f++)
        for (int n = 0; n < 7; n++) {
            image in = painted(f, 7, 5 + n % 2, f % 2 ? 4 : 3);
            tb_palette_args a = swatches(some[n]);
            cluster want[MOST], largest[5];
            int count = naive_clusters(in, some[n], want), clusters = naive_clusters(in, 5, largest);
            double all = 0, most = 0;
            look_at(in, &tb_palette, &a, 5);
            CHECK(found.swatches == count);
            for (int i = 0; i < count; i++)
                all += want[i].weight;
            for (int i = 0; i < clusters; i++)
                most = fmax(most, largest[i].weight);
            for (int i = 0; i < count; i++) { /* each is there once, as no two are alike */
                int same = 0;
                for (int k = 0; k < count; k++)
                    same += is(found.palette[k].colour, &want[i]) &&
                            fabs(found.palette[k].share - want[i].weight / all) < 1e-9;
                CHECK(same == 1);
            }
            bool dominant = false;
            for (int i = 0; i < clusters; i++)
                dominant |= largest[i].weight == most && is(found.dominant, &largest[i]);
            CHECK(dominant);
            naive_clusters(in, 1, want);
            CHECK(is(found.average, &want[0]));
            images_free();
        }
}

/* So many colours of so many pixels each. */
static image flag(const uint8_t (*colour)[4], const int *pixels, int colours, int w, int c)
{
    int all = 0, at = 0;
    for (int i = 0; i < colours; i++)
        all += pixels[i];
    image in = image_new(w, all / w, c);
    CHECK(all % w == 0);
    for (int i = 0; i < colours; i++)
        for (int n = 0; n < pixels[i]; n++, at++)
            memcpy(in.px + (at * 11 % all) * c, colour[i], (size_t)c); /* all over the place */
    return in;
}

static void few_colours_are_all_found_with_their_shares(void)
{
    static const uint8_t colours[4][4] = {
        {250, 10, 20, 255}, {0, 90, 200, 255}, {0, 91, 200, 255}, {255, 255, 255, 255}};
    static const int pixels[4] = {50, 400, 30, 220}, order[4] = {1, 3, 0, 2};
    image in = flag(colours, pixels, 4, 100, 3);
    for (int n = 4; n <= 16; n++) {
        tb_palette_args a = swatches(n);
        look_at(in, &tb_palette, &a, 5);
        CHECK(found.swatches == 4);
        for (int i = 0; i < 4; i++) {
            CHECK(!memcmp(found.palette[i].colour, colours[order[i]], 3));
            CHECK(found.palette[i].share == pixels[order[i]] / 700.0);
        }
        CHECK(!memcmp(found.dominant, colours[1], 3));
    }
    images_free();
}

static void a_pixel_counts_as_much_as_it_is_opaque(void)
{
    static const uint8_t colours[3][4] = {{200, 0, 0, 51}, {0, 100, 0, 255}, {7, 7, 255, 0}};
    static const int pixels[3] = {100, 80, 70};
    image in = flag(colours, pixels, 3, 50, 4);
    tb_palette_args a = swatches(5);
    look_at(in, &tb_palette, &a, 5);
    CHECK(found.swatches == 2 && !memcmp(found.dominant, colours[1], 3));
    CHECK(found.average[0] == 40 && found.average[1] == 80 && found.average[2] == 0);
    CHECK(found.palette[0].share == 0.8 && found.palette[1].share == 0.2);
    CHECK(!memcmp(found.palette[0].colour, colours[1], 3) && !memcmp(found.palette[1].colour, colours[0], 3));
    images_free();
}

static void where_nothing_can_be_seen_there_are_no_colours(void)
{
    image in = noise(12, 10, 4);
    for (int i = 0; i < 120; i++)
        in.px[4 * i + 3] = 0;
    tb_palette_args a = swatches(5);
    check_slicings(in, &tb_palette, &a);
    CHECK(found.swatches == 0);
    images_free();
}

/* The shares add up, the largest comes first, no two colours are the same, and all together are the average. */
static void palettes_of_all_sizes_make_sense(void)
{
    for (int n = 1; n <= 16; n++)
        for (int f = 0; f < 5; f++) {
            tb_palette_args a = swatches(n);
            double share = 0, mean[3] = {0};
            look_at(painted(f, 128, 128 - n, 4 - f % 2), &tb_palette, &a, 50);
            CHECK(found.swatches == n);
            for (int i = 0; i < n; i++) {
                const tb_swatch *s = &found.palette[i];
                share += s->share;
                CHECK(s->share > 0 && (i == 0 || s->share <= s[-1].share));
                for (int k = 0; k < 3; k++)
                    mean[k] += s->share * s->colour[k];
                for (int k = 0; k < i; k++)
                    CHECK(memcmp(s->colour, found.palette[k].colour, 3));
            }
            CHECK(fabs(share - 1) < 1e-9);
            for (int k = 0; k < 3; k++)
                CHECK(fabs(mean[k] - found.average[k]) <= 1);
            images_free();
        }
}

static void one_pixel_is_one_colour(void)
{
    for (int c = 3; c <= 4; c++) {
        image in = noise(1, 1, c);
        tb_palette_args a = swatches(16);
        check_slicings(in, &tb_palette, &a);
        CHECK(found.swatches == 1 && found.palette[0].share == 1);
        CHECK(!memcmp(found.palette[0].colour, in.px, 3) && !memcmp(found.average, in.px, 3) &&
              !memcmp(found.dominant, in.px, 3));
    }
    images_free();
}

static void every_slicing_gives_the_same_colours(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int c = 3; c <= 4 && sizes[i].w <= 128 && sizes[i].h <= 128; c++) {
            tb_palette_args a = swatches(1 + i);
            check_slicings(painted(3, sizes[i].w, sizes[i].h, c), &tb_palette, &a);
            images_free();
        }
    tb_palette_args a = swatches(16);
    check_slicings(painted(3, 128, 128, 4), &tb_palette, &a);
    images_free();
}

/* White in all its opaque pixels: the largest sums there can be. */
static void the_largest_sums_fit(void)
{
    image in = image_new(128, 128, 4);
    memset(in.px, 255, image_size(in));
    tb_palette_args a = swatches(2);
    look_at(in, &tb_palette, &a, 50);
    CHECK(found.swatches == 1 && found.average[0] == 255 && found.dominant[2] == 255);
    images_free();
}

static void what_it_does_not_take_is_refused(void)
{
    tb_palette_args a = swatches(5);
    for (int c = 1; c <= 2; c++)
        check_look_refused(noise(5, 4, c), &tb_palette, &a, TB_E_UNSUPPORTED);
    check_look_refused(noise(129, 4, 3), &tb_palette, &a, TB_E_LIMIT);
    check_look_refused(noise(4, 129, 4), &tb_palette, &a, TB_E_LIMIT);
    for (int n = -1; n <= 17; n += 1 + 16 * (n == 0)) {
        a = swatches(n);
        check_look_refused(noise(4, 5, 3), &tb_palette, &a, TB_E_LIMIT);
    }
    images_free();
}

int main(void)
{
    tb_palette_args a = swatches(5);

    every_palette_equals_the_naive_one();
    few_colours_are_all_found_with_their_shares();
    a_pixel_counts_as_much_as_it_is_opaque();
    where_nothing_can_be_seen_there_are_no_colours();
    palettes_of_all_sizes_make_sense();
    one_pixel_is_one_colour();
    every_slicing_gives_the_same_colours();
    the_largest_sums_fit();
    what_it_does_not_take_is_refused();
    look_survives_no_memory(noise(20, 20, 4), &tb_palette, &a);
    images_free();
    return 0;
}
