/* test_jpeg_dec.c - the JPEG decoder beside plain libjpeg. */
#include "jpeg_decoding.h"

static void pixels_are_those_of_plain_libjpeg(void)
{
    for (int s = 0; s < SAMPLINGS; s++)
        for (int n = 0; n < SIZES; n++)
            for (int kind = 0; kind < KINDS; kind++) {
                image i = picture(sizes[n][0], sizes[n][1], 3);
                file f = ref_encode(i, kind_of(sampled(s), kind));
                check_scales(f, i, 1);
                images_free();
                files_free();
            }
}

static void grey_is_one_channel(void)
{
    for (int n = 0; n < SIZES; n++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int h = 1; h <= 2; h++) {
                image i = picture(sizes[n][0], sizes[n][1], 1);
                file f = ref_encode(i, kind_of((recipe){.h = h, .v = h}, kind));
                check_scales(f, i, 1);
            }
    images_free();
    files_free();
}

static void colour_can_be_read_as_grey(void)
{
    image i = picture(50, 90, 3), out = {0};
    tb_header *h = header_of(i);
    tb_error err = {0};
    tb_rect below = {20, 60, 20, 20};

    h->channels = 1;
    for (int kind = 0; kind < KINDS; kind++) {
        file f = ref_encode(i, kind_of(sampled(2), kind));
        CHECK(try_decode(f, h, (way){0}, &out, &err, NULL) == TB_DONE);
        CHECK_SAME(out, ref_decode(f, 1, 1));
        CHECK(try_decode(f, h, (way){.region = below}, &out, &err, NULL) == TB_DONE);
        CHECK_SAME(out, crop(ref_decode(f, 1, 1), below));
    }
    images_free();
    files_free();
}

static void rgb_needs_no_conversion(void)
{
    image i = picture(40, 40, 3);
    file f = ref_encode(i, (recipe){.space = JCS_RGB});

    CHECK_SAME(decode(f, i, (way){0}), ref_decode(f, 1, 3));
    images_free();
    files_free();
}

static void arithmetic_coding_is_read_when_all_is_here(void)
{
    image i = picture(70, 90, 3);

    for (int kind = 0; kind < KINDS; kind++) {
        recipe r = kind_of(sampled(2), kind);
        r.arithmetic = true;
        r.optimize = false;
        file f = ref_encode(i, r);
        for (size_t piece = 1; piece < 3 * f.size; piece *= 37)
            CHECK_SAME(decode(f, i, (way){.piece = piece}), ref_decode(f, 1, 3));
    }
    images_free();
    files_free();
}

static void every_slicing_and_piece_gives_the_same_pixels(void)
{
    image i = picture(121, 143, 3);

    for (int kind = 0; kind < KINDS; kind++) {
        file f = ref_encode(i, kind_of(sampled(2), kind));
        check_pieces(f, i, 1, ref_decode(f, 1, 3));
    }
    images_free();
    files_free();
}

/* Markers that are longer than any window, and one that goes past the first. */
static void long_segments_are_passed_over_in_pieces(void)
{
    image i = picture(40, 40, 3);
    uint8_t *icc = calloc(1, 200000);
    file f = ref_encode(i, (recipe){.icc = icc, .icc_size = 200000});
    image expected = ref_decode(f, 1, 3);

    for (size_t piece = 1; piece < 300000; piece *= 99)
        CHECK_SAME(decode(f, i, (way){.piece = piece}), expected);
    free(icc);
    images_free();
    files_free();
}

static void a_region_is_cut_from_the_whole(void)
{
    uint32_t seed = 99;

    for (int s = 0; s < SAMPLINGS; s++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int shrink = 1; shrink <= 8; shrink *= 2) {
                image i =
                    picture(150 + (int)(next_random(&seed) % 120), 97 + (int)(next_random(&seed) % 90), 3);
                file f = ref_encode(i, kind_of(sampled(s), kind));
                image whole = ref_decode(f, shrink, 3);
                for (int n = 0; n < 6; n++) {
                    tb_rect r = any_part(whole, &seed);
                    r.width = n % 2 ? r.width : 1;
                    CHECK_SAME(decode(f, i, (way){.shrink = shrink, .region = r}), crop(whole, r));
                }
                images_free();
                files_free();
            }
}

