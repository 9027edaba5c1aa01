/* jpeg_judge.h - plain libjpeg, and we, over the same JPEG, sound or not. */
#ifndef JPEG_JUDGE_H
#define JPEG_JUDGE_H

#include "jpeg_decoding.h"

/* Libjpeg gives up where we do, or where it takes end marks for a table; what it makes of the rest, we make. */
static inline void judge(file f, image like, way w)
{
    image ours = {0}, plain = {0};
    tb_error err = {0};

    ref_piece = 100;
    w.keep = true;
    tb_status status = try_decode(f, header_of(like), w, &ours, &err, NULL);
    bool good = ref_try_decode(f, w.shrink, like.c, &plain);
    CHECK(status == TB_DONE ? good || ref_ended : !good);
    if (good)
        CHECK_SAME(ours, plain);
}

/* ------------------------------------------------- any codes, around any bits */

typedef struct {
    uint8_t *data;
    size_t size;
} writing;

static inline void put_bytes(writing *w, const void *bytes, size_t n)
{
    memcpy(w->data + w->size, bytes, n);
    w->size += n;
}

static inline void put_byte(writing *w, unsigned byte)
{
    w->data[w->size++] = (uint8_t)byte;
}

static inline void put_marker(writing *w, unsigned marker, size_t size)
{
    put_byte(w, 0xFF);
    put_byte(w, marker);
    put_byte(w, (unsigned)(size + 2) >> 8);
    put_byte(w, (unsigned)(size + 2) & 255);
}

static inline void shuffle(uint8_t *a, int n, uint32_t *seed)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(next_random(seed) % (uint32_t)(i + 1));
        uint8_t swap = a[i];
        a[i] = a[j], a[j] = swap;
    }
}

/* How many codes of each length, 1 to 16: some tree, full or not; `most` codes in all. */
static inline int any_lengths(uint8_t *count, int most, uint32_t *seed)
{
    int free_codes = 1, codes = 0;
    int thin = 1 + (int)(next_random(seed) % 6);

    for (int length = 1; length <= 16; length++) {
        free_codes = free_codes < 1000 ? free_codes * 2 : free_codes;
        int n = (int)(next_random(seed) % (uint32_t)(free_codes / thin + 1));
        n = next_random(seed) % 3 == 0 ? 0 : n;
        n = n < most - codes ? n : most - codes;
        count[length - 1] = (uint8_t)n;
        codes += n;
        free_codes -= n;
    }
    return codes;
}

static inline void put_codes(writing *w, int kind, int number, uint32_t *seed)
{
    uint8_t count[16], symbol[256];
    int symbols = kind ? 256 : 16, codes = any_lengths(count, symbols, seed);

    for (int i = 0; i < symbols; i++)
        symbol[i] = (uint8_t)i;
    shuffle(symbol, symbols, seed);
    for (int i = 0; kind && i < codes; i++) /* small coefficients, that blocks may have many */
        if (next_random(seed) % 2)
            symbol[i] = (uint8_t)(next_random(seed) % 3 << 4 | (1 + next_random(seed) % 3));
    put_marker(w, 0xC4, 17 + (size_t)codes);
    put_byte(w, (unsigned)(kind << 4 | number));
    put_bytes(w, count, 16);
    put_bytes(w, symbol, (size_t)codes);
}

static inline void put_scan(writing *w, image like, int only, int first, int last, int high, int low)
{
    int n = only ? 1 : like.c;

    put_marker(w, 0xDA, 4 + 2 * (size_t)n);
    put_byte(w, (unsigned)n);
    for (int i = 0; i < n; i++) {
        int id = only ? only : i + 1;
        put_bytes(w, (uint8_t[]){(uint8_t)id, id > 1 ? 0x11 : 0}, 2);
    }
    put_bytes(w, (uint8_t[]){(uint8_t)first, (uint8_t)last, (uint8_t)(high << 4 | low)}, 3);
}

/* Scans in any order, the first one of means, with codes of their own now and then. */
static inline void put_scans(writing *w, image like, const uint8_t *bits, size_t n, uint32_t *seed)
{
    for (int scan = 0; scan < 8; scan++) {
        bool means = scan == 0 || next_random(seed) % 4 == 0;
        int only = means ? 0 : 1 + (int)(next_random(seed) % (uint32_t)like.c);
        int low = (int)(next_random(seed) % 4), high = scan && next_random(seed) % 2 ? low + 1 : 0;
        int first = means ? 0 : 1 + (int)(next_random(seed) % 20);
        int last = means ? 0 : first + (int)(next_random(seed) % (uint32_t)(64 - first));
        size_t part = n > 0 ? next_random(seed) % (n + 1) : 0;
        if (scan && next_random(seed) % 2)
            put_codes(w, !means, (int)(next_random(seed) % 2), seed);
        put_scan(w, like, only, first, last, high, low);
        put_bytes(w, bits, part);
        bits += part;
        n -= part;
    }
}

/* Up to the frame: of the seed are the quantisers. */
static inline void put_frame(writing *w, unsigned marker, image like, const int *sampling, uint32_t *seed)
{
    const int *s = sampling;

    put_bytes(w, "\xFF\xD8", 2);
    put_marker(w, 0xDB, 65);
    put_byte(w, 0);
    for (int i = 0; i < 64; i++)
        put_byte(w, 1 + next_random(seed) % 9);
    put_marker(w, marker, 6 + 3 * (size_t)like.c);
    put_bytes(w,
              (uint8_t[]){8, (uint8_t)(like.h >> 8), (uint8_t)like.h, (uint8_t)(like.w >> 8), (uint8_t)like.w,
                          (uint8_t)like.c},
              6);
    for (int i = 0; i < like.c; i++)
        put_bytes(w, (uint8_t[]){(uint8_t)(i + 1), (uint8_t)(i ? s[2] << 4 | s[3] : s[0] << 4 | s[1]), 0}, 3);
}

/* Its size, sampling, restarts and codes are of the seed; more than 256 blocks. */
static inline file jpeg_around(const uint8_t *bits, size_t n, bool progressive, image *like, uint32_t *seed)
{
    uint8_t *data = malloc(n + 8000);
    writing w = {data, 0};
    const int *s = samplings[next_random(seed) % SAMPLINGS];

    CHECK(data);
    *like = (image){129 + (int)(next_random(seed) % 90), 129 + (int)(next_random(seed) % 90),
                    next_random(seed) % 4 ? 3 : 1, NULL};
    put_frame(&w, progressive ? 0xC2 : 0xC0, *like, s, seed);
    for (int k = 0; k < 4; k++)
        put_codes(&w, k & 1, k / 2, seed);
    if (next_random(seed) % 2) {
        put_marker(&w, 0xDD, 2);
        put_bytes(&w, (uint8_t[]){0, (uint8_t)(next_random(seed) % 9)}, 2);
    }
    if (progressive)
        put_scans(&w, *like, bits, n, seed);
    else
        put_scan(&w, *like, 0, 0, 63, 0, 0), put_bytes(&w, bits, n);
    file f = file_of(w.data, w.size);
    free(data);
    return f;
}

#endif
