/* test_squeeze.c - files of at most so many bytes, beside those of each quality. */
#include "../../c_src/codecs/squeeze.h"
#include "files.h"

/* Y alone, and Cb and Cr at half the size: as JPEG's planes come. */
static const image *planes;

static tb_status give_planes_open(tb_stage *s, tb_error *err)
{
    (void)err;
    for (int k = 0; k < 3; k++)
        s->out[k].shape = (tb_shape){planes[k].w, planes[k].h, 1};
    return TB_MORE;
}

static tb_status give_planes_step(tb_stage *s, tb_error *err)
{
    bool all = true;

    (void)err;
    for (int k = 0; k < 3; k++) {
        tb_rows *out = &s->out[k];
        const image *i = &planes[k];
        if (out->end < i->h && out->end * planes[0].h <= s->out[0].end * i->h) {
            memcpy(tb_new_row(out, 0), i->px + (size_t)out->end * (size_t)i->w, (size_t)i->w);
            out->end++;
        }
        all &= out->end == i->h;
    }
    return all ? TB_DONE : TB_MORE;
}

static const tb_stage_ops give_planes = {
    .name = "planes", .outs = 3, .open = give_planes_open, .step = give_planes_step};

typedef struct {
    tb_format format;
    bool planes, lossless;
    int quality;
    uint64_t max_bytes; /* 0: a plain encoder */
} wish;

static tb_error last, refused;
static int told;

static const tb_stage_ops *encoder(const wish *w)
{
    return w->planes ? &tb_jpeg_planes_enc : tb_encoder_of(w->format);
}

/* TB_DONE with bytes, or without where it was refused. */
static tb_status encode(image in, const wish *w, long steps, file *out)
{
    tb_mem mem = {.heap = &test_heap};
    tb_bytes bytes = {.mem = &mem};
    tb_output how = {.format = w->format,
                     .quality = w->quality,
                     .lossless = w->lossless,
                     .method = 1,
                     .level = 1,
                     .max_bytes = w->max_bytes};
    tb_squeeze_args args = {encoder(w), {.how = &how, .bytes = &bytes}, &told, &refused};
    tb_chain c = {.mem = &mem};
    tb_status status = TB_FAIL;

    last = refused = (tb_error){0};
    const tb_stage_ops *ops = !w->max_bytes ? encoder(w) : w->planes ? &tb_squeeze_planes : &tb_squeeze;
    const void *with = w->max_bytes ? (const void *)&args : &args.encode;
    if (tb_chain_add(&c, w->planes ? &give_planes : &give, &in, -1) == 0 &&
        tb_chain_add(&c, ops, with, 0) == 1) {
        for (int k = 1; w->planes && k < 3; k++)
            tb_chain_link(&c, 1, k, 0, k);
        status = run_chain(&c, steps, &last);
    }
    if (status == TB_DONE && out)
        *out = file_of_bytes(&bytes);
    tb_chain_close(&c);
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return status;
}

static size_t plain_size(image in, wish w, int quality)
{
    file f;

    w.max_bytes = 0;
    w.quality = quality;
    CHECK(encode(in, &w, 1 << 30, &f) == TB_DONE);
    return f.size;
}

static bool same_as_plain(image in, wish w, int quality, file squeezed)
{
    file f;

    w.max_bytes = 0;
    w.quality = quality;
    CHECK(encode(in, &w, 1 << 30, &f) == TB_DONE);
    bool same = f.size == squeezed.size && memcmp(f.data, squeezed.data, f.size) == 0;
    return same;
}

/* The law: it fits, one above does not, and the bytes are those of that quality. */
static void check_law(image in, wish w)
{
    file f;

    CHECK(encode(in, &w, 1 << 30, &f) == TB_DONE && refused.code == TB_E_NONE);
    CHECK(f.size <= w.max_bytes && told >= 1 && told <= w.quality);
    CHECK(same_as_plain(in, w, told, f));
    CHECK(told == w.quality || plain_size(in, w, told + 1) > w.max_bytes);
}

static const image *three(int w, int h)
{
    static image i[3];

    i[0] = gradient(w, h, 1);
    i[1] = noise((w + 1) / 2, (h + 1) / 2, 1);
    i[2] = gradient((w + 1) / 2, (h + 1) / 2, 1);
    return i;
}

static void what_is_taken_fits_and_one_above_does_not(void)
{
    const wish wishes[] = {{TB_JPEG, false, false, 95, 0},
                           {TB_JPEG, true, false, 100, 0},
                           {TB_JPEG, false, false, 30, 0},
                           {TB_WEBP, false, false, 90, 0}};

    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        for (int side = 1; side < 120; side += 58) {
            image in = i % 2 ? noise(side, side + 3, 3) : gradient(side + 7, side, 3);
            planes = three(side, side + 5);
            size_t least = plain_size(in, wishes[i], 1), most = plain_size(in, wishes[i], wishes[i].quality);
            for (size_t n = least; n < most + 2; n += 1 + (most - least) / 7) {
                wish w = wishes[i];
                w.max_bytes = n;
                check_law(in, w);
            }
        }
}

