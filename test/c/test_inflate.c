/* test_inflate.c - zlib is the judge: of what it has deflated, of streams that no deflate would
 * make, and of damaged ones. */
#include "inflate_judge.h"

#define MOST 300000

static uint32_t seed = 1;

static unsigned below(unsigned n)
{
    return (next_random(&seed) >> 8) % n;
}

/* --- what zlib has deflated */

enum { NOISE, RUNS, TEXT, SKEWED, FAR_COPIES, KINDS };

/* Each literal half as frequent as the one before, nearly: the rare ones get the longest codes. */
static uint8_t skewed(void)
{
    uint8_t n = 0;

    while (n < 40 && below(100) < 60)
        n++;
    return n;
}

static uint8_t sample(int kind, const uint8_t *made, size_t at)
{
    switch (kind) {
    case NOISE:
        return (uint8_t)below(256);
    case RUNS:
        return at > 0 && below(60) ? made[at - 1] : (uint8_t)below(256);
    case TEXT:
        return (uint8_t) "the quick brown fox "[(at * at / 37 + below(2)) % 20];
    case SKEWED:
        return skewed();
    default:
        return at > 32500 ? made[at - 32500 + (at >> 12)] : (uint8_t)below(256);
    }
}

static size_t deflated(uint8_t *to, const uint8_t *from, size_t size, int level, int window, int strategy)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)size, .next_out = to};

    z.avail_out = 2 * MOST;
    CHECK(deflateInit2(&z, level, Z_DEFLATED, window, 1 + (int)below(9), strategy) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size = 2 * MOST - z.avail_out;
    deflateEnd(&z);
    return size;
}

static uint8_t raw[MOST], packed[2 * MOST];

static const size_t feeds[] = {1, 2, 7, 63, 1024, 2048, 2 * MOST},
                    rooms[] = {1, 5, 300, 2401, TB_INFLATE_MOST};

static size_t make(int kind, size_t size)
{
    static const int levels[] = {0, 1, 3, 6, 9};

    for (size_t i = 0; i < size; i++)
        raw[i] = sample(kind, raw, i);
    return deflated(packed, raw, size, levels[below(5)], 9 + (int)below(7), (int)below(5));
}

static void what_zlib_has_deflated_comes_back(void)
{
    for (int i = 0; i < 200; i++) {
        size_t size = i < 150 ? below(3000) : below(MOST), n = make(i % KINDS, size);
        outcome o = by_ours(packed, n, i < 150 ? feeds[below(7)] : 2048, rooms[i < 150 ? below(5) : 4], MOST);
        CHECK(o.size == size && !memcmp(o.bytes, raw, size));
        free(o.bytes);
    }
}

static void what_is_cut_short_or_damaged_is_to_us_what_it_is_to_zlib(void)
{
    for (int i = 0; i < 1500; i++) {
        size_t n = make(i % KINDS, below(2000));
        for (unsigned k = below(4); k > 0; k--)
            packed[below((unsigned)n)] = (uint8_t)below(256);
        judge(packed, below(3) ? n : below((unsigned)n), feeds[below(7)], rooms[below(5)], 60000);
    }
}

/* --- streams that no deflate would make */

typedef struct {
    uint8_t bytes[8192];
    size_t bits, made; /* bytes that will come of it */
} writer;

static void put(writer *w, unsigned value, int bits)
{
    for (int i = 0; i < bits; i++, w->bits++)
        w->bytes[w->bits / 8] |= (uint8_t)((i < 32 ? value >> i & 1 : 0) << w->bits % 8);
}

/* A code of the fixed block: its first bit comes first. */
static void put_code(writer *w, unsigned code, int bits)
{
    while (bits-- > 0)
        put(w, code >> bits & 1, 1);
}

static void put_symbol(writer *w, unsigned s)
{
    if (s < 144)
        put_code(w, 48 + s, 8);
    else if (s < 256)
        put_code(w, 400 + s - 144, 9);
    else if (s < 280)
        put_code(w, s - 256, 7);
    else
        put_code(w, 192 + s - 280, 8);
}

/* A copy, or what is none: a length or a distance that there is not, or from too far back. */
static void put_copy(writer *w, bool wrong)
{
    static const unsigned first[30] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                       33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                       1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    unsigned s = 257 + below(wrong ? 31 : 29), d = below(wrong ? 32 : 30);

    while (!wrong && d > 0 && first[d] + (1u << d / 2) > w->made)
        d--;
    put_symbol(w, s);
    put(w, next_random(&seed) >> 4, s < 265 || s > 284 ? 0 : (int)(s - 261) / 4);
    put_code(w, d, 5);
    put(w, next_random(&seed) >> 4, d < 4 || d > 29 ? 0 : (int)d / 2 - 1);
    w->made += 3;
}

