/* test_icc.c - the colours of profiles in sRGB, beside lcms2's. */
#include "../../c_src/colour/profile.h"
#include "../../c_src/colour/tables.h"
#include "plain.h"
#include "profiles.h"
#include <math.h>

static const tb_tables_for many = {3, true, false};

static tb_icc_args args_of(const blob *icc)
{
    return (tb_icc_args){icc->data, icc->size, false};
}

static tb_icc_args back_of(const blob *icc)
{
    return (tb_icc_args){icc->data, icc->size, true};
}

/* Every sample by lcms2 in floating point, rounded at the end. */
static image by_lcms(image in, tb_icc_args a)
{
    image out = image_new(in.w, in.h, in.c);
    bool grey = in.c < 3;
    cmsHPROFILE own = cmsOpenProfileFromMem(a.icc, (cmsUInt32Number)a.size), srgb = cmsCreate_sRGBProfile();
    cmsUInt32Number kind = grey ? TYPE_GRAY_DBL : TYPE_RGB_DBL;
    cmsHTRANSFORM t = a.back ? cmsCreateTransform(srgb, TYPE_RGB_DBL, own, kind, INTENT_RELATIVE_COLORIMETRIC,
                                                  cmsFLAGS_NOOPTIMIZE)
                             : cmsCreateTransform(own, kind, srgb, TYPE_RGB_DBL, INTENT_RELATIVE_COLORIMETRIC,
                                                  cmsFLAGS_NOOPTIMIZE);

    CHECK(t);
    for (int y = 0; y < in.h; y++)
        for (int x = 0; x < in.w; x++) {
            double stored[3], shown[3];
            for (int k = 0; k < 3; k++)
                stored[k] = *px(in, x, y, grey ? 0 : k) / 255.0;
            cmsDoTransform(t, stored, shown, 1);
            for (int k = 0; k < (grey ? 1 : 3); k++)
                *px(out, x, y, k) = (uint8_t)lround(fmin(fmax(shown[k], 0), 1) * 255);
            if (in.c % 2 == 0)
                *px(out, x, y, in.c - 1) = *px(in, x, y, in.c - 1);
        }
    cmsDeleteTransform(t);
    cmsCloseProfile(own);
    cmsCloseProfile(srgb);
    return out;
}

static double furthest(image a, image b, double *mean)
{
    int most = 0;
    double sum = 0;

    CHECK(a.w == b.w && a.h == b.h && a.c == b.c);
    for (size_t i = 0; i < image_size(a); i++) {
        int d = abs(a.px[i] - b.px[i]);
        most = d > most ? d : most;
        sum += d;
    }
    *mean = sum / (double)image_size(a);
    return most;
}

static void check_near(image in, tb_icc_args a, double most, double most_mean)
{
    double mean, worst = furthest(run(in, &tb_icc, &a, 3), by_lcms(in, a), &mean);

    if (worst > most || mean > most_mean)
        printf("%dx%dx%d: %.0f at worst, %.4f in the mean\n", in.w, in.h, in.c, worst, mean);
    CHECK(worst <= most && mean <= most_mean);
}

static blob *rgb_profiles[8];
static blob *grey_profiles[4];

static void make_profiles(void)
{
    const double square[] = {2.0, 0.9, 0.1, 0.0, 0.0, 0.05, 0.02};
    int n = 0;

    rgb_profiles[n++] = rgb_profile(&p3, srgb_tone(), 4.3);
    rgb_profiles[n++] = rgb_profile(&p3, srgb_tone(), 2.1);
    rgb_profiles[n++] = rgb_profile(&adobe, cmsBuildGamma(NULL, 563 / 256.0), 2.1);
    rgb_profiles[n++] = rgb_profile(&prophoto, cmsBuildGamma(NULL, 1.8), 4.3);
    rgb_profiles[n++] = rgb_profile(&rec709, table_tone(2.2, 1024), 2.1);
    rgb_profiles[n++] = rgb_profile(&adobe, table_tone(1.8, 3), 2.1);
    rgb_profiles[n++] = rgb_profile(&p3, cmsBuildGamma(NULL, 1.0), 4.3);
    rgb_profiles[n++] = rgb_profile(&rec709, cmsBuildParametricToneCurve(NULL, 5, square), 4.3);
    grey_profiles[0] = grey_profile(cmsBuildGamma(NULL, 2.2));
    grey_profiles[1] = grey_profile(cmsBuildGamma(NULL, 1.0));
    grey_profiles[2] = grey_profile(table_tone(1.8, 256));
    grey_profiles[3] = grey_profile(table_tone(3, 2));
}

