/* test_jpeg_planes.c - planes out of a JPEG, and into one, beside libjpeg's own raw data. */
#include "planes.h"

static const int kinds_of_chroma[][2] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}};

/* All at once, into rows that are wide enough for whole blocks. */
static planes ref_planes(file f, int shrink)
{
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    JSAMPROW rows[3][2000];
    JSAMPARRAY plane[3] = {rows[0], rows[1], rows[2]};
    planes padded, out;

    j.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&j);
    jpeg_mem_src(&j, f.data, f.size);
    jpeg_read_header(&j, TRUE);
    j.scale_num = 1;
    j.scale_denom = (unsigned)shrink;
    j.raw_data_out = TRUE;
    jpeg_start_decompress(&j);
    for (int k = 0; k < 3; k++)
        padded.of[k] = image_new((int)j.output_width + 64, (int)j.output_height + 64, 1);
    int high = j.max_v_samp_factor * 8 / shrink;
    for (int y = 0; y < (int)j.output_height; y += high) {
        for (int k = 0; k < 3; k++) {
            int step = ceil_div((int)j.output_height, (int)j.comp_info[k].downsampled_height);
            for (int i = 0; i < 16; i++)
                rows[k][i] = padded.of[k].px + (size_t)(y / step + i) * (size_t)padded.of[k].w;
        }
        CHECK(jpeg_read_raw_data(&j, plane, (JDIMENSION)high) > 0);
    }
    for (int k = 0; k < 3; k++) {
        out.of[k] =
            image_new((int)j.comp_info[k].downsampled_width, (int)j.comp_info[k].downsampled_height, 1);
        for (int y = 0; y < out.of[k].h; y++)
            memcpy(out.of[k].px + y * out.of[k].w, padded.of[k].px + y * padded.of[k].w, (size_t)out.of[k].w);
    }
    jpeg_destroy_decompress(&j);
    return out;
}

typedef struct {
    int shrink, y, height; /* height 0 = all */
    int chroma;            /* by how much Cb and Cr are shrunk; 0 = as libjpeg has it */
    bool keep;
    size_t piece; /* bytes that come at once; 0 = all */
    long steps;
} way;

static tb_header *header_of(image i, const int *chroma)
{
    static tb_header h;

    h.format = TB_JPEG;
    h.width = i.w;
    h.height = i.h;
    h.channels = h.components = 3;
    h.chroma_x = chroma[0];
    h.chroma_y = chroma[1];
    return &h;
}

static tb_status try_decode(file f, const tb_header *h, way w, planes *out, tb_error *err)
{
    static tb_limits limits;
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_input in = {0};
    tb_decode how = {.input = &in,
                     .header = h,
                     .limits = &limits,
                     .keep_truncated = w.keep,
                     .shrink = w.shrink ? w.shrink : 1,
                     .chroma_shrink = w.chroma};
    image *to[3] = {&out->of[0], &out->of[1], &out->of[2]};
    tb_status status = TB_FAIL;

    how.region = (tb_rect){0, w.y, ceil_div(h->width, how.shrink),
                           w.height ? w.height : ceil_div(h->height, how.shrink)};
    if (tb_chain_add(&c, &tb_jpeg_planes_dec, &how, -1) == 0 && keep_planes(&c, to))
        status = run_fed(&c, &in, f, w.piece, w.steps, err);
    close_fed(&c, &in);
    return status;
}

static planes decode(file f, const tb_header *h, way w)
{
    planes out;
    tb_error err = {0};

    if (try_decode(f, h, w, &out, &err) != TB_DONE) {
        printf("%s\n", err.text);
        CHECK(false);
    }
    CHECK(err.warnings == 0);
    return out;
}

static file encoded(image i, const int *chroma, int kind)
{
    return ref_encode(i, kind_of((recipe){.h = chroma[0], .v = chroma[1]}, kind));
}