static void put_fixed_block(writer *w)
{
    put(w, 1, 2);
    for (unsigned n = below(300); n > 0; n--)
        if (w->made == 0 || below(4)) {
            put_symbol(w, below(256));
            w->made++;
        } else
            put_copy(w, below(1000) == 0);
    put_symbol(w, 256);
}

/* Lengths at random are mostly no code; so some of few symbols, which mostly are. */
static void put_table(writer *w)
{
    static const uint8_t few[4] = {0, 2, 2, 1};

    put(w, 2, 2);
    put(w, below(below(9) ? 4 : 32), 5);
    put(w, below(below(9) ? 4 : 32), 5);
    put(w, below(16), 4);
    for (int i = 0; i < 19; i++)
        put(w, below(3) ? few[below(4)] : below(8), 3);
    for (unsigned n = below(400); n > 0; n--)
        put(w, below(4), 2);
}

static void put_stored(writer *w)
{
    unsigned n = below(100);

    put(w, 0, 2);
    w->bits = (w->bits + 7) / 8 * 8;
    w->made += n;
    put(w, n, 16);
    put(w, below(20) ? n ^ 0xffff : n, 16);
    for (; n > 0; n--)
        put(w, below(256), 8);
}

static void put_block(writer *w, bool last)
{
    put(w, last, 1);
    switch (below(8)) {
    case 0:
        put_stored(w);
        break;
    case 1:
        put_table(w);
        break;
    case 2:
        put(w, below(20) ? 1 : 3, 2);
        put_symbol(w, 256);
        break;
    default:
        put_fixed_block(w);
    }
}

static void streams_that_no_deflate_would_make_are_to_us_what_they_are_to_zlib(void)
{
    for (int i = 0; i < 3000; i++) {
        writer w = {{0}, 0, 0};
        put(&w, below(50) ? 0x0178 : next_random(&seed) >> 9, 16);
        for (unsigned n = 1 + below(5); n > 0; n--)
            put_block(&w, n == 1);
        put(&w, 0, 32); /* where the checksum is */
        judge(w.bytes, (w.bits + 7) / 8, feeds[below(7)], rooms[below(5)], 60000);
    }
}

/* As far back as can be, where there is so much, over the place where the window moves. */
static void copies_from_the_far_end_of_the_window_come_back(void)
{
    for (unsigned made = 32766; made < 32771; made++) {
        writer w = {{0}, 0, 0};
        put(&w, 0x0178, 16);
        put(&w, 3, 3);
        for (unsigned n = made; n > 0;) { /* pairs, again and again */
            unsigned copied = made - n < 2 || n < 258 ? 1 : 258;
            put_symbol(&w, copied == 1 ? n % 200 : 285);
            if (copied > 1)
                put_code(&w, 1, 5);
            n -= copied;
        }
        for (int i = 0; i < 1000; i++) {
            put_symbol(&w, 257);
            put_code(&w, 29, 5);
            put(&w, 8191 - below(3), 13);
            put_symbol(&w, below(256));
        }
        put_symbol(&w, 256);
        put(&w, 0, 32);
        judge(w.bytes, (w.bits + 7) / 8, feeds[below(7)], TB_INFLATE_MOST, 50000);
    }
}

/* Also where the last bytes were read ahead, and nothing follows them. */
static void all_comes_out_before_more_is_wanted(void)
{
    for (unsigned empty = 0; empty < 8; empty++)
        for (unsigned size = 1; size < 8; size++) {
            writer w = {{0}, 0, 0};
            put(&w, 0x0178, 16);
            for (unsigned i = 0; i < empty; i++)
                put(&w, 2, 10);
            put(&w, 1, 3);
            w.bits = (w.bits + 7) / 8 * 8;
            put(&w, size, 16);
            put(&w, ~size & 0xffff, 16);
            put(&w, 0x1234567, 8 * (int)size);
            outcome o = by_ours(w.bytes, w.bits / 8, 2 * MOST, 1, MOST);
            CHECK(o.end == TB_DONE && o.size == size);
            free(o.bytes);
        }
}

static void no_memory_is_said(void)
{
    tb_mem mem = {.heap = &test_heap, .limit = 1000};

    CHECK(!tb_inflate_new(&mem) && mem.used == 0);
}

int main(void)
{
    what_zlib_has_deflated_comes_back();
    what_is_cut_short_or_damaged_is_to_us_what_it_is_to_zlib();
    streams_that_no_deflate_would_make_are_to_us_what_they_are_to_zlib();
    copies_from_the_far_end_of_the_window_come_back();
    all_comes_out_before_more_is_wanted();
    no_memory_is_said();
    return 0;
}