static void matrix_profiles_are_as_lcms_has_them(void)
{
    for (int i = 0; i < 8; i++) {
        tb_profile p;
        tb_profile_read(&p, rgb_profiles[i]->data, rgb_profiles[i]->size);
        CHECK(p.kind == TB_PROFILE_MATRIX);
        check_near(noise(97, 61, 3), args_of(rgb_profiles[i]), 1, 0.05);
        check_near(noise(97, 61, 4), args_of(rgb_profiles[i]), 1, 0.05);
        images_free();
    }
}

/* A curve that starts steep tells more of what is nearly black than is known; one that ends flat, as the last
 * profile's, has several levels for white. */
static void the_way_back_is_as_lcms_has_it(void)
{
    for (int i = 0; i < 7; i++) {
        check_near(noise(97, 61, 3), back_of(rgb_profiles[i]), 2, 0.05);
        check_near(noise(97, 61, 4), back_of(rgb_profiles[i]), 2, 0.05);
        images_free();
    }
}

static void grey_profiles_are_as_lcms_has_them(void)
{
    for (int i = 0; i < 4; i++) {
        image ramp = image_new(256, 1, 1);
        for (int v = 0; v < 256; v++)
            ramp.px[v] = (uint8_t)v;
        check_near(ramp, args_of(grey_profiles[i]), 1, 0.05);
        check_near(noise(64, 9, 2), args_of(grey_profiles[i]), 1, 0.05);
        check_near(ramp, back_of(grey_profiles[i]), 1, 0.05);
        check_near(noise(64, 9, 2), back_of(grey_profiles[i]), 1, 0.05);
        images_free();
    }
}

static void tables_are_as_lcms_has_them(void)
{
    const blob *icc = table_profile_of(true);
    tb_profile p;

    tb_profile_read(&p, icc->data, icc->size);
    CHECK(p.kind == TB_PROFILE_TABLES);
    for (int back = 0; back < 2; back++) {
        tb_icc_args a = back ? back_of(icc) : args_of(icc);
        check_near(noise(40, 30, 3), a, 6, 1); /* the grid of 17 itself is coarse */
        check_near(noise(40, 30, 4), a, 6, 1);
        check_near(noise(400, 301, 3), a, back ? 12 : 6, 1); /* so many that all becomes one grid */
    }
    image red = image_new(1, 1, 3);
    red.px[0] = 255;
    tb_icc_args a = args_of(icc);
    image out = run(red, &tb_icc, &a, 1);
    CHECK(out.px[0] < 8 && out.px[1] < 8 && out.px[2] > 247);
    images_free();
}

static void every_slicing_gives_the_same_pixels(void)
{
    const blob *tables = table_profile_of(true);

    for (int i = 0; i < SIZES; i++)
        for (int c = 1; c <= 4; c++) {
            tb_icc_args a = args_of(c < 3 ? grey_profiles[i % 4] : i == 10 ? tables : rgb_profiles[i % 8]);
            image in = noise(sizes[i].w, sizes[i].h, c);
            check_op(in, &tb_icc, &a, run(in, &tb_icc, &a, 1 << 20));
            a.back = true;
            check_op(in, &tb_icc, &a, run(in, &tb_icc, &a, 1 << 20));
            images_free();
        }
}

static void wide_rows_are_made_in_strips(void)
{
    static const int widths[] = {127, 129, 16383, 16384, 16385, 65500};
    const blob *icc[] = {rgb_profiles[0], table_profile()};

    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 2; k++) {
            tb_icc_args a = args_of(icc[k]);
            image in = noise(widths[i], 2, 3 + i % 2), turned = image_new(2, widths[i], in.c);
            memcpy(turned.px, in.px, image_size(in)); /* the same pixels, two in a row */
            CHECK(!memcmp(run(in, &tb_icc, &a, 1).px, run(turned, &tb_icc, &a, 1000).px, image_size(in)));
            images_free();
        }
}

