/* test_mem.c - counted memory: limits, peaks, what is said when there is none. */
#include "check.h"
#include <pthread.h>

#define HEAD 16 /* bytes that come with each block */

/* A heap of its own for each test: the totals are part of what is tested. */
static tb_heap new_heap(size_t limit)
{
    return (tb_heap){.alloc = test_alloc, .free = free, .limit = limit};
}

static void every_block_is_aligned_and_counted(void)
{
    tb_heap heap = new_heap(0);
    tb_mem mem = {.heap = &heap};
    void *block[200];
    size_t sum = 0;

    for (size_t i = 0; i < 200; i++) {
        block[i] = i % 2 ? tb_alloc(&mem, i, 3) : tb_calloc(&mem, 3, i);
        CHECK(block[i] && (uintptr_t)block[i] % 16 == 0);
        for (size_t k = 0; i % 2 == 0 && k < 3 * i; k++)
            CHECK(((char *)block[i])[k] == 0);
        memset(block[i], 0xa5, 3 * i);
        sum += 3 * i + HEAD;
        CHECK(mem.used == sum && mem.peak == sum && heap.used == sum && heap.peak == sum);
    }
    for (size_t i = 0; i < 200; i++) {
        tb_free(&mem, block[i]);
        sum -= 3 * i + HEAD;
        CHECK(mem.used == sum && heap.used == sum);
    }
    CHECK(mem.peak > 0 && mem.peak == heap.peak);
    tb_free(&mem, NULL);
    CHECK(mem.used == 0 && heap.used == 0);
}

/* Whatever the system makes of the wish: all of it is there, and counted as it was. */
static void large_blocks_may_have_huge_pages(void)
{
    tb_heap heap = new_heap(0);
    tb_mem mem = {.heap = &heap, .huge_pages = true};

    for (size_t size = 1 << 20; size < 40 << 20; size = size * 3 / 2 + 1) {
        uint8_t *block = tb_alloc(&mem, 1, size);
        CHECK(block && (uintptr_t)block % 16 == 0 && mem.used == size + HEAD);
        memset(block, 0x5a, size);
        CHECK(block[0] == 0x5a && block[size / 2] == 0x5a && block[size - 1] == 0x5a);
        tb_free(&mem, block);
        CHECK(mem.used == 0);
    }
}

static void the_peak_is_the_most_there_ever_was(void)
{
    tb_heap heap = new_heap(0);
    tb_mem mem = {.heap = &heap};
    void *a = tb_alloc(&mem, 1000, 1);
    tb_free(&mem, a);
    a = tb_alloc(&mem, 600, 1);
    CHECK(mem.peak == 1000 + HEAD);
    void *b = tb_alloc(&mem, 600, 1);
    CHECK(mem.peak == 1200 + 2 * HEAD && heap.peak == mem.peak);
    tb_free(&mem, a);
    tb_free(&mem, b);
    CHECK(mem.peak == 1200 + 2 * HEAD && mem.used == 0);
}

static void a_job_gets_to_its_limit_and_no_further(void)
{
    tb_heap heap = new_heap(0);
    tb_mem mem = {.heap = &heap, .limit = 4096};
    void *a = tb_alloc(&mem, 1, 4096 - HEAD - HEAD);
    CHECK(a && !tb_alloc(&mem, 1, 1));
    CHECK(mem.used == 4096 - HEAD && heap.used == mem.used);
    void *b = tb_alloc(&mem, 0, 7); /* nothing but its head */
    CHECK(b && mem.used == 4096);
    tb_free(&mem, b);
    tb_free(&mem, a);
    CHECK(!tb_alloc(&mem, 1, 4097 - HEAD) && mem.used == 0 && heap.used == 0);
    a = tb_alloc(&mem, 1, 4096 - HEAD);
    CHECK(a && mem.peak == 4096);
    tb_free(&mem, a);
}