/* The file without its last scans, but with an end mark: as much as libjpeg shows
 * of a page that is still loading. */
static file without_scans(file f, int scans)
{
    size_t i = 2;

    for (; i + 1 < f.size; i++)
        if (f.data[i] == 0xFF && f.data[i + 1] == 0xDA && scans-- == 0)
            break;
    file out = file_of(f.data, i + 2);
    out.data[i + 1] = 0xD9;
    return out;
}

static void missing_detail_is_smoothed_in_a_region_too(void)
{
    image i = picture(260, 150, 3);
    uint32_t seed = 5;

    for (int scans = 1; scans < 10; scans++) {
        file f = without_scans(ref_encode(i, (recipe){.h = 2, .v = 2, .progressive = true}), scans);
        image whole = ref_decode(f, 1, 3);
        CHECK_SAME(decode(f, i, (way){0}), whole);
        for (int n = 0; n < 8; n++) {
            tb_rect r = {(int)(next_random(&seed) % 200), (int)(next_random(&seed) % 100), 60, 50};
            CHECK_SAME(decode(f, i, (way){.region = r}), crop(whole, r));
        }
    }
    images_free();
    files_free();
}

static void rows_below_the_region_are_not_read(void)
{
    image i = picture(64, 400, 3), out = {0};
    file f = ref_encode(i, (recipe){0});
    tb_error err = {0};
    file half = file_of(f.data, f.size / 2);

    CHECK(try_decode(half, header_of(i), (way){.region = {0, 0, 64, 100}}, &out, &err, NULL) == TB_DONE);
    CHECK_SAME(out, crop(ref_decode(f, 1, 3), (tb_rect){0, 0, 64, 100}));
    images_free();
    files_free();
}

/* ------------------------------------------------------------ broken files */

/* Whether the first n bytes end inside a marker, or before the first scan's data. */
static bool ends_in_marker(file f, size_t n)
{
    size_t i = 2;

    for (; i + 3 < f.size; i++)
        if (f.data[i] == 0xFF && f.data[i + 1] >= 0xC0 && (f.data[i + 1] & 0xF8) != 0xD0) {
            size_t end = i + 2 + (size_t)f.data[i + 2] * 256 + f.data[i + 3];
            if (n > i && n < end)
                return true;
            i = end - 1;
        }
    return n <= 2;
}

static void every_truncation_is_told_or_kept(void)
{
    image i = picture(40, 45, 3);

    for (int kind = 0; kind < KINDS; kind++) {
        file f = ref_encode(i, kind_of(sampled(2), kind));
        image whole = ref_decode(f, 1, 3);
        for (size_t n = 0; n < f.size; n++) {
            file cut = file_of(f.data, n);
            image out = {0}, plain = {0};
            tb_error err = {0}, kept = {0};
            tb_status status = try_decode(cut, header_of(i), (way){0}, &out, &err, NULL);
            if (status == TB_DONE)
                CHECK_SAME(out, whole);
            else
                CHECK(err.code == TB_E_TRUNCATED);
            if (status == TB_DONE)
                CHECK(n >= f.size - 2);
            status = try_decode(cut, header_of(i), (way){.keep = true}, &out, &kept, NULL);
            if (!ends_in_marker(f, n) && ref_try_decode(cut, 1, 3, &plain)) {
                CHECK(status == TB_DONE);
                CHECK_SAME(out, plain);
            }
            CHECK(status == TB_DONE ? kept.warnings <= 1 : kept.code == TB_E_TRUNCATED);
            images_free();
            whole = ref_decode(f, 1, 3);
        }
        images_free();
        files_free();
        i = picture(40, 45, 3);
    }
    images_free();
}

static void a_truncation_is_told_in_rows(void)
{
    image i = picture(64, 640, 3), out = {0};
    tb_error err = {0};
    file f = ref_encode(i, (recipe){0}), cut = file_of(f.data, f.size / 2);
    int row = 0, height = 0;

    CHECK(try_decode(cut, header_of(i), (way){0}, &out, &err, NULL) == TB_FAIL);
    CHECK(sscanf(err.text, "ends in row %d of %d", &row, &height) == 2);
    CHECK(height == 640 && row > 200 && row < 440);
    images_free();
    files_free();
}

