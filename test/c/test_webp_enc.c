/* test_webp_enc.c - the WebP encoder against a plain call of libwebp's. */
#include "../../c_src/codecs/webp/webp_riff.h"
#include "webp_ref.h"
#include <webp/decode.h>
#include <webp/mux.h>

typedef struct {
    long steps, stop_at; /* as of a steps_budget */
    size_t limit;
    const tb_meta *meta;
    bool is_long; /* set: a step was long */
    size_t peak;  /* set */
    tb_error err; /* set */
} way;

static tb_status encode(image i, const tb_output *how, way *v, file *out)
{
    tb_mem mem = {.heap = &test_heap, .limit = v->limit};
    tb_bytes bytes = {.mem = &mem};
    tb_encode args = {.how = how, .meta = v->meta, .bytes = &bytes, .keep = TB_KEEP_ICC};
    tb_chain c = {.mem = &mem};
    steps_budget b = slice_of(0);
    tb_status status = TB_FAIL;

    b.base.long_ok = false;
    b.stop_at = v->stop_at;
    v->err = (tb_error){0};
    if (tb_chain_add(&c, &give, &i, -1) == 0 && tb_chain_add(&c, &tb_webp_enc, &args, 0) == 1)
        do {
            b.steps = v->steps ? v->steps : 1 << 20;
            status = tb_chain_run(&c, &b.base, &v->err);
            v->is_long |= b.base.long_ok |= status == TB_LONG;
        } while (status == TB_MORE || status == TB_LONG);
    v->peak = mem.peak;
    tb_chain_close(&c);
    *out = status == TB_DONE ? file_of_bytes(&bytes) : (file){NULL, 0};
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return status;
}

static file encoded(image i, const tb_output *how, long steps)
{
    way v = {.steps = steps};
    file f;
    tb_status status = encode(i, how, &v, &f);

    if (status != TB_DONE)
        printf("%s: %s\n", v.err.stage, v.err.text);
    CHECK(status == TB_DONE);
    return f;
}

/* As anybody would call it. */
static file judge(image i, const tb_output *how)
{
    WebPConfig config;
    WebPMemoryWriter writer;
    WebPPicture p;

    CHECK(WebPConfigInit(&config));
    config.quality = (float)how->quality;
    config.method = how->method;
    config.lossless = how->lossless;
    begin(&p, &writer, i.w, i.h);
    p.use_argb = 1;
    CHECK(i.c == 4 ? WebPPictureImportRGBA(&p, i.px, i.w * 4) : WebPPictureImportRGB(&p, i.px, i.w * 3));
    CHECK(WebPEncode(&config, &p));
    WebPPictureFree(&p);
    return written(&writer);
}

/* Alpha of a few sorts: noise, all opaque, one clear corner far down. */
static image cut_out(image i, int sort)
{
    for (int k = 0; i.c == 4 && sort > 0 && k < i.w * i.h; k++)
        i.px[4 * k + 3] = sort == 2 && k % i.w < 9 && k / i.w > i.h / 2 ? 0 : 255;
    return i;
}

static void encodes_as_libwebp_does(void)
{
    static const int sizes[][2] = {{1, 1}, {2, 3}, {5, 1}, {1, 6}, {16, 16}, {33, 47}, {70, 51}, {300, 2}};

    for (int n = 0; n < 8; n++)
        for (int method = 0; method < 7; method += 2)
            for (int sort = -1; sort < 3; sort++)
                for (int lossless = 0; lossless < 2; lossless++) {
                    int w = sizes[n][0], h = sizes[n][1], c = sort < 0 ? 3 : 4;
                    tb_output how = {.quality = 20 + method * 13, .method = method, .lossless = lossless};
                    image i = cut_out(method == 2 ? noise(w, h, c) : gradient(w, h, c), sort);
                    CHECK_SAME_FILE(encoded(i, &how, 1 + method), judge(i, &how));
                    images_free();
                    files_free();
                }
}

static uint8_t profile[4096];

static tb_meta meta_of(size_t size)
{
    for (size_t i = 0; i < size; i++)
        profile[i] = (uint8_t)(i * 7);
    return (tb_meta){.icc = profile, .icc_size = size};
}

static void check_profile(file f, const tb_meta *meta)
{
    WebPData data = {f.data, f.size}, icc;
    WebPMux *mux = WebPMuxCreate(&data, 1);

    CHECK(mux && WebPMuxGetChunk(mux, "ICCP", &icc) == WEBP_MUX_OK);
    CHECK(icc.size == meta->icc_size && !memcmp(icc.bytes, meta->icc, icc.size));
    WebPMuxDelete(mux);
}

/* The picture is as without a profile, and says as much of its alpha. */
static void check_picture(file f, file plain)
{
    WebPBitstreamFeatures a, b;
    int w, h;

    CHECK(WebPGetFeatures(f.data, f.size, &a) == VP8_STATUS_OK);
    CHECK(WebPGetFeatures(plain.data, plain.size, &b) == VP8_STATUS_OK);
    CHECK(a.width == b.width && a.height == b.height && a.has_alpha == b.has_alpha && a.format == b.format);
    uint8_t *p = WebPDecodeRGBA(f.data, f.size, &w, &h), *q = WebPDecodeRGBA(plain.data, plain.size, &w, &h);
    CHECK(p && q && !memcmp(p, q, (size_t)w * (size_t)h * 4));
    WebPFree(p);
    WebPFree(q);
}

