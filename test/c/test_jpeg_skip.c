/* test_jpeg_skip.c - scans that are skipped at 1/8: all is as if libjpeg had read them. */
#include "jpeg_decoding.h"

/* Each component by itself; the last scans refine means, and some detail comes before the other means. */
static const jpeg_scan_info apart[] = {{1, {0}, 0, 0, 0, 1}, {1, {0}, 1, 5, 0, 2},  {1, {0}, 6, 63, 0, 2},
                                       {1, {1}, 0, 0, 0, 0}, {1, {1}, 1, 63, 0, 0}, {1, {0}, 1, 63, 2, 1},
                                       {1, {2}, 0, 0, 0, 1}, {1, {2}, 1, 63, 0, 0}, {1, {0}, 1, 63, 1, 0},
                                       {1, {0}, 0, 0, 1, 0}, {1, {2}, 0, 0, 1, 0}};

static const jpeg_scan_info together[] = {
    {3, {0, 1, 2}, 0, 0, 0, 2}, {1, {1}, 1, 63, 0, 0},      {1, {0}, 1, 63, 0, 1}, {1, {2}, 1, 63, 0, 0},
    {3, {0, 1, 2}, 0, 0, 2, 1}, {3, {0, 1, 2}, 0, 0, 1, 0}, {1, {0}, 1, 63, 1, 0}};

static const jpeg_scan_info of_grey[] = {
    {1, {0}, 0, 0, 0, 1}, {1, {0}, 1, 63, 0, 1}, {1, {0}, 0, 0, 1, 0}, {1, {0}, 1, 63, 1, 0}};

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

/* Progressive: libjpeg's script and ours, without and with restarts, in both codes. */
#define SCRIPTS 12
static recipe scripted(recipe r, int k)
{
    static const struct {
        const jpeg_scan_info *script;
        int scans;
    } scripts[] = {{NULL, 0}, {apart, COUNT(apart)}, {together, COUNT(together)}};

    r.progressive = true;
    r.script = scripts[k % 3].script;
    r.scans = scripts[k % 3].scans;
    r.restart = k / 3 % 2 ? 2 : 0;
    r.arithmetic = k >= 6;
    return r;
}

static void pixels_are_those_of_plain_libjpeg(void)
{
    for (int s = 0; s < SAMPLINGS; s++)
        for (int n = 0; n < SIZES; n++)
            for (int k = 0; k < SCRIPTS; k++) {
                image i = picture(sizes[n][0], sizes[n][1], 3);
                file f = ref_encode(i, scripted(sampled(s), k));
                check_scales(f, i, 4);
                images_free();
                files_free();
            }
}

static void grey_too(void)
{
    for (int n = 0; n < SIZES; n++)
        for (int k = 0; k < 4; k++) {
            image i = picture(sizes[n][0], sizes[n][1], 1);
            recipe r = {.progressive = true, .restart = k % 2 ? 3 : 0};
            r.script = k / 2 ? of_grey : NULL;
            r.scans = COUNT(of_grey);
            file f = ref_encode(i, r);
            check_scales(f, i, 8);
        }
    images_free();
    files_free();
}

static void a_region_is_cut_from_the_whole(void)
{
    uint32_t seed = 8;

    for (int n = 0; n < 120; n++) {
        image i = picture(150 + (int)(next_random(&seed) % 120), 97 + (int)(next_random(&seed) % 90), 3);
        file f = ref_encode(i, scripted(sampled(n % SAMPLINGS), n % SCRIPTS));
        image whole = ref_decode(f, 8, 3);
        tb_rect r = any_part(whole, &seed);
        CHECK_SAME(decode(f, i, (way){.shrink = 8, .region = r}), crop(whole, r));
        images_free();
        files_free();
    }
}

static void every_slicing_and_piece_gives_the_same_pixels(void)
{
    image i = picture(121, 143, 3);

    for (int k = 0; k < SCRIPTS; k++) {
        file f = ref_encode(i, scripted(sampled(2), k));
        check_pieces(f, i, 8, ref_decode(f, 8, 3));
    }
    images_free();
    files_free();
}

/* ------------------------------------------------------- the scans of a file */

typedef struct {
    size_t at, data, end; /* of its marker, its data, what follows */
    int component;        /* 1..3; 0 = several */
    int first;            /* coefficient */
} scan;

#define MOST 32

