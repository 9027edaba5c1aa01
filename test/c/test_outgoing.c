/* test_outgoing.c - metadata in every format: all of it is there, however the work was cut. */
#include "../../c_src/codecs/outgoing.h"
#include "../../c_src/codecs/walk/walk.h"
#include "exif_samples.h"

static tb_meta meta;
static tb_error err;

static void make_meta(size_t icc, size_t note, size_t xmp)
{
    blob *i = icc_of(icc, "RGB "), *e = camera_exif(true, 6), *x = blob_new();

    put_zeros(x, xmp);
    for (size_t k = 0; k < xmp; k++)
        x->data[k] = (uint8_t)('a' + k % 26);
    tiff_writer w = {blob_new(), true, 0}; /* a long EXIF: one value */
    if (note) {
        put(w.b, "MM\0*\0\0\0\x08", 8);
        tiff_directory(&w, 1);
        tiff_entry(&w, 0x010E, 2, note, w.b->size);
        put_zeros(w.b, note);
        memset(w.b->data + w.b->size - note, 'n', note);
        e = w.b;
    }
    meta = (tb_meta){.icc = i->data, .icc_size = i->size, .exif = e->data, .exif_size = e->size};
    meta.xmp = xmp ? x->data : NULL;
    meta.xmp_size = xmp;
}

static tb_status encode(tb_format format, image in, uint32_t wish, long steps, blob *out)
{
    tb_mem mem = {.heap = &test_heap};
    tb_bytes bytes = {.mem = &mem};
    tb_output how = {.format = format, .quality = 80, .level = 6, .method = 1};
    tb_encode args = {.how = &how, .meta = &meta, .bytes = &bytes, .keep = wish, .upright = true};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;
    uint8_t part[4096];

    err = (tb_error){0};
    if (tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, tb_encoder_of(format), &args, 0) == 1)
        status = run_chain(&c, steps, &err);
    for (size_t n; status == TB_DONE && (n = tb_bytes_take(&bytes, part, sizeof part)) > 0;)
        put(out, part, n);
    tb_chain_close(&c);
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return status;
}

/* What the walk finds in a file. */
static tb_header header_of(const blob *b)
{
    static tb_header h;
    tb_walk w = {.limits = &tb_default_limits};
    tb_input in = {.data = b->data, .end = b->size, .ended = true};
    tb_error e = {0};
    tb_status status;

    h = (tb_header){0};
    do
        status = tb_walk_step(&w, &in, &h, &e);
    while (status == TB_MORE);
    CHECK(status == TB_DONE && e.warnings == 0);
    return h;
}

static const tb_format formats[] = {TB_JPEG, TB_PNG, TB_WEBP};

static void what_is_kept_is_there_and_nothing_else(void)
{
    image in = gradient(37, 21, 3);

    make_meta(3000, 0, 1001);
    for (int f = 0; f < 3; f++)
        for (uint32_t wish = 0; wish <= TB_KEEP_ALL; wish++) {
            blob *b = blob_new();
            CHECK(encode(formats[f], in, wish, 1 << 20, b) == TB_DONE && err.warnings == 0);
            tb_header h = header_of(b);
            CHECK((h.icc_pieces > 0) == ((wish & TB_KEEP_ICC) != 0));
            CHECK((h.exif.size > 0) == ((wish & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT)) != 0));
            CHECK((h.xmp.size > 0) == ((wish & TB_KEEP_XMP) != 0));
            CHECK(h.gps == ((wish & TB_KEEP_EXIF) && (wish & TB_KEEP_GPS)));
            CHECK(h.orientation == 1 && h.width == 37 && h.height == 21);
            if (h.xmp.size)
                CHECK(h.xmp.size == 1001 && !memcmp(b->data + h.xmp.at, meta.xmp, 1001));
        }
}

static void every_slicing_gives_the_same_bytes(void)
{
    image in = gradient(37, 21, 4), flat = gradient(37, 21, 3);

    make_meta(70001, 60001, 60003);
    for (int f = 0; f < 3; f++) {
        blob *whole = blob_new();
        CHECK(encode(formats[f], f ? in : flat, TB_KEEP_ALL, 1 << 20, whole) == TB_DONE);
        for (long steps = 1; steps < 40; steps += 1 + steps / 3) {
            blob *b = blob_new();
            CHECK(encode(formats[f], f ? in : flat, TB_KEEP_ALL, steps, b) == TB_DONE);
            CHECK(b->size == whole->size && !memcmp(b->data, whole->data, b->size));
        }
    }
}

