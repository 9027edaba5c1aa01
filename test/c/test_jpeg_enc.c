/* test_jpeg_enc.c - the JPEG encoder beside plain libjpeg. */
#include "jpeg_ref.h"

typedef struct {
    long steps; /* of a slice; 0 = no end */
    bool stop;  /* the job must end: told to who asks */
    size_t memory;
} way;

typedef struct {
    long steps;
    bool was_long;
    size_t peak;       /* bytes, with those of the output */
    size_t first_half; /* bytes of output when half of the rows were in */
} cost;

static cost seen;

static tb_status watched_step(tb_stage *s, tb_error *err)
{
    const tb_encode *args = s->args;

    seen.steps++;
    seen.was_long |= s->long_step && seen.steps > 1; /* the strips of a wide picture are taken in the first */
    if (s->in[0].first <= s->in[0].rows->shape.height / 2)
        seen.first_half = args->bytes->total;
    return tb_jpeg_enc.step(s, err);
}

static tb_status try_encode(image in, tb_output how, tb_meta *meta, way w, file *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap, .limit = w.memory};
    tb_chain c = {.mem = &mem};
    tb_bytes bytes = {.mem = &mem};
    tb_encode args = {.how = &how, .meta = meta, .bytes = &bytes, .keep = TB_KEEP_ICC};
    tb_stage_ops ops = tb_jpeg_enc;
    tb_status status = TB_FAIL;

    seen = (cost){0};
    ops.step = watched_step;
    if (tb_chain_add(&c, &give, &in, -1) == 0 && tb_chain_add(&c, &ops, &args, 0) == 1)
        do {
            steps_budget b = slice_of(w.steps ? w.steps : 1 << 30);
            b.stop_at = w.stop;
            status = tb_chain_run(&c, &b.base, err);
        } while (status == TB_MORE);
    CHECK(status == TB_DONE || status == TB_FAIL);
    seen.peak = mem.peak;
    tb_chain_close(&c);
    if (status == TB_DONE)
        *out = file_of_bytes(&bytes);
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return status;
}

static file encode(image in, tb_output how, tb_meta *meta, way w)
{
    file out = {0};
    tb_error err = {0};

    if (try_encode(in, how, meta, w, &out, &err) != TB_DONE) {
        printf("%s\n", err.text);
        CHECK(false);
    }
    CHECK(err.warnings == 0);
    return out;
}

static recipe recipe_of(tb_output how, int channels)
{
    bool half = how.chroma != TB_CHROMA_444 && channels == 3;
    return (recipe){.quality = how.quality,
                    .h = half ? 2 : 1,
                    .v = half && how.chroma == TB_CHROMA_420 ? 2 : 1,
                    .progressive = how.progressive,
                    .optimize = how.optimize};
}

#define KINDS 9 /* chroma x coding */
static tb_output kind_of(int kind, int quality)
{
    return (tb_output){.format = TB_JPEG,
                       .quality = quality,
                       .chroma = (tb_chroma)(kind % 3),
                       .optimize = kind / 3 == 1,
                       .progressive = kind / 3 == 2};
}

static void bytes_are_those_of_plain_libjpeg(void)
{
    static const int sizes[][2] = {{1, 1}, {3, 17}, {16, 16}, {50, 33}, {131, 90}};
    static const int qualities[] = {1, 24, 80, 100};

    for (int n = 0; n < 5; n++)
        for (int c = 1; c <= 3; c += 2)
            for (int kind = 0; kind < KINDS; kind++)
                for (int q = 0; q < 4; q++) {
                    image i = (q % 2 ? gradient : noise)(sizes[n][0], sizes[n][1], c);
                    tb_output how = kind_of(kind, qualities[q]);
                    file expected = ref_encode(i, recipe_of(how, c));
                    CHECK_SAME_FILE(encode(i, how, NULL, (way){0}), expected);
                    CHECK_SAME_FILE(encode(i, how, NULL, (way){.steps = 1}), expected);
                    CHECK_SAME_FILE(encode(i, how, NULL, (way){.steps = 10}), expected);
                    images_free();
                    files_free();
                }
}

/* A row of blocks of noise at quality 100 is much longer than what is given at once. */
static void dense_rows_are_cut_and_come_out_whole(void)
{
    image i = noise(1500, 40, 3);

    for (int kind = 0; kind < 3; kind++) {
        tb_output how = kind_of(kind, 100);
        CHECK_SAME_FILE(encode(i, how, NULL, (way){0}), ref_encode(i, recipe_of(how, 3)));
        CHECK(seen.steps > 60 && !seen.was_long);
    }
    images_free();
    files_free();
}

/* Here little more than the blocks that are written as one fits in what is given at once. */
static void wide_rows_of_dense_blocks_come_out_whole(void)
{
    image i = noise(5600, 33, 3);
    tb_output how = kind_of(0, 100);

    for (size_t k = 0; k < image_size(i); k++)
        i.px[k] = i.px[k] & 1 ? 255 : 0;
    CHECK_SAME_FILE(encode(i, how, NULL, (way){0}), ref_encode(i, recipe_of(how, 3)));
    CHECK(!seen.was_long);
    images_free();
    files_free();
}