static void all_jobs_share_one_limit(void)
{
    tb_heap heap = new_heap(10000);
    tb_mem one = {.heap = &heap}, two = {.heap = &heap, .limit = 9000};
    void *a = tb_alloc(&one, 1, 6000);
    CHECK(a && !tb_alloc(&two, 1, 4000) && two.used == 0 && heap.used == 6000 + HEAD);
    void *b = tb_alloc(&two, 1, 3000);
    CHECK(b && heap.used == 9000 + 2 * HEAD && one.used == 6000 + HEAD && two.used == 3000 + HEAD);
    tb_free(&one, a);
    a = tb_alloc(&two, 1, 5000);
    CHECK(a);
    tb_free(&two, a);
    tb_free(&two, b);
    CHECK(heap.used == 0 && heap.peak == 9000 + 2 * HEAD);
}

static void past_a_limit_anyway(void)
{
    tb_heap heap = new_heap(5000);
    tb_mem mem = {.heap = &heap, .limit = 3000};
    bool over;
    void *a = tb_alloc_anyway(&mem, 2, 1000, &over);
    CHECK(a && !over && !mem.refused && mem.used == 2000 + HEAD);
    void *b = tb_alloc_anyway(&mem, 1, 1000, &over);
    CHECK(b && over && mem.refused && !mem.crowded && mem.used == 3000 + 2 * HEAD && heap.used == mem.used);
    CHECK(!tb_charge(&mem, 1) && !tb_alloc(&mem, 1, 1));
    mem.limit = 0;
    void *c = tb_alloc_anyway(&mem, 1, 3000, &over);
    CHECK(c && over && mem.crowded && mem.peak == 6000 + 3 * HEAD && heap.peak == mem.peak);
    CHECK(!tb_alloc_anyway(&mem, SIZE_MAX / 2, 3, &over) && !over);
    fail_seen = 0, fail_at = 1;
    CHECK(!tb_alloc_anyway(&mem, 1, 10, &over) && over && !mem.refused && mem.used == 6000 + 3 * HEAD);
    fail_at = 0;
    tb_free(&mem, b);
    tb_free(&mem, c);
    tb_free(&mem, a);
    CHECK(mem.used == 0 && heap.used == 0);
}

/* Jobs that come and go at random: each may hold less than twice what it uses beyond that, within two and eight
 * steps, nothing is over the limit, and nothing is refused that fits to the byte. */
static void what_is_given_in_steps_adds_up(void)
{
    enum { JOBS = 5, STEP = 1000, LIMIT = 40000 };
    tb_heap heap = {.alloc = test_alloc, .free = free, .limit = LIMIT, .step = STEP};
    tb_mem job[JOBS];
    size_t sum = 0, refused = 0;
    uint32_t seed = 1;

    for (int i = 0; i < JOBS; i++)
        job[i] = (tb_mem){.heap = &heap};
    for (int turn = 0; turn < 20000; turn++) {
        tb_mem *mem = &job[seed % JOBS];
        size_t bytes = (seed >> 8) % 6000, given = mem->given, used = mem->used, all = heap.used;
        if ((seed >> 4) % 16 < 9) {
            bool fits = bytes <= given - used || bytes - (given - used) <= LIMIT - all;
            CHECK(tb_charge(mem, bytes) == fits);
            CHECK(fits || (mem->refused && mem->crowded && mem->used == used && heap.used == all));
            sum += fits ? bytes : 0;
            refused += !fits;
        } else {
            bytes = bytes < used ? bytes : used;
            tb_discharge(mem, bytes);
            sum -= bytes;
        }
        size_t held = 0, in_use = 0;
        for (int i = 0; i < JOBS; i++) {
            size_t has = job[i].used, step = has < STEP ? STEP : has < 4 * STEP ? has : 4 * STEP;
            CHECK(job[i].given >= has && job[i].given - has < 2 * step);
            CHECK(has > 0 || job[i].given == 0);
            held += job[i].given;
            in_use += has;
        }
        CHECK(in_use == sum && held == heap.used && held <= LIMIT);
        seed = seed * 1664525 + 1013904223;
    }
    CHECK(refused > 100 && heap.peak <= LIMIT && heap.peak > LIMIT - 3000);
    for (int i = 0; i < JOBS; i++)
        tb_discharge(&job[i], job[i].used);
    CHECK(heap.used == 0);
}

