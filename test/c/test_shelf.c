/* test_shelf.c - what is kept between jobs is what was put there, and no picture shows that it was. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "../../c_src/ops/ops.h"
#include "../../c_src/shelf.h"
#include "check.h"
#include <pthread.h>
#include <sched.h>

static tb_shelf shelf;
static tb_heap heap = {.alloc = test_alloc, .free = free, .shelf = &shelf};

/* Keys of 1 to 20 bytes, of which the first 8 say which. */
static tb_shelf_key name(uint8_t *key, int64_t n)
{
    size_t size = n < 256 ? 1 + (size_t)n % 20 : 8 + (size_t)n % 13;

    for (size_t i = 0; i < size; i++)
        key[i] = (uint8_t)(n >> 8 * (i % 8));
    return (tb_shelf_key){key, size};
}

static uint8_t told(int64_t n, size_t i)
{
    return (uint8_t)((size_t)n * 31 + i);
}

static void put(int64_t n, size_t size)
{
    uint8_t table[TB_SHELF_MOST + 1];
    uint8_t key[20];

    for (size_t i = 0; i < size; i++)
        table[i] = told(n, i);
    tb_shelf_put(&heap, name(key, n), table, size);
}

/* It is there, and as it was put. */
static bool is_there(int64_t n, size_t size)
{
    uint8_t table[TB_SHELF_MOST + 1];
    uint8_t key[20];

    if (!tb_shelf_take(&heap, name(key, n), table, size))
        return false;
    for (size_t i = 0; i < size; i++)
        CHECK(table[i] == told(n, i));
    return true;
}

/* The cores that we may use, one for each part; how many. */
static int cores(int core[TB_SHELF_PARTS])
{
    cpu_set_t set;
    unsigned parts = 0;
    int n = 0;

    CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
    for (unsigned i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set) && !(parts >> i % TB_SHELF_PARTS & 1)) {
            parts |= 1u << i % TB_SHELF_PARTS;
            core[n++] = (int)i;
        }
    return n;
}

/* On that one only, from now on. */
static void go_to(int core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((unsigned)core, &set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == 0 && sched_getcpu() == core);
}

static void what_was_put_is_there_until_another_takes_its_place(void)
{
    int there = 0;

    for (int64_t n = 1; n <= 1000; n++) {
        size_t size = (size_t)n * 7 % TB_SHELF_MOST + 1;
        CHECK(!is_there(n, size));
        put(n, size);
        CHECK(is_there(n, size) && !is_there(n, size + 1));
    }
    for (int64_t n = 1; n <= 1000; n++)
        there += is_there(n, (size_t)n * 7 % TB_SHELF_MOST + 1);
    CHECK(there > TB_SHELF_PLACES / 2 && there <= TB_SHELF_PLACES * TB_SHELF_PARTS);
    tb_shelf_clear(&heap);
    CHECK(!is_there(1000, 1000 * 7 % TB_SHELF_MOST + 1));
}

/* What one core put there, the others find; then they have it, whatever becomes of the first one's. */
static void every_core_finds_it(void)
{
    int core[TB_SHELF_PARTS], n = cores(core);
    cpu_set_t all;

    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    for (int from = 0; from < n; from++) {
        go_to(core[from]);
        put(1, 10);
        for (int to = 0; to < n; to++) {
            go_to(core[to]);
            CHECK(is_there(1, 10) && !is_there(2, 10));
        }
        go_to(core[from]);
        for (int64_t i = 1000; i < 3000; i++)
            put(i, 10);
        for (int to = 0; to < n; to++) {
            go_to(core[to]);
            CHECK(is_there(1, 10) == (n > 1));
        }
        tb_shelf_clear(&heap);
        for (int to = 0; to < n; to++) {
            go_to(core[to]);
            CHECK(!is_there(1, 10));
        }
    }
    CHECK(sched_setaffinity(0, sizeof all, &all) == 0);
}

/* As the tables of one job. */
static void a_few_do_not_take_each_others_places(void)
{
    for (int64_t n = 1; n <= 1000; n++) {
        for (int64_t i = 0; i < 4; i++)
            put(n * 1000 + i, 10);
        for (int64_t i = 0; i < 4; i++)
            CHECK(is_there(n * 1000 + i, 10));
        tb_shelf_clear(&heap);
    }
}

