/* test_webp_anim.c - an animated WebP, frame by frame, as libwebp's own demuxer plays it. */
#include "../../c_src/reel.h"
#include "files.h"
#include <webp/decode.h>
#include <webp/demux.h>

#define FRAMES 5

/* What may differ from frame to frame: all, a part, a pixel in the corner, nothing. */
static image frame_of(int k, int w, int h, int c)
{
    image i = gradient(w, h, c);
    size_t px = (size_t)c;

    if (k == 1)
        for (int y = h / 3; y < h - h / 4; y++)
            memset(i.px + ((size_t)y * (size_t)w + (size_t)w / 2) * px, 40, (size_t)(w - w / 2) * px);
    if (k == 2)
        memset(i.px + image_size(i) - px, 200, px);
    if (k == 4)
        return noise(w, h, c);
    return i; /* 3 is as 0 */
}

typedef struct {
    tb_output how;
    tb_meta *meta;
    long steps;
} manner;

/* All frames, each through a chain of its own.  False where it failed. */
static bool encode(int w, int h, int c, const manner *m, file *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_bytes bytes = {.mem = &mem};
    tb_reel reel = {0};
    tb_status status = TB_DONE;

    for (int k = 0; k < FRAMES && status == TB_DONE; k++) {
        image in = frame_of(k, w, h, c);
        tb_encode e = {.how = &m->how, .meta = m->meta, .bytes = &bytes, .keep = TB_KEEP_ALL, .reel = &reel};
        e.frame = k;
        e.frames = FRAMES;
        e.delay = 10u + 100u * (unsigned)k;
        e.loop = 7;
        tb_chain chain = {.mem = &mem};
        bool there =
            tb_chain_add(&chain, &give, &in, -1) == 0 && tb_chain_add(&chain, &tb_webp_anim, &e, 0) == 1;
        status = there ? run_chain(&chain, m->steps, err) : TB_FAIL;
        tb_chain_close(&chain);
    }
    if (status == TB_DONE)
        *out = file_of_bytes(&bytes);
    tb_bytes_close(&bytes);
    tb_reel_close(&reel, &mem);
    CHECK(mem.used == 0);
    return status == TB_DONE;
}

/* As it is shown: the canvas after frame k of those before it. */
static void check_frames(file f, int w, int h, int c, bool exact)
{
    WebPAnimDecoderOptions options;
    WebPAnimInfo info;
    WebPData data = {f.data, f.size};

    CHECK(WebPAnimDecoderOptionsInit(&options));
    WebPAnimDecoder *d = WebPAnimDecoderNew(&data, &options);
    CHECK(d && WebPAnimDecoderGetInfo(d, &info));
    CHECK(info.canvas_width == (uint32_t)w && info.canvas_height == (uint32_t)h);
    CHECK(info.frame_count == FRAMES && info.loop_count == 7);
    for (int k = 0, at = 0; k < FRAMES; k++) {
        image want = frame_of(k, w, h, c);
        uint8_t *got;
        int ms;
        CHECK(WebPAnimDecoderGetNext(d, &got, &ms));
        at += 10 + 100 * k;
        CHECK(ms == at);
        for (size_t i = 0; exact && i < (size_t)w * (size_t)h; i++)
            CHECK(memcmp(got + 4 * i, want.px + (size_t)c * i, (size_t)c) == 0);
    }
    CHECK(!WebPAnimDecoderHasMoreFrames(d));
    WebPAnimDecoderDelete(d);
}

static manner lossless(void)
{
    return (manner){.how = {.format = TB_WEBP, .quality = 50, .method = 0, .lossless = true}, .steps = 1000};
}