static image one(int r, int g, int b)
{
    image i = image_new(1, 1, 3);
    i.px[0] = (uint8_t)r, i.px[1] = (uint8_t)g, i.px[2] = (uint8_t)b;
    return i;
}

/* What is outside of sRGB is cut off; greys stay what they are. */
static void colours_are_where_they_should_be(void)
{
    tb_icc_args a = args_of(rgb_profiles[0]);

    CHECK_SAME(run(one(255, 0, 0), &tb_icc, &a, 1), one(255, 0, 0));
    CHECK_SAME(run(one(0, 255, 0), &tb_icc, &a, 1), one(0, 255, 0));
    /* 100, 50, 50 of Display P3 is 107, 46, 48 of sRGB, by the formulas of CSS Color 4 */
    image red = run(one(100, 50, 50), &tb_icc, &a, 1);
    CHECK(abs(red.px[0] - 107) <= 1 && abs(red.px[1] - 46) <= 1 && abs(red.px[2] - 48) <= 1);
    for (int v = 0; v < 256; v++) {
        image grey = run(one(v, v, v), &tb_icc, &a, 1);
        for (int k = 0; k < 3; k++)
            CHECK(grey.px[k] == v);
    }
    images_free();
}

static void kind_is(const blob *icc, tb_profile_kind kind)
{
    tb_profile p;
    tb_profile_read(&p, icc->data, icc->size);
    CHECK(p.kind == kind);
}

static void srgb_is_known_however_it_is_written(void)
{
    uint16_t table[1024];
    const blob *icc = rgb_profile(&rec709, srgb_tone(), 4.3);
    cmsToneCurve *tone = srgb_tone();

    kind_is(icc, TB_PROFILE_SRGB);
    for (int i = 0; i < 1024; i++)
        table[i] = cmsEvalToneCurve16(tone, (uint16_t)lround(i * 65535 / 1023.0));
    cmsFreeToneCurve(tone);
    icc = rgb_profile(&rec709, cmsBuildTabulatedToneCurve16(NULL, 1024, table), 2.1);
    kind_is(icc, TB_PROFILE_SRGB);
    kind_is(saved(cmsCreate_sRGBProfile()), TB_PROFILE_SRGB);
    kind_is(grey_profile(srgb_tone()), TB_PROFILE_SRGB);
    for (int c = 1; c <= 4; c++) {
        tb_icc_args a = args_of(c < 3 ? grey_profile(srgb_tone()) : icc);
        image in = noise(40, 7, c);
        CHECK_SAME(run(in, &tb_icc, &a, 1), in);
    }
    for (int i = 0; i < 8; i++)
        kind_is(rgb_profiles[i], TB_PROFILE_MATRIX);
    images_free();
}

/* What sRGB has of the colours of a wider profile comes back as it was; what it has not is cut off. */
static void there_and_back_is_where_it_was(void)
{
    tb_icc_args there = args_of(rgb_profiles[0]), back = back_of(rgb_profiles[0]);
    image in = noise(60, 40, 3), out;
    double mean;

    for (size_t i = 0; i < image_size(in); i++)
        in.px[i] = (uint8_t)(100 + in.px[i] / 8); /* dull ones */
    out = run(run(in, &tb_icc, &there, 1 << 20), &tb_icc, &back, 1 << 20);
    CHECK(furthest(in, out, &mean) <= 1);
    /* 107, 46, 48 of sRGB is 100, 50, 50 of Display P3, by the formulas of CSS Color 4 */
    image red = run(one(107, 46, 48), &tb_icc, &back, 1);
    CHECK(abs(red.px[0] - 100) <= 1 && abs(red.px[1] - 50) <= 1 && abs(red.px[2] - 50) <= 1);
    images_free();
}

/* --- what is broken */

static tb_error last;

static image convert_by(image in, tb_icc_args a)
{
    image out = {0};

    last = (tb_error){0};
    CHECK(try_run(in, &tb_icc, &a, 100, &out, &last) == TB_DONE);
    return out;
}

