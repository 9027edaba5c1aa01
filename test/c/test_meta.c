#include "exif_samples.h"
#include "walking.h"

static const tb_limits none = {0};

/* A job's way to its profile. */
typedef struct {
    tb_mem mem;
    tb_meta meta;
    tb_error err;
    tb_status status;
    int steps;
    blob *icc; /* NULL = none */
    blob *exif, *xmp;
} taken;

static uint32_t keeps;

static blob *kept(const uint8_t *data, size_t size)
{
    blob *b = data ? blob_new() : NULL;

    if (b)
        put(b, data, size);
    return b;
}

static void take(taken *t, const blob *file, const tb_header *h, const tb_limits *limits)
{
    tb_input in = {.data = file->data, .safe = file->size, .end = file->size, .ended = true};

    *t = (taken){.mem = {.heap = &test_heap}};
    do {
        t->status = tb_meta_step(&t->meta, &t->mem, h, &in, limits, keeps, &t->err);
        t->steps++;
    } while (t->status == TB_MORE);
    CHECK(t->status != TB_DONE || tb_meta_step(&t->meta, &t->mem, h, &in, limits, keeps, &t->err) == TB_DONE);
    t->icc = kept(t->meta.icc, t->meta.icc_size);
    t->exif = kept(t->meta.exif, t->meta.exif_size);
    t->xmp = kept(t->meta.xmp, t->meta.xmp_size);
    tb_meta_close(&t->meta, &t->mem);
    tb_meta_close(&t->meta, &t->mem);
    CHECK(t->mem.used == 0);
}

static const taken *profile_of(const blob *file, const tb_limits *limits)
{
    static taken t;
    const walked *r = walk_bytes(file->data, file->size, file->size, limits);

    CHECK(r->status == TB_DONE);
    take(&t, file, &r->header, limits);
    return &t;
}

/* Three files with that profile. */
static blob *jpeg_with(const blob *icc, size_t piece, int channels)
{
    blob *s = blob_new();
    int count = (int)((icc->size + piece - 1) / piece);

    for (int i = 0; i < count; i++) { /* from the last to the first */
        size_t from = (size_t)(count - 1 - i) * piece,
               n = icc->size - from < piece ? icc->size - from : piece;
        jpeg_icc(s, icc->data + from, n, count - i, count);
    }
    return encode_jpeg(noise(5, 5, channels), (jpeg_how){.segments = s});
}

static blob *png_with(const blob *icc, int type)
{
    blob *c = blob_new();
    png_iccp(c, icc);
    return encode_png(5, 5, (png_how){.type = type, .depth = 8, .chunks = c});
}

static blob *webp_of(const blob *icc)
{
    return webp_with(encode_webp(noise(5, 5, 3), true), "ICCP", icc);
}

static void check_profile(const blob *file, const blob *icc)
{
    const taken *t = profile_of(file, &tb_default_limits);

    CHECK(t->status == TB_DONE && t->err.warnings == 0);
    CHECK(t->icc && t->icc->size == icc->size && memcmp(t->icc->data, icc->data, icc->size) == 0);
    CHECK((size_t)t->steps <= file->size / 8192 + icc->size / 8192 + 6);
}

static void every_format_gives_its_profile_back(void)
{
    static const size_t sizes[] = {132, 133, 560, 3144, 65519, 70000, 300000, 2000001};

    for (int i = 0; i < 8; i++) {
        blob *rgb = icc_of(sizes[i], "RGB "), *grey = icc_of(sizes[i], "GRAY");
        check_profile(jpeg_with(rgb, sizes[i] > 60000 ? 65000 : 100, 3), rgb);
        check_profile(jpeg_with(grey, 65519, 1), grey);
        check_profile(png_with(rgb, 2), rgb);
        check_profile(png_with(rgb, 6), rgb);
        check_profile(png_with(grey, 0), grey);
        check_profile(png_with(grey, 4), grey);
        check_profile(webp_of(rgb), rgb);
    }
    images_free();
}

static void a_profile_for_cmyk_is_kept_for_cmyk(void)
{
    blob *icc = icc_of(500, "CMYK");
    check_profile(jpeg_with(icc, 500, 4), icc);
    CHECK(!profile_of(jpeg_with(icc, 500, 3), &tb_default_limits)->icc);
}

