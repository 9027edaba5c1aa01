/* fuzz_jpeg.c - any bytes through the walk and the JPEG decoder, in any pieces and
 * slices, with any of its options; or as pixels through the encoder, whose files
 * the decoder must like.  Both also by planes: then the decoder's go to the encoder.
 *
 * The first eight bytes are options. */
#include "../../c_src/codecs/codecs.h"
#include "../../c_src/codecs/walk/walk.h"
#include "../../c_src/ops/ops.h"
#include "drain.h"
#include <stdlib.h>
#include <string.h>

#define OPTIONS 8

static int allocations, fail_at; /* the one that fails; 0 = none */

static void *failing(size_t size)
{
    return ++allocations == fail_at ? NULL : malloc(size);
}

static tb_heap heap = {.alloc = failing, .free = free};

static void must(bool x)
{
    if (!x)
        abort();
}

/* ---------------------------------------------------------------- a source */

typedef struct {
    tb_shape shape;
    const uint8_t *data; /* pixels, again and again */
    size_t size, at;
} pixels;

static tb_status paint_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->state = (void *)(uintptr_t)s->args;
    s->out[0].shape = ((pixels *)s->state)->shape;
    return TB_MORE;
}

static tb_status paint_step(tb_stage *s, tb_error *err)
{
    pixels *p = s->state;
    tb_rows *out = &s->out[0];
    uint8_t *row = tb_new_row(out, 0);

    (void)err;
    for (int i = 0; i < p->shape.width * p->shape.channels; i++)
        row[i] = p->data[p->at++ % p->size];
    return ++out->end == p->shape.height ? TB_DONE : TB_MORE;
}

static void paint_close(tb_stage *s)
{
    s->state = NULL;
}

static const tb_stage_ops paint = {
    .name = "paint", .outs = 1, .open = paint_open, .step = paint_step, .close = paint_close};

/* ------------------------------------------------------------------- decode */

static int up(int a, int b)
{
    return (a + b - 1) / b;
}

static tb_rect region(const tb_header *h, int shrink, const uint8_t *option)
{
    int w = up(h->width, shrink), y = up(h->height, shrink), left_of = w * option[0] / 256,
        above = y * option[1] / 256;

    if (option[0] + option[1] < 128)
        return (tb_rect){0, 0, w, y};
    return (tb_rect){left_of, above, 1 + (w - left_of - 1) * option[2] / 255,
                     1 + (y - above - 1) * option[3] / 255};
}

/* More bytes come, and all move. */
static void come(tb_input *in, uint8_t **block, const uint8_t *data, size_t size, size_t piece)
{
    size_t end = size - in->end < piece ? size : in->end + piece;
    uint8_t *moved = malloc(end - in->keep + 1);

    must(moved && in->keep >= in->first && in->keep <= in->safe);
    memcpy(moved, data + in->keep, end - in->keep);
    free(*block);
    *block = moved;
    *in = (tb_input){moved, in->keep, in->safe, end, in->keep, end == size};
}

/* What reads the decoder: a drain, or resizes of some kind and the encoder. */
static bool build(tb_chain *c, const tb_decode *how, const tb_encode *planes)
{
    static const tb_resize_args half = {.width = 20, .height = 10, .kernel = TB_LINEAR},
                                all = {.width = 40, .height = 20, .kernel = TB_CUBIC};
    bool good = tb_chain_add(c, planes ? &tb_jpeg_planes_dec : &tb_jpeg_dec, how, -1) == 0;

    if (!planes)
        return good && tb_chain_add(c, &drain, NULL, 0) == 1;
    for (int k = 0; good && k < 3; k++) {
        good = tb_chain_add(c, &tb_resize, k ? &half : &all, 0) == k + 1;
        if (good)
            tb_chain_link(c, k + 1, 0, 0, k);
    }
    if (!good || tb_chain_add(c, &tb_jpeg_planes_enc, planes, 1) != 4)
        return false;
    tb_chain_link(c, 4, 1, 2, 0);
    tb_chain_link(c, 4, 2, 3, 0);
    return true;
}