static void what_others_took_is_charged(void)
{
    tb_heap heap = new_heap(5000);
    tb_mem mem = {.heap = &heap, .limit = 3000};
    CHECK(tb_charge(&mem, 2000) && mem.used == 2000 && heap.used == 2000);
    CHECK(!tb_charge(&mem, 1001) && mem.used == 2000 && heap.used == 2000);
    CHECK(tb_charge(&mem, 1000) && mem.used == 3000);
    tb_discharge(&mem, 2500);
    CHECK(mem.used == 500 && heap.used == 500 && mem.peak == 3000);
    tb_discharge(&mem, 500);
    CHECK(!tb_charge(&mem, SIZE_MAX) && !tb_charge(&mem, SIZE_MAX - 2000) && mem.used == 0);
    CHECK(tb_charge(&mem, 0) && heap.used == 0);
}

static void sizes_that_overflow_are_refused(void)
{
    static const size_t sizes[][2] = {
        {SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 2, 3}, {SIZE_MAX, 1}, {1, SIZE_MAX - HEAD + 1}};
    for (size_t i = 0; i < 5; i++)
        for (size_t limit = 0; limit <= 1000; limit += 1000) {
            tb_heap heap = new_heap(limit);
            tb_mem mem = {.heap = &heap, .limit = limit / 2};
            fail_seen = 0;
            CHECK(!tb_alloc(&mem, sizes[i][0], sizes[i][1]) && !tb_calloc(&mem, sizes[i][0], sizes[i][1]));
            CHECK(fail_seen == 0 && mem.used == 0 && heap.used == 0 && heap.peak == 0);
        }
}

static void a_failing_allocator_costs_nothing(void)
{
    tb_heap heap = new_heap(0);
    tb_mem mem = {.heap = &heap};
    fail_seen = 0;
    fail_at = 2;
    void *a = tb_alloc(&mem, 1, 100);
    CHECK(a && !tb_calloc(&mem, 1, 100) && mem.used == 100 + HEAD && heap.used == mem.used);
    fail_at = 0;
    tb_free(&mem, a);
    CHECK(mem.used == 0 && heap.used == 0);
}

static void check_said(const tb_mem *mem, tb_code code, const char *text)
{
    tb_error err = {0};
    CHECK(tb_no_memory(&err, mem, "blur", "its sums") == TB_FAIL);
    CHECK(err.code == code && !strcmp(err.stage, "blur"));
    CHECK(!strcmp(err.text, text));
}

#define MIB ((size_t)1 << 20)