static void other_readers_find_it(void)
{
    make_meta(3000, 0, 1001);
    blob *b = blob_new();
    CHECK(encode(TB_WEBP, gradient(37, 21, 4), TB_KEEP_ALL, 1 << 20, b) == TB_DONE);
    WebPData data = {b->data, b->size}, chunk;
    WebPMux *mux = WebPMuxCreate(&data, 1);
    CHECK(mux && WebPMuxGetChunk(mux, "XMP ", &chunk) == WEBP_MUX_OK);
    CHECK(chunk.size == 1001 && !memcmp(chunk.bytes, meta.xmp, 1001));
    CHECK(WebPMuxGetChunk(mux, "EXIF", &chunk) == WEBP_MUX_OK);
    CHECK(tiff_root(chunk.bytes, chunk.size) == 8);
    CHECK(WebPMuxGetChunk(mux, "ICCP", &chunk) == WEBP_MUX_OK && chunk.size == 3000);
    WebPMuxDelete(mux);
}

/* Limits of a JPEG's segments: one byte less fits, one more does not. */
static void what_a_jpeg_cannot_hold_is_left_out(void)
{
    static const size_t longest = 65533 - 29;

    for (int more = 0; more < 2; more++) {
        blob *b = blob_new();
        make_meta(500, 65533 - 6 - 26 + (size_t)more, longest + (size_t)more);
        CHECK(encode(TB_JPEG, gradient(8, 8, 3), TB_KEEP_ALL, 1 << 20, b) == TB_DONE);
        tb_header h = header_of(b);
        CHECK((h.xmp.size > 0) == !more && (h.exif.size > 0) == !more && err.warnings == 2u * (unsigned)more);
    }
}

/* More EXIF than a step may edit is left to a slice that may be long. */
static void long_exif_is_a_long_step(void)
{
    for (int f = 0; f < 3; f++)
        for (int is_long = 0; is_long < 2; is_long++) {
            tb_output how = {.format = formats[f], .quality = 80, .level = 6, .method = 1};
            tb_mem mem = {.heap = &test_heap};
            tb_bytes bytes = {.mem = &mem};
            image in = gradient(8, 8, 3);
            make_meta(500, is_long ? 300000 : 1000, 0);
            tb_encode args = {
                .how = &how, .meta = &meta, .bytes = &bytes, .keep = TB_KEEP_EXIF, .upright = true};
            tb_chain c = {.mem = &mem};
            tb_error e = {0};
            CHECK(tb_chain_add(&c, &give, &in, -1) == 0 &&
                  tb_chain_add(&c, tb_encoder_of(formats[f]), &args, 0) == 1);
            steps_budget b = slice_of(1 << 20);
            b.base.long_ok = false;
            CHECK(tb_chain_run(&c, &b.base, &e) == (is_long ? TB_LONG : TB_DONE));
            b.base.long_ok = true;
            CHECK(!is_long || tb_chain_run(&c, &b.base, &e) == TB_DONE);
            tb_chain_close(&c);
            tb_bytes_close(&bytes);
        }
}

static void broken_exif_is_left_out(void)
{
    make_meta(500, 0, 0);
    meta.exif_size = 12;
    for (int f = 0; f < 3; f++) {
        blob *b = blob_new();
        CHECK(encode(formats[f], gradient(8, 8, 3), TB_KEEP_EXIF, 1 << 20, b) == TB_DONE);
        CHECK(err.warnings == 1 && strstr(err.warning[0], "EXIF") && header_of(b).exif.size == 0);
        CHECK(encode(formats[f], gradient(8, 8, 3), TB_KEEP_COPYRIGHT, 1 << 20, b) == TB_DONE);
        CHECK(err.warnings == 0);
    }
    images_free();
}

static void want_of_memory_is_told(void)
{
    make_meta(70001, 60001, 60003);
    for (int f = 0; f < 3; f++)
        for (long n = 0; lose_next(&n);) {
            blob *b = blob_new();
            CHECK_LOSS(encode(formats[f], gradient(9, 9, 3), TB_KEEP_ALL, 1 << 20, b), &err);
            images_free();
        }
}

int main(void)
{
    what_is_kept_is_there_and_nothing_else();
    every_slicing_gives_the_same_bytes();
    other_readers_find_it();
    what_a_jpeg_cannot_hold_is_left_out();
    long_exif_is_a_long_step();
    broken_exif_is_left_out();
    want_of_memory_is_told();
    images_free();
    blobs_free();
    return 0;
}