static image convert(image in, const blob *icc)
{
    return convert_by(in, args_of(icc));
}

/* A table that has no way back, a profile for other colours, three primaries that are one. */
static void where_nothing_leads_back_it_is_left(void)
{
    image in = noise(20, 10, 3);

    CHECK_SAME(convert_by(in, back_of(table_profile())), in);
    CHECK(last.warnings == 1 && strstr(last.warning[0], "back"));
    CHECK_SAME(convert_by(in, back_of(grey_profiles[0])), in);
    CHECK(last.warnings == 1);
    blob *b = copy_of(rgb_profiles[0]);
    for (size_t at = 0; at + 24 < b->size; at++)
        if (!memcmp(b->data + at, "XYZ \0\0\0", 8) && at > 132)
            memcpy(b->data + at + 8, "\0\0\x40\0\0\0\x40\0\0\0\x40", 12);
    CHECK_SAME(convert_by(in, back_of(b)), in);
    CHECK(last.warnings == 1);
    images_free();
}

static void a_profile_for_other_colours_changes_nothing(void)
{
    for (int c = 1; c <= 4; c++) {
        image in = noise(20, 10, c);
        CHECK_SAME(convert(in, c < 3 ? rgb_profiles[0] : grey_profiles[0]), in);
        CHECK(last.warnings == 1 && strstr(last.warning[0], "ICC"));
    }
    image in = noise(20, 10, 1);
    CHECK_SAME(convert(in, table_profile()), in);
    CHECK(last.warnings == 1);
    images_free();
}

static void cut_profiles_change_nothing_or_everything(void)
{
    const blob *all[] = {rgb_profiles[0], rgb_profiles[4], table_profile()};
    image in = noise(9, 7, 3);

    for (int i = 0; i < 3; i++)
        for (size_t n = 0; n < all[i]->size; n += 1 + all[i]->size / (i == 2 ? 40 : 200)) {
            blob exact = {malloc(n ? n : 1), n, n};
            memcpy(exact.data, all[i]->data, n);
            image out = convert(in, &exact);
            if (last.warnings)
                CHECK_SAME(out, in);
            CHECK(n > 128 || last.warnings == 1);
            free(exact.data);
        }
    images_free();
}

static void no_broken_byte_does_harm(void)
{
    const blob *all[] = {rgb_profiles[0], rgb_profiles[4], grey_profiles[2], table_profile_of(true)};
    uint32_t seed = 5;

    for (int i = 0; i < 4; i++)
        for (int n = 0; n < (i == 3 ? 40 : 400); n++) {
            blob *b = copy_of(all[i]);
            size_t most = n % 2 ? b->size : 400;
            for (int k = 0; k < 4; k++)
                b->data[next_random(&seed) % (most < b->size ? most : b->size)] ^=
                    (uint8_t)(next_random(&seed) >> 24);
            convert(noise(5, 3, i == 2 ? 1 : 3), b);
            convert_by(noise(5, 3, i == 2 ? 1 : 3), back_of(b));
            char name[TB_PROFILE_NAME];
            tb_profile_name(b->data, b->size, name);
            CHECK(strlen(name) < TB_PROFILE_NAME);
            images_free();
        }
}

/* A grid of 255 x 255 x 255 that is not there: refused before the memory is taken. */
static void claims_cost_no_memory(void)
{
    blob *b = table_profile();
    size_t at = 0;
    tb_mem mem = {.heap = &test_heap};
    tb_tables *t;

    while (memcmp(b->data + at, "mft2", 4) != 0)
        at++;
    b->data[at + 10] = 255;
    CHECK(tb_tables_new(&t, b->data, b->size, many, &mem) && !t && mem.used == 0);
    CHECK(mem.peak < 8 << 20);
    image in = noise(4, 4, 3);
    CHECK_SAME(convert(in, b), in);
    CHECK(last.warnings == 1);
    images_free();
}

/* lcms2's memory is the job's. */
static void its_memory_is_counted(void)
{
    const blob *icc = table_profile();
    tb_mem mem = {.heap = &test_heap}, little = {.heap = &test_heap, .limit = 100000};
    tb_tables *t;

    CHECK(tb_tables_new(&t, icc->data, icc->size, many, &mem) && t);
    CHECK(mem.used > 100000 && mem.used < 2 << 20);
    tb_tables_free(t);
    CHECK(mem.used == 0);
    CHECK(!tb_tables_new(&t, icc->data, icc->size, many, &little) && !t && little.used == 0);
}

