/* test_webp_dec.c - the WebP decoder against libwebp's one-call decoder. */
#include "../../c_src/codecs/webp/webp_cost.h"
#include "webp_ref.h"
#include <webp/decode.h>
#include <webp/mux.h>

typedef enum { LOSSY, FINE, COARSE, FAST, PARTITIONS, SIMPLE, LOSSLESS, RAW_ALPHA, KINDS } kind;

/* Alpha of a few sorts: a soft spot, noise, all or nothing, a slope. */
static image cut_out(image i, int sort)
{
    uint32_t seed = 11;

    for (int k = 0; i.c == 4 && k < i.w * i.h; k++) {
        int x = k % i.w - i.w / 2, y = k / i.w - i.h / 2, far = x * x + y * y;
        uint32_t r = next_random(&seed);
        int alpha = sort == 0   ? 255 - far
                    : sort == 1 ? (int)(r >> 24)
                    : sort == 2 ? (far < i.w * i.h / 8) * 255
                                : (k % i.w * 9 + k / i.w) % 256;
        i.px[4 * k + 3] = (uint8_t)(alpha < 0 ? 0 : alpha);
    }
    return i;
}

static WebPConfig config_of(kind k)
{
    WebPConfig c;

    CHECK(WebPConfigInit(&c));
    c.quality = k == FINE ? 98 : k == COARSE ? 5 : 75;
    c.method = k == FAST ? 0 : k == PARTITIONS ? 2 : 4; /* more than one from 0 to 2 only */
    c.partitions = k == PARTITIONS ? 3 : 0;
    c.filter_type = k != SIMPLE;
    c.filter_strength = k == FINE ? 0 : 60;
    c.lossless = k == LOSSLESS;
    c.exact = 1;
    c.alpha_compression = k != RAW_ALPHA;
    return c;
}

static file encode(image i, kind k)
{
    WebPConfig config = config_of(k);
    WebPMemoryWriter writer;
    WebPPicture p;

    begin(&p, &writer, i.w, i.h);
    p.use_argb = k == LOSSLESS;
    CHECK(i.c == 4 ? WebPPictureImportRGBA(&p, i.px, i.w * 4) : WebPPictureImportRGB(&p, i.px, i.w * 3));
    CHECK(WebPEncode(&config, &p));
    WebPPictureFree(&p);
    return written(&writer);
}

static image judge(file f)
{
    int w, h;
    WebPBitstreamFeatures features;
    CHECK(WebPGetFeatures(f.data, f.size, &features) == VP8_STATUS_OK);
    int c = features.has_alpha ? 4 : 3;
    uint8_t *px = c == 4 ? WebPDecodeRGBA(f.data, f.size, &w, &h) : WebPDecodeRGB(f.data, f.size, &w, &h);
    CHECK(px);
    image i = image_new(w, h, c);
    memcpy(i.px, px, image_size(i));
    WebPFree(px);
    return i;
}

/* How to run: in pieces of so many bytes, slices of so many steps. */
typedef struct {
    size_t piece;
    long steps;
    tb_rect region; /* width 0: all */
    bool keep;
    size_t limit; /* of memory; 0 = none */
    bool is_long; /* set: a step was long */
    size_t peak;  /* set */
    tb_error err; /* set */
} way;

/* The bytes that have come, in a block of just their size, at a new place. */
static void come(tb_input *in, file f, size_t n)
{
    uint8_t *moved = malloc(n + 1);

    if (n)
        memcpy(moved, f.data, n);
    free((void *)(uintptr_t)in->data);
    in->data = moved;
    in->end = n;
    in->ended = n == f.size;
}

static tb_status walk_on(tb_walk *w, tb_input *in, tb_header *h, tb_error *err)
{
    tb_status status;

    do
        status = tb_walk_step(w, in, h, err);
    while (status == TB_MORE);
    return status;
}

static tb_status run_on(tb_chain *c, way *v)
{
    tb_status status;

    do {
        steps_budget b = slice_of(v->steps);
        b.base.long_ok = v->is_long;
        status = tb_chain_run(c, &b.base, &v->err);
        v->is_long |= status == TB_LONG;
    } while (status == TB_MORE || status == TB_LONG);
    return status;
}