static void wide_rows_are_cut(void)
{
    image i = gradient(65500, 20, 3);
    tb_output how = kind_of(0, 80);

    CHECK_SAME_FILE(encode(i, how, NULL, (way){0}), ref_encode(i, recipe_of(how, 3)));
    CHECK(seen.steps > 100 && !seen.was_long);
    images_free();
    files_free();
}

static void what_cannot_be_cut_is_a_long_step(void)
{
    image small = gradient(60, 60, 3), large = gradient(600, 600, 3);

    for (int kind = 3; kind < KINDS; kind++) {
        encode(small, kind_of(kind, 80), NULL, (way){0});
        CHECK(!seen.was_long);
        encode(large, kind_of(kind, 80), NULL, (way){0});
        CHECK(seen.was_long);
    }
    images_free();
    files_free();
}

static void a_long_end_can_be_stopped(void)
{
    image i = gradient(200, 200, 3);
    file out = {0};
    tb_error err = {0};

    CHECK(try_encode(i, kind_of(6, 80), NULL, (way){.stop = true}, &out, &err) == TB_FAIL);
    CHECK(err.code == TB_E_CANCELLED);
    images_free();
}

static void the_profile_is_written_as_libjpeg_does(void)
{
    static const size_t sizes[] = {0, 1, 3000, 65519, 65520, 200000};
    image i = gradient(40, 30, 3);
    uint8_t *icc = malloc(200000);

    CHECK(icc);
    for (int k = 0; k < 200000; k++)
        icc[k] = (uint8_t)(k * 7 / 3);
    for (int n = 0; n < 6; n++)
        for (int kind = 0; kind < KINDS; kind += 3) {
            tb_output how = kind_of(kind, 80);
            tb_meta meta = {.icc = sizes[n] ? icc : NULL, .icc_size = sizes[n]};
            recipe r = recipe_of(how, 3);
            r.icc = meta.icc;
            r.icc_size = (unsigned)sizes[n];
            CHECK_SAME_FILE(encode(i, how, &meta, (way){0}), ref_encode(i, r));
        }
    free(icc);
    images_free();
    files_free();
}

static void a_profile_that_does_not_fit_is_left_out(void)
{
    image i = gradient(8, 8, 3);
    tb_output how = kind_of(0, 80);
    size_t size = (size_t)255 * 65519 + 1;
    tb_meta meta = {.icc = calloc(1, size), .icc_size = size};
    file out = {0};
    tb_error err = {0};

    CHECK(meta.icc);
    CHECK(try_encode(i, how, &meta, (way){0}, &out, &err) == TB_DONE && err.warnings == 1);
    CHECK_SAME_FILE(out, ref_encode(i, recipe_of(how, 3)));
    free(meta.icc);
    images_free();
    files_free();
}

static void output_comes_while_rows_go_in(void)
{
    image i = noise(100, 200, 3);
    file f = encode(i, kind_of(0, 80), NULL, (way){0});

    CHECK(seen.first_half > f.size / 3);
    images_free();
    files_free();
}

static void a_side_over_65500_is_a_limit(void)
{
    for (int turn = 0; turn < 2; turn++) {
        image i = image_new(turn ? 1 : 65501, turn ? 65501 : 1, 1);
        file out = {0};
        tb_error err = {0};
        CHECK(try_encode(i, kind_of(0, 80), NULL, (way){0}, &out, &err) == TB_FAIL);
        CHECK(err.code == TB_E_LIMIT && strstr(err.text, "65500"));
    }
    images_free();
}

static void survives_any_failed_allocation(void)
{
    image i = noise(130, 120, 3);
    tb_meta meta = {.icc = calloc(1, 9000), .icc_size = 9000};

    for (int kind = 0; kind < KINDS; kind += 3)
        for (int on = 0; on < 2; on++) {
            fail_on = on;
            for (long n = 0; lose_next(&n);) {
                file out = {0};
                tb_error err = {0};
                CHECK_LOSS(try_encode(i, kind_of(kind, 100), &meta, (way){0}, &out, &err), &err);
            }
        }
    free(meta.icc);
    images_free();
    files_free();
}

static void all_memory_is_counted_and_limited(void)
{
    image i = gradient(400, 320, 3);
    size_t coefficients = (size_t)400 * 320 * 3;
    file out = {0};
    tb_error err = {0};

    encode(i, kind_of(6, 80), NULL, (way){0});
    CHECK(seen.peak > coefficients && seen.peak < coefficients + 400000);
    CHECK(try_encode(i, kind_of(6, 80), NULL, (way){.memory = coefficients / 2}, &out, &err) == TB_FAIL);
    CHECK(err.code == TB_E_LIMIT && seen.peak < 200000);
    images_free();
    files_free();
}

int main(void)
{
    bytes_are_those_of_plain_libjpeg();
    dense_rows_are_cut_and_come_out_whole();
    wide_rows_of_dense_blocks_come_out_whole();
    wide_rows_are_cut();
    what_cannot_be_cut_is_a_long_step();
    a_long_end_can_be_stopped();
    the_profile_is_written_as_libjpeg_does();
    a_profile_that_does_not_fit_is_left_out();
    output_comes_while_rows_go_in();
    a_side_over_65500_is_a_limit();
    survives_any_failed_allocation();
    all_memory_is_counted_and_limited();
    return 0;
}
