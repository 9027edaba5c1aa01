/* webp_vp8l.c - reads the head of a lossless WebP, up to its prefix codes.
 *
 * The head holds small images: of transforms, and of which group of prefix codes
 * each block of pixels uses (RFC 9649, 4 to 6).  libwebp makes tables of 12 kB
 * for each group, 65 536 of them in a file of 300 kB.  How many there are is
 * told by the pixels of the last small image, and only by its literals: copies
 * and the colour cache give no new values.  So symbols are read here, and
 * pixels not made. */
#include "webp_head.h"
#include <string.h>

#define LITERALS  256
#define LENGTHS   24
#define DISTANCE  40
#define MAX_CACHE 11
#define SYMBOLS   (LITERALS + LENGTHS + (1 << MAX_CACHE))
#define MAX_BITS  15
#define WORK      600   /* pixels or runs of them in a step */
#define ENOUGH    16384 /* bytes that no step reads */

/* HEAD (transforms, cache) -> CODES -> PIXELS -> HEAD, for each small image; -> READY */
typedef enum { HEAD, CODES, PIXELS, READY } phase;

enum { PREDICTOR, CROSS_COLOUR, SUBTRACT_GREEN, PALETTE };

/* A canonical prefix code: how many symbols have each length, and which, in order. */
typedef struct {
    uint16_t count[MAX_BITS + 1];
    uint16_t *symbol;
} code;

struct tb_vp8l_work {
    const uint8_t *data; /* borrowed, within a step */
    uint64_t at, end;    /* bits */
    bool broken;
    phase phase;
    bool last;     /* the small image at hand tells the groups */
    unsigned seen; /* transforms */
    int width, height;
    int cache;    /* of the small image */
    int64_t left; /* pixels of it */
    int most;     /* greatest group */
    code green, red, blue, alpha, distance;
    uint16_t greens[SYMBOLS], reds[LITERALS], blues[LITERALS], alphas[LITERALS], distances[DISTANCE];
    uint8_t used[65536 / 8]; /* groups */
};

typedef struct tb_vp8l_work work;

static unsigned read_bits(work *w, int n)
{
    unsigned value = 0;

    if (w->end - w->at < (unsigned)n) {
        w->broken = true;
        return 0;
    }
    for (int i = 0; i < n; i++, w->at++)
        value |= (unsigned)(w->data[w->at >> 3] >> (w->at & 7) & 1) << i;
    return value;
}

/* Bit by bit: the codes of a length follow each other, and those of the next
 * length follow them. */
static int read_symbol(work *w, const code *c)
{
    int bits = 0, first = 0, index = 0;

    if (c->count[0])
        return c->symbol[0];
    for (int n = 1; n <= MAX_BITS; n++) {
        bits |= (int)read_bits(w, 1);
        if (bits - first < c->count[n])
            return c->symbol[index + bits - first];
        index += c->count[n];
        first = (first + c->count[n]) * 2;
        bits *= 2;
    }
    w->broken = true;
    return 0;
}

/* Makes a code of lengths.  A code of one symbol has no bits: count[0] says so. */
static void make_code(work *w, code *c, const uint8_t *length, int symbols)
{
    int offset[MAX_BITS + 2] = {0}, left = 1, all = 0;

    memset(c->count, 0, sizeof c->count);
    for (int i = 0; i < symbols; i++)
        c->count[length[i]]++;
    c->count[0] = 0;
    for (int n = 1; n <= MAX_BITS; n++) {
        offset[n + 1] = offset[n] + c->count[n];
        left = left * 2 - c->count[n];
        all += c->count[n];
        w->broken |= left < 0;
    }
    for (int i = 0; i < symbols; i++)
        if (length[i])
            c->symbol[offset[length[i]]++] = (uint16_t)i;
    c->count[0] = all == 1;
    w->broken |= all == 0 || (all > 1 && left != 0);
}

