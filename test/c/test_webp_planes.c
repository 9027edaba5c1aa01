/* test_webp_planes.c - Y, U and V out of a WebP, and into one, beside libwebp's own; and jobs that
 * go by way of them show what those by way of RGB show. */
#include "plane_jobs.h"
#include "planes.h"
#include "webp_ref.h"
#include <webp/decode.h>

static int half(int n)
{
    return (n + 1) / 2;
}

/* --- libwebp's way */

static WebPConfig config_of(int quality, int method)
{
    WebPConfig c;

    CHECK(WebPConfigInit(&c));
    c.quality = (float)quality;
    c.method = method;
    return c;
}

static file webp(image i, int quality)
{
    WebPConfig c = config_of(quality, quality % 7);
    WebPPicture p;
    WebPMemoryWriter w;

    begin(&p, &w, i.w, i.h);
    CHECK(WebPPictureImportRGB(&p, i.px, i.w * 3) && WebPEncode(&c, &p));
    WebPPictureFree(&p);
    return written(&w);
}

static planes ref_planes(file f)
{
    int w, h, stride, half_stride;
    uint8_t *u, *v, *y = WebPDecodeYUV(f.data, f.size, &w, &h, &u, &v, &stride, &half_stride);
    planes out = {{image_new(w, h, 1), image_new(half(w), half(h), 1), image_new(half(w), half(h), 1)}};

    CHECK(y);
    for (int r = 0; r < h; r++)
        memcpy(out.of[0].px + r * w, y + r * stride, (size_t)w);
    for (int r = 0; r < half(h); r++) {
        memcpy(out.of[1].px + r * half(w), u + r * half_stride, (size_t)half(w));
        memcpy(out.of[2].px + r * half(w), v + r * half_stride, (size_t)half(w));
    }
    WebPFree(y);
    return out;
}

static file ref_encode_planes(planes p, int quality, int method)
{
    WebPConfig c = config_of(quality, method);
    WebPPicture picture;
    WebPMemoryWriter w;

    begin(&picture, &w, p.of[0].w, p.of[0].h);
    picture.y = p.of[0].px;
    picture.u = p.of[1].px;
    picture.v = p.of[2].px;
    picture.y_stride = p.of[0].w;
    picture.uv_stride = p.of[1].w;
    CHECK(WebPEncode(&c, &picture));
    return written(&w);
}

/* --- the decoder */

static const int shapes[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 5}, {16, 16}, {17, 33}, {64, 48}, {131, 77}};

#define SHAPES ((int)(sizeof shapes / sizeof *shapes))

typedef struct {
    int y, height; /* height 0 = all */
    size_t piece;  /* bytes that come at once; 0 = all */
    long steps;
    bool keep;
} way;