/* Bytes behind the profile's own end are no part of it. */
static void padding_is_cut_off(void)
{
    blob *icc = icc_of(500, "RGB "), *padded = copy_of(icc);
    put_zeros(padded, 77);
    check_profile(jpeg_with(padded, 100, 3), icc);
    check_profile(png_with(padded, 2), icc);
    check_profile(webp_of(padded), icc);
}

static void check_left_out(const blob *file, const tb_limits *limits, const char *why)
{
    const taken *t = profile_of(file, limits);

    CHECK(t->status == TB_DONE && !t->icc && t->err.code == TB_E_NONE && t->err.warnings == 1);
    if (!strstr(t->err.warning[0], why))
        printf("%s, not: %s\n", t->err.warning[0], why);
    CHECK(strstr(t->err.warning[0], why));
}

static void left_out_everywhere(const blob *icc, const char *why)
{
    check_left_out(jpeg_with(icc, 100, 3), &tb_default_limits, why);
    check_left_out(png_with(icc, 2), &tb_default_limits, why);
    check_left_out(webp_of(icc), &tb_default_limits, why);
}

static void broken_profiles_are_left_out(void)
{
    blob *icc = icc_of(500, "RGB "), *b = copy_of(icc);

    b->data[36] = 'x';
    left_out_everywhere(b, "it is none");
    b = copy_of(icc), b->data[2] = 9;
    left_out_everywhere(b, "its end is missing");
    b = copy_of(icc), b->data[2] = 0, b->data[3] = 131;
    left_out_everywhere(b, "it is none");
    b = copy_of(icc), b->data[0] = 0xFF;
    check_left_out(png_with(b, 2), &tb_default_limits, "it is none");
    left_out_everywhere(icc_of(500, "GRAY"), "other colours");
    check_left_out(png_with(icc_of(500, "RGB "), 4), &tb_default_limits, "other colours");
    b = blob_new(), put(b, icc->data, 131);
    left_out_everywhere(b, "left out");
}

/* The deflated stream says how long it becomes; more than the limit is not taken. */
static void a_deflated_bomb_takes_no_memory(void)
{
    blob *icc = blob_new();
    tb_limits limits = tb_default_limits;

    put_zeros(icc, 6 << 20);
    icc->data[1] = 6 << 4;
    memcpy(icc->data + 16, "RGB ", 4);
    memcpy(icc->data + 36, "acsp", 4);
    blob *file = png_with(icc, 2);
    CHECK(file->size < 20000);
    const taken *t = profile_of(file, &limits);
    CHECK(!t->icc && t->mem.peak < 100000 && strstr(t->err.warning[0], "(max_icc)"));
    limits.max_icc = 0;
    t = profile_of(file, &limits);
    CHECK(t->icc && t->icc->size == 6 << 20);
}

static void a_profile_as_long_as_the_limit_is_kept(void)
{
    blob *icc = icc_of(5000, "RGB ");
    blob *files[] = {jpeg_with(icc, 900, 3), png_with(icc, 2), webp_of(icc)};
    tb_limits limits = tb_default_limits;

    for (int i = 0; i < 3; i++) {
        limits.max_icc = i == 1 ? 5100 : 5000; /* noise deflates to more than itself */
        CHECK(profile_of(files[i], &limits)->icc);
        limits.max_icc = 4999;
        CHECK(!profile_of(files[i], &limits)->icc);
    }
    images_free();
}

static void a_broken_stream_is_left_out(void)
{
    blob *file = png_with(icc_of(5000, "RGB "), 2);
    const walked *r = walk_bytes(file->data, file->size, file->size, &none);
    static tb_header h;
    taken t;

    h = r->header;
    for (size_t cut = 0; cut < 300; cut++) { /* the end is missing */
        h.icc[0].size = r->header.icc[0].size - 8 - cut * 15;
        take(&t, file, &h, &none);
        CHECK(t.status == TB_DONE && !t.icc && t.err.warnings == 1);
    }
    h.icc[0] = r->header.icc[0];
    for (size_t at = 0; at < h.icc[0].size; at += 11) { /* a byte is wrong: never a crash */
        blob *b = copy_of(file);
        b->data[h.icc[0].at + at] ^= (uint8_t)(1 + at % 255);
        take(&t, b, &h, &none);
        CHECK(t.status == TB_DONE);
        b->size = 0, free(b->data), b->data = NULL;
    }
}

