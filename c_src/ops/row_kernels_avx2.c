/* row_kernels_avx2.c - the kernels for AVX2: the loops of row_loops.h compiled for it,
 * and by hand those in which two 16-bit products are added by one instruction. */
#include "row_kernels.h"
#include "weights.h"

#if TB_HAS_AVX2
#include <immintrin.h>
#include <string.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#include "row_loops.h"

#define SPAN 64 /* outputs made of one channel, before those of the next */

static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256(p);
}

static inline __m256i add(__m256i a, __m256i b)
{
    return _mm256_add_epi32(a, b);
}

static inline __m256i madd(__m256i sum, __m256i x, __m256i w)
{
    return add(sum, _mm256_madd_epi16(x, w));
}

/* (v + half) >> shift in each lane */
static inline __m256i shift_down(__m256i v, int shift)
{
    return _mm256_sra_epi32(add(v, _mm256_set1_epi32(HALF(shift))), _mm_cvtsi32_si128(shift));
}

static inline __m128i to_samples(__m256i sums, int shift)
{
    __m256i v = shift_down(sums, shift);
    return _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

static inline void store(int16_t *to, __m256i sums, int shift)
{
    _mm_storeu_si128((__m128i *)to, to_samples(sums, shift));
}

/* 16 sums, in order, to which the half was added. */
static inline void store_two(int16_t *to, __m256i a, __m256i b, __m128i shift)
{
    __m256i v = _mm256_packs_epi32(_mm256_sra_epi32(a, shift), _mm256_sra_epi32(b, shift));

    _mm256_storeu_si256((__m256i *)to, _mm256_permute4x64_epi64(v, 0xd8));
}

#define SIDE 8 /* vectors of sums side by side */

static inline void sums_at(__m256i sum[SIDE], __m256i from, const uint32_t *const *pairs, const int16_t *w,
                           int count, int at)
{
    for (int j = 0; j < SIDE; j++)
        sum[j] = from;
    for (int k = 0; k < count; k++) {
        const uint32_t *p = pairs[k] + at;
        int32_t two;
        memcpy(&two, w + 2 * k, sizeof two);
        __m256i ww = _mm256_set1_epi32(two);
        for (int j = 0; j < SIDE; j++)
            sum[j] = madd(sum[j], load(p + 8 * j), ww);
    }
}

static inline void add_to(int32_t *acc, __m256i sum, int fold, bool fresh)
{
    if (fold > 0)
        sum = shift_down(sum, fold);
    _mm256_storeu_si256((__m256i *)acc, fresh ? sum : add(sum, load(acc)));
}

static void add_rows(int32_t *acc, const uint32_t *const *pairs, const int16_t *w, int count, int n, int fold,
                     bool fresh)
{
    __m256i sum[SIDE];

    for (int i = 0; i < n; i += 8 * SIDE) {
        sums_at(sum, _mm256_setzero_si256(), pairs, w, count, i);
        for (int j = 0; j < SIDE; j++)
            add_to(acc + i + 8 * j, sum[j], fold, fresh);
    }
}

static void sum_rows(int16_t *line, const uint32_t *const *pairs, const int16_t *w, int count, int n,
                     int shift)
{
    __m256i sum[SIDE], half = _mm256_set1_epi32(HALF(shift));
    __m128i by = _mm_cvtsi32_si128(shift);

    for (int i = 0; i < n; i += 8 * SIDE) {
        sums_at(sum, half, pairs, w, count, i);
        for (int j = 0; j < SIDE; j += 2)
            store_two(line + i + 8 * j, sum[j], sum[j + 1], by);
    }
}

/* The sum of each of the four, in order. */
static inline __m128i four_sums(__m256i a, __m256i b, __m256i c, __m256i d)
{
    __m256i s = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));

    return _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
}

static inline __m256i madd_half(__m256i sum, const int16_t *x, const int16_t *w)
{
    __m128i a = _mm_loadu_si128((const __m128i *)x), b = _mm_loadu_si128((const __m128i *)w);

    return add(sum, _mm256_zextsi128_si256(_mm_madd_epi16(a, b)));
}

/* Four outputs, n taps of each. */
static inline __m128i dots(const int16_t *x, const int32_t *first, const int16_t *w, int taps, int n)
{
    const int16_t *x0 = x + first[0], *x1 = x + first[1], *x2 = x + first[2], *x3 = x + first[3];
    const int16_t *w0 = w, *w1 = w0 + taps, *w2 = w1 + taps, *w3 = w2 + taps;
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    int k = 0;

    for (; k + 16 <= n; k += 16) {
        a = madd(a, load(x0 + k), load(w0 + k));
        b = madd(b, load(x1 + k), load(w1 + k));
        c = madd(c, load(x2 + k), load(w2 + k));
        d = madd(d, load(x3 + k), load(w3 + k));
    }
    if (k < n) {
        a = madd_half(a, x0 + k, w0 + k);
        b = madd_half(b, x1 + k, w1 + k);
        c = madd_half(c, x2 + k, w2 + k);
        d = madd_half(d, x3 + k, w3 + k);
    }
    return four_sums(a, b, c, d);
}

