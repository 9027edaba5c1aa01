/* test_jpeg_entropy.c - the coefficients we read are those that plain libjpeg reads, of any bits. */
#include "jpeg_judge.h"

static const size_t pieces[] = {0, 1, 2, 7, 9, 50, 333};
#define PIECES (sizeof pieces / sizeof *pieces)

/* At 1/8, scans are skipped. */
static way any_way(bool progressive, uint32_t *seed)
{
    return (way){.shrink = 1 << next_random(seed) % (progressive ? 3 : 4),
                 .piece = pieces[next_random(seed) % PIECES],
                 .steps = next_random(seed) % 2 ? 3 : 0};
}

static void sound_files_of_all_kinds(void)
{
    uint32_t seed = 4;

    for (int n = 0; n < 500; n++) {
        int grey = n % 5 == 0;
        recipe r = grey ? (recipe){0} : sampled(n % SAMPLINGS);
        r.progressive = n % 3 == 0;
        r.apart = n % 7 == 0 && !r.progressive && !grey;
        r.quality = 1 + (int)(next_random(&seed) % 100);
        r.optimize = next_random(&seed) % 2;
        r.restart = next_random(&seed) % 3 ? 0 : 1 + (int)(next_random(&seed) % 9);
        int width = 1 + (int)(next_random(&seed) % 200), height = 1 + (int)(next_random(&seed) % 200);
        image i = (n % 2 ? picture : noise)(width, height, grey ? 1 : 3);
        judge(ref_encode(i, r), i, any_way(r.progressive, &seed));
        images_free();
        files_free();
    }
}

/* Markers and stuffing among them. */
static void any_bits_with_any_codes(void)
{
    uint32_t seed = 5;

    for (int n = 0; n < 1500; n++) {
        uint8_t bits[3000];
        size_t size = next_random(&seed) % sizeof bits;
        unsigned odd = 1 + next_random(&seed) % 500;
        for (size_t i = 0; i < size; i++) {
            uint32_t x = next_random(&seed);
            bits[i] = i && bits[i - 1] == 0xFF && x % odd ? 0 : (uint8_t)(x >> 24);
            if (x % 97 == 0)
                bits[i] = 0xFF;
            else if (i && bits[i - 1] == 0xFF && x % 3 == 0)
                bits[i] = (uint8_t)(0xD0 + x % 8);
        }
        image like;
        file f = jpeg_around(bits, size, n % 2, &like, &seed);
        judge(f, like, any_way(n % 2, &seed));
        images_free();
        files_free();
    }
}

/* The first scan's bits, whatever follows them. */
static size_t after_sos(file f)
{
    size_t at = 2;

    while (f.data[at] != 0xFF || f.data[at + 1] != 0xDA)
        at++;
    return at + 2 + f.data[at + 3];
}

static void damage_anywhere_in_the_data(void)
{
    uint32_t seed = 6;

    for (int n = 0; n < 1000; n++) {
        recipe r = kind_of(sampled(n % SAMPLINGS), (int)(next_random(&seed) % KINDS));
        image i = picture(130, 150, 3);
        file f = ref_encode(i, r);
        size_t head = after_sos(f);
        for (unsigned k = 1 + next_random(&seed) % 4; k > 0; k--)
            f.data[head + next_random(&seed) % (f.size - head)] = (uint8_t)next_random(&seed);
        judge(f, i, any_way(r.progressive, &seed));
        images_free();
        files_free();
    }
}

/* One that leads on and on: 16 bits each that add 2^15 - 1, over more blocks than an int can hold of it. */
static void a_mean_beyond_all_numbers(void)
{
    enum { WIDE = 80, HIGH = 65528 }; /* 10 x 8191 blocks */
    size_t blocks = (size_t)WIDE / 8 * (HIGH / 8), size = 0;
    uint8_t *data = malloc(blocks * 5 + 300);
    uint64_t bits = 0;
    uint32_t seed = 7;
    int have = 0;
    image like = {WIDE, HIGH, 1, NULL};
    writing w = {data, 0};

    CHECK(data);
    put_frame(&w, 0xC0, like, samplings[0], &seed);
    for (unsigned kind = 0; kind < 2; kind++) { /* one code each, 0: 15 more bits; the end of a block */
        uint8_t codes[18] = {(uint8_t)(kind << 4), 1};
        codes[17] = kind ? 0 : 15;
        put_marker(&w, 0xC4, 18);
        put_bytes(&w, codes, 18);
    }
    put_scan(&w, like, 0, 0, 63, 0, 0);
    for (; size < blocks; size++) {
        bits = bits << 17 | 0xFFFE; /* 0, fifteen times 1, 0 */
        for (have += 17; have >= 8; have -= 8) {
            put_byte(&w, bits >> (have - 8) & 255);
            if ((bits >> (have - 8) & 255) == 0xFF)
                put_byte(&w, 0);
        }
    }
    judge(file_of(data, w.size), like, (way){.shrink = 8});
    CHECK(code_of(file_of(data, w.size), header_of(like), (way){.shrink = 8}) == TB_E_CORRUPT);
    free(data);
    images_free();
    files_free();
}

static void codes_that_are_none_are_told(void)
{
    static const uint8_t ones[] = {0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0xD9};
    image i = picture(16, 16, 1), out;
    file f = ref_encode(i, (recipe){0});
    tb_error err = {0};
    size_t head = after_sos(f);

    file spoilt = file_of(f.data, head + sizeof ones);
    memcpy(spoilt.data + head, ones, sizeof ones);
    CHECK(try_decode(spoilt, header_of(i), (way){0}, &out, &err, NULL) == TB_DONE);
    CHECK(err.warnings > 0 && strstr(err.warning[0], "bad Huffman code"));
    images_free();
    files_free();
}

static void survives_any_failed_allocation(void)
{
    image i = picture(170, 150, 3);

    check_losses(ref_encode(i, (recipe){.h = 2, .v = 2}), i, (way){.shrink = 2});
    check_losses(ref_encode(i, (recipe){.h = 2, .v = 2, .progressive = true}), i, (way){.shrink = 2});
    images_free();
    files_free();
}

int main(void)
{
    sound_files_of_all_kinds();
    any_bits_with_any_codes();
    damage_anywhere_in_the_data();
    a_mean_beyond_all_numbers();
    codes_that_are_none_are_told();
    survives_any_failed_allocation();
    return 0;
}