static tb_status decode(const uint8_t *option, const uint8_t *data, size_t size, tb_error *err)
{
    static tb_header h;
    tb_limits limits = tb_default_limits;
    tb_input in = {0};
    tb_walk walk = {.limits = &limits};
    tb_decode how = {.input = &in,
                     .header = &h,
                     .limits = &limits,
                     .keep_truncated = option[1] & 1,
                     .shrink = 1 << (option[1] >> 1 & 3)};
    tb_mem mem = {.heap = &heap, .limit = 32 << 20};
    tb_chain c = {.mem = &mem};
    uint8_t *block = NULL;
    tb_bytes bytes = {.mem = &mem};
    tb_output small = {.quality = 1 + option[6] % 100, .progressive = option[6] & 32};
    tb_encode args = {.how = &small, .bytes = &bytes};
    tb_status status = TB_HUNGRY;

    memset(&h, 0, sizeof h);
    limits.max_pixels = 1 << 18;
    limits.max_scans = 20;
    while (status == TB_HUNGRY) {
        must(!in.ended || !c.count); /* hungry with nothing to come */
        come(&in, &block, data, size, option[0] < 128 ? size : option[0]);
        do
            status = tb_walk_step(&walk, &in, &h, err);
        while (status == TB_MORE);
        if (status == TB_FAIL || (status == TB_HUNGRY && !walk.known))
            continue;
        if (!c.count) {
            how.region = region(&h, how.shrink, option + 3);
            if (!build(&c, &how, option[1] & 8 && h.chroma_x ? &args : NULL)) {
                status = TB_FAIL;
                err->code = TB_E_NOMEM;
                continue;
            }
        }
        status = drain_run(&c, 2 + option[2], err);
    }
    tb_chain_close(&c);
    tb_bytes_close(&bytes);
    free(block);
    must(mem.used == 0);
    must(status == TB_DONE || (status == TB_FAIL && err->code != TB_E_NONE));
    return status;
}

/* ------------------------------------------------------------------- encode */

static void encode(const uint8_t *option, const uint8_t *data, size_t size)
{
    static const uint8_t whole[OPTIONS], planes[OPTIONS] = {0, 8};
    uint8_t damaged[OPTIONS] = {option[6], 0, 0, option[4], option[3], option[2], option[0]};
    pixels p = {{1 + option[1], 1 + option[2], option[3] & 1 ? 3 : 1}, data, size, 0};
    tb_output how = {.quality = 1 + option[4] % 100,
                     .chroma = (tb_chroma)(option[3] / 2 % 3),
                     .progressive = option[3] & 16,
                     .optimize = option[3] & 32};
    tb_mem mem = {.heap = &heap, .limit = 32 << 20};
    tb_chain c = {.mem = &mem};
    tb_bytes bytes = {.mem = &mem};
    tb_meta meta = {.icc = (uint8_t *)(uintptr_t)data, .icc_size = option[3] & 64 ? size : 0};
    tb_encode args = {.how = &how, .meta = &meta, .bytes = &bytes, .keep = TB_KEEP_ICC};
    tb_error err = {0};
    tb_status status = TB_FAIL;

    if (tb_chain_add(&c, &paint, &p, -1) == 0 && tb_chain_add(&c, &tb_jpeg_enc, &args, 0) == 1)
        status = drain_run(&c, 2 + option[5], &err);
    must(status == TB_DONE || fail_at);
    tb_chain_close(&c);
    size_t n = bytes.size;
    uint8_t *file = malloc(n + 1);
    must(file && tb_bytes_take(&bytes, file, n) == n);
    tb_bytes_close(&bytes);
    must(mem.used == 0);
    fail_at = 0;
    if (status == TB_DONE)
        must(decode(whole, file, n, &err) == TB_DONE && err.warnings == 0);
    if (status == TB_DONE)
        must(decode(planes, file, n, &err) == TB_DONE && err.warnings == 0);
    for (size_t i = 0; n > 0 && i < option[5] % 8; i++) /* and harmed */
        file[(size_t)option[i] * 8 % n] = data[i % size];
    damaged[1] = option[1] | 8;
    decode(damaged, file, n, &(tb_error){0});
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *option = data;
    tb_error err = {0};

    if (size <= OPTIONS)
        return 0;
    allocations = 0;
    fail_at = option[7] >= 192 ? option[7] - 191 : 0;
    if (option[6] < 16)
        encode(option, data + OPTIONS, size - OPTIONS);
    else
        decode(option, data + OPTIONS, size - OPTIONS, &err);
    return 0;
}
