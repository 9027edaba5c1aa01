/* fuzz_webp.c - the WebP decoder, behind the walk, decodes what libwebp decodes
 * and nothing else, and takes no more memory than it counts, to the byte.  The last byte
 * chooses pieces, region, and what becomes of a truncated file. */
#include "../../c_src/chain.h"
#include "../../c_src/codecs/codecs.h"
#include "../../c_src/codecs/walk/walk.h"
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

#define CHECK(x)                                                                                             \
    do {                                                                                                     \
        if (!(x))                                                                                            \
            abort();                                                                                         \
    } while (0)

#define PIXELS 40000
#define BUDGET ((size_t)48 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that malloc gave since `counting` was set. */
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
                                              void (*given)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *p);

static bool counting;
static size_t now, peak;

static void on_malloc(const volatile void *p, size_t size)
{
    (void)p;
    if (!counting)
        return;
    now += size;
    peak = now > peak ? now : peak;
}

static void on_free(const volatile void *p)
{
    size_t size = counting && p ? __sanitizer_get_allocated_size(p) : 0;

    now -= size < now ? size : now;
}

static tb_heap heap = {.alloc = malloc, .free = free};

typedef struct {
    uint8_t *px; /* what came, width * height * channels */
    tb_shape shape;
} picture;

static tb_status take_open(tb_stage *s, tb_error *err)
{
    picture *p = *(picture *const *)s->args;
    bool was = counting;

    (void)err;
    counting = false;
    p->shape = s->in[0].rows->shape;
    p->px = malloc((size_t)p->shape.width * (size_t)p->shape.height * (size_t)p->shape.channels);
    counting = was;
    CHECK(p->px);
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static tb_status take_step(tb_stage *s, tb_error *err)
{
    picture *p = *(picture *const *)s->args;
    tb_in *in = &s->in[0];
    size_t n = (size_t)p->shape.width * (size_t)p->shape.channels;

    (void)err;
    memcpy(p->px + (size_t)in->first * n, tb_row(in, in->first), n);
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == p->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops take = {.name = "take", .ins = 1, .open = take_open, .step = take_step};

static bool always(tb_budget *b)
{
    (void)b;
    return true;
}

static bool never(tb_stop *s)
{
    (void)s;
    return false;
}

/* The bytes so far, in a block of exactly their size, elsewhere each time. */
static void come(tb_input *in, const uint8_t *data, size_t size, size_t n)
{
    uint8_t *block = malloc(n ? n : 1);
    bool was = counting;

    CHECK(block);
    memcpy(block, data, n);
    counting = false;
    free((void *)(uintptr_t)in->data);
    counting = was;
    in->data = block;
    in->end = n;
    in->ended = n == size;
}

static tb_status walk_on(tb_walk *w, tb_input *in, tb_header *h, tb_error *err)
{
    tb_status status;

    do
        status = tb_walk_step(w, in, h, err);
    while (status == TB_MORE);
    return status;
}

typedef struct {
    size_t piece;
    bool keep, part;
    bool refused; /* by the walk */
    tb_header header;
    tb_error err;
    tb_rect region;
    picture picture;
} run;

static tb_rect region_of(const run *r)
{
    int w = r->header.width, h = r->header.height;

    return r->part ? (tb_rect){w / 3, h / 4, (w + 1) / 2, (h + 1) / 2} : (tb_rect){0, 0, w, h};
}

static tb_status decode(run *r, const uint8_t *data, size_t size, tb_limits *limits)
{
    tb_mem mem = {.heap = &heap, .limit = BUDGET};
    tb_chain c = {.mem = &mem};
    tb_input in = {0};
    tb_walk w = {.limits = limits};
    tb_decode how = {
        .input = &in, .header = &r->header, .limits = limits, .keep_truncated = r->keep, .shrink = 1};
    tb_budget budget = {.stop = {.asked = never}, .left = always, .long_ok = true};
    tb_status status = TB_HUNGRY, walked = TB_HUNGRY;
    picture *to = &r->picture;

    while (status == TB_HUNGRY && !in.ended) {
        size_t left = size - in.end;
        come(&in, data, size, in.end + (r->piece < left ? r->piece : left));
        if (walked == TB_HUNGRY)
            walked = walk_on(&w, &in, &r->header, &r->err);
        r->refused = walked == TB_FAIL;
        if (walked == TB_FAIL || (walked == TB_DONE && r->header.format != TB_WEBP))
            status = TB_FAIL;
        else if (w.known && r->header.format == TB_WEBP) {
            how.region = r->region = region_of(r);
            counting = r->piece >= size;
            if (c.count == 0)
                CHECK(tb_chain_add(&c, &tb_webp_dec, &how, -1) == 0 && tb_chain_add(&c, &take, &to, 0) == 1);
            status = tb_chain_run(&c, &budget, &r->err);
        }
    }
    counting = false;
    CHECK(peak <= mem.peak);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    free((void *)(uintptr_t)in.data);
    return status == TB_HUNGRY ? TB_FAIL : status;
}

/* The region of what libwebp makes of the whole file is the same. */
static void check_same(const run *r, const uint8_t *px, int width)
{
    size_t c = (size_t)r->picture.shape.channels, n = (size_t)r->region.width * c;

    for (int y = 0; y < r->region.height; y++) {
        size_t at = (size_t)(r->region.y + y) * (size_t)width + (size_t)r->region.x;
        CHECK(!memcmp(r->picture.px + (size_t)y * n, px + at * c, n));
    }
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Without what is behind the picture: libwebp would read on there.  Returns the
 * size; 0 if there is none. */
static size_t trim(uint8_t *data, size_t size)
{
    for (size_t at = 12; at + 8 <= size;) {
        size_t end = at + 8 + le32(data + at + 4);
        if (end > size)
            return 0;
        if (!memcmp(data + at, "VP8", 3) && data[at + 3] != 'X') {
            end += end & 1;
            end = end < size ? end : size;
            for (int i = 0; i < 4; i++)
                data[4 + i] = (uint8_t)((end - 8) >> 8 * i);
            return end;
        }
        at = end + (end & 1);
    }
    return 0;
}

static void compare(const run *r, tb_status status, uint8_t *data, size_t size)
{
    int w = 0, h = 0;

    if (r->refused || r->header.width == 0 || r->header.truncated || r->header.animated)
        return;
    if (status == TB_FAIL && (r->err.code == TB_E_LIMIT || r->err.code == TB_E_UNSUPPORTED))
        return;
    size = trim(data, size);
    if (size == 0)
        return;
    uint8_t *px =
        r->header.channels == 4 ? WebPDecodeRGBA(data, size, &w, &h) : WebPDecodeRGB(data, size, &w, &h);
    if (status == TB_DONE && px && r->err.warnings == 0)
        check_same(r, px, w);
    if (status == TB_FAIL && !strstr(r->err.text, "arithmetic")) /* libwebp makes something of that */
        CHECK(!px);
    WebPFree(px);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[4] = {SIZE_MAX, SIZE_MAX, 700, 61};
    static bool hooked;
    tb_limits limits = {.max_pixels = PIXELS, .max_chunks = 100};
    unsigned choice = size ? data[size - 1] : 0;
    run r = {.piece = pieces[choice & 3], .keep = choice & 4, .part = choice & 8};

    if (!hooked) {
        hooked = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
        tb_codecs_load();
    }
    now = peak = 0;
    limits.formats = ~0u;
    if (size > 60000)
        return 0;
    tb_status status = decode(&r, data, size, &limits);
    uint8_t *copy = malloc(size + 1);
    CHECK(copy);
    memcpy(copy, data, size);
    compare(&r, status, copy, size);
    free(copy);
    free(r.picture.px);
    return 0;
}
