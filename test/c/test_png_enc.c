/* test_png_enc.c - what is written, libpng reads: the same pixels, the same profile. */
#include "png_plain.h"
#include <zlib.h>

typedef struct {
    int level;
    tb_filter filter;
    long steps;      /* of a slice */
    bool taken;      /* bytes are taken as soon as they come */
    const file *icc; /* or NULL */
} how;

static long steps_taken;

static void take_all(tb_bytes *b, file *out)
{
    uint8_t part[1000];
    size_t n;

    while ((n = tb_bytes_take(b, part, sizeof part)) > 0)
        file_put(out, part, n);
}

static tb_status encode(image i, how a, file *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_bytes bytes = {.mem = &mem};
    tb_output o = {.format = TB_PNG, .level = a.level, .filter = a.filter};
    tb_meta meta = {.icc = a.icc ? a.icc->data : NULL, .icc_size = a.icc ? a.icc->size : 0};
    tb_encode e = {.how = &o, .meta = &meta, .bytes = &bytes, .keep = TB_KEEP_ICC};
    tb_status status = TB_FAIL;

    *out = (file){0};
    *err = (tb_error){0};
    steps_taken = 0;
    if (tb_chain_add(&c, &give, &i, -1) == 0 && tb_chain_add(&c, &tb_png_enc, &e, 0) == 1)
        do {
            steps_budget b = slice_of(a.steps);
            status = tb_chain_run(&c, &b.base, err);
            steps_taken += a.steps - b.steps;
            if (a.taken)
                take_all(&bytes, out);
        } while (status == TB_MORE);
    tb_chain_close(&c);
    take_all(&bytes, out);
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return status;
}

static file encoded(image i, how a)
{
    file f;
    tb_error err;

    CHECK(encode(i, a, &f, &err) == TB_DONE);
    return f;
}

static void check_round_trip(image i, how a)
{
    file f = encoded(i, a);
    CHECK_SAME(plain_read(f, NULL), i);
    file_free(&f);
}

/* Rows that look drawn, photographed or blank by turns, so AUTO keeps changing. */
static image mixed(int w, int h, int c, int period)
{
    image i = noise(w, h, c);
    size_t n = (size_t)w * (size_t)c;

    for (int y = 0; y < h; y++)
        if (y / period % 3 == 1)
            for (size_t x = 0; x < n; x++)
                i.px[(size_t)y * n + x] = (uint8_t)(x / 40 % 2 * 200 + (size_t)y % 5);
        else if (y / period % 3 == 2)
            memset(i.px + (size_t)y * n, 255, n);
        else if (y > 0)
            for (size_t x = 0; x < n; x++)
                i.px[(size_t)y * n + x] =
                    (uint8_t)(i.px[((size_t)y - 1) * n + x] + i.px[(size_t)y * n + x] % 3);
    return i;
}

static void every_size_and_option_comes_back(void)
{
    static const int sides[] = {1, 2, 3, 5, 8, 13, 33}, levels[] = {0, 1, 6, 9};

    for (int c = 1; c <= 4; c++)
        for (int w = 0; w < 7; w++)
            for (int h = 0; h < 7; h++) {
                for (int l = 0; l < 4; l++) {
                    tb_filter f = (tb_filter)((w + h + l) % (TB_FILTER_ALL + 1));
                    check_round_trip(noise(sides[w], sides[h], c), (how){levels[l], f, 3, false, NULL});
                    check_round_trip(gradient(sides[w], sides[h], c), (how){levels[l], f, 1, false, NULL});
                }
                images_free();
            }
}

static void every_level_and_filter_comes_back(void)
{
    for (int c = 1; c <= 4; c++)
        for (int level = 0; level <= 9; level++)
            for (int f = TB_FILTER_AUTO; f <= TB_FILTER_ALL; f++) {
                check_round_trip(mixed(97, 60, c, 7), (how){level, (tb_filter)f, 100, false, NULL});
                images_free();
            }
}

