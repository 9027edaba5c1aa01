/* test_phash.c - perceptual hash. */
#include "looking.h"
#include <math.h>

static const tb_phash_args args = {&found};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* As it is defined, in doubles: one that is as good as on the edge may be either. */
static void check_by_definition(image i)
{
    const double pi = 3.14159265358979323846;
    double f[64], sorted[64];
    for (int v = 0; v < 8; v++)
        for (int u = 0; u < 8; u++) {
            double sum = 0;
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    sum += *px(i, x, y, 0) * cos(pi / 32 * (x + 0.5) * u) * cos(pi / 32 * (y + 0.5) * v);
            f[8 * v + u] = sum;
        }
    memcpy(sorted, f, sizeof f);
    qsort(sorted, 64, sizeof *sorted, by_size);
    double median = (sorted[31] + sorted[32]) / 2;
    look_at(i, &tb_phash, &args, 3);
    for (int k = 0; k < 64; k++) {
        bool bit = found.phash[k / 8] >> (7 - k % 8) & 1;
        double above = f[k] - median - 128; /* half of what a wave of one level sums up to */
        CHECK(fabs(above) < 20 || bit == (above > 0));
    }
}

static void it_is_as_defined(void)
{
    for (int f = 0; f <= 4; f++)
        check_by_definition(painted(f, 32, 32, 1));
    check_by_definition(noise(32, 32, 1));
    check_by_definition(gradient(32, 32, 1));
    images_free();
}

static void every_slicing_gives_the_same_hash(void)
{
    check_slicings(noise(32, 32, 1), &tb_phash, &args);
    images_free();
}

static int differ(const uint8_t *a, const uint8_t *b)
{
    int n = 0;
    for (int i = 0; i < 64; i++)
        n += ((a[i / 8] ^ b[i / 8]) >> i % 8 & 1);
    return n;
}

/* Where no two frequencies are alike. */
static void half_of_the_bits_are_set(void)
{
    static const uint8_t none[TB_PHASH_SIZE];
    look_at(noise(32, 32, 1), &tb_phash, &args, 9);
    CHECK(differ(found.phash, none) >= 28 && differ(found.phash, none) <= 32);
    images_free();
}

/* But for the first bit, the mean, which does not change its sign. */
static void a_negative_has_the_other_half(void)
{
    image a = noise(32, 32, 1), b = noise(32, 32, 1);
    for (size_t i = 0; i < image_size(b); i++)
        b.px[i] = (uint8_t)(255 - b.px[i]);
    look_at(a, &tb_phash, &args, 9);
    tb_look want = found;
    look_at(b, &tb_phash, &args, 9);
    CHECK(differ(found.phash, want.phash) >= 56);
    images_free();
}

/* More light or less contrast leaves the order of the frequencies, but for rounding. */
static void light_and_contrast_hardly_count(void)
{
    image a = painted(0, 32, 32, 1), b = painted(0, 32, 32, 1);
    for (size_t i = 0; i < image_size(b); i++)
        b.px[i] = (uint8_t)(b.px[i] / 2 + 90);
    look_at(a, &tb_phash, &args, 9);
    tb_look want = found;
    look_at(b, &tb_phash, &args, 9);
    CHECK(differ(found.phash, want.phash) <= 4);
    images_free();
}

static void one_colour_has_no_frequencies(void)
{
    static const uint8_t first[TB_PHASH_SIZE] = {0x80}, none[TB_PHASH_SIZE];
    image i = image_new(32, 32, 1);
    look_at(i, &tb_phash, &args, 9);
    CHECK(!memcmp(found.phash, none, sizeof none));
    for (int v = 1; v < 256; v += 127) {
        memset(i.px, v, image_size(i));
        look_at(i, &tb_phash, &args, 9);
        CHECK(!memcmp(found.phash, first, sizeof first));
    }
    images_free();
}

static void what_it_does_not_take_is_refused(void)
{
    for (int c = 2; c <= 4; c++)
        check_look_refused(noise(32, 32, c), &tb_phash, &args, TB_E_UNSUPPORTED);
    check_look_refused(noise(33, 32, 1), &tb_phash, &args, TB_E_LIMIT);
    check_look_refused(noise(32, 31, 1), &tb_phash, &args, TB_E_LIMIT);
    images_free();
}

int main(void)
{
    it_is_as_defined();
    every_slicing_gives_the_same_hash();
    half_of_the_bits_are_set();
    a_negative_has_the_other_half();
    light_and_contrast_hardly_count();
    one_colour_has_no_frequencies();
    what_it_does_not_take_is_refused();
    look_survives_no_memory(noise(32, 32, 1), &tb_phash, &args);
    images_free();
    return 0;
}
