/* test_png_filter.c - filters as the format's own words have them, a byte at a time. */
#include "../../c_src/codecs/png/png_filter.h"
#include "check.h"

#define MOST 700

static int predicted(int filter, int left, int up, int corner)
{
    int p = left + up - corner, a = abs(p - left), b = abs(p - up), c = abs(p - corner);

    switch (filter) {
    case TB_PNG_SUB:
        return left;
    case TB_PNG_UP:
        return up;
    case TB_PNG_AVG:
        return (left + up) / 2;
    case TB_PNG_PAETH:
        return a <= b && a <= c ? left : b <= c ? up : corner;
    default:
        return 0;
    }
}

static void naive(uint8_t *dst, const uint8_t *row, const uint8_t *above, size_t n, size_t bpp, int filter)
{
    for (size_t x = 0; x < n; x++) {
        int left = x < bpp ? 0 : row[x - bpp], corner = x < bpp ? 0 : above[x - bpp];
        dst[x] = (uint8_t)(row[x] - predicted(filter, left, above[x], corner));
    }
}

/* Rows of n bytes; fewer bits make more ties. */
static void make(uint8_t *row, uint8_t *above, size_t n, uint32_t *seed)
{
    uint8_t mask = next_random(seed) >> 31 ? 255 : 3;

    for (size_t i = 0; i < n; i++) {
        row[i] = (uint8_t)(next_random(seed) >> 24) & mask;
        above[i] = (uint8_t)(next_random(seed) >> 24) & mask;
    }
}

static const size_t bpps[] = {1, 2, 3, 4, 6, 8};

static void a_row_filtered_in_two_parts_is_as_the_format_says(void)
{
    uint32_t seed = 1;

    for (size_t pixels = 1; pixels < 80; pixels++)
        for (int k = 0; k < 4; k++)
            for (int f = 0; f < TB_PNG_FILTERS; f++) {
                size_t bpp = bpps[k], n = pixels * bpp, cut = bpp * (next_random(&seed) % (pixels + 1));
                uint8_t *row = malloc(n), *above = malloc(n), *out = malloc(n), expected[MOST];
                make(row, above, n, &seed);
                tb_png_part first = {row, above, cut, bpp, true};
                tb_png_part rest = {row + cut, above + cut, n - cut, bpp, cut == 0};
                if (cut > 0)
                    tb_png_filter(out, &first, f);
                if (cut < n)
                    tb_png_filter(out + cut, &rest, f);
                naive(expected, row, above, n, bpp, f);
                CHECK(!memcmp(out, expected, n));
                free(row);
                free(above);
                free(out);
            }
}

static void the_tally_is_the_sum_of_what_filters_leave(void)
{
    uint32_t seed = 2;

    for (size_t pixels = 1; pixels < 80; pixels++)
        for (int k = 0; k < 4; k++) {
            size_t bpp = bpps[k], n = pixels * bpp, cut = bpp * (next_random(&seed) % pixels), same = 0;
            uint8_t *row = malloc(n), *above = malloc(n), left[MOST];
            tb_png_tally t = {{0}, 0};
            make(row, above, n, &seed);
            tb_png_part first = {row, above, cut, bpp, true};
            tb_png_part rest = {row + cut, above + cut, n - cut, bpp, cut == 0};
            if (cut > 0)
                tb_png_tally_add(&t, &first);
            tb_png_tally_add(&t, &rest);
            for (int f = 0; f < TB_PNG_FILTERS; f++) {
                uint64_t sum = 0;
                naive(left, row, above, n, bpp, f);
                for (size_t x = 0; x < n; x++)
                    sum += (uint64_t)(left[x] < 128 ? left[x] : 256 - left[x]);
                CHECK(t.sum[f] == sum);
            }
            for (size_t x = 0; x < n; x++)
                same += row[x] == (x < bpp ? 0 : row[x - bpp]);
            CHECK(t.same == same);
            free(row);
            free(above);
        }
}

static void a_long_row_of_the_worst_sums_does_not_overflow(void)
{
    size_t n = 300000;
    uint8_t *row = malloc(n), *above = calloc(n, 1);
    tb_png_tally t = {{0}, 0};

    memset(row, 128, n);
    tb_png_tally_add(&t, &(tb_png_part){row, above, n, 4, true});
    CHECK(t.sum[TB_PNG_NONE] == 128 * n && t.sum[TB_PNG_SUB] == 4 * 128 && t.same == n - 4);
    free(row);
    free(above);
}

static void undone_in_any_parts_it_is_the_row_again(void)
{
    uint32_t seed = 3;

    for (size_t pixels = 1; pixels < 80; pixels++)
        for (int k = 0; k < 6; k++)
            for (int f = 0; f < TB_PNG_FILTERS; f++) {
                size_t bpp = bpps[k], n = pixels * bpp;
                uint8_t *row = malloc(n), *above = malloc(n + TB_PNG_SLACK), *got = malloc(n + TB_PNG_SLACK);
                make(row, above, n, &seed);
                naive(got, row, above, n, bpp, f);
                for (size_t x = 0, end; x < n; x = end) {
                    end = x + bpp * (1 + next_random(&seed) % pixels);
                    end = end < n ? end : n;
                    tb_png_unfilter(got, above, x, end, bpp, f);
                }
                CHECK(!memcmp(got, row, n));
                free(row);
                free(above);
                free(got);
            }
}

int main(void)
{
    a_row_filtered_in_two_parts_is_as_the_format_says();
    the_tally_is_the_sum_of_what_filters_leave();
    a_long_row_of_the_worst_sums_does_not_overflow();
    undone_in_any_parts_it_is_the_row_again();
    return 0;
}
