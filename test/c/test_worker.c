/* test_worker.c - workers that do not keep to what is agreed. */
#include "../../c_src/worker/pool.h"
#include "../fuzz/lying.h"
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

static void whatever_it_answers_is_survived(void)
{
    uint32_t seed = 3;
    uint8_t data[3000];

    for (size_t n = 0; n < 300; n++) {
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = n % 3 ? (uint8_t)next_random(&seed) : (uint8_t)(next_random(&seed) % 50 == 0);
        lie(data, n * 10, n % 2);
        lie(data, sizeof(tb_reply), true);
    }
}

static tb_reply sane(void)
{
    return (tb_reply){.seen = {.width = 20,
                               .height = 10,
                               .channels = 3,
                               .components = 3,
                               .depth = 8,
                               .orientation = 1,
                               .frames = 1,
                               .own = 1}};
}

static void lie_as(tb_reply a)
{
    lie((const uint8_t *)&a, sizeof a, true);
}

static void sizes_without_sense_are_refused(void)
{
    static const uint64_t sizes[] = {1, 1 << 20, 1u << 31, (uint64_t)1 << 40, UINT64_MAX, UINT64_MAX - 3};
    tb_reply a;

    lie_as(sane());
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        a = sane();
        a.seen.icc = sizes[i];
        lie_as(a);
        a = sane();
        a.seen.exif = a.seen.xmp = sizes[i];
        lie_as(a);
        a = (tb_reply){.size = sizes[i]};
        lie_as(a);
        a = sane();
        a.memory = a.cpu = sizes[i];
        lie_as(a);
    }
    a = sane();
    memset(a.text, 'x', sizeof a.text);
    memset(a.warning, 0xFF, sizeof a.warning);
    a.warnings = ~0u;
    lie_as(a);
    a.code = 12345;
    lie_as(a);
}

static void memory_that_is_shared_cannot_be_made_smaller(void)
{
    tb_region r;

    CHECK(tb_region_open(&r, 100000));
    CHECK(ftruncate(r.fd, 0) != 0 && ftruncate(r.fd, 10) != 0);
    memset(r.data, 1, r.size);
#ifdef __linux__
    void *theirs = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
    CHECK(theirs != MAP_FAILED && memcmp(theirs, r.data, r.size) == 0);
    munmap(theirs, r.size);
#endif
    tb_region_close(&r);
    CHECK(!r.data);
    tb_region_close(&r);
    CHECK(!tb_region_open(&r, SIZE_MAX) && !tb_region_open(&r, SIZE_MAX / 4));
}

static long looks;

static bool third_time(tb_stop *s)
{
    (void)s;
    return ++looks == 3;
}

static void one_that_says_nothing_is_left_when_told(void)
{
    tb_worker *w = tb_worker_new();
    tb_stop stop = {.asked = third_time};
    tb_request r = {.what = TB_DO_LOOK};
    tb_hello hello;
    char why[TB_WHY];
    tb_reply a;

    CHECK(w && tb_worker_ask(w, &r, -1, &a, &stop) == TB_STOPPED && looks == 3);
    looks = 0;
    CHECK(tb_worker_hello(w, &hello, &stop, why) == TB_STOPPED);
    close(w->far_socket);
    w->far_socket = -1;
    CHECK(tb_worker_ask(w, &r, -1, &a, NULL) == TB_GONE && !tb_worker_tell(w, &r));
    CHECK(tb_worker_hello(w, &hello, NULL, why) == TB_GONE && why[0]);
    tb_worker_kill(w);
    CHECK(tb_worker_free(w, 0));
}

static void one_of_another_build_is_none(void)
{
    tb_worker *w = tb_worker_new();
    tb_hello hello = {.layout = TB_WIRE_LAYOUT + 1};
    char why[TB_WHY];

    CHECK(w && send(w->far_socket, &hello, sizeof hello, 0) > 0);
    CHECK(tb_worker_hello(w, &hello, NULL, why) == TB_GONE && strstr(why, "another build"));
    tb_worker_kill(w);
    CHECK(tb_worker_free(w, 0));
}

static void who_prints_without_end_waits_for_nobody(void)
{
    tb_worker *w = tb_worker_new();
    char block[4096], words[100];
    long n = 0;

    memset(block, 'x', sizeof block);
    while (w && n < 1000 && write(w->far_words, block, sizeof block) > 0)
        n++;
    CHECK(n > 0 && n < 1000);
    CHECK(tb_worker_words(w, words, sizeof words) == sizeof words && words[99] == 'x');
    CHECK(write(w->far_words, block, 9) == 9 && tb_worker_words(w, words, sizeof words) == 9);
    tb_worker_kill(w);
    CHECK(tb_worker_free(w, 0));
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Each ask is a slice of a job. */
static void who_waits_for_a_place_does_not_spin(void)
{
    long asks = 0, places = 0;

    while (tb_pool_enter())
        places++;
    for (double end = now() + 50; now() < end; asks++)
        CHECK(!tb_pool_enter());
    CHECK(places > 0 && asks < 5000);
    tb_pool_leave();
    CHECK(tb_pool_enter());
    while (places-- > 0)
        tb_pool_leave();
}

int main(void)
{
    whatever_it_answers_is_survived();
    sizes_without_sense_are_refused();
    memory_that_is_shared_cannot_be_made_smaller();
    one_that_says_nothing_is_left_when_told();
    one_of_another_build_is_none();
    who_prints_without_end_waits_for_nobody();
    who_waits_for_a_place_does_not_spin();
    images_free();
    return 0;
}