static void planes_are_those_of_libjpegs_raw_data(void)
{
    for (int s = 0; s < 4; s++)
        for (int n = 0; n < SIZES; n++)
            for (int kind = 0; kind < KINDS; kind++) {
                const int *chroma = kinds_of_chroma[s];
                image i = picture(sizes[n][0], sizes[n][1], 3);
                file f = encoded(i, chroma, kind);
                for (int shrink = 1; shrink <= 8; shrink *= 2) {
                    planes got = decode(f, header_of(i, chroma), (way){.shrink = shrink});
                    CHECK_SAME_PLANES(got, ref_planes(f, shrink));
                }
                images_free();
                files_free();
            }
}

/* Then they are what libjpeg makes of them in a smaller picture. */
static void chroma_may_be_shrunk_more_than_luma(void)
{
    for (int s = 0; s < 4; s++)
        for (int n = 0; n < SIZES; n++)
            for (int kind = 0; kind < KINDS; kind++) {
                const int *chroma = kinds_of_chroma[s];
                image i = picture(sizes[n][0], sizes[n][1], 3);
                file f = encoded(i, chroma, kind);
                for (int smaller = 2; smaller <= 8; smaller *= 2)
                    for (int shrink = 1; shrink <= smaller; shrink *= 2) {
                        int by = chroma[0] * chroma[1] == 4 ? smaller / 2 : smaller;
                        planes got = decode(f, header_of(i, chroma), (way){.shrink = shrink, .chroma = by});
                        planes want = ref_planes(f, smaller);
                        want.of[0] = ref_planes(f, shrink).of[0];
                        CHECK_SAME_PLANES(got, want);
                    }
                images_free();
                files_free();
            }
}

static void of_chroma_no_more_than_its_means_may_be_taken(void)
{
    image i = image_new(75, 90, 3);
    memset(i.px, 140, image_size(i));
    file f = encoded(i, kinds_of_chroma[2], 0);
    planes got =
        decode(f, header_of(i, kinds_of_chroma[2]), (way){.shrink = 2, .y = 7, .height = 38, .chroma = 8});

    CHECK(got.of[0].w == 38 && got.of[0].h == 38 && got.of[1].w == 5 && got.of[1].h == 6);
    for (int k = 0; k < 3; k++)
        for (size_t n = 0; n < image_size(got.of[k]); n++)
            CHECK(got.of[k].px[n] == got.of[k].px[0]);
    images_free();
    files_free();
}

static void all_samplings_may_be_doubled(void)
{
    image i = picture(50, 70, 3);

    for (int v = 1; v <= 2; v++) {
        file f = ref_encode(i, (recipe){.h = 2, .v = v, .ch = 2, .cv = v, .apart = true});
        for (int shrink = 1; shrink <= 8; shrink *= 2) {
            planes got = decode(f, header_of(i, kinds_of_chroma[0]), (way){.shrink = shrink});
            CHECK_SAME_PLANES(got, ref_planes(f, shrink));
        }
    }
    images_free();
    files_free();
}

static void a_region_has_its_rows(void)
{
    uint32_t seed = 4;

    for (int n = 0; n < 300; n++) {
        const int *chroma = kinds_of_chroma[n % 4];
        image i = picture(40 + (int)(next_random(&seed) % 20), 40 + (int)(next_random(&seed) % 90), 3);
        file f = encoded(i, chroma, n / 4 % KINDS);
        int shrink = 1 << n / 7 % 4, high = ceil_div(i.h, shrink);
        way w = {.shrink = shrink, .y = (int)(next_random(&seed) % (uint32_t)high), .steps = 1 + n % 5};
        w.height = 1 + (int)(next_random(&seed) % (uint32_t)(high - w.y));
        planes got = decode(f, header_of(i, chroma), w), whole = ref_planes(f, shrink);
        for (int k = 0; k < 3; k++)
            CHECK_SAME(got.of[k], lines(whole.of[k], ceil_div(high, whole.of[k].h), w.y, w.y + w.height));
        images_free();
        files_free();
    }
}