static void flips_do_no_harm(void)
{
    image i = picture(48, 48, 3);
    uint32_t seed = 3;

    for (int n = 0; n < 3000; n++) {
        file f = ref_encode(i, kind_of(sampled(n % SAMPLINGS), n / 7 % KINDS));
        image out = {0};
        tb_error err = {0};
        for (uint32_t k = next_random(&seed) % 8; k < 8; k++)
            f.data[next_random(&seed) % f.size] = (uint8_t)next_random(&seed);
        way w = {
            .keep = n % 2, .shrink = 1 << n % 4, .piece = n % 3 ? 0 : 50, .limits = {.max_warnings = 100}};
        if (n % 5 == 0)
            w.region = (tb_rect){1, 3, 4, 2};
        if (try_decode(f, header_of(i), w, &out, &err, NULL) == TB_FAIL)
            CHECK(err.code != TB_E_NONE && err.text[0]);
        if (n % 64 == 0) {
            images_free();
            files_free();
            i = picture(48, 48, 3);
        }
    }
    images_free();
    files_free();
}

/* ------------------------------------------------------------- each refusal */

static void another_size_than_the_header_says_is_refused(void)
{
    image i = picture(30, 20, 3);
    file f = ref_encode(i, (recipe){0});

    for (int k = 0; k < 3; k++) {
        tb_header *h = header_of(i);
        h->width += k == 0;
        h->height -= k == 1;
        h->components = k == 2 ? 1 : 3;
        CHECK(code_of(f, h, (way){0}) == TB_E_CORRUPT);
    }
    images_free();
    files_free();
}

static void cmyk_is_not_read(void)
{
    image i = picture(30, 20, 4);
    tb_header *h = header_of(i);

    h->channels = 3;
    CHECK(code_of(ref_encode(i, (recipe){0}), h, (way){0}) == TB_E_UNSUPPORTED);
    images_free();
    files_free();
}

static void other_kinds_of_jpeg_are_unsupported(void)
{
    image i = picture(30, 20, 3);
    file f = ref_encode(i, (recipe){0});

    for (size_t k = 2; k + 1 < f.size; k++)
        if (f.data[k] == 0xFF && f.data[k + 1] == 0xC0)
            f.data[k + 1] = 0xC5;
    CHECK(code_of(f, header_of(i), (way){0}) == TB_E_UNSUPPORTED);
    images_free();
    files_free();
}

static void garbage_is_corrupt(void)
{
    image i = noise(30, 20, 3);
    CHECK(code_of(file_of(i.px, image_size(i)), header_of(i), (way){0}) == TB_E_CORRUPT);
    images_free();
    files_free();
}

static void too_many_scans_are_a_limit(void)
{
    image i = picture(30, 20, 3), out = {0};
    file f = ref_encode(i, (recipe){.progressive = true});
    tb_error err = {0};

    CHECK(code_of(f, header_of(i), (way){.limits = {.max_scans = 9}}) == TB_E_LIMIT);
    CHECK(try_decode(f, header_of(i), (way){.limits = {.max_scans = 10}}, &out, &err, NULL) == TB_DONE);
    images_free();
    files_free();
}

/* Restart markers with wrong numbers: a warning each. */
static void warnings_are_counted_and_limited(void)
{
    image i = picture(160, 160, 3), out = {0};
    file f = ref_encode(i, (recipe){.restart = 1});
    tb_error err = {0};
    unsigned broken = 0;

    for (size_t k = 700; k + 1 < f.size && broken < 40; k++)
        if (f.data[k] == 0xFF && f.data[k + 1] == 0xD3) {
            f.data[k + 1] = 0xD4;
            broken++;
        }
    CHECK(try_decode(f, header_of(i), (way){0}, &out, &err, NULL) == TB_DONE);
    CHECK(err.warnings >= broken && strstr(err.warning[0], "jpeg: Corrupt JPEG data"));
    CHECK_SAME(out, ref_decode(f, 1, 3));
    unsigned seen = err.warnings;
    CHECK(code_of(f, header_of(i), (way){.limits = {.max_warnings = seen - 1}}) == TB_E_CORRUPT);
    err = (tb_error){0};
    CHECK(try_decode(f, header_of(i), (way){.limits = {.max_warnings = seen}}, &out, &err, NULL) == TB_DONE);
    images_free();
    files_free();
}