static void the_bytes_are_the_same_in_every_slicing(void)
{
    image in = noise(61, 47, 3);
    wish w = {TB_JPEG, false, false, 95, 0};
    file whole, f;

    for (int apart = 0; apart < 2; apart++) {
        w.planes = apart;
        planes = three(61, 47);
        w.max_bytes = (plain_size(in, w, 1) + plain_size(in, w, 95)) / 2;
        CHECK(encode(in, &w, 1 << 30, &whole) == TB_DONE);
        for (long steps = 1; steps < 20; steps++) {
            CHECK(encode(in, &w, steps, &f) == TB_DONE);
            CHECK(f.size == whole.size && memcmp(f.data, whole.data, f.size) == 0);
        }
    }
}

static void what_cannot_fit_is_refused_without_bytes(void)
{
    image in = noise(61, 47, 3);
    file f;

    for (int i = 0; i < 2; i++) {
        wish w = {i ? TB_WEBP : TB_JPEG, false, false, 80, 100};
        CHECK(encode(in, &w, 1 << 30, &f) == TB_DONE && f.size == 0);
        CHECK(refused.code == TB_E_LIMIT && strstr(refused.text, "quality 1") &&
              strstr(refused.text, "max_bytes"));
    }
}

/* It is encoded once: it fits, or it does not. */
static void without_a_quality_there_is_one_try(void)
{
    image in = noise(33, 21, 3);

    for (int i = 0; i < 2; i++) {
        wish w = {i ? TB_WEBP : TB_PNG, false, i == 1, 80, 0};
        size_t size = plain_size(in, w, 80);
        file f;
        w.max_bytes = size;
        CHECK(encode(in, &w, 1 << 30, &f) == TB_DONE && refused.code == TB_E_NONE && f.size == size);
        CHECK(same_as_plain(in, w, 80, f));
        w.max_bytes = size - 1;
        CHECK(encode(in, &w, 1 << 30, &f) == TB_DONE && refused.code == TB_E_LIMIT && f.size == 0);
    }
}

static void the_number_of_tries_is_known(void)
{
    CHECK(tb_squeeze_tries(&(tb_output){.format = TB_JPEG, .quality = 1}) == 1);
    CHECK(tb_squeeze_tries(&(tb_output){.format = TB_JPEG, .quality = 100}) == 7);
    CHECK(tb_squeeze_tries(&(tb_output){.format = TB_PNG, .quality = 100}) == 1);
    CHECK(tb_squeeze_tries(&(tb_output){.format = TB_WEBP, .quality = 100, .lossless = true}) == 1);
}

static void every_allocation_may_fail(void)
{
    for (int i = 0; i < 3; i++) {
        image in = noise(33, 21, 3);
        wish w = {i == 1 ? TB_WEBP : TB_JPEG, i == 2, false, 80, 0};
        planes = three(33, 21);
        w.max_bytes = (plain_size(in, w, 1) + plain_size(in, w, 80)) / 2;
        for (long n = 0; lose_next(&n);) {
            file f = {0};
            CHECK_LOSS(encode(in, &w, 1 << 30, &f), &last);
        }
    }
}

/* Closed after any number of steps, all memory comes back. */
static void it_may_end_at_any_step(void)
{
    image in = noise(40, 30, 3);

    for (long steps = 1; steps < 60; steps++) {
        tb_mem mem = {.heap = &test_heap};
        tb_bytes bytes = {.mem = &mem};
        tb_output how = {.format = TB_JPEG, .quality = 90, .max_bytes = 1200};
        tb_squeeze_args args = {&tb_jpeg_enc, {.how = &how, .bytes = &bytes}, &told, &refused};
        tb_chain c = {.mem = &mem};
        tb_error err = {0};
        steps_budget b = slice_of(steps);
        CHECK(tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, &tb_squeeze, &args, 0) == 1);
        tb_chain_run(&c, &b.base, &err);
        tb_chain_close(&c);
        tb_bytes_close(&bytes);
        CHECK(mem.used == 0);
    }
}

int main(void)
{
    what_is_taken_fits_and_one_above_does_not();
    the_bytes_are_the_same_in_every_slicing();
    what_cannot_fit_is_refused_without_bytes();
    without_a_quality_there_is_one_try();
    the_number_of_tries_is_known();
    every_allocation_may_fail();
    it_may_end_at_any_step();
    images_free();
    files_free();
    return 0;
}