static void every_slicing_and_piece_gives_the_same_planes(void)
{
    static const size_t pieces[] = {1, 7, 100, 1000, 0};
    image i = picture(121, 143, 3);

    for (int kind = 0; kind < KINDS; kind++) {
        file f = encoded(i, kinds_of_chroma[2], kind);
        planes want = ref_planes(f, 1);
        for (int p = 0; p < 5; p++)
            for (long steps = pieces[p] ? 2 : 1; steps < 2000; steps *= 5) {
                planes got =
                    decode(f, header_of(i, kinds_of_chroma[2]), (way){.piece = pieces[p], .steps = steps});
                CHECK_SAME_PLANES(got, want);
            }
    }
    images_free();
    files_free();
}

static void every_truncation_is_told_or_kept(void)
{
    image i = picture(40, 45, 3);

    for (int kind = 0; kind < KINDS; kind++) {
        file f = encoded(i, kinds_of_chroma[2], kind);
        for (size_t n = 0; n < f.size - 2; n += 1 + n / 100) {
            planes out;
            tb_error err = {0}, kept = {0};
            file cut = file_of(f.data, n);
            tb_header *h = header_of(i, kinds_of_chroma[2]);
            CHECK(try_decode(cut, h, (way){0}, &out, &err) == TB_FAIL && err.code == TB_E_TRUNCATED);
            tb_status status = try_decode(cut, h, (way){.keep = true}, &out, &kept);
            CHECK(status == TB_DONE ? kept.warnings == 1 : kept.code == TB_E_TRUNCATED);
        }
        images_free();
        files_free();
        i = picture(40, 45, 3);
    }
    images_free();
}

static void other_planes_than_the_header_says_are_refused(void)
{
    image i = picture(30, 20, 3);
    planes out;
    tb_error err = {0};

    for (int k = 0; k < 4; k++) {
        static const J_COLOR_SPACE spaces[] = {JCS_RGB, JCS_YCbCr, JCS_YCbCr, JCS_YCbCr};
        file f = ref_encode(
            i, (recipe){.space = spaces[k], .h = 1 + (k == 1), .v = 1 + (k == 2), .ch = 1 + (k == 3)});
        err = (tb_error){0};
        CHECK(try_decode(f, header_of(i, kinds_of_chroma[0]), (way){0}, &out, &err) == TB_FAIL);
        CHECK(err.code == TB_E_CORRUPT);
    }
    images_free();
    files_free();
}

/* ------------------------------------------------------------------- encoder */

static const int chroma_of[][2] = {{2, 2}, {2, 1}, {1, 1}};

static file ref_write(planes p, tb_output how)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long size = 0;
    JSAMPROW rows[3][16];
    JSAMPARRAY plane[3] = {rows[0], rows[1], rows[2]};
    uint8_t *row = malloc(3 * 16 * 1000);

    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &data, &size);
    j.image_width = (JDIMENSION)p.of[0].w;
    j.image_height = (JDIMENSION)p.of[0].h;
    j.input_components = 3;
    j.in_color_space = JCS_YCbCr;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, how.quality, TRUE);
    j.comp_info[0].h_samp_factor = chroma_of[how.chroma][0];
    j.comp_info[0].v_samp_factor = chroma_of[how.chroma][1];
    j.raw_data_in = TRUE;
    j.optimize_coding = how.optimize || how.progressive;
    if (how.progressive)
        jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    while (j.next_scanline < j.image_height) {
        for (int k = 0; k < 3; k++)
            for (int r = 0; r < 16; r++) {
                int v = j.comp_info[k].v_samp_factor;
                int y = (int)j.next_scanline / j.max_v_samp_factor * v + r, last = p.of[k].h - 1;
                rows[k][r] = row + (k * 16 + r) * 1000;
                for (int x = 0; x < 1000; x++)
                    rows[k][r][x] =
                        p.of[k].px[(y < last ? y : last) * p.of[k].w + (x < p.of[k].w ? x : p.of[k].w - 1)];
            }
        jpeg_write_raw_data(&j, plane, (JDIMENSION)(8 * j.max_v_samp_factor));
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    file f = file_of(data, size);
    free(data);
    free(row);
    return f;
}