/* ------------------------------------------------------------------ memory */

static void survives_any_failed_allocation(void)
{
    image i = picture(40, 50, 3);

    for (int kind = 0; kind < KINDS; kind++)
        check_losses(ref_encode(i, kind_of(sampled(2), kind)), i, (way){0});
    images_free();
    files_free();
}

static void all_memory_is_counted_and_limited(void)
{
    image i = picture(400, 300, 3), out = {0};
    file f = ref_encode(i, (recipe){.progressive = true, .h = 2, .v = 2});
    size_t coefficients = (size_t)400 * 304 * 3;
    tb_error err = {0};
    cost took;

    CHECK(try_decode(f, header_of(i), (way){0}, &out, &err, &took) == TB_DONE);
    CHECK(took.peak > coefficients && took.peak < coefficients + 200000);
    CHECK(try_decode(f, header_of(i), (way){.memory = coefficients / 2}, &out, &err, &took) == TB_FAIL);
    CHECK(err.code == TB_E_LIMIT);
    CHECK(took.peak < 100000);
    images_free();
    files_free();
}

static void what_is_not_there_takes_no_memory(void)
{
    image i = picture(800, 800, 3), out = {0};
    file f = ref_encode(i, (recipe){.progressive = true}), cut = file_of(f.data, 1000);
    tb_error err = {0};
    cost took;

    CHECK(try_decode(cut, header_of(i), (way){0}, &out, &err, &took) == TB_FAIL);
    CHECK(err.code == TB_E_TRUNCATED && took.peak < (size_t)800 * 800 * 6 / 10);
    images_free();
    files_free();
}

/* -------------------------------------------------------------- short steps */

static void wide_rows_are_cut(void)
{
    image i = picture(30000, 9, 3), out = {0};
    tb_error err = {0};
    cost took;

    file f = ref_encode(i, (recipe){.h = 2, .v = 2});
    CHECK(try_decode(f, header_of(i), (way){0}, &out, &err, &took) == TB_DONE);
    CHECK(took.steps > (long)(f.size / 1100) && !took.was_long);
    f = ref_encode(i, (recipe){.h = 2, .v = 2, .progressive = true});
    CHECK(try_decode(f, header_of(i), (way){0}, &out, &err, &took) == TB_DONE);
    CHECK(took.was_long); /* a row of blocks without a byte is possible here */
    images_free();
    files_free();
}

static void narrow_rows_come_in_bursts(void)
{
    image i = gradient(64, 640, 3), out = {0};
    tb_error err = {0};
    cost took;

    CHECK(try_decode(ref_encode(i, (recipe){0}), header_of(i), (way){0}, &out, &err, &took) == TB_DONE);
    CHECK(took.steps < 100);
    images_free();
    files_free();
}

int main(void)
{
    pixels_are_those_of_plain_libjpeg();
    grey_is_one_channel();
    colour_can_be_read_as_grey();
    rgb_needs_no_conversion();
    arithmetic_coding_is_read_when_all_is_here();
    every_slicing_and_piece_gives_the_same_pixels();
    long_segments_are_passed_over_in_pieces();
    a_region_is_cut_from_the_whole();
    missing_detail_is_smoothed_in_a_region_too();
    rows_below_the_region_are_not_read();
    every_truncation_is_told_or_kept();
    a_truncation_is_told_in_rows();
    flips_do_no_harm();
    another_size_than_the_header_says_is_refused();
    cmyk_is_not_read();
    other_kinds_of_jpeg_are_unsupported();
    garbage_is_corrupt();
    too_many_scans_are_a_limit();
    warnings_are_counted_and_limited();
    survives_any_failed_allocation();
    all_memory_is_counted_and_limited();
    what_is_not_there_takes_no_memory();
    wide_rows_are_cut();
    narrow_rows_come_in_bursts();
    return 0;
}