/* Of a long window, in parts. */
static inline __m128i folded_dots(const int16_t *x, const int32_t *first, const int16_t *w, int taps,
                                  int fold)
{
    __m128i sum = _mm_setzero_si128(), half = _mm_set1_epi32(HALF(fold)), by = _mm_cvtsi32_si128(fold);

    for (int k = 0; k < taps; k += TB_FOLD_TAPS) {
        int n = taps - k < TB_FOLD_TAPS ? taps - k : TB_FOLD_TAPS;
        __m128i part = dots(x + k, first, w + k, taps, n);
        sum = _mm_add_epi32(sum, _mm_sra_epi32(_mm_add_epi32(part, half), by));
    }
    return sum;
}

/* The same of 8 taps: two outputs to a vector. */
static inline __m256i pair_of_8(const int16_t *x, const int32_t *first, const int16_t *w)
{
    __m128i lo = _mm_loadu_si128((const __m128i *)(x + first[0]));
    __m128i hi = _mm_loadu_si128((const __m128i *)(x + first[1]));

    return _mm256_madd_epi16(_mm256_set_m128i(hi, lo), load(w));
}

static inline __m256i eight_dots_of_8(const int16_t *x, const int32_t *first, const int16_t *w)
{
    __m256i a = pair_of_8(x, first, w), b = pair_of_8(x, first + 2, w + 16);
    __m256i c = pair_of_8(x, first + 4, w + 32), d = pair_of_8(x, first + 6, w + 48);
    /* 0 2 4 6 below, 1 3 5 7 above */
    __m256i s = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));

    return _mm256_permutevar8x32_epi32(s, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* One output, n taps: the first of two sums of four. */
static inline __m256i dot(const int16_t *x, const int16_t *w, int n)
{
    __m256i sum = _mm256_madd_epi16(load(x), load(w));
    int k = 16;

    for (; k + 16 <= n; k += 16)
        sum = madd(sum, load(x + k), load(w + k));
    return k < n ? madd_half(sum, x + k, w + k) : sum;
}

/* Eight outputs of n taps, 16 at least. */
static inline void gather_8(int16_t *to, const int16_t *x, const int32_t *first, const int16_t *w, int n,
                            __m256i half, __m128i shift)
{
    __m256i a[4];

    for (int j = 0; j < 4; j++, first += 2, w += 2 * n)
        a[j] = _mm256_hadd_epi32(dot(x + first[0], w, n), dot(x + first[1], w + n, n));
    __m256i low = _mm256_hadd_epi32(a[0], a[1]), high = _mm256_hadd_epi32(a[2], a[3]);
    __m256i sums =
        add(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));

    sums = _mm256_sra_epi32(add(sums, half), shift);
    _mm_storeu_si128((__m128i *)to,
                     _mm_packs_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
}

/* n outputs of `taps` taps. */
static inline void gather_by(int16_t *to, const int16_t *x, const int32_t *first, const int16_t *w, int taps,
                             int n, int shift)
{
    __m256i half = _mm256_set1_epi32(HALF(shift));
    __m128i by = _mm_cvtsi32_si128(shift);

    for (int i = 0; i < n; i += 8, w += 8 * taps)
        gather_8(to + i, x, first + i, w, taps, half, by);
}

/* n outputs of one channel: one loop for each of the usual windows, which the compiler then
 * knows. */
static void gather_plane(int16_t *to, const int16_t *x, const int32_t *first, const int16_t *w, int taps,
                         int n, int shift, int fold)
{
    if (taps == 8)
        for (int i = 0; i < n; i += 8)
            store(to + i, eight_dots_of_8(x, first + i, w + i * 8), shift);
    else if (fold == 0 && taps == 16)
        gather_by(to, x, first, w, 16, n, shift);
    else if (fold == 0 && taps == 24)
        gather_by(to, x, first, w, 24, n, shift);
    else if (fold == 0)
        gather_by(to, x, first, w, taps, n, shift);
    else
        for (int i = 0; i < n; i += 8, w += 8 * taps)
            store(to + i,
                  _mm256_set_m128i(folded_dots(x, first + i + 4, w + 4 * taps, taps, fold),
                                   folded_dots(x, first + i, w, taps, fold)),
                  shift);
}

static void settle_avx2(int16_t *line, const int32_t *acc, int n, int shift)
{
    for (int i = 0; i < n; i += 8)
        _mm_storeu_si128((__m128i *)(line + i), to_samples(load(acc + i), shift));
}

/* As premultiplied(), 16 samples at once; an alpha is multiplied by 255. */
static void premultiply_avx2(int16_t *line, const uint8_t *row, int pixels, int channels)
{
    const __m256i of_2 = _mm256_setr_epi8(2, 3, 2, 3, 6, 7, 6, 7, 10, 11, 10, 11, 14, 15, 14, 15, 2, 3, 2, 3,
                                          6, 7, 6, 7, 10, 11, 10, 11, 14, 15, 14, 15);
    const __m256i of_4 = _mm256_setr_epi8(6, 7, 6, 7, 6, 7, 6, 7, 14, 15, 14, 15, 14, 15, 14, 15, 6, 7, 6, 7,
                                          6, 7, 6, 7, 14, 15, 14, 15, 14, 15, 14, 15);
    const __m256i alpha = channels == 2 ? of_2 : of_4;
    const __m256i full = channels == 2 ? _mm256_set1_epi32(0xff0000) : _mm256_set1_epi64x(0xff000000000000);

    for (int i = 0; i < pixels * channels; i += 16) {
        __m256i v = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(row + i)));
        __m256i t = _mm256_mullo_epi16(v, _mm256_or_si256(_mm256_shuffle_epi8(v, alpha), full));
        __m256i r = _mm256_add_epi16(t, _mm256_set1_epi16(128));
        r = _mm256_srli_epi16(_mm256_add_epi16(r, _mm256_srli_epi16(r, 8)), 8);
        v = _mm256_add_epi16(_mm256_avg_epu16(t, r), _mm256_set1_epi16(TB_BLACK));
        _mm256_storeu_si256((__m256i *)(line + i), v);
    }
}