static void read_simple(work *w, uint8_t *length, int symbols)
{
    bool two = read_bits(w, 1);
    int symbol = (int)read_bits(w, read_bits(w, 1) ? 8 : 1);

    for (;; two = false) {
        if (symbol < symbols)
            length[symbol] = 1;
        if (!two)
            return;
        symbol = (int)read_bits(w, 8);
    }
}

static void read_lengths(work *w, const code *c, uint8_t *length, int symbols)
{
    static const uint8_t extra[3] = {2, 3, 7}, base[3] = {3, 3, 11};
    int most = symbols, i = 0;
    uint8_t before = 8;

    if (read_bits(w, 1)) {
        int bits = 2 + 2 * (int)read_bits(w, 3);
        most = 2 + (int)read_bits(w, bits);
        w->broken |= most > symbols;
    }
    for (; i < symbols && most > 0 && !w->broken; most--) {
        int s = read_symbol(w, c);
        if (s < 16) {
            length[i++] = (uint8_t)s;
            before = s ? (uint8_t)s : before;
            continue;
        }
        int run = base[s - 16] + (int)read_bits(w, extra[s - 16]);
        w->broken |= run > symbols - i;
        for (; run > 0 && i < symbols; run--)
            length[i++] = s == 16 ? before : 0;
    }
}

static void read_code(work *w, code *c, int symbols)
{
    static const uint8_t order[19] = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t length[SYMBOLS] = {0}, outer[19] = {0};
    uint16_t outer_symbols[19];
    code lengths = {.symbol = outer_symbols};

    if (read_bits(w, 1)) {
        read_simple(w, length, symbols);
    } else {
        int n = 4 + (int)read_bits(w, 4);
        for (int i = 0; i < n; i++)
            outer[order[i]] = (uint8_t)read_bits(w, 3);
        make_code(w, &lengths, outer, 19);
        if (!w->broken)
            read_lengths(w, &lengths, length, symbols);
    }
    if (!w->broken)
        make_code(w, c, length, symbols);
}

static int read_cache(work *w)
{
    int bits = read_bits(w, 1) ? (int)read_bits(w, 4) : -1;

    w->broken |= bits == 0 || bits > MAX_CACHE;
    return bits < 0 ? 0 : bits;
}

static void read_codes(work *w)
{
    w->cache = read_cache(w);
    if (!w->broken)
        read_code(w, &w->green, LITERALS + LENGTHS + (w->cache ? 1 << w->cache : 0));
    if (!w->broken)
        read_code(w, &w->red, LITERALS);
    if (!w->broken)
        read_code(w, &w->blue, LITERALS);
    if (!w->broken)
        read_code(w, &w->alpha, LITERALS);
    if (!w->broken)
        read_code(w, &w->distance, DISTANCE);
    w->phase = PIXELS;
}

static void note_group(work *w, int group)
{
    if (group > w->most)
        w->most = group;
    w->used[group >> 3] |= (uint8_t)(1 << (group & 7));
}

/* The value behind a prefix symbol: lengths of runs and distances. */
static int64_t read_value(work *w, int symbol)
{
    if (symbol < 4)
        return symbol + 1;
    int extra = (symbol - 2) >> 1;
    return ((int64_t)(2 + (symbol & 1)) << extra) + read_bits(w, extra) + 1;
}

static void read_pixels(work *w)
{
    for (int i = 0; i < WORK && w->left > 0 && !w->broken; i++) {
        int s = read_symbol(w, &w->green);
        if (s < LITERALS) {
            int red = read_symbol(w, &w->red);
            read_symbol(w, &w->blue);
            read_symbol(w, &w->alpha);
            if (w->last && !w->broken)
                note_group(w, red << 8 | s);
            w->left--;
        } else if (s < LITERALS + LENGTHS) {
            w->left -= read_value(w, s - LITERALS);
            read_value(w, read_symbol(w, &w->distance));
            w->broken |= w->left < 0;
        } else {
            w->left--;
        }
    }
    if (w->left <= 0)
        w->phase = w->last ? READY : HEAD;
}