static void the_message_names_what_was_in_the_way(void)
{
    const char *job = "its sums would take this job over 3 MiB (max_memory)",
               *all = "no room for its sums: all jobs together may use 5 MiB (max_total_memory)",
               *none = "the system has no memory for its sums";
    tb_heap heap = new_heap(5 * MIB), free_heap = new_heap(0);
    tb_mem other = {.heap = &heap}, mem = {.heap = &heap, .limit = 3 * MIB}, unlimited = {.heap = &free_heap};
    void *taken = tb_alloc(&other, 1, 4 * MIB), *a;

    CHECK(!tb_alloc(&mem, 1, 2 * MIB));
    check_said(&mem, TB_E_LIMIT, all);
    CHECK(!tb_alloc(&mem, 1, 3 * MIB)); /* too much for both: the job's own comes first */
    check_said(&mem, TB_E_LIMIT, job);
    CHECK(!tb_alloc(&other, 1, 2 * MIB));
    check_said(&other, TB_E_LIMIT, all);
    CHECK((a = tb_alloc(&mem, 1, 5)));
    tb_free(&mem, a);
    check_said(&mem, TB_E_LIMIT, job); /* what went well since does not matter */
    fail_seen = 0;
    fail_at = 1;
    CHECK(!tb_alloc(&mem, 1, 5));
    check_said(&mem, TB_E_NOMEM, none);
    fail_at = 0;
    CHECK(!tb_alloc(&mem, SIZE_MAX, 2));
    check_said(&mem, TB_E_LIMIT, job);
    CHECK(!tb_alloc(&other, SIZE_MAX, 2));
    check_said(&other, TB_E_LIMIT, all);
    CHECK(!tb_alloc(&unlimited, SIZE_MAX, 2));
    check_said(&unlimited, TB_E_NOMEM, none);
    CHECK(!tb_charge(&mem, 4 * MIB));
    check_said(&mem, TB_E_LIMIT, job);
    tb_free(&other, taken);
    CHECK(heap.used == 0);
}

static void a_limit_that_is_not_of_whole_mebibytes_is_told_in_bytes(void)
{
    tb_heap small_heap = new_heap(MIB - 1), heap = new_heap(0);
    tb_mem crowded = {.heap = &small_heap}, mem = {.heap = &heap, .limit = 20000};

    CHECK(!tb_alloc(&mem, 1, MIB));
    check_said(&mem, TB_E_LIMIT, "its sums would take this job over 20000 bytes (max_memory)");
    mem.limit = 3 * MIB + 1;
    CHECK(!tb_alloc(&mem, 4, MIB));
    check_said(&mem, TB_E_LIMIT, "its sums would take this job over 3145729 bytes (max_memory)");
    CHECK(!tb_alloc(&crowded, 1, MIB));
    check_said(&crowded, TB_E_LIMIT,
               "no room for its sums: all jobs together may use 1048575 bytes (max_total_memory)");
}

#define THREADS 8

static tb_heap shared;

static void *hammer(void *seed)
{
    tb_mem mem = {.heap = &shared, .limit = 20000};
    void *block[16] = {0};
    uint32_t random = *(const uint32_t *)seed;

    /* The others may have all there is, and not run meanwhile: then it goes on until it had some. */
    for (int i = 0; i < 20000 || mem.peak == 0; i++) {
        int k = (int)(next_random(&random) >> 8) % 16;
        tb_free(&mem, block[k]);
        block[k] = tb_alloc(&mem, 1, (next_random(&random) >> 8) % 3000);
        CHECK(mem.used <= 20000);
    }
    for (int k = 0; k < 16; k++)
        tb_free(&mem, block[k]);
    CHECK(mem.used == 0 && mem.peak <= 20000 && mem.peak > 0);
    return NULL;
}

static void threads_keep_the_totals_true(void)
{
    pthread_t thread[THREADS];
    uint32_t seed[THREADS];

    shared = (tb_heap){.alloc = malloc, .free = free, .limit = 100000};
    for (uint32_t i = 0; i < THREADS; i++) {
        seed[i] = i + 1;
        CHECK(pthread_create(&thread[i], NULL, hammer, &seed[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    CHECK(shared.used == 0 && shared.peak <= 100000 && shared.peak > 10000);
}

int main(void)
{
    every_block_is_aligned_and_counted();
    large_blocks_may_have_huge_pages();
    the_peak_is_the_most_there_ever_was();
    a_job_gets_to_its_limit_and_no_further();
    all_jobs_share_one_limit();
    past_a_limit_anyway();
    what_is_given_in_steps_adds_up();
    what_others_took_is_charged();
    sizes_that_overflow_are_refused();
    a_failing_allocator_costs_nothing();
    the_message_names_what_was_in_the_way();
    a_limit_that_is_not_of_whole_mebibytes_is_told_in_bytes();
    threads_keep_the_totals_true();
    return 0;
}