static void a_profile_is_carried(void)
{
    static const size_t sizes[] = {1, 2, 131, 4096};

    for (int n = 0; n < 4; n++)
        for (int sort = -1; sort < 3; sort++)
            for (int lossless = 0; lossless < 2; lossless++) {
                tb_meta meta = meta_of(sizes[n]);
                tb_output how = {.quality = 80, .method = 2, .lossless = lossless};
                way v = {.meta = &meta};
                image i = cut_out(noise(21 + n * 20, 50, sort < 0 ? 3 : 4), sort);
                file f, plain = judge(i, &how);
                CHECK(encode(i, &how, &v, &f) == TB_DONE);
                check_profile(f, &meta);
                check_picture(f, plain);
                images_free();
                files_free();
            }
}

static file wrapped(file plain, const tb_meta *meta, size_t piece)
{
    tb_mem mem = {.heap = &test_heap};
    tb_bytes bytes = {.mem = &mem};
    const tb_outgoing what = {.icc = meta->icc, .icc_size = meta->icc_size};
    tb_webp_riff r = {.bytes = &bytes, .what = &what, .width = 30, .height = 40};

    for (size_t at = 0; at < plain.size; at += piece) {
        size_t left = plain.size - at;
        CHECK(tb_webp_riff_write(&r, plain.data + at, piece < left ? piece : left));
    }
    file f = file_of_bytes(&bytes);
    tb_bytes_close(&bytes);
    return f;
}

static void the_pieces_libwebp_writes_do_not_matter(void)
{
    for (int kind = 0; kind < 3; kind++) {
        tb_meta meta = meta_of(99);
        tb_output how = {.quality = 80, .lossless = kind == 1};
        file plain = judge(noise(30, 40, kind == 2 ? 4 : 3), &how);
        for (size_t piece = 1; piece < 50; piece++)
            CHECK_SAME_FILE(wrapped(plain, &meta, piece), wrapped(plain, &meta, plain.size));
        images_free();
        files_free();
    }
}

static void stops_when_asked(void)
{
    for (int kind = 0; kind < 3; kind++) {
        tb_output how = {.quality = 80, .method = 4, .lossless = kind == 1};
        image i = gradient(100, 80, kind == 2 ? 4 : 3);
        tb_status status = TB_FAIL;
        long n = 1;
        for (; status != TB_DONE; n++) {
            way v = {.stop_at = n};
            file f;
            status = encode(i, &how, &v, &f);
            CHECK(status == TB_DONE || (status == TB_FAIL && v.err.code == TB_E_CANCELLED));
        }
        CHECK(n > 10);
        images_free();
        files_free();
    }
}

static void survives_want_of_memory(void)
{
    for (int kind = 0; kind < 3; kind++) {
        tb_meta meta = meta_of(99);
        tb_output how = {.quality = 80, .lossless = kind == 1};
        image i = noise(150, 100, kind == 2 ? 4 : 3);
        for (long n = 0; lose_next(&n);) {
            way v = {.meta = &meta};
            file f;
            CHECK_LOSS(encode(i, &how, &v, &f), &v.err);
        }
        images_free();
        files_free();
    }
}

static void sides_are_limited(void)
{
    tb_output how = {.quality = 80, .method = 4};
    file f;

    for (int tall = 0; tall < 2; tall++) {
        way v = {0};
        image i = tall ? image_new(1, 16384, 3) : image_new(16384, 1, 3);
        CHECK(encode(i, &how, &v, &f) == TB_FAIL && v.err.code == TB_E_LIMIT);
    }
    way widest = {0};
    CHECK(encode(image_new(16383, 1, 3), &how, &widest, &f) == TB_DONE);
    images_free();
    files_free();
}

static void memory_is_counted(void)
{
    static const size_t kib[] = {300, 800, 6000}; /* too little for planes, for libwebp, and enough */
    tb_output how = {.quality = 80, .method = 4};
    image i = noise(500, 500, 3);
    file f;

    for (int n = 0; n < 3; n++) {
        way v = {.limit = kib[n] << 10};
        tb_status status = encode(i, &how, &v, &f);
        CHECK(status == (n < 2 ? TB_FAIL : TB_DONE) && v.err.code == (n < 2 ? TB_E_LIMIT : TB_E_NONE));
    }
    images_free();
    files_free();
}

static void a_wrong_wish_is_told(void)
{
    tb_output how = {.quality = 80, .method = 9};
    way v = {0};
    file f;

    CHECK(encode(noise(5, 5, 3), &how, &v, &f) == TB_FAIL && v.err.code == TB_E_UNSUPPORTED);
    images_free();
    files_free();
}

static bool is_long(image i, int method, bool lossless)
{
    tb_output how = {.quality = 80, .method = method, .lossless = lossless};
    way v = {0};
    file f;

    CHECK(encode(i, &how, &v, &f) == TB_DONE);
    return v.is_long;
}

static void only_small_pictures_are_done_in_a_slice(void)
{
    CHECK(!is_long(noise(40, 40, 3), 4, false));
    CHECK(is_long(noise(100, 100, 3), 4, false));
    CHECK(!is_long(cut_out(noise(40, 40, 4), 1), 4, false));
    CHECK(is_long(noise(40, 40, 4), 4, false));
    CHECK(!is_long(noise(16, 16, 4), 4, true));
    CHECK(is_long(noise(40, 40, 4), 4, true));
    images_free();
    files_free();
}

int main(void)
{
    tb_codecs_load();
    encodes_as_libwebp_does();
    a_profile_is_carried();
    the_pieces_libwebp_writes_do_not_matter();
    stops_when_asked();
    survives_want_of_memory();
    sides_are_limited();
    memory_is_counted();
    a_wrong_wish_is_told();
    only_small_pictures_are_done_in_a_slice();
    return 0;
}