static void a_profile_that_is_not_here_is_left_out(void)
{
    blob *file = webp_of(icc_of(500, "RGB "));
    static tb_header h;
    taken t;

    h.format = TB_WEBP;
    h.channels = 3;
    h.icc_pieces = 1;
    h.icc[0] = (tb_span){file->size - 400, 500};
    take(&t, file, &h, &tb_default_limits);
    CHECK(t.status == TB_DONE && !t.icc && t.err.warnings == 1);
}

static void no_profile_is_no_work(void)
{
    const taken *t = profile_of(bare_jpeg(3, 3), &tb_default_limits);
    CHECK(t->status == TB_DONE && t->steps == 1 && !t->icc && t->mem.peak == 0 && t->err.warnings == 0);
}

static void want_of_memory_is_the_only_failure(void)
{
    blob *icc = icc_of(70000, "RGB ");
    blob *files[] = {jpeg_with(icc, 60000, 3), png_with(icc, 2), webp_of(icc)};

    for (int i = 0; i < 3; i++)
        for (int on = 0; on < 2; on++) {
            int failed = 0;
            fail_on = on;
            for (long n = 0; lose_next(&n);) {
                const taken *t = profile_of(files[i], &tb_default_limits);
                if (lost())
                    CHECK(t->status == TB_FAIL && t->err.code == TB_E_NOMEM && !strcmp(t->err.stage, "meta"));
                else
                    CHECK(t->status == TB_DONE && t->icc && t->icc->size == icc->size);
                failed += lost();
            }
            CHECK(failed >= (i == 1 ? 3 : 1));
        }
    images_free();
}

/* --- EXIF and XMP as they are */

/* A PNG with both, of those sizes. */
static blob *png_of(const blob *exif, size_t xmp)
{
    blob *c = blob_new(), *text = blob_new();

    put(text, "XML:com.adobe.xmp\0\0\0\0", 22);
    for (size_t i = 0; i < xmp; i++)
        put8(text, 'x');
    png_chunk_of(c, "eXIf", exif->data, exif->size);
    png_chunk_of(c, "iTXt", text->data, text->size);
    return encode_png(5, 5, (png_how){.type = 2, .depth = 8, .chunks = c});
}

static void what_is_kept_is_taken_in_pieces(void)
{
    blob *exif = exif_of(6, true), *file;

    put_zeros(exif, 200000);
    file = png_of(exif, 150000);
    for (keeps = 0; keeps <= TB_KEEP_ALL; keeps++) {
        const taken *t = profile_of(file, &tb_default_limits);
        bool wants_exif = keeps & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT), wants_xmp = keeps & TB_KEEP_XMP;
        CHECK(t->status == TB_DONE && t->err.warnings == 0 && !t->icc);
        CHECK(!t->exif == !wants_exif && !t->xmp == !wants_xmp);
        CHECK(!t->exif || (t->exif->size == exif->size && !memcmp(t->exif->data, exif->data, exif->size)));
        CHECK(!t->xmp || t->xmp->size == 150000);
        CHECK(t->steps >= 1 + 3 * wants_exif + 2 * wants_xmp);
        CHECK(t->mem.peak < 1000 + wants_exif * exif->size + wants_xmp * (size_t)150000);
    }
    keeps = 0;
}

static void what_is_not_here_is_left_out(void)
{
    static tb_header h;
    blob *file = png_of(exif_of(6, true), 100);
    taken t;

    h.format = TB_WEBP;
    h.exif = (tb_span){file->size - 10, 11};
    h.xmp = (tb_span){file->size + 10, 11};
    keeps = TB_KEEP_ALL;
    take(&t, file, &h, &tb_default_limits);
    CHECK(t.status == TB_DONE && !t.exif && !t.xmp && t.err.warnings == 2);
    keeps = 0;
}

static void no_memory_for_them_is_told(void)
{
    blob *file = png_of(exif_of(6, true), 100);

    keeps = TB_KEEP_ALL;
    for (long n = 1; n <= 2; n++) {
        fail_seen = 0, fail_at = n;
        const taken *t = profile_of(file, &tb_default_limits);
        fail_at = 0;
        CHECK(t->status == TB_FAIL && t->err.code == TB_E_NOMEM);
    }
    keeps = 0;
}

static void the_limit_of_the_job_holds(void)
{
    blob *file = png_with(icc_of(70000, "RGB "), 2);
    const walked *r = walk_bytes(file->data, file->size, file->size, &none);
    tb_input in = {.data = file->data, .safe = file->size, .end = file->size, .ended = true};
    tb_mem mem = {.heap = &test_heap, .limit = 60000};
    tb_meta m = {0};
    tb_error err = {0};
    tb_status status;

    do
        status = tb_meta_step(&m, &mem, &r->header, &in, &none, 0, &err);
    while (status == TB_MORE);
    CHECK(status == TB_FAIL && err.code == TB_E_LIMIT && strstr(err.text, "max_memory"));
    tb_meta_close(&m, &mem);
    CHECK(mem.used == 0);
}