static void pictures_that_change_their_kind_come_back(void)
{
    for (int period = 8; period < 40; period += 5)
        for (int c = 1; c <= 4; c++) {
            check_round_trip(mixed(301, 500, c, period), (how){6, TB_FILTER_AUTO, 1000, false, NULL});
            images_free();
        }
}

static void wide_rows_come_back_and_are_cut(void)
{
    image i = noise(65500, 2, 4);
    file f = encoded(i, (how){6, TB_FILTER_AUTO, 1, false, NULL});

    CHECK_SAME(plain_read(f, NULL), i);
    CHECK(steps_taken > 2 * 65500 * 4 / 2048);
    file_free(&f);
    check_round_trip(gradient(16383, 3, 3), (how){9, TB_FILTER_AUTO, 1000, false, NULL});
    images_free();
}

static void the_bytes_do_not_depend_on_slices_or_on_when_they_are_taken(void)
{
    for (int c = 1; c <= 4; c++)
        for (int level = 0; level <= 9; level += 3) {
            image i = mixed(211, 300, c, 9);
            file a = encoded(i, (how){level, TB_FILTER_AUTO, 1 << 20, false, NULL});
            for (long steps = 1; steps < 40; steps += 19)
                for (int taken = 0; taken < 2; taken++) {
                    file b = encoded(i, (how){level, TB_FILTER_AUTO, steps, taken, NULL});
                    CHECK(a.size == b.size && !memcmp(a.data, b.data, a.size));
                    file_free(&b);
                }
            file_free(&a);
            images_free();
        }
}

/* The filter bytes of the rows. */
static void check_filters(file f, image i, int filter)
{
    uLongf n = ((uLongf)i.w * (uLongf)i.c + 1) * (uLongf)i.h;
    uint8_t *rows = malloc(n);
    file z = {0};

    for (size_t at = 8; at < f.size; at += 12 + png_get_uint_32(f.data + at))
        if (!memcmp(f.data + at + 4, "IDAT", 4))
            file_put(&z, f.data + at + 8, png_get_uint_32(f.data + at));
    CHECK(rows && uncompress(rows, &n, z.data, z.size) == Z_OK);
    for (int y = 0; y < i.h; y++)
        CHECK(rows[(size_t)y * ((size_t)i.w * (size_t)i.c + 1)] == filter);
    free(rows);
    file_free(&z);
}

static void a_filter_asked_for_is_the_filter_of_every_row(void)
{
    for (int f = TB_FILTER_NONE; f <= TB_FILTER_PAETH; f++) {
        image i = gradient(50, 20, 3);
        file out = encoded(i, (how){6, (tb_filter)f, 100, false, NULL});
        check_filters(out, i, f - TB_FILTER_NONE);
        file_free(&out);
    }
    images_free();
}

static size_t size_of(image i, tb_filter f)
{
    file out = encoded(i, (how){6, f, 1 << 20, false, NULL});
    size_t n = out.size;
    file_free(&out);
    return n;
}

static void auto_is_near_the_better_of_none_and_all(void)
{
    image smooth = gradient(300, 200, 3), drawn = image_new(300, 200, 3);
    uint32_t seed = 5;

    for (int k = 0; k < 300; k++) { /* strokes */
        int x = (int)(next_random(&seed) % 290), y = (int)(next_random(&seed) % 190);
        for (int n = 0; n < 30; n++)
            drawn.px[((y + n / 3) * 300 + x + n % 10) * 3 + k % 3] = 200;
    }
    CHECK(size_of(smooth, TB_FILTER_AUTO) * 10 < size_of(smooth, TB_FILTER_NONE) * 9);
    CHECK(size_of(drawn, TB_FILTER_AUTO) * 10 < size_of(drawn, TB_FILTER_ALL) * 11);
    CHECK(size_of(drawn, TB_FILTER_AUTO) * 10 < size_of(drawn, TB_FILTER_NONE) * 11);
    images_free();
}