static tb_status decode(file f, way *v, image *out)
{
    tb_mem mem = {.heap = &test_heap, .limit = v->limit};
    tb_chain c = {.mem = &mem};
    tb_input in = {0};
    static tb_header h;
    tb_limits limits = tb_default_limits;
    tb_walk w = {.limits = &limits};
    tb_decode how = {.input = &in,
                     .header = &h,
                     .limits = &limits,
                     .keep_truncated = v->keep,
                     .shrink = 1,
                     .region = v->region};
    tb_status status = TB_HUNGRY, walked = TB_HUNGRY;

    memset(&h, 0, sizeof h);
    v->err = (tb_error){0};
    v->is_long = false;
    limits.max_side = 0;
    while (status == TB_HUNGRY && !in.ended) {
        size_t left = f.size - in.end;
        come(&in, f, in.end + (v->piece && v->piece < left ? v->piece : left));
        if (walked == TB_HUNGRY)
            walked = walk_on(&w, &in, &h, &v->err);
        if (walked == TB_FAIL)
            status = TB_FAIL;
        if (status == TB_FAIL || !(w.known || walked == TB_DONE))
            continue;
        if (how.region.width == 0)
            how.region = (tb_rect){0, 0, h.width, h.height};
        if (c.count == 0 &&
            (tb_chain_add(&c, &tb_webp_dec, &how, -1) != 0 || tb_chain_add(&c, &keep, &out, 0) != 1))
            status = TB_FAIL;
        else
            status = run_on(&c, v);
    }
    v->peak = mem.peak;
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    free((void *)(uintptr_t)in.data);
    return status;
}

static image decoded(file f, size_t piece, long steps, tb_rect region)
{
    way v = {.piece = piece, .steps = steps, .region = region};
    image out = {0};

    if (decode(f, &v, &out) != TB_DONE) {
        printf("%s: %s\n", v.err.stage ? v.err.stage : "?", v.err.text);
        CHECK(false);
    }
    return out;
}

static const tb_rect all = {0};

static void decodes_as_libwebp_does(void)
{
    static const int sizes[][2] = {{1, 1},   {2, 1},   {1, 2},    {3, 5},   {16, 16},
                                   {17, 33}, {64, 48}, {130, 97}, {400, 3}, {3, 400}};

    for (int i = 0; i < 10; i++)
        for (kind k = 0; k < KINDS; k++)
            for (int sort = -1; sort < 3; sort++) {
                int w = sizes[i][0], h = sizes[i][1], c = sort < 0 ? 3 : 4;
                file f = encode(cut_out(k % 2 ? noise(w, h, c) : gradient(w, h, c), sort), k);
                CHECK_SAME(decoded(f, 0, 1 << 20, all), judge(f));
                images_free();
                files_free();
            }
}

static void every_piece_and_slicing_gives_the_same_pixels(void)
{
    static const size_t pieces[] = {1, 7, 1000, 0};

    for (kind k = 0; k < KINDS; k++)
        for (int c = 3; c <= 4; c++)
            for (int i = 0; i < 4; i++) {
                file f = encode(cut_out(k % 2 ? noise(40, 45, c) : gradient(90, 70, c), 0), k);
                CHECK_SAME(decoded(f, pieces[i], 2 + i * 3, all), judge(f));
                images_free();
                files_free();
            }
}

static image cropped(image i, tb_rect r)
{
    image out = image_new(r.width, r.height, i.c);
    size_t n = (size_t)r.width * (size_t)i.c;

    for (int y = 0; y < r.height; y++)
        memcpy(out.px + (size_t)y * n, i.px + ((size_t)(r.y + y) * (size_t)i.w + (size_t)r.x) * (size_t)i.c,
               n);
    return out;
}

static int below(uint32_t *seed, int n)
{
    return (int)(next_random(seed) % (uint32_t)n);
}

static void a_region_is_cut_out_of_the_whole(void)
{
    uint32_t seed = 3;

    for (kind k = 0; k < KINDS; k++)
        for (int sort = -1; sort < 4; sort++) {
            int c = sort < 0 ? 3 : 4;
            int w = 20 + below(&seed, 80), h = 20 + below(&seed, 80);
            file f = encode(cut_out(noise(w, h, c), sort), k);
            image whole = judge(f);
            for (int i = 0; i < 25; i++) {
                int x = below(&seed, w), y = below(&seed, h);
                tb_rect r = {x, y, 1 + below(&seed, w - x), 1 + below(&seed, h - y)};
                CHECK_SAME(decoded(f, i % 3 ? 0 : 97, 5, r), cropped(whole, r));
            }
            images_free();
            files_free();
        }
}