static tb_status try_write(planes p, tb_output how, long steps, file *out, tb_error *err)
{
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_bytes bytes = {.mem = &mem};
    tb_encode args = {.how = &how, .bytes = &bytes};
    tb_status status = TB_FAIL;
    bool built = true;

    for (int k = 0; built && k < 3; k++)
        built = tb_chain_add(&c, &give, &p.of[k], -1) == k;
    if (built && tb_chain_add(&c, &tb_jpeg_planes_enc, &args, 0) == 3) {
        tb_chain_link(&c, 3, 1, 1, 0);
        tb_chain_link(&c, 3, 2, 2, 0);
        status = run_chain(&c, steps, err);
    }
    tb_chain_close(&c);
    *out = file_of_bytes(&bytes);
    tb_bytes_close(&bytes);
    CHECK(mem.used == 0);
    return status;
}

static planes planes_of(int w, int h, tb_chroma chroma)
{
    planes p;

    for (int k = 0; k < 3; k++) {
        const int *step = chroma_of[chroma];
        p.of[k] = picture(k ? ceil_div(w, step[0]) : w, k ? ceil_div(h, step[1]) : h, 1);
        for (size_t i = 0; i < image_size(p.of[k]); i++)
            p.of[k].px[i] = (uint8_t)(p.of[k].px[i] + 50 * k);
    }
    return p;
}

static void files_are_those_of_libjpegs_raw_data(void)
{
    for (int n = 0; n < SIZES + 1; n++)
        for (int chroma = TB_CHROMA_420; chroma <= TB_CHROMA_444; chroma++)
            for (int kind = 0; kind < 3; kind++) {
                int w = n < SIZES ? sizes[n][0] : 900, h = n < SIZES ? sizes[n][1] : 40;
                tb_output how = {.quality = 80 + n, .chroma = (tb_chroma)chroma};
                how.optimize = kind == 1;
                how.progressive = kind == 2;
                planes p = planes_of(w, h, how.chroma);
                file want = ref_write(p, how), got;
                for (long steps = 1; steps < 10000; steps *= 9) {
                    tb_error err = {0};
                    CHECK(try_write(p, how, steps, &got, &err) == TB_DONE);
                    CHECK_SAME_FILE(got, want);
                }
                images_free();
                files_free();
            }
}

static void survives_any_failed_allocation(void)
{
    image i = picture(40, 50, 3);
    file f = encoded(i, kinds_of_chroma[2], 0), written;
    planes p = planes_of(40, 50, TB_CHROMA_420), out;

    for (int encode = 0; encode < 2; encode++) {
        for (long n = 0; lose_next(&n);) {
            tb_error err = {0};
            tb_status status = encode ? try_write(p, (tb_output){.quality = 80}, 1 << 30, &written, &err)
                                      : try_decode(f, header_of(i, kinds_of_chroma[2]), (way){0}, &out, &err);
            CHECK_LOSS(status, &err);
        }
    }
    images_free();
    files_free();
}

int main(void)
{
    planes_are_those_of_libjpegs_raw_data();
    chroma_may_be_shrunk_more_than_luma();
    of_chroma_no_more_than_its_means_may_be_taken();
    all_samplings_may_be_doubled();
    a_region_has_its_rows();
    every_slicing_and_piece_gives_the_same_planes();
    every_truncation_is_told_or_kept();
    other_planes_than_the_header_says_are_refused();
    files_are_those_of_libjpegs_raw_data();
    survives_any_failed_allocation();
    return 0;
}