static void each_frame_is_shown_as_it_came(void)
{
    static const int sides[][2] = {{1, 1}, {2, 1}, {1, 5}, {17, 9}, {40, 33}};
    tb_error err = {0};
    file f;

    for (int i = 0; i < 5; i++) {
        manner m = lossless();
        int w = sides[i][0], h = sides[i][1];
        CHECK(encode(w, h, 3, &m, &f, &err));
        check_frames(f, w, h, 3, true);
        m.how.lossless = false;
        for (int c = 3; c <= 4; c++) {
            CHECK(encode(w, h, c, &m, &f, &err));
            check_frames(f, w, h, c, false);
        }
        images_free();
        files_free();
    }
}

static void only_what_has_changed_is_written(void)
{
    manner m = lossless();
    tb_error err = {0};
    file f;
    WebPIterator it;

    CHECK(encode(40, 33, 3, &m, &f, &err));
    WebPDemuxer *d = WebPDemux(&(WebPData){f.data, f.size});
    CHECK(d && WebPDemuxGetFrame(d, 1, &it));
    CHECK(it.width == 40 && it.height == 33 && it.x_offset == 0 && it.y_offset == 0);
    CHECK(WebPDemuxNextFrame(&it));
    CHECK(it.x_offset == 20 && it.y_offset == 10 && it.width == 20 && it.height == 15);
    CHECK(WebPDemuxNextFrame(&it)); /* what was changed is as it was, and the corner is another */
    CHECK(it.x_offset == 20 && it.y_offset == 10 && it.width == 20 && it.height == 23);
    CHECK(WebPDemuxNextFrame(&it));
    CHECK(it.x_offset == 38 && it.y_offset == 32 && it.width == 2 && it.height == 1);
    WebPDemuxReleaseIterator(&it);
    WebPDemuxDelete(d);
    images_free();
    files_free();
}

static void slices_do_not_show(void)
{
    manner m = lossless();
    tb_error err = {0};
    file f, other;

    CHECK(encode(40, 33, 4, &m, &f, &err));
    for (long steps = 1; steps < 20; steps += 3) {
        m.steps = steps;
        CHECK(encode(40, 33, 4, &m, &other, &err));
        CHECK_SAME_FILE(other, f);
    }
    images_free();
    files_free();
}

static void metadata_goes_along(void)
{
    static uint8_t icc[] = "a profile", xmp[] = "<x/>";
    tb_meta meta = {.icc = icc, .icc_size = sizeof icc - 1, .xmp = xmp, .xmp_size = sizeof xmp - 1};
    manner m = lossless();
    tb_error err = {0};
    WebPChunkIterator it;
    file f;

    m.meta = &meta;
    CHECK(encode(17, 9, 3, &m, &f, &err));
    check_frames(f, 17, 9, 3, true);
    WebPDemuxer *d = WebPDemux(&(WebPData){f.data, f.size});
    CHECK(d && WebPDemuxGetI(d, WEBP_FF_FORMAT_FLAGS) == (ICCP_FLAG | XMP_FLAG | ANIMATION_FLAG));
    CHECK(WebPDemuxGetChunk(d, "ICCP", 1, &it) && it.chunk.size == 9 && !memcmp(it.chunk.bytes, icc, 9));
    WebPDemuxReleaseChunkIterator(&it);
    CHECK(WebPDemuxGetChunk(d, "XMP ", 1, &it) && it.chunk.size == 4 && !memcmp(it.chunk.bytes, xmp, 4));
    WebPDemuxReleaseChunkIterator(&it);
    WebPDemuxDelete(d);
    images_free();
    files_free();
}

static void every_allocation_may_fail(void)
{
    manner m = lossless();

    for (long n = 0; lose_next(&n);) {
        tb_error err = {0};
        file f = {0};
        bool done = encode(17, 9, 3, &m, &f, &err);
        CHECK_LOSS(done ? TB_DONE : TB_FAIL, &err);
        images_free();
        files_free();
    }
}

int main(void)
{
    tb_codecs_load();
    each_frame_is_shown_as_it_came();
    only_what_has_changed_is_written();
    slices_do_not_show();
    metadata_goes_along();
    every_allocation_may_fail();
    return 0;
}