static void a_region_takes_less_memory(void)
{
    file f = encode(gradient(600, 600, 3), LOSSY);
    way part = {.steps = 100, .region = {300, 300, 50, 50}}, whole = {.steps = 100};
    image out;

    CHECK(decode(f, &part, &out) == TB_DONE && decode(f, &whole, &out) == TB_DONE);
    CHECK(whole.peak > part.peak + 900 * 1000);
    images_free();
    files_free();
}

/* All the rows it has are right, the others are of one colour. */
static void check_kept(image got, image whole)
{
    size_t n = (size_t)whole.w * (size_t)whole.c;
    int y = 0;

    CHECK(got.w == whole.w && got.h == whole.h && got.c == whole.c);
    while (y < got.h && !memcmp(got.px + (size_t)y * n, whole.px + (size_t)y * n, n))
        y++;
    for (size_t i = (size_t)y * n; i < image_size(got); i++)
        CHECK(got.px[i] == (got.c == 4 ? 0 : 0x80));
}

static void every_truncation_is_told_or_kept(void)
{
    for (kind k = 0; k < KINDS; k++) {
        file f = encode(cut_out(gradient(50, 60, k % 2 ? 4 : 3), 0), k);
        image whole = judge(f), out;
        for (size_t n = 12; n < f.size; n++) {
            way fails = {.steps = 50}, keeps = {.steps = 50, .keep = true, .piece = 300};
            file part = {f.data, n};
            tb_status status = decode(part, &fails, &out);
            if (status == TB_DONE) /* the last bytes tell nothing new */
                CHECK_SAME(out, whole);
            else
                CHECK(status == TB_FAIL && fails.err.code == TB_E_TRUNCATED);
            CHECK(status == TB_FAIL || n + 20 > f.size);
            if (decode(part, &keeps, &out) == TB_DONE)
                check_kept(out, whole);
            else
                CHECK(keeps.err.code == TB_E_TRUNCATED && (k == RAW_ALPHA || n < 800));
        }
        images_free();
        files_free();
    }
}

static void the_rows_that_are_there_are_kept(void)
{
    file f = encode(noise(64, 160, 4), LOSSY);
    image whole = judge(f), out;
    way v = {.steps = 1000, .keep = true};
    file part = {f.data, f.size * 3 / 4};

    CHECK(decode(part, &v, &out) == TB_DONE && v.err.warnings == 1);
    CHECK(!memcmp(out.px, whole.px, 64 * 4 * 15)); /* and the alpha before them is whole */
    CHECK(out.px[image_size(out) - 1] == 0);
    images_free();
    files_free();
}

static void damage_never_harms(void)
{
    uint32_t seed = 5;

    for (kind k = 0; k < KINDS; k++) {
        file f = encode(cut_out(noise(45, 40, k % 2 ? 4 : 3), (int)k % 3), k);
        file bad = file_of(f.data, f.size);
        for (int i = 0; i < 250; i++) {
            image out;
            way v = {.steps = 50, .piece = i % 2 ? 0 : 500, .keep = i % 4 > 1};
            memcpy(bad.data, f.data, f.size);
            for (int flips = 1 + below(&seed, 3); flips > 0; flips--)
                bad.data[below(&seed, i % 3 ? (int)f.size : 200)] ^= (uint8_t)(1 << below(&seed, 8));
            tb_status status = decode(bad, &v, &out);
            CHECK(status == TB_DONE || (status == TB_FAIL && v.err.code != TB_E_NONE));
        }
        images_free();
        files_free();
    }
}