static void large_tables_are_not_kept(void)
{
    uint8_t key[20];
    size_t most = TB_SHELF_MOST - name(key, 1).size;

    put(1, most);
    CHECK(is_there(1, most));
    put(1, most + 1);
    CHECK(!is_there(1, most + 1));
    tb_shelf_clear(&heap);
}

/* Where one key ends, another goes on; where one table ends, another's key does. */
static void every_byte_of_a_key_counts(void)
{
    static const uint8_t bytes[301] = {1, 2, 3}, table[10] = {7};
    uint8_t other[301], got[10];

    for (size_t size = 0; size < sizeof bytes; size++) {
        tb_shelf_put(&heap, (tb_shelf_key){bytes, size}, table, sizeof table);
        CHECK(tb_shelf_take(&heap, (tb_shelf_key){bytes, size}, got, sizeof table));
        CHECK(!tb_shelf_take(&heap, (tb_shelf_key){bytes, size + 1}, got, sizeof table));
        CHECK(!tb_shelf_take(&heap, (tb_shelf_key){bytes, size}, got, sizeof table - 1));
        memcpy(other, bytes, sizeof other);
        for (size_t i = 0; i < size; i++) {
            other[i] ^= 0x80;
            CHECK(!tb_shelf_take(&heap, (tb_shelf_key){other, size}, got, sizeof table));
            other[i] ^= 0x80;
        }
        tb_shelf_clear(&heap);
    }
}

static void nobody_waits_for_it_without_end(void)
{
    put(1, 10);
    for (int i = 0; i < TB_SHELF_PARTS; i++)
        CHECK(!atomic_exchange(&shelf.part[i].busy, true));
    CHECK(!is_there(1, 10));
    put(2, 10);
    for (int i = 0; i < TB_SHELF_PARTS; i++)
        atomic_store(&shelf.part[i].busy, false);
    CHECK(is_there(1, 10) && !is_there(2, 10));
    tb_shelf_clear(&heap);
}

static void without_memory_the_old_one_stays(void)
{
    put(1, 10);
    fail_seen = 0;
    fail_at = 1;
    put(2, 10);
    for (int64_t n = 3; n < 2000; n++) { /* some of them would take the place of the first */
        fail_seen = 0;
        put(n, 10);
    }
    fail_at = 0;
    CHECK(is_there(1, 10) && !is_there(2, 10));
    tb_shelf_clear(&heap);
}

/* While the one who is in there does not run, the others find nothing. */
static void *hammer(void *arg)
{
    int64_t from = *(int64_t *)arg, i = 0;
    long found = 0;

    for (; found < 2000 && i < 100000000; i++) {
        put(1 + (from + i) % 100, 300);
        found += is_there(1 + (from + 7 * i) % 100, 300);
    }
    CHECK(found == 2000);
    return NULL;
}

static void threads_see_whole_tables_only(void)
{
    pthread_t thread[4];
    int64_t from[4] = {0, 25, 50, 75};

    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, hammer, &from[i]) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    tb_shelf_clear(&heap);
}

static image resized(image in, tb_resize_args args, tb_heap *over)
{
    image out, *to = &out;
    tb_mem mem = {.heap = over};
    tb_chain c = {.mem = &mem};
    tb_error err = {0};

    CHECK(chain_through(&c, &in, &tb_resize, &args, &to) && run_chain(&c, 1 << 30, &err) == TB_DONE);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return out;
}

/* One after the other, so that each meets the tables of others that are nearly the same. */
static void no_picture_shows_it(void)
{
    static const int sizes[] = {1, 7, 8, 30, 31, 32, 64, 100, 150};
    image in = noise(60, 45, 3);

    for (int round = 0; round < 2; round++)
        for (int k = TB_LINEAR; k <= TB_LANCZOS3; k++)
            for (size_t w = 0; w < sizeof sizes / sizeof *sizes; w++) {
                tb_resize_args args = {.width = sizes[w], .height = sizes[8 - w], .kernel = (tb_kernel)k};
                CHECK_SAME(resized(in, args, &heap), resized(in, args, &test_heap));
            }
    tb_shelf_clear(&heap);
    images_free();
}

int main(void)
{
    what_was_put_is_there_until_another_takes_its_place();
    every_core_finds_it();
    a_few_do_not_take_each_others_places();
    large_tables_are_not_kept();
    every_byte_of_a_key_counts();
    nobody_waits_for_it_without_end();
    without_memory_the_old_one_stays();
    threads_see_whole_tables_only();
    no_picture_shows_it();
    return 0;
}
