/* test_webp_mem.c - libwebp takes the memory of a job, and of nobody else. */
#include "../../c_src/codecs/webp/webp_mem.h"
#include "webp_ref.h"
#include <pthread.h>
#include <webp/decode.h>

#define SIDE 64
#define HEAD 16 /* bytes that come with each block of a job */

static file lossless(void)
{
    image i = noise(SIDE, SIDE, 3);
    uint8_t *bytes;
    size_t size = WebPEncodeLosslessRGB(i.px, SIDE, SIDE, SIDE * 3, &bytes);
    file f = file_of(bytes, size);

    CHECK(size > 0);
    WebPFree(bytes);
    return f;
}

/* Pixels in a block of libwebp's. */
static uint8_t *decoded(file f)
{
    int w, h;
    uint8_t *px = WebPDecodeRGB(f.data, f.size, &w, &h);

    CHECK(px && w == SIDE && h == SIDE);
    return px;
}

static bool as_made(const uint8_t *px)
{
    return !memcmp(px, noise(SIDE, SIDE, 3).px, 3 * SIDE * SIDE);
}

/* What nobody has entered is malloc's: the program may free it. */
static void outside_of_a_job_it_is_the_systems(void)
{
    file f = lossless();
    uint8_t *px;

    fail_seen = 0;
    px = decoded(f);
    CHECK(as_made(px) && fail_seen == 0);
    free(px);
    images_free();
    files_free();
}

static void unknown_it_stays_outside(void)
{
    tb_mem mem = {.heap = &test_heap};
    tb_webp_mem m = {.mem = &mem};

    CHECK(!tb_webp_mem_is_ours());
    tb_webp_enter(&m);
    outside_of_a_job_it_is_the_systems();
    tb_webp_leave();
    CHECK(mem.peak == 0 && !m.too_much);
}

static void in_a_job_all_of_it_is_the_jobs(void)
{
    tb_mem mem = {.heap = &test_heap};
    tb_webp_mem m = {.mem = &mem};
    file f = lossless();

    CHECK(tb_webp_mem_is_ours());
    tb_webp_enter(&m);
    uint8_t *px = decoded(f);
    tb_webp_leave();
    CHECK(as_made(px) && mem.used == 3 * SIDE * SIDE + HEAD); /* nothing else is left */
    CHECK(mem.peak > (3 + 4) * SIDE * SIDE);                  /* libwebp has its own as ARGB */
    tb_webp_enter(&m);
    WebPFree(px);
    tb_webp_leave();
    CHECK(mem.used == 0 && !m.too_much);
    images_free();
    files_free();
    outside_of_a_job_it_is_the_systems();
}

static void what_is_expected_is_charged_before(void)
{
    tb_mem mem = {.heap = &test_heap, .limit = 100000};
    tb_webp_mem m = {.mem = &mem};
    void *block[3];

    CHECK(!tb_webp_mem_expect(&m, 100001) && mem.used == 0 && m.aside == 0);
    CHECK(tb_webp_mem_expect(&m, 2000) && tb_webp_mem_expect(&m, 3000) && mem.used == 3000);
    tb_webp_enter(&m);
    for (int i = 0; i < 3; i++)
        CHECK((block[i] = WebPMalloc(1000)) && mem.used == 3000 + HEAD * (size_t)(i + 1));
    WebPFree(block[0]);
    CHECK((block[0] = WebPMalloc(1000)) && mem.used == 3000 + 3 * HEAD);
    for (int i = 0; i < 3; i++)
        WebPFree(block[i]);
    tb_webp_leave();
    CHECK(mem.used == 0 && mem.peak == 3000 + 3 * HEAD);
    CHECK(tb_webp_mem_expect(&m, 777) && mem.used == 777);
    tb_webp_mem_close(&m);
    CHECK(mem.used == 0 && test_heap.used == 0);
}

/* libwebp is not refused, but what it made is not used. */
static void a_limit_is_told(size_t limit, size_t of_all, const char *text)
{
    tb_heap heap = {.alloc = test_alloc, .free = free, .limit = of_all};
    tb_mem mem = {.heap = &heap, .limit = limit};
    tb_webp_mem m = {.mem = &mem};
    tb_error err = {0};
    file f = lossless();

    tb_webp_enter(&m);
    uint8_t *px = decoded(f);
    CHECK(as_made(px) && m.too_much);
    WebPFree(px);
    tb_webp_leave();
    CHECK(tb_webp_no_memory(&err, &m) == TB_FAIL && err.code == TB_E_LIMIT && strstr(err.text, text));
    CHECK(mem.used == 0 && heap.used == 0);
    images_free();
    files_free();
}

static void where_there_is_none_it_gets_none(void)
{
    tb_mem mem = {.heap = &test_heap};
    tb_webp_mem m = {.mem = &mem};
    tb_error err = {0};

    fail_seen = 0;
    fail_at = 2;
    tb_webp_enter(&m);
    void *first = WebPMalloc(10), *second = WebPMalloc(10);
    CHECK(first && !second && m.too_much);
    WebPFree(first);
    WebPFree(NULL);
    tb_webp_leave();
    fail_at = 0;
    CHECK(tb_webp_no_memory(&err, &m) == TB_FAIL && err.code == TB_E_NOMEM);
    CHECK(mem.used == 0);
}

static void a_size_that_overflows_is_refused(void)
{
    tb_mem mem = {.heap = &test_heap};
    tb_webp_mem m = {.mem = &mem};
    int w = 0;

    for (int inside = 0; inside < 2; inside++) {
        if (inside)
            tb_webp_enter(&m);
        CHECK(!WebPMalloc(SIZE_MAX) && !WebPMalloc(SIZE_MAX - 8) && !WebPMalloc(SIZE_MAX / 2 + 1));
        CHECK(!WebPDecodeRGB(NULL, 0, &w, &w));
        void *nothing = WebPMalloc(0);
        WebPFree(nothing);
        tb_webp_leave();
    }
    CHECK(mem.used == 0 && mem.peak <= HEAD);
}

static void *allocate(void *unused)
{
    (void)unused;
    return WebPMalloc(1000);
}

static void other_threads_are_not_in_it(void)
{
    tb_mem mem = {.heap = &test_heap};
    tb_webp_mem m = {.mem = &mem};
    pthread_t thread;
    void *block;

    tb_webp_enter(&m);
    CHECK(pthread_create(&thread, NULL, allocate, NULL) == 0 && pthread_join(thread, &block) == 0);
    tb_webp_leave();
    CHECK(block && mem.peak == 0);
    free(block);
}

int main(void)
{
    unknown_it_stays_outside();
    tb_webp_mem_load();
    in_a_job_all_of_it_is_the_jobs();
    what_is_expected_is_charged_before();
    a_limit_is_told(10000, 0, "max_memory");
    a_limit_is_told(0, 10000, "max_total_memory");
    where_there_is_none_it_gets_none();
    a_size_that_overflows_is_refused();
    other_threads_are_not_in_it();
    return 0;
}