/* The first byte of the next marker that does not belong to the data of a scan. */
static size_t next_marker(file f, size_t at)
{
    while (at + 1 < f.size && (f.data[at] != 0xFF || f.data[at + 1] == 0 || (f.data[at + 1] & 0xF8) == 0xD0))
        at++;
    return at;
}

static int scans_of(file f, scan *s)
{
    int count = 0;

    for (size_t at = 2; at + 4 < f.size && f.data[at + 1] != 0xD9;) {
        size_t end = at + 2 + (size_t)f.data[at + 2] * 256 + f.data[at + 3];
        CHECK(f.data[at] == 0xFF && count < MOST);
        if (f.data[at + 1] == 0xDA) {
            size_t n = f.data[at + 4];
            s[count++] =
                (scan){at, end, next_marker(f, end), n == 1 ? f.data[at + 5] : 0, f.data[at + 5 + 2 * n]};
            end = s[count - 1].end;
        }
        at = end;
    }
    return count;
}

/* The file with some bytes more at a place. */
static file with(file f, size_t at, const uint8_t *bytes, size_t n)
{
    uint8_t *both = malloc(f.size + n);

    CHECK(both);
    memcpy(both, f.data, at);
    memcpy(both + at, bytes, n);
    memcpy(both + at + n, f.data + at, f.size - at);
    file out = file_of(both, f.size + n);
    free(both);
    return out;
}

/* Of samplings 0 and 1, nothing but means is needed; of 2 (4:2:0) only of the first component. */
static bool not_needed(const scan *s, int sampling)
{
    return s->first > 0 && (sampling < 2 || s->component == 1);
}

/* Anything but a marker: stuffing, restarts and fill before them too. */
static void spoil(file f, size_t at, size_t end, uint32_t *seed)
{
    while (at + 2 < end) {
        f.data[at] = (uint8_t)next_random(seed);
        if (f.data[at++] != 0xFF && next_random(seed) % 20)
            continue;
        f.data[at - 1] = 0xFF;
        if (next_random(seed) % 2 && at + 1 < end)
            f.data[at++] = 0xFF;
        f.data[at++] = (uint8_t)(next_random(seed) % 2 ? 0xD0 + next_random(seed) % 8 : 0);
    }
}

/* Nor are its tables. */
static void what_is_not_needed_is_not_decoded(void)
{
    uint32_t seed = 6;
    scan s[MOST];

    for (int n = 0; n < 90; n++) {
        int sampling = n % 3;
        size_t spoilt = 0;
        image i = picture(70, 50, 3);
        file f = ref_encode(i, scripted(sampled(sampling), n % SCRIPTS));
        image expected = ref_decode(f, 8, 3);
        for (int k = scans_of(f, s) - 1; k > 0; k--)
            if (not_needed(&s[k], sampling)) {
                spoil(f, s[k].data, s[k].end, &seed);
                spoilt += s[k].end - s[k].data;
                memmove(f.data + s[k - 1].end, f.data + s[k].at, f.size - s[k].at);
                f.size -= s[k].at - s[k - 1].end;
            }
        CHECK(spoilt > 300);
        CHECK_SAME(decode(f, i, (way){.shrink = 8}), expected);
        CHECK_SAME(decode(f, i, (way){.shrink = 8, .piece = 1 + (size_t)n}), expected);
        images_free();
        files_free();
    }
}

/* ------------------------------------------------------- between two scans */

/* Comments that look like scans, fill bytes, marks of nothing: libjpeg reads over them. */
static void what_stands_between_is_passed_over(void)
{
    static uint8_t fill[70000], comment[60002] = {0xFF, 0xFE, 0xEA, 0x60, 0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63};
    static const uint8_t tem[] = {0xFF, 1}, none[] = {0xFF, 0xE5, 0, 0};
    const struct {
        const uint8_t *bytes;
        size_t n;
    } between[] = {{fill, 1}, {fill, 3}, {fill, 70000}, {comment, 60002}, {tem, 2}, {none, 4}};
    scan s[MOST];

    memset(fill, 0xFF, sizeof fill);
    for (int k = 0; k < SCRIPTS; k++)
        for (int b = 0; b < COUNT(between); b++) {
            image i = picture(70, 50, 3), plain;
            file f = ref_encode(i, scripted(sampled(2), k));
            for (int n = scans_of(f, s) - 1; n >= 0; n--)
                if (between[b].n < 10 || n == k % 5) /* a large one is enough */
                    f = with(f, s[n].end, between[b].bytes, between[b].n);
            plain = ref_decode(f, 8, 3);
            CHECK_SAME(decode(f, i, (way){.shrink = 8}), plain);
            CHECK_SAME(decode(f, i, (way){.shrink = 8, .piece = 997}), plain);
            if (between[b].n < 10)
                CHECK_SAME(decode(f, i, (way){.shrink = 8, .piece = 1}), plain);
            images_free();
            files_free();
        }
}