static tb_status try_decode(file f, way w, planes *out, tb_error *err)
{
    static tb_limits limits;
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_input in = {.data = f.data, .end = f.size, .safe = w.piece ? 0 : f.size, .ended = true};
    tb_header h = {.format = TB_WEBP, .channels = 3, .components = 3, .chroma_x = 2, .chroma_y = 2};
    tb_decode how = {.input = &in, .header = &h, .limits = &limits, .keep_truncated = w.keep, .shrink = 1};
    image *to[3] = {&out->of[0], &out->of[1], &out->of[2]};
    tb_status status = TB_FAIL;

    CHECK(WebPGetInfo(f.data, f.size, &h.width, &h.height));
    how.region = (tb_rect){0, w.y, h.width, w.height ? w.height : h.height};
    if (tb_chain_add(&c, &tb_webp_planes_dec, &how, -1) == 0 && keep_planes(&c, to))
        do {
            in.safe = f.size - in.safe < w.piece || !w.piece ? f.size : in.safe + w.piece;
            status = run_chain(&c, w.steps ? w.steps : 1 << 30, err);
        } while (status == TB_HUNGRY && in.safe < f.size);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

static planes decode(file f, way w)
{
    planes out;
    tb_error err = {0};

    CHECK(try_decode(f, w, &out, &err) == TB_DONE);
    return out;
}

static void planes_are_those_that_libwebp_gives(void)
{
    static const way ways[] = {{.steps = 1}, {.piece = 1}, {.piece = 300, .steps = 3}, {.piece = 1000}};

    for (int n = 0; n < SHAPES; n++)
        for (int quality = 20; quality <= 100; quality += 16) {
            file f = webp(waves(shapes[n][0], shapes[n][1]), quality);
            planes want = ref_planes(f);
            for (int i = 0; i < 4; i++)
                CHECK_SAME_PLANES(decode(f, ways[i]), want);
            images_free();
            files_free();
        }
}

static void of_a_region_all_columns_come(void)
{
    file f = webp(waves(75, 90), 80);
    planes want = ref_planes(f);

    for (int y = 0; y < 90; y += 7)
        for (int end = y + 1; end <= 90; end += 11) {
            planes got = decode(f, (way){.y = y, .height = end - y, .piece = 700});
            for (int k = 0; k < 3; k++)
                CHECK_SAME(got.of[k], lines(want.of[k], k ? 2 : 1, y, end));
        }
    images_free();
    files_free();
}

static void rows_that_are_there_are_kept(void)
{
    file f = webp(waves(120, 200), 90);
    planes want = ref_planes(f), got;
    tb_error err = {0};

    f.size -= f.size / 3;
    CHECK(try_decode(f, (way){.piece = 500}, &got, &err) == TB_FAIL && err.code == TB_E_TRUNCATED);
    err = (tb_error){0};
    CHECK(try_decode(f, (way){.piece = 500, .keep = true}, &got, &err) == TB_DONE && err.warnings == 1);
    for (int k = 0; k < 3; k++) {
        CHECK(got.of[k].h == want.of[k].h);
        CHECK(!memcmp(got.of[k].px, want.of[k].px, image_size(want.of[k]) / 3));
        CHECK(got.of[k].px[image_size(got.of[k]) - 1] == (k ? 128 : 126)); /* grey */
    }
    images_free();
    files_free();
}

/* --- jobs */

static double apart(image a, image b)
{
    double sum = 0;

    CHECK(a.w == b.w && a.h == b.h);
    for (size_t i = 0; i < image_size(a); i++)
        sum += (a.px[i] - b.px[i]) * (a.px[i] - b.px[i]);
    return decibels(sum / (double)image_size(a));
}

static void check_alike(file f, wish w)
{
    bool by_planes, by_rgb;
    w.rgb = false;
    planes one = ref_planes(result_of(f, &w, &by_planes));
    w.rgb = true;
    planes two = ref_planes(result_of(f, &w, &by_rgb));
    double luma = apart(one.of[0], two.of[0]),
           chroma = fmin(apart(one.of[1], two.of[1]), apart(one.of[2], two.of[2]));

    CHECK(by_planes && !by_rgb);
    if (luma < 48 || chroma < 44) {
        printf("op %d, %d ops: luma %.1f dB, chroma %.1f dB\n", w.op[0].kind, w.count, luma, chroma);
        exit(1);
    }
}

static wish wish_of(tb_op op)
{
    return (wish){.op = {op}, .count = 1, .output = {.format = TB_WEBP, .quality = 100, .method = 2}};
}

static void each_operation_shows_what_rgb_shows(void)
{
    const tb_op ops[] = {resize_to(0, 60),
                         resize_to(37, 0),
                         resize_to(250, 0),
                         crop_to(0, 0, 110, 110),
                         crop_to(5, 3, 101, 99),
                         flip_to(TB_HORIZONTAL),
                         flip_to(TB_VERTICAL),
                         turn_by(90),
                         blur_by(3)};

    for (int odd = 0; odd < 2; odd++)
        for (int n = 0; n < (int)(sizeof ops / sizeof *ops); n++) {
            image i = waves(160 + odd, 120 + odd);
            check_alike(webp(i, 100), wish_of(ops[n]));
            check_alike(ref_encode(i, (recipe){.quality = 100, .h = 1 + odd, .v = 1 + odd}), wish_of(ops[n]));
            images_free();
            files_free();
        }
}

static bool goes_apart(file f, tb_output output)
{
    wish w = wish_of(resize_to(30, 0));
    bool by_planes;

    w.output = output;
    result_of(f, &w, &by_planes);
    return by_planes;
}

static void only_what_can_goes_apart(void)
{
    const tb_output lossy = {.format = TB_WEBP, .quality = 80, .method = 1},
                    lossless = {.format = TB_WEBP, .quality = 80, .method = 1, .lossless = true},
                    jpeg = {.format = TB_JPEG, .quality = 80}, png = {.format = TB_PNG, .level = 1};
    image i = waves(64, 48);
    file from_webp = webp(i, 80), from_jpeg = ref_encode(i, (recipe){.h = 2, .v = 2});
    file from_lossless = file_of(NULL, 0);
    uint8_t *data;

    CHECK(goes_apart(from_webp, lossy) && goes_apart(from_jpeg, lossy) && goes_apart(from_jpeg, jpeg));
    CHECK(!goes_apart(from_webp, lossless) && !goes_apart(from_webp, jpeg) && !goes_apart(from_webp, png));
    size_t size = WebPEncodeLosslessRGB(i.px, i.w, i.h, i.w * 3, &data);
    from_lossless = file_of(data, size);
    WebPFree(data);
    CHECK(!goes_apart(from_lossless, lossy));
    images_free();
    files_free();
}

/* Nothing is done to it: then the planes are libwebp's, and so is the file. */
static void what_is_left_alone_is_encoded_as_it_was(void)
{
    for (int n = 0; n < SHAPES; n++) {
        file f = webp(waves(shapes[n][0], shapes[n][1]), 80);
        wish w = {.output = {.format = TB_WEBP, .quality = 70, .method = 3}};
        bool by_planes;
        file got = result_of(f, &w, &by_planes), want = ref_encode_planes(ref_planes(f), 70, 3);
        CHECK(by_planes);
        CHECK_SAME_FILE(got, want);
        images_free();
        files_free();
    }
}

static void the_slicing_does_not_show(void)
{
    check_slicings(webp(waves(161, 121), 80), wish_of(resize_to(50, 50)));
    images_free();
    files_free();
}

static void any_failed_allocation_is_survived(void)
{
    job_survives_no_memory(webp(waves(81, 61), 80), wish_of(resize_to(50, 50)));
    images_free();
    files_free();
}

int main(void)
{
    tb_codecs_load();
    planes_are_those_that_libwebp_gives();
    of_a_region_all_columns_come();
    rows_that_are_there_are_kept();
    each_operation_shows_what_rgb_shows();
    only_what_can_goes_apart();
    what_is_left_alone_is_encoded_as_it_was();
    the_slicing_does_not_show();
    any_failed_allocation_is_survived();
    return 0;
}