/* No search for repeats, in rows that become so and no longer are. */
static void auto_is_near_all_for_grain(void)
{
    uint32_t seed = 6;

    for (int c = 1; c <= 4; c++)
        for (int period = 49; period <= 400; period += 39) {
            image i = gradient(300, 400, c);
            for (size_t k = 0; k < (size_t)300 * 400 * (size_t)c; k++)
                if (k / ((size_t)300 * (size_t)c) / (size_t)period % 2 == 0)
                    i.px[k] = (uint8_t)(i.px[k] / 2 + next_random(&seed) % 12);
            CHECK(size_of(i, TB_FILTER_AUTO) * 100 < size_of(i, TB_FILTER_ALL) * 104);
            check_round_trip(i, (how){6, TB_FILTER_AUTO, 100, false, NULL});
            images_free();
        }
}

static file profile(const char *space, size_t size, bool random)
{
    file f = {0};
    uint32_t seed = 9;

    for (size_t i = 0; i < size; i++) {
        uint8_t b = (uint8_t)(random ? next_random(&seed) >> 24 : i * i / 1000);
        file_put(&f, &b, 1);
    }
    png_save_uint_32(f.data, (uint32_t)size);
    memset(f.data + 4, 0, 128);
    f.data[8] = 2; /* version */
    memcpy(f.data + 12, "mntr", 4);
    memcpy(f.data + 16, space, 4);
    memcpy(f.data + 20, "XYZ ", 4);
    memcpy(f.data + 36, "acsp", 4);
    memcpy(f.data + 68, "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d", 12); /* D50 */
    return f;
}

static void a_profile_comes_back(void)
{
    static const size_t sizes[] = {400, 3144, 100000, 1000000};

    for (int k = 0; k < 4; k++)
        for (int c = 1; c <= 4; c++)
            for (int random = 0; random < 2; random++) {
                file icc = profile(c < 3 ? "GRAY" : "RGB ", sizes[k], random), got = {0};
                image i = noise(5, 4, c);
                file out = encoded(i, (how){6, TB_FILTER_AUTO, 1 + k, k == 2, &icc});
                CHECK_SAME(plain_read(out, &got), i);
                CHECK(got.size == icc.size && !memcmp(got.data, icc.data, icc.size));
                CHECK(k < 3 || steps_taken > 100);
                file_free(&out);
                file_free(&got);
                file_free(&icc);
                images_free();
            }
}

static void a_profile_of_other_colours_is_left_out(void)
{
    static const char spaces[3][5] = {"CMYK", "RGB ", "GRAY"};

    for (int k = 0; k < 3; k++)
        for (int c = 1; c <= 4; c++) {
            file icc = profile(spaces[k], 500, false), got = {0};
            file out = encoded(noise(3, 3, c), (how){6, TB_FILTER_AUTO, 9, false, &icc});
            plain_read(out, &got);
            CHECK((got.size > 0) == (k == (c < 3 ? 2 : 1)));
            file_free(&out);
            file_free(&got);
            file_free(&icc);
        }
    images_free();
}

static void no_memory_is_an_error_and_no_leak(void)
{
    file icc = profile("RGB ", 70000, true);
    image i = noise(40, 30, 3);

    for (int on = 0; on < 2; on++) {
        fail_on = on;
        for (long n = 0; lose_next(&n);) {
            file out;
            tb_error err;
            CHECK_LOSS(encode(i, (how){6, TB_FILTER_AUTO, 1000, false, &icc}, &out, &err), &err);
            file_free(&out);
        }
    }
    file_free(&icc);
    images_free();
}

int main(void)
{
    every_size_and_option_comes_back();
    every_level_and_filter_comes_back();
    pictures_that_change_their_kind_come_back();
    wide_rows_come_back_and_are_cut();
    the_bytes_do_not_depend_on_slices_or_on_when_they_are_taken();
    a_filter_asked_for_is_the_filter_of_every_row();
    auto_is_near_the_better_of_none_and_all();
    auto_is_near_all_for_grain();
    a_profile_comes_back();
    a_profile_of_other_colours_is_left_out();
    no_memory_is_an_error_and_no_leak();
    return 0;
}