static void narrow_avx2(uint8_t *row, const int16_t *line, int n)
{
    for (int i = 0; i < n; i += 16) {
        /* what is lost to saturation is far over 255 */
        __m256i v = _mm256_srai_epi16(_mm256_adds_epi16(load(line + i), _mm256_set1_epi16(64)), 7);
        v = _mm256_sub_epi16(v, _mm256_set1_epi16(TB_BLACK / 128));
        __m128i b = _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        _mm_storeu_si128((__m128i *)(row + i), b);
    }
}

/* As the plain one: 8 samples at once, `a` the alphas of their pixels. */
static inline __m256i divided(__m256i v, __m256i a)
{
    __m256 over = _mm256_div_ps(_mm256_set1_ps(OVER), _mm256_cvtepi32_ps(a));
    __m256i seen = _mm256_cmpgt_epi32(a, _mm256_set1_epi32(CLEAR - 1));
    __m256i factor = _mm256_and_si256(_mm256_cvttps_epi32(over), seen);

    v = _mm256_min_epi32(_mm256_max_epi32(v, _mm256_setzero_si256()), a);
    v = add(_mm256_mullo_epi32(v, factor), _mm256_set1_epi32(1 << 23));
    return _mm256_srli_epi32(v, 24);
}

static inline __m256i unpremultiplied(const int16_t *line, int channels)
{
    __m256i v = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)line));
    v = _mm256_sub_epi32(v, _mm256_set1_epi32(TB_BLACK));
    __m256i own = _mm256_srai_epi32(add(v, _mm256_set1_epi32(64)), 7);

    if (channels == 2)
        return _mm256_blend_epi32(divided(v, _mm256_shuffle_epi32(v, 0xf5)), own, 0xaa);
    return _mm256_blend_epi32(divided(v, _mm256_shuffle_epi32(v, 0xff)), own, 0x88);
}

static void unpremultiply_avx2(uint8_t *row, const int16_t *line, int pixels, int channels)
{
    for (int i = 0; i < pixels * channels; i += 8) {
        __m256i v = unpremultiplied(line + i, channels);
        __m128i w = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        _mm_storel_epi64((__m128i *)(row + i), _mm_packus_epi16(w, w));
    }
}

/* From channels apart to channels side by side. */
static inline void interleave(int16_t *line, int16_t v[4][SPAN], int n, int channels)
{
    for (int i = 0; i < n; i++)
        for (int c = 0; c < channels; c++)
            line[i * channels + c] = v[c][i];
}

static void gather(int16_t *line, const int16_t *planes, size_t plane, int channels, const int32_t *first,
                   const int16_t *w, int taps, int n, int shift, int fold)
{
    int16_t v[4][SPAN];

    for (int at = 0; at < n; at += SPAN, line += SPAN * channels) {
        int m = n - at < SPAN ? n - at : SPAN;
        const int16_t *weights = w + (size_t)at * (size_t)taps;
        for (int c = 0; c < channels; c++)
            gather_plane(channels == 1 ? line : v[c], planes + (size_t)c * plane, first + at, weights, taps,
                         m, shift, fold);
        if (channels == 2)
            interleave(line, v, m, 2);
        else if (channels == 3)
            interleave(line, v, m, 3);
        else if (channels == 4)
            interleave(line, v, m, 4);
    }
}

const tb_row_kernels tb_avx2_rows = {.name = "avx2",
                                     .widen = widen,
                                     .premultiply = premultiply_avx2,
                                     .put_even = put_even,
                                     .put_odd = put_odd,
                                     .put_row_even = put_row_even,
                                     .put_row_odd = put_row_odd,
                                     .add_rows = add_rows,
                                     .sum_rows = sum_rows,
                                     .settle = settle_avx2,
                                     .split = split,
                                     .gather = gather,
                                     .narrow = narrow_avx2,
                                     .unpremultiply = unpremultiply_avx2};

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