static void garbage_behind_a_scan_that_is_read_is_told(void)
{
    static const uint8_t garbage[] = {1, 2, 3, 0xFF, 0, 4, 0xFF, 0xD1, 5, 6, 0xFF};
    scan s[MOST];

    for (size_t piece = 1; piece < 3000; piece *= 50) {
        image i = picture(70, 50, 3), out = {0};
        file f = ref_encode(i, scripted(sampled(0), 0));
        tb_error err = {0};
        scans_of(f, s);
        f = with(f, s[0].end, garbage, sizeof garbage);
        CHECK(try_decode(f, header_of(i), (way){.shrink = 8, .piece = piece}, &out, &err, NULL) == TB_DONE);
        CHECK_SAME(out, ref_decode(f, 8, 3));
        CHECK(err.warnings > 0 && strstr(err.warning[0], "extraneous bytes"));
        images_free();
        files_free();
    }
}

/* Headers of scans that libjpeg refuses, tables that are longer than they say, marks that it does not know. */
static void what_libjpeg_refuses_is_refused(void)
{
    static const struct {
        size_t at;
        uint8_t is;
    } bad[] = {{3, 9}, {4, 2}, {5, 7}, {7, 64}, {7, 64}, {8, 64}, {9, 0x30}, {9, 14}};
    static const uint8_t table[] = {0xFF, 0xDB, 0, 10, 0, 1, 1, 1, 1, 1, 1, 1}, unknown[] = {0xFF, 0x02},
                         begin[] = {0xFF, 0xD8};
    image i = picture(70, 50, 3);
    file f = ref_encode(i, scripted(sampled(0), 0));
    const tb_header *h = header_of(i);
    const way eighth = {.shrink = 8};
    scan s[MOST];

    scans_of(f, s);
    for (int k = 0; k < COUNT(bad); k++) {
        file spoilt = file_of(f.data, f.size);
        spoilt.data[s[1].at + bad[k].at] = bad[k].is;
        CHECK(code_of(spoilt, h, eighth) == TB_E_CORRUPT);
    }
    for (int k = 0; k < 3; k++) {
        CHECK(code_of(with(f, s[k].end, table, sizeof table), h, eighth) == TB_E_CORRUPT);
        CHECK(code_of(with(f, s[k].end, unknown, 2), h, eighth) == TB_E_CORRUPT);
        CHECK(code_of(with(f, s[k].end, begin, 2), h, eighth) == TB_E_CORRUPT);
    }
    images_free();
    files_free();
}

static void skipped_scans_count(void)
{
    image i = picture(30, 20, 3), out = {0};

    for (int k = 0; k < 3; k++) { /* the last one is skipped, read, skipped */
        static const uint32_t scans[] = {10, COUNT(apart), COUNT(together)};
        file f = ref_encode(i, scripted(sampled(0), k));
        tb_error err = {0};
        way w = {.shrink = 8, .limits = {.max_scans = scans[k] - 1}};
        CHECK(code_of(f, header_of(i), w) == TB_E_LIMIT);
        w.limits.max_scans++;
        CHECK(try_decode(f, header_of(i), w, &out, &err, NULL) == TB_DONE);
    }
    images_free();
    files_free();
}

/* --------------------------------------------------------------- truncation */