static void the_second_reading_must_agree(void)
{
    file f = encode(gradient(20, 30, 3), LOSSY);
    tb_mem mem = {.heap = &test_heap};

    for (int i = 0; i < 3; i++) {
        static tb_header h;
        h.format = TB_WEBP;
        h.width = 20 + (i == 1);
        h.height = 30;
        h.channels = 3;
        h.animated = i == 2;
        tb_input in = {.data = f.data, .safe = f.size, .end = f.size, .ended = true};
        tb_decode how = {.input = &in,
                         .header = &h,
                         .limits = &tb_default_limits,
                         .shrink = 1,
                         .region = {0, 0, h.width, h.height}};
        tb_chain c = {.mem = &mem};
        tb_error err = {0};
        image out, *to = &out;
        CHECK(tb_chain_add(&c, &tb_webp_dec, &how, -1) == 0 && tb_chain_add(&c, &keep, &to, 0) == 1);
        CHECK(run_chain(&c, 1000, &err) == (i == 0 ? TB_DONE : TB_FAIL));
        CHECK(err.code == (i == 0 ? TB_E_NONE : i == 1 ? TB_E_CORRUPT : TB_E_UNSUPPORTED));
        tb_chain_close(&c);
    }
    images_free();
    files_free();
}

/* libwebp itself does not: some versions give back a pointer that they never got. */
static void we_survive_want_of_memory(void)
{
    for (kind k = LOSSY; k < KINDS; k += LOSSLESS) {
        file f = encode(gradient(60, 60, 4), k);
        for (long n = 0; lose_next(&n);) {
            image out;
            way v = {.steps = 1000};
            CHECK_LOSS(decode(f, &v, &out), &v.err);
        }
        images_free();
        files_free();
    }
}

static void a_limit_of_memory_is_a_limit(void)
{
    file f = encode(gradient(600, 600, 3), LOSSLESS);
    way v = {.steps = 1000, .limit = 1100 * 1000}, enough = {.steps = 1000, .limit = 3 << 20};
    image out;

    CHECK(decode(f, &v, &out) == TB_FAIL && v.err.code == TB_E_LIMIT);
    v.limit = 2 << 20; /* the pixels, but not libwebp's */
    CHECK(decode(f, &v, &out) == TB_FAIL && v.err.code == TB_E_LIMIT);
    CHECK(decode(f, &enough, &out) == TB_DONE);
    images_free();
    files_free();
}

/* Least significant bit first. */
typedef struct {
    uint8_t *data;
    size_t bits;
} bit_writer;

static void put(bit_writer *w, unsigned value, int n)
{
    for (int i = 0; i < n; i++, w->bits++)
        w->data[w->bits / 8] |= (uint8_t)((value >> i & 1) << (w->bits % 8));
}

/* All of 256 literals, eight bits each; `tail` more symbols are not used. */
static void put_flat_code(bit_writer *w, int tail)
{
    static const int order[12] = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8};

    put(w, 0, 1);
    put(w, 12 - 4, 4);
    for (int i = 0; i < 12; i++)
        put(w, order[i] == 0 || order[i] == 8, 3);
    put(w, 0, 1);
    for (int i = 0; i < 256 + tail; i++)
        put(w, i < 256, 1);
}

static unsigned mirrored(unsigned byte)
{
    unsigned m = 0;

    for (int i = 0; i < 8; i++)
        m |= (byte >> i & 1) << (7 - i);
    return m;
}

/* A lossless picture of one colour, all of whose blocks of 4x4 pixels name
 * another group of prefix codes. */
static file many_groups(int side, int groups)
{
    int blocks = (side / 4) * (side / 4);
    file f = keep_file((file){calloc((size_t)blocks * 2 + (size_t)groups * 3 + 600, 1), 0});
    bit_writer w = {f.data + 20, 0};

    put(&w, 0x2f, 8);
    put(&w, (unsigned)side - 1, 14);
    put(&w, (unsigned)side - 1, 14);
    put(&w, 0, 1 + 3);
    put(&w, 0, 1 + 1); /* no transform, no cache */
    put(&w, 1, 1 + 3); /* groups, of 4x4 pixels */
    put(&w, 0, 1);
    put_flat_code(&w, 24);
    put_flat_code(&w, 0);
    for (int i = 0; i < 3; i++)
        put(&w, 1, 4);
    for (int i = 0; i < blocks; i++) {
        put(&w, mirrored((unsigned)(i % groups) & 255), 8);
        put(&w, mirrored((unsigned)(i % groups) >> 8), 8);
    }
    for (int i = 0; i < groups * 5; i++)
        put(&w, 1, 4);
    uint32_t size = (uint32_t)(w.bits / 8 + 10) & ~1u, riff = size + 12;
    memcpy(f.data, "RIFF....WEBPVP8L", 16);
    for (int i = 0; i < 4; i++) {
        f.data[4 + i] = (uint8_t)(riff >> 8 * i);
        f.data[16 + i] = (uint8_t)(size >> 8 * i);
    }
    f.size = size + 20;
    return f;
}

