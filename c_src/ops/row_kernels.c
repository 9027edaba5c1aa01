/* row_kernels.c - the kernels in plain C, and which to take. */
#include "row_loops.h"
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TILE 256 /* sums that stay close while row after row is added */

#ifdef __SSE2__
/* Compilers do not see that the two products and their sum are one instruction. */
static void add_pair(int32_t *restrict sum, const uint32_t *restrict pairs, int w0, int w1, int n)
{
    const __m128i w = _mm_set1_epi32((int32_t)((uint32_t)(w1 & 0xffff) << 16 | (uint32_t)(w0 & 0xffff)));

    for (int i = 0; i < n; i += 4) {
        __m128i *to = (__m128i *)(void *)(sum + i);
        __m128i products = _mm_madd_epi16(_mm_loadu_si128((const __m128i *)(const void *)(pairs + i)), w);
        _mm_storeu_si128(to, _mm_add_epi32(_mm_loadu_si128(to), products));
    }
}
#else
static void add_pair(int32_t *restrict sum, const uint32_t *restrict pairs, int w0, int w1, int n)
{
    for (int i = 0; i < n; i++)
        sum[i] += low(pairs[i]) * w0 + high(pairs[i]) * w1;
}
#endif

static void add_tile(int32_t *restrict acc, const int32_t *restrict sum, int n, int fold, bool fresh)
{
    int32_t half = HALF(fold);

    for (int i = 0; i < n; i++)
        acc[i] = (fresh ? 0 : acc[i]) + ((sum[i] + half) >> fold);
}

static void sum_tile(int32_t *sum, const uint32_t *const *pairs, const int16_t *w, int count, int at, int n)
{
    memset(sum, 0, (size_t)n * sizeof *sum);
    for (int k = 0; k < count; k++)
        add_pair(sum, pairs[k] + at, w[2 * k], w[2 * k + 1], n);
}

static void add_rows(int32_t *acc, const uint32_t *const *pairs, const int16_t *w, int count, int n, int fold,
                     bool fresh)
{
    int32_t sum[TILE];

    for (int at = 0; at < n; at += TILE) {
        int m = n - at < TILE ? n - at : TILE;
        sum_tile(sum, pairs, w, count, at, m);
        add_tile(acc + at, sum, m, fold, fresh);
    }
}

static void settle(int16_t *restrict line, const int32_t *restrict acc, int n, int shift)
{
    int32_t half = HALF(shift);

    for (int i = 0; i < n; i++)
        line[i] = saturate((acc[i] + half) >> shift);
}

static void sum_rows(int16_t *line, const uint32_t *const *pairs, const int16_t *w, int count, int n,
                     int shift)
{
    int32_t sum[TILE];

    for (int at = 0; at < n; at += TILE) {
        int m = n - at < TILE ? n - at : TILE;
        sum_tile(sum, pairs, w, count, at, m);
        settle(line + at, sum, m, shift);
    }
}

static int32_t dot(const int16_t *x, const int16_t *w, int n)
{
    int32_t sum = 0;

    for (int i = 0; i < n; i++)
        sum += x[i] * w[i];
    return sum;
}

static int32_t folded_dot(const int16_t *x, const int16_t *w, int taps, int fold)
{
    int32_t sum = 0;

    for (int i = 0; i < taps; i += TB_FOLD_TAPS) {
        int n = taps - i < TB_FOLD_TAPS ? taps - i : TB_FOLD_TAPS;
        sum += (dot(x + i, w + i, n) + HALF(fold)) >> fold;
    }
    return sum;
}

static void gather(int16_t *line, const int16_t *planes, size_t plane, int channels, const int32_t *first,
                   const int16_t *w, int taps, int n, int shift, int fold)
{
    for (int i = 0; i < n; i++, w += taps)
        for (int c = 0; c < channels; c++) {
            const int16_t *x = planes + (size_t)c * plane + first[i];
            line[i * channels + c] = saturate((folded_dot(x, w, taps, fold) + HALF(shift)) >> shift);
        }
}

static void premultiply(int16_t *restrict line, const uint8_t *restrict row, int pixels, int channels)
{
    if (channels == 2)
        for (int i = 0; i < pixels; i++) {
            line[2 * i] = premultiplied(row[2 * i], row[2 * i + 1]);
            line[2 * i + 1] = (int16_t)(row[2 * i + 1] * 128 + TB_BLACK);
        }
    else
        for (int i = 0; i < pixels; i++) {
            int a = row[4 * i + 3];
            for (int k = 0; k < 3; k++)
                line[4 * i + k] = premultiplied(row[4 * i + k], a);
            line[4 * i + 3] = (int16_t)(a * 128 + TB_BLACK);
        }
}

static void narrow(uint8_t *restrict row, const int16_t *restrict line, int n)
{
    for (int i = 0; i < n; i++)
        row[i] = narrowed(line[i]);
}

static void unpremultiply(uint8_t *restrict row, const int16_t *restrict line, int pixels, int channels)
{
    for (int i = 0; i < pixels; i++, row += channels, line += channels) {
        int32_t a = line[channels - 1] - TB_BLACK; /* also above 255, by overshoot: the colour stays */
        uint32_t over = a < CLEAR ? 0 : (uint32_t)(int32_t)(OVER / (float)a);
        for (int k = 0; k < channels - 1; k++) {
            int32_t v = line[k] - TB_BLACK;
            v = v > a ? a : v < 0 ? 0 : v;
            row[k] = (uint8_t)(((uint32_t)v * over + (1u << 23)) >> 24);
        }
        row[channels - 1] = narrowed(line[channels - 1]);
    }
}

const tb_row_kernels tb_plain_rows = {.name = "plain",
                                      .widen = widen,
                                      .premultiply = premultiply,
                                      .put_even = put_even,
                                      .put_odd = put_odd,
                                      .put_row_even = put_row_even,
                                      .put_row_odd = put_row_odd,
                                      .add_rows = add_rows,
                                      .sum_rows = sum_rows,
                                      .settle = settle,
                                      .split = split,
                                      .gather = gather,
                                      .narrow = narrow,
                                      .unpremultiply = unpremultiply};

const tb_row_kernels *tb_best_rows(void)
{
#if TB_HAS_AVX2
    if (__builtin_cpu_supports("avx2"))
        return &tb_avx2_rows;
#endif
    return &tb_plain_rows;
}