/* What is there, and nothing made up, however it comes. */
static void every_truncation_is_told_or_kept(void)
{
    ref_smooths = false;
    for (int k = 0; k < SCRIPTS / 2; k++)
        for (int sampling = 0; sampling < 3; sampling += 2) {
            image i = picture(40, 45, 3);
            file f = ref_encode(i, scripted(sampled(sampling), k));
            scan s[MOST];
            int count = scans_of(f, s);
            size_t needed = 0;
            for (int n = 0; n < count; n++)
                needed = not_needed(&s[n], sampling) ? needed : s[n].end;
            for (size_t n = 0; n < f.size; n++) {
                file cut = file_of(f.data, n);
                image out = {0}, plain = {0};
                tb_error err = {0}, kept = {0};
                way w = {.shrink = 8, .piece = n % 3 ? 0 : 50};
                tb_status status = try_decode(cut, header_of(i), w, &out, &err, NULL);
                bool whole = n >= f.size - 2 && needed == s[count - 1].end; /* but for its end mark */
                CHECK(whole ? status == TB_DONE : err.code == TB_E_TRUNCATED);
                w.keep = true;
                status = try_decode(cut, header_of(i), w, &out, &kept, NULL);
                if (status == TB_DONE && ref_try_decode(cut, 8, 3, &plain))
                    CHECK_SAME(out, plain);
                if (n >= needed) {
                    CHECK(status == TB_DONE);
                    CHECK_SAME(out, ref_decode(f, 8, 3));
                }
                CHECK(status == TB_DONE ? kept.warnings <= 1 : kept.code == TB_E_TRUNCATED);
                CHECK(status == TB_FAIL || kept.warnings == 1 || n >= f.size - 2);
                images_free();
            }
            files_free();
        }
    ref_smooths = true;
}

static void the_scan_it_ends_in_is_told(void)
{
    image i = picture(200, 200, 3), out = {0};
    file f = ref_encode(i, scripted(sampled(0), 0));
    tb_error err = {0}, kept = {0};
    scan s[MOST];

    CHECK(scans_of(f, s) == 10);
    file cut = file_of(f.data, (s[5].data + s[5].end) / 2);
    CHECK(try_decode(cut, header_of(i), (way){.shrink = 8}, &out, &err, NULL) == TB_FAIL);
    CHECK(err.code == TB_E_TRUNCATED && strcmp(err.text, "ends in scan 6") == 0);
    way w = {.shrink = 8, .keep = true};
    CHECK(try_decode(cut, header_of(i), w, &out, &kept, NULL) == TB_DONE);
    CHECK(strcmp(kept.warning[0], "jpeg: ends in scan 6; what should follow is left out") == 0);
    images_free();
    files_free();
}

/* -------------------------------------------------------------- short steps */

static void no_step_skips_much(void)
{
    image i = noise(700, 700, 3), out = {0};
    file f = ref_encode(i, (recipe){.progressive = true, .quality = 95});
    tb_error err = {0};
    cost took;

    CHECK(f.size > 300000);
    CHECK(try_decode(f, header_of(i), (way){.shrink = 8}, &out, &err, &took) == TB_DONE);
    CHECK(took.stride < 40000 && took.steps < 500);
    images_free();
    files_free();
}

/* Of a block 2 bytes are kept, and rows of whole ones that libjpeg works in. */
static void means_take_little_memory(void)
{
    image i = picture(1600, 1200, 3), out = {0};
    file f = ref_encode(i, (recipe){.progressive = true});
    size_t means = (size_t)1600 * 1200 * 3 / 64 * 2, windows = (size_t)1600 * 3 / 8 * 128;
    tb_error err = {0};
    cost took;

    CHECK(try_decode(f, header_of(i), (way){.shrink = 8}, &out, &err, &took) == TB_DONE);
    CHECK(took.peak > means && took.peak < means + windows + 100000);
    CHECK(try_decode(f, header_of(i), (way){.shrink = 8, .memory = took.peak}, &out, &err, NULL) == TB_DONE);
    CHECK(try_decode(f, header_of(i), (way){.shrink = 8, .memory = means}, &out, &err, NULL) == TB_FAIL);
    CHECK(err.code == TB_E_LIMIT);
    images_free();
    files_free();
}

static void survives_any_failed_allocation(void)
{
    image i = picture(70, 50, 3);

    check_losses(ref_encode(i, (recipe){.progressive = true, .h = 2, .v = 2}), i, (way){.shrink = 8});
    images_free();
    files_free();
}

int main(void)
{
    pixels_are_those_of_plain_libjpeg();
    grey_too();
    a_region_is_cut_from_the_whole();
    every_slicing_and_piece_gives_the_same_pixels();
    what_is_not_needed_is_not_decoded();
    what_stands_between_is_passed_over();
    garbage_behind_a_scan_that_is_read_is_told();
    what_libjpeg_refuses_is_refused();
    skipped_scans_count();
    every_truncation_is_told_or_kept();
    the_scan_it_ends_in_is_told();
    no_step_skips_much();
    means_take_little_memory();
    survives_any_failed_allocation();
    return 0;
}