static int blocks(int side, int bits)
{
    return (side + (1 << bits) - 1) >> bits;
}

static void begin_image(tb_vp8l *v, int width, int height)
{
    v->work->left = (int64_t)width * height;
    v->work->phase = CODES;
    v->pixels += (double)width * height;
}

static void read_palette(tb_vp8l *v)
{
    work *w = v->work;
    int colours = (int)read_bits(w, 8) + 1;

    w->width = blocks(w->width, colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3);
    begin_image(v, colours, 1);
}

static void read_transform(tb_vp8l *v)
{
    work *w = v->work;
    unsigned type = read_bits(w, 2);
    int bits;

    w->broken |= w->seen >> type & 1;
    w->seen |= 1u << type;
    switch (type) {
    case PREDICTOR:
    case CROSS_COLOUR:
        bits = (int)read_bits(w, 3) + 2;
        begin_image(v, blocks(w->width, bits), blocks(w->height, bits));
        break;
    case PALETTE:
        read_palette(v);
        break;
    default:
        break;
    }
}

/* The next transform; behind the last, the cache and the image of groups. */
static void read_head(tb_vp8l *v)
{
    work *w = v->work;

    if (read_bits(w, 1)) {
        read_transform(v);
        return;
    }
    v->cache = read_cache(w);
    v->width = w->width;
    w->last = read_bits(w, 1);
    w->phase = READY;
    if (w->last) {
        int bits = (int)read_bits(w, 3) + 2;
        begin_image(v, blocks(w->width, bits), blocks(w->height, bits));
    }
}

/* libwebp numbers them anew if there seem to be too many. */
static int count_groups(const work *w)
{
    int used = 1; /* the first may come out of an empty cache */

    if (w->most < 1000 && w->most < (int64_t)w->width * w->height)
        return w->most + 1;
    for (int i = 1; i <= w->most; i++)
        used += w->used[i >> 3] >> (i & 7) & 1;
    return used;
}

bool tb_vp8l_open(tb_vp8l *v, tb_mem *mem, int width, int height)
{
    work *w = tb_calloc(mem, 1, sizeof *w);

    *v = (tb_vp8l){.width = width, .groups = 1, .work = w};
    if (!w)
        return false;
    w->width = width;
    w->height = height;
    w->green.symbol = w->greens;
    w->red.symbol = w->reds;
    w->blue.symbol = w->blues;
    w->alpha.symbol = w->alphas;
    w->distance.symbol = w->distances;
    return true;
}

tb_status tb_vp8l_step(tb_vp8l *v, const uint8_t *data, size_t size, bool last)
{
    work *w = v->work;

    if (!last && size < w->at / 8 + ENOUGH)
        return TB_HUNGRY;
    w->data = data;
    w->end = (uint64_t)size * 8;
    if (w->phase == HEAD)
        read_head(v);
    else if (w->phase == CODES)
        read_codes(w);
    else if (w->phase == PIXELS)
        read_pixels(w);
    if (w->broken)
        return TB_FAIL;
    if (w->phase != READY)
        return TB_MORE;
    v->groups = count_groups(w);
    return TB_DONE;
}

void tb_vp8l_close(tb_vp8l *v, tb_mem *mem)
{
    tb_free(mem, v->work);
    v->work = NULL;
}

/* As libwebp 1.2 allocates: the pixels and 17 rows of them, and for each group
 * room for the largest tables its codes can have.  Later ones take no more. */
double tb_vp8l_memory(const tb_vp8l *v, int width, int height)
{
    static const uint16_t green_table[MAX_CACHE + 1] = {654, 656, 658, 662,  670,  686,
                                                        718, 782, 912, 1168, 1680, 2704};
    double tables = 4.0 * (3 * 630 + 410 + green_table[v->cache]) + 600, cache = v->cache ? 1 << v->cache : 0;

    return 4.0 * v->width * height + 4.0 * 17 * width + 4 * v->pixels + v->groups * tables + 8 * cache;
}