static void prefix_codes_are_counted_before_libwebp_makes_tables_of_them(void)
{
    file few = many_groups(256, 900), many = many_groups(1024, 65536);
    way v = {.steps = 1000, .limit = 64 << 20}, w = {.steps = 1000, .limit = 256 << 20, .piece = 20000};
    image out;

    CHECK_SAME(decoded(few, 0, 1000, all), judge(few));
    CHECK(decode(few, &v, &out) == TB_DONE && v.peak > 10 << 20);
    CHECK(decode(many, &w, &out) == TB_FAIL && w.err.code == TB_E_LIMIT);
    CHECK(w.peak < 8 << 20);
    images_free();
    files_free();
}

/* The frame of a lossy picture without other chunks. */
static tb_vp8 head_of(file f, size_t *tokens)
{
    const uint8_t *frame = f.data + 20;
    size_t size = 10 + (size_t)((frame[0] | frame[1] << 8 | frame[2] << 16) >> 5);

    *tokens = f.size - 20 - size;
    return tb_vp8_read(frame, size);
}

static void no_macroblock_is_smaller_than_its_head_says(void)
{
    for (kind k = 0; k < LOSSLESS; k++)
        for (int sort = 0; sort < 3; sort++) {
            size_t tokens;
            image i = sort == 0   ? noise(200, 100, 3)
                      : sort == 1 ? gradient(200, 100, 3)
                                  : image_new(200, 100, 3);
            file f = encode(i, k);
            tb_vp8 v = head_of(f, &tokens);
            CHECK(v.partitions == (k == PARTITIONS ? 8 : 1));
            CHECK(v.skips == ((k == FAST || k == PARTITIONS) && sort == 2));
            CHECK(v.skips || tokens * 8 * 1024 >= (size_t)v.bits * 13 * 7);
            CHECK(sort != 0 || v.bits > 1024);
            images_free();
            files_free();
        }
}

static bool is_long(file f)
{
    way v = {.steps = 1000};
    image out;

    CHECK(decode(f, &v, &out) == TB_DONE);
    images_free();
    files_free();
    return v.is_long;
}

static void only_what_cannot_be_cut_is_long(void)
{
    CHECK(!is_long(encode(noise(64, 64, 3), LOSSY)));
    CHECK(!is_long(encode(gradient(900, 600, 3), LOSSY)));
    CHECK(!is_long(encode(image_new(900, 600, 3), LOSSY)));
    CHECK(is_long(encode(image_new(900, 600, 3), FAST))); /* macroblocks of no bytes */
    CHECK(is_long(encode(noise(900, 600, 3), LOSSLESS)));
    CHECK(is_long(encode(image_new(900, 600, 3), LOSSLESS)));
    CHECK(!is_long(encode(noise(50, 50, 3), LOSSLESS)));
    CHECK(is_long(encode(image_new(9000, 40, 3), LOSSY))); /* a row of them takes too long */
    CHECK(!is_long(encode(cut_out(gradient(300, 200, 4), 0), LOSSY)));
}

int main(void)
{
    we_survive_want_of_memory();
    a_limit_of_memory_is_a_limit();
    prefix_codes_are_counted_before_libwebp_makes_tables_of_them();
    tb_codecs_load(); /* from here, libwebp's memory is the job's */
    decodes_as_libwebp_does();
    every_piece_and_slicing_gives_the_same_pixels();
    a_region_is_cut_out_of_the_whole();
    a_region_takes_less_memory();
    every_truncation_is_told_or_kept();
    the_rows_that_are_there_are_kept();
    damage_never_harms();
    the_second_reading_must_agree();
    a_limit_of_memory_is_a_limit();
    prefix_codes_are_counted_before_libwebp_makes_tables_of_them();
    no_macroblock_is_smaller_than_its_head_says();
    only_what_cannot_be_cut_is_long();
    return 0;
}