/* Memory aligned to 8 bytes and no more, as some allocators give it. */
static void *crooked_alloc(size_t size)
{
    uint8_t *p = malloc(size + 8);
    return p ? p + 8 : NULL;
}

static void crooked_free(void *p)
{
    free((uint8_t *)p - 8);
}

static void memory_of_little_alignment_will_do(void)
{
    const tb_heap before = {.alloc = test_heap.alloc, .free = test_heap.free};
    const blob *icc[] = {rgb_profiles[0], table_profile(), grey_profiles[0]};

    for (int i = 0; i < 3; i++) {
        tb_icc_args a = args_of(icc[i]);
        image in = noise(33, 5, i == 2 ? 1 : 4), want = run(in, &tb_icc, &a, 1);
        test_heap.alloc = crooked_alloc, test_heap.free = crooked_free;
        CHECK_SAME(run(in, &tb_icc, &a, 1), want);
        test_heap.alloc = before.alloc, test_heap.free = before.free;
    }
    images_free();
}

static void want_of_memory_is_the_only_failure(void)
{
    tb_icc_args a = args_of(rgb_profiles[0]), tables = args_of(table_profile());
    int failed = 0;

    survives_no_memory(noise(20, 20, 4), &tb_icc, &a);
    for (long n = 0; lose_next(&n); n += n < 60 ? 0 : 6) {
        image out = {0};
        tb_error err = {0};
        CHECK_LOSS(try_run(noise(3, 3, 3), &tb_icc, &tables, 100, &out, &err), &err);
        CHECK(lost() || err.warnings == 0);
        images_free();
        failed += lost();
    }
    CHECK(failed > 20);
}

/* --- names */

static void the_description_is_read(void)
{
    char name[TB_PROFILE_NAME];
    const double versions[] = {2.1, 4.3};
    const blob *icc = rgb_profiles[0];

    tb_profile_name(icc->data, icc->size, name);
    CHECK(!strcmp(name, "RGB built-in"));
    for (int i = 0; i < 2; i++) {
        cmsHPROFILE h = cmsCreate_sRGBProfile();
        cmsMLU *mlu = cmsMLUalloc(NULL, 2);
        if (i)
            cmsMLUsetWide(mlu, "de", "DE", L"anders");
        cmsMLUsetWide(mlu, "en", "US", i ? L"Gr\u00FC\u00DFe \u4E16 \xD83D\xDE00" : L"plain"); /* UTF-16 */
        cmsSetProfileVersion(h, versions[i]);
        CHECK(cmsWriteTag(h, cmsSigProfileDescriptionTag, mlu));
        cmsMLUfree(mlu);
        icc = saved(h);
        tb_profile_name(icc->data, icc->size, name);
        CHECK(!strcmp(name, i ? "Gr\u00FC\u00DFe \u4E16 \U0001F600" : "plain"));
    }
    tb_profile_name(icc->data, 140, name);
    CHECK(!name[0]);
    tb_profile_name(icc->data, 0, name);
    CHECK(!name[0]);
}

int main(void)
{
    make_profiles();
    matrix_profiles_are_as_lcms_has_them();
    the_way_back_is_as_lcms_has_it();
    grey_profiles_are_as_lcms_has_them();
    tables_are_as_lcms_has_them();
    every_slicing_gives_the_same_pixels();
    wide_rows_are_made_in_strips();
    colours_are_where_they_should_be();
    there_and_back_is_where_it_was();
    srgb_is_known_however_it_is_written();
    a_profile_for_other_colours_changes_nothing();
    where_nothing_leads_back_it_is_left();
    cut_profiles_change_nothing_or_everything();
    no_broken_byte_does_harm();
    claims_cost_no_memory();
    its_memory_is_counted();
    memory_of_little_alignment_will_do();
    want_of_memory_is_the_only_failure();
    the_description_is_read();
    images_free();
    blobs_free();
    return 0;
}