/* --- EXIF */

static int orientation_in(const blob *b, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    CHECK(exact);
    memcpy(exact, b->data, size);
    tb_exif said;
    tb_exif_read(&said, exact, size);
    free(exact);
    return said.orientation;
}

static void every_orientation_is_read(void)
{
    for (int big = 0; big < 2; big++)
        for (int o = -3; o < 300; o++) {
            blob *b = exif_of(o & 0xFFFF, big);
            CHECK(orientation_in(b, b->size) == (o >= 1 && o <= 8 ? o : 0));
        }
}

static void a_cut_or_broken_exif_never_breaks_it(void)
{
    blob *b = exif_of(6, true);
    uint32_t seed = 1;

    for (size_t n = 0; n < b->size; n++)
        CHECK(orientation_in(b, n) == (n >= 8 + 2 + 24 ? 6 : 0));
    for (int i = 0; i < 20000; i++) {
        blob c = {malloc(b->size), b->size, b->size};
        memcpy(c.data, b->data, b->size);
        for (int k = 0; k < 3; k++)
            c.data[next_random(&seed) % b->size] = (uint8_t)(next_random(&seed) >> 24);
        int o = orientation_in(&c, c.size - next_random(&seed) % 8);
        CHECK(o >= 0 && o <= 8);
        free(c.data);
    }
}

/* Resolution, its unit, and where the place is told. */
static void dots_and_the_place_are_read(void)
{
    for (int big = 0; big < 2; big++)
        for (int unit = 1; unit <= 3; unit++) {
            tiff_writer w = {blob_new(), big, 0};
            tb_exif said;
            put(w.b, big ? "MM\0*\0\0\0\x08" : "II*\0\x08\0\0\0", 8);
            tiff_directory(&w, 4);
            size_t at = w.b->size;
            put(w.b, big ? "\0\0\2\x58\0\0\0\2" : "\x58\2\0\0\2\0\0\0", 8); /* 600 / 2 */
            tiff_entry(&w, 0x011A, 5, 1, at);
            tiff_entry(&w, 0x011B, 5, 1, at);
            tiff_entry(&w, 0x0128, 3, 1, (uint64_t)unit);
            tiff_entry(&w, 0x8825, 4, 1, unit == 1 ? 9999 : 8);
            tb_exif_read(&said, w.b->data, w.b->size);
            double dpi = unit == 1 ? 0 : unit == 2 ? 300 : 762;
            CHECK(said.dpi_x > dpi - 0.01 && said.dpi_x < dpi + 0.01 && said.dpi_y == said.dpi_x);
            CHECK(said.gps == (unit != 1) && said.orientation == 0);
        }
}

static void other_integer_types_are_read_too(void)
{
    blob *b = exif_of(6, false);
    size_t entry = 8 + 2 + 12;

    CHECK(b->data[entry] == 0x12 && b->data[entry + 1] == 0x01);
    b->data[entry + 2] = 4; /* LONG */
    CHECK(orientation_in(b, b->size) == 6);
    b->data[entry + 2] = 1; /* BYTE */
    CHECK(orientation_in(b, b->size) == 6);
    b->data[entry + 2] = 5; /* RATIONAL: no */
    CHECK(orientation_in(b, b->size) == 0);
}

int main(void)
{
    every_format_gives_its_profile_back();
    a_profile_for_cmyk_is_kept_for_cmyk();
    padding_is_cut_off();
    broken_profiles_are_left_out();
    a_deflated_bomb_takes_no_memory();
    a_profile_as_long_as_the_limit_is_kept();
    a_broken_stream_is_left_out();
    a_profile_that_is_not_here_is_left_out();
    no_profile_is_no_work();
    want_of_memory_is_the_only_failure();
    what_is_kept_is_taken_in_pieces();
    what_is_not_here_is_left_out();
    no_memory_for_them_is_told();
    the_limit_of_the_job_holds();
    every_orientation_is_read();
    a_cut_or_broken_exif_never_breaks_it();
    dots_and_the_place_are_read();
    other_integer_types_are_read_too();
    images_free();
    blobs_free();
}
