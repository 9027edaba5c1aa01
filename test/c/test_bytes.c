/* test_bytes.c - the output queue against a flat array. */
#include "check.h"

#define MOST (6 * TB_BLOCK)

static uint8_t pattern[MOST];

static void fill_pattern(void)
{
    uint32_t seed = 11;
    for (size_t i = 0; i < MOST; i++)
        pattern[i] = (uint8_t)(next_random(&seed) >> 24);
}

static size_t below(uint32_t *seed, size_t n)
{
    return (next_random(seed) >> 4) % n;
}

/* As an encoder does: takes room, and writes what it likes of it. */
static size_t write_in_place(tb_bytes *b, const uint8_t *src, size_t n)
{
    size_t room = 0;
    uint8_t *dst = tb_bytes_room(b, &room);
    CHECK(dst && room > 0 && room <= TB_BLOCK);
    if (n > room)
        n = room;
    memcpy(dst, src, n);
    tb_bytes_wrote(b, n);
    return n;
}

/* Takes n bytes, which must be those of the pattern from `taken` on. */
static size_t take(tb_bytes *b, size_t taken, size_t n)
{
    static uint8_t got[MOST];
    size_t here = b->size, moved = tb_bytes_take(b, got, n);
    CHECK(moved == (n < here ? n : here) && b->size == here - moved);
    CHECK(!memcmp(got, pattern + taken, moved));
    return moved;
}

static void random_writes_and_takes_equal_a_flat_array(void)
{
    for (uint32_t seed = 1; seed < 300; seed++) {
        uint32_t random = seed;
        tb_mem mem = {.heap = &test_heap};
        tb_bytes b = {.mem = &mem};
        size_t written = 0, taken = 0, most = seed % 3 ? 2 * TB_BLOCK : 300;
        for (int i = 0; i < 60; i++) {
            size_t n = below(&random, most);
            n = n < MOST - written ? n : MOST - written;
            switch (below(&random, 3)) {
            case 0:
                CHECK(tb_bytes_put(&b, pattern + written, n));
                written += n;
                break;
            case 1:
                written += write_in_place(&b, pattern + written, n);
                break;
            default:
                taken += take(&b, taken, n);
            }
            CHECK(b.size == written - taken && b.total == written);
            CHECK(mem.used <= b.size + 3 * (TB_BLOCK + 100)); /* what was taken is freed */
        }
        if (seed % 2)
            CHECK(take(&b, taken, MOST) == written - taken);
        tb_bytes_close(&b);
        CHECK(mem.used == 0 && b.size == 0);
    }
}

static void the_edges_of_blocks_are_nothing_special(void)
{
    for (size_t first = TB_BLOCK - 2; first <= TB_BLOCK + 2; first++)
        for (size_t second = TB_BLOCK - 3; second <= TB_BLOCK + 3; second++)
            for (size_t cut = TB_BLOCK - 1; cut <= TB_BLOCK + 1; cut++) {
                tb_mem mem = {.heap = &test_heap};
                tb_bytes b = {.mem = &mem};
                CHECK(tb_bytes_put(&b, pattern, first) && tb_bytes_put(&b, pattern + first, second));
                size_t taken = take(&b, 0, cut);
                taken += take(&b, taken, 0);
                taken += take(&b, taken, first);
                CHECK(tb_bytes_put(&b, pattern + first + second, 9));
                taken += take(&b, taken, MOST);
                CHECK(taken == first + second + 9 && mem.used == 0 && b.total == taken);
                tb_bytes_close(&b);
            }
}

static void an_empty_queue_gives_nothing(void)
{
    tb_mem mem = {.heap = &test_heap};
    tb_bytes b = {.mem = &mem};
    uint8_t byte;
    CHECK(tb_bytes_take(&b, &byte, 1) == 0);
    CHECK(tb_bytes_put(&b, NULL, 0) && mem.used == 0 && b.total == 0);
    size_t room;
    CHECK(tb_bytes_room(&b, &room) && room == TB_BLOCK); /* taken, but not written to */
    CHECK(tb_bytes_take(&b, &byte, 1) == 0);
    tb_bytes_wrote(&b, 0);
    CHECK(tb_bytes_put(&b, pattern, 5) && take(&b, 0, 9) == 5);
    CHECK(tb_bytes_take(&b, &byte, 1) == 0 && tb_bytes_put(&b, pattern + 5, 5) && take(&b, 5, 9) == 5);
    tb_bytes_close(&b);
    tb_bytes_close(&b);
    CHECK(mem.used == 0);
}

/* What was written before the loss is still there. */
static void lost_memory_loses_no_bytes(void)
{
    for (long n = 1; n <= 4; n++) {
        tb_mem mem = {.heap = &test_heap};
        tb_bytes b = {.mem = &mem};
        fail_seen = 0;
        fail_at = n;
        CHECK(!tb_bytes_put(&b, pattern, MOST));
        size_t here = ((size_t)n - 1) * TB_BLOCK;
        CHECK(b.size == here && b.total == here);
        fail_at = 0;
        CHECK(tb_bytes_put(&b, pattern + here, MOST - here));
        CHECK(take(&b, 0, MOST) == MOST);
        tb_bytes_close(&b);
        CHECK(mem.used == 0);
    }
}

int main(void)
{
    fill_pattern();
    random_writes_and_takes_equal_a_flat_array();
    the_edges_of_blocks_are_nothing_special();
    an_empty_queue_gives_nothing();
    lost_memory_loses_no_bytes();
    return 0;
}
