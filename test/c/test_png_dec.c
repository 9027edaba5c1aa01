/* test_png_dec.c - every PNG decodes to what libpng reads in one go. */
#include "png_plain.h"
#include <zlib.h>

typedef struct {
    size_t piece; /* bytes that come at once; 0 = all */
    long steps;   /* of a slice */
    bool keep;    /* keep_truncated */
    tb_rect region;
} how;

/* A step's longest reach. */
static size_t most_rows, most_bytes, peak;

/* Input of which no more can be read than may be: a block of its own for what is
 * kept and safe, new after every piece. */
typedef struct {
    tb_input in;
    file all;
    uint8_t *block;
} stream;

static void come(stream *s, size_t piece)
{
    tb_input *in = &s->in;
    size_t left = s->all.size - in->end;

    in->end += piece && piece < left ? piece : left;
    in->ended = in->end == s->all.size;
    uint8_t *block = malloc(in->end - in->keep + 1);
    CHECK(block);
    memcpy(block, s->all.data + in->keep, in->end - in->keep);
    free(s->block);
    in->first = in->keep;
    in->data = s->block = block;
}

/* Walks what is here, then hides what is not safe. */
static tb_status walk(stream *s, tb_walk *w, tb_header *h, tb_error *err)
{
    tb_status status;

    do
        status = tb_walk_step(w, &s->in, h, err);
    while (status == TB_MORE);
    return status;
}

static void hide_unsafe(stream *s)
{
    tb_input *in = &s->in;
    uint8_t *block = malloc(in->safe - in->first + 1);

    CHECK(block);
    memcpy(block, s->block, in->safe - in->first);
    free(s->block);
    in->data = s->block = block;
}

/* One slice, and how far a step went in it. */
static tb_status slice(tb_chain *c, tb_input *in, long steps, tb_error *err)
{
    steps_budget b = slice_of(steps);
    int end = c->opened ? c->stage[0].out[0].end : 0;
    size_t at = in->keep;
    tb_status status = tb_chain_run(c, &b.base, err);

    if (c->opened && steps == 1) {
        size_t rows = (size_t)(c->stage[0].out[0].end - end), bytes = in->keep - at;
        most_rows = rows > most_rows ? rows : most_rows;
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
        CHECK((int)rows <= c->stage[0].out[0].burst);
    }
    return status;
}

static tb_status run_stream(stream *s, how a, tb_mem *mem, image *out, tb_error *err)
{
    tb_walk w = {.limits = &tb_default_limits};
    static tb_header h;
    memset(&h, 0, sizeof h);
    tb_decode d = {.input = &s->in,
                   .header = &h,
                   .limits = &tb_default_limits,
                   .keep_truncated = a.keep,
                   .shrink = 1,
                   .region = a.region};
    tb_chain c = {.mem = mem};
    tb_status walked, status = TB_HUNGRY;

    while (status == TB_HUNGRY) {
        bool had_all = s->in.ended;
        come(s, a.piece);
        walked = walk(s, &w, &h, err);
        status = walked == TB_FAIL ? TB_FAIL : TB_HUNGRY;
        CHECK(status == TB_FAIL || !had_all); /* hungry though all is here */
        if (status == TB_FAIL || (!w.known && walked != TB_DONE))
            continue;
        if (!c.count) {
            if (!d.region.width)
                d.region = (tb_rect){0, 0, h.width, h.height};
            if (tb_chain_add(&c, &tb_png_dec, &d, -1) < 0 || tb_chain_add(&c, &keep, &out, 0) < 0) {
                status = TB_FAIL;
                continue;
            }
        }
        hide_unsafe(s);
        do /* in one step a chain cannot find out that it is hungry */
            status = slice(&c, &s->in, a.piece ? a.steps + 1 : a.steps, err);
        while (status == TB_MORE);
    }
    tb_chain_close(&c);
    return status;
}

static tb_status decode(file f, how a, image *out, tb_error *err)
{
    stream s = {.all = f};
    tb_mem mem = {.heap = &test_heap};

    *err = (tb_error){0};
    *out = (image){0};
    most_rows = most_bytes = 0;
    tb_status status = run_stream(&s, a, &mem, out, err);
    peak = mem.peak;
    CHECK(mem.used == 0);
    CHECK(status == TB_DONE || status == TB_FAIL);
    free(s.block);
    return status;
}

static image decoded(file f, how a)
{
    image out;
    tb_error err;
    tb_status status = decode(f, a, &out, &err);

    if (status != TB_DONE)
        printf("%s: %s\n", err.stage ? err.stage : "?", err.text);
    CHECK(status == TB_DONE);
    return out;
}

static const how whole = {.steps = 1 << 20};

static const struct {
    int type, depth;
    bool trns;
} types[] = {{0, 1, false}, {0, 2, false}, {0, 4, false}, {0, 8, false}, {0, 16, false}, {0, 1, true},
             {0, 2, true},  {0, 4, true},  {0, 8, true},  {0, 16, true}, {2, 8, false},  {2, 16, false},
             {2, 8, true},  {2, 16, true}, {3, 1, false}, {3, 2, false}, {3, 4, false},  {3, 8, false},
             {3, 1, true},  {3, 2, true},  {3, 4, true},  {3, 8, true},  {4, 8, false},  {4, 16, false},
             {6, 8, false}, {6, 16, false}};
#define TYPES ((int)(sizeof types / sizeof *types))

/* The i-th type, in both ways of interlacing. */
static kind kind_of(int i, int w, int h)
{
    return (kind){.w = w,
                  .h = h,
                  .type = types[i / 2].type,
                  .depth = types[i / 2].depth,
                  .trns = types[i / 2].trns,
                  .interlaced = i % 2 == 1,
                  .level = 6};
}

static void every_type_decodes_to_what_libpng_reads(void)
{
    static const int sides[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 32, 33};
    uint32_t seed = 3;

    for (int i = 0; i < 2 * TYPES; i++)
        for (int w = 0; w < 12; w++)
            for (int h = (w + i) % 3; h < 12; h += 3) {
                file f = plain_write(kind_of(i, sides[w], sides[h]), seed++, 100);
                CHECK_SAME(decoded(f, whole), plain_read(f, NULL));
                file_free(&f);
                images_free();
            }
}

static void every_slicing_and_piece_gives_the_same_pixels(void)
{
    static const size_t pieces[] = {1, 7, 100, 1000, 0};

    for (int i = 0; i < 2 * TYPES; i += 3) {
        kind k = kind_of(i, 37, 29);
        k.idat = 64 + i;
        file f = plain_write(k, (uint32_t)i + 1, 150);
        image expected = plain_read(f, NULL);
        for (int p = 0; p < 5; p++)
            for (long steps = 1; steps < 4; steps++)
                CHECK_SAME(decoded(f, (how){.piece = pieces[p], .steps = steps}), expected);
        file_free(&f);
        images_free();
    }
}

static void every_filter_decodes(void)
{
    static const int filters[] = {PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP, PNG_FILTER_AVG,
                                  PNG_FILTER_PAETH};

    for (int i = 0; i < 2 * TYPES; i++)
        for (int n = 0; n < 5; n++) {
            kind k = kind_of(i, 70, 11);
            k.filters = filters[n];
            file f = plain_write(k, 5, 60);
            CHECK_SAME(decoded(f, whole), plain_read(f, NULL));
            file_free(&f);
            images_free();
        }
}

static image crop(image i, tb_rect r)
{
    image o = image_new(r.width, r.height, i.c);
    for (int y = 0; y < r.height; y++)
        for (int x = 0; x < r.width * i.c; x++)
            o.px[y * r.width * i.c + x] = i.px[((r.y + y) * i.w + r.x) * i.c + x];
    return o;
}

static void a_region_is_that_part_of_the_picture(void)
{
    static const tb_rect regions[] = {{0, 0, 1, 1},   {40, 30, 1, 1}, {3, 0, 38, 7}, {5, 6, 7, 8},
                                      {0, 30, 41, 1}, {0, 0, 41, 30}, {40, 0, 1, 31}};

    for (int i = 0; i < 2 * TYPES; i++) {
        file f = plain_write(kind_of(i, 41, 31), 9, 100);
        image all = plain_read(f, NULL);
        for (int r = 0; r < 7; r++)
            CHECK_SAME(decoded(f, (how){.steps = 1, .region = regions[r]}), crop(all, regions[r]));
        file_free(&f);
        images_free();
    }
}

/* Where the last IDAT begins; its length. */
static size_t last_idat(file f, uint32_t *size)
{
    size_t found = 0;

    for (size_t at = 8; at + 12 <= f.size; at += 12 + png_get_uint_32(f.data + at))
        if (!memcmp(f.data + at + 4, "IDAT", 4))
            found = at;
    *size = png_get_uint_32(f.data + found);
    return found;
}

static void what_is_below_the_region_is_not_read(void)
{
    kind k = kind_of(20, 60, 60);
    k.idat = 200;
    file f = plain_write(k, 1, 0);
    image all = plain_read(f, NULL);
    tb_rect r = {2, 3, 50, 20};
    uint32_t size;
    size_t at = last_idat(f, &size);

    memset(f.data + at + 8, 0xff, size);
    CHECK_SAME(decoded(f, (how){.steps = 1, .region = r}), crop(all, r));
    file_free(&f);
    images_free();
}

/* Rows that came are as they should be; those that did not are grey or clear, or
 * in an interlaced picture like their neighbours. */
static void check_kept(image kept, image all, bool interlaced)
{
    size_t n = (size_t)all.w * (size_t)all.c;
    int y = 0;

    CHECK(kept.w == all.w && kept.h == all.h && kept.c == all.c);
    while (y < all.h && !memcmp(kept.px + (size_t)y * n, all.px + (size_t)y * n, n))
        y++;
    for (size_t i = (size_t)y * n; !interlaced && i < image_size(all); i++)
        CHECK(kept.px[i] == (all.c % 2 ? 128 : 0));
}

static void every_truncation_is_noticed_or_made_up(void)
{
    for (int i = 0; i < 2 * TYPES; i += 3) {
        kind k = kind_of(i, 13, 11);
        k.idat = 100;
        file f = plain_write(k, 77, 0);
        image all = plain_read(f, NULL), out;
        uint32_t size;
        size_t last = last_idat(f, &size);
        int made = 0;
        for (size_t n = 33; n < f.size; n++) { /* behind IHDR */
            file part = {.data = f.data, .size = n};
            tb_error err;
            tb_status status = decode(part, (how){.piece = n % 50, .steps = 1}, &out, &err);
            CHECK(status == TB_DONE || err.code == TB_E_TRUNCATED);
            CHECK(n < last + 12 + size || status == TB_DONE);
            if (status == TB_DONE)
                CHECK_SAME(out, all);
            status = decode(part, (how){.piece = n % 50, .steps = 1, .keep = true}, &out, &err);
            if (status == TB_DONE) {
                check_kept(out, all, k.interlaced);
                CHECK(err.warnings > 0 || !memcmp(out.px, all.px, image_size(all)));
                made++;
            } else
                CHECK(err.code == TB_E_TRUNCATED);
            images_free();
            all = plain_read(f, NULL);
        }
        CHECK(made > 50);
        images_free();
        file_free(&f);
    }
}

/* What is shown of an interlaced file that ends between two passes: by libpng,
 * fed the same bytes, and told to show blocks. */
static void on_info(png_structp png, png_infop info)
{
    image *i = png_get_progressive_ptr(png);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    *i = image_new((int)png_get_image_width(png, info), (int)png_get_image_height(png, info),
                   png_get_channels(png, info));
}

static int last_row;

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass)
{
    image *i = png_get_progressive_ptr(png);
    (void)pass;
    last_row = (int)y;
    png_progressive_combine_row(png, i->px + (size_t)y * (size_t)i->w * (size_t)i->c, row);
}

static void plain_process(file part, image *i)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, plain_warning);
    png_infop info = png_create_info_struct(png);

    png_set_progressive_read_fn(png, i, on_info, on_row, NULL);
    png_process_data(png, info, part.data, part.size);
    png_destroy_read_struct(&png, &info, NULL);
}

static void an_interlaced_picture_that_ends_early_shows_blocks(void)
{
    kind k = kind_of(2 * 25 + 1, 32, 32); /* all sides a multiple of 8: libpng's blocks fill it */
    k.level = 0;
    file f = plain_write(k, 4, 0);
    image expected;
    int compared = 0;

    for (size_t cut = 8 + 25 + 8; cut < f.size; cut++) {
        file part = {.data = f.data, .size = cut};
        expected = (image){0};
        last_row = -1;
        plain_process(part, &expected);
        if (last_row == k.h - 1) { /* between two passes */
            CHECK_SAME(decoded(part, (how){.steps = 1, .keep = true}), expected);
            compared++;
        }
        images_free();
    }
    CHECK(compared >= 6);
    file_free(&f);
}

static void set_crc(uint8_t *chunk)
{
    uint32_t size = png_get_uint_32(chunk);
    png_save_uint_32(chunk + 8 + size, (uint32_t)crc32(0, chunk + 4, size + 4));
}

static void expect(file f, tb_code code, const char *text)
{
    image out;
    tb_error err;

    for (size_t piece = 0; piece < 20; piece += 7) {
        CHECK(decode(f, (how){.piece = piece, .steps = 1}, &out, &err) == TB_FAIL);
        if (err.code != code || !strstr(err.text, text))
            printf("code %d: %s\n", err.code, err.text);
        CHECK(err.code == code && strstr(err.text, text));
        images_free();
    }
}

static void each_damage_has_its_error(void)
{
    kind k = kind_of(20, 9, 9);
    file f = plain_write(k, 1, 0);
    uint32_t size;
    size_t at = last_idat(f, &size);

    f.data[at + 8 + size] ^= 1;
    expect(f, TB_E_CORRUPT, "CRC");
    f.data[at + 8 + size] ^= 1;

    f.data[at + 8] ^= 0xff; /* head of the zlib stream */
    set_crc(f.data + at);
    expect(f, TB_E_CORRUPT, "row 0");
    f.data[at + 8] ^= 0xff;

    f.data[29] ^= 1; /* CRC of IHDR */
    expect(f, TB_E_CORRUPT, "IHDR");
    f.data[29] ^= 1;

    k.level = 0;
    file_free(&f);
    f = plain_write(k, 1, 0);
    at = last_idat(f, &size);
    f.data[at + 8 + 2 + 5] = 9; /* filter of the first row */
    set_crc(f.data + at);
    expect(f, TB_E_CORRUPT, "filter");
    file_free(&f);
}

/* A file of its own making: chunks from outside, the picture deflated here. */
static void put_chunk(file *f, const char *type, const void *data, size_t n)
{
    uint8_t head[8], crc[4];

    png_save_uint_32(head, (uint32_t)n);
    memcpy(head + 4, type, 4);
    file_put(f, head, 8);
    if (n)
        file_put(f, data, n);
    png_save_uint_32(crc, (uint32_t)crc32(crc32(0, head + 4, 4), n ? data : (const void *)"", (uInt)n));
    file_put(f, crc, 4);
}

static file begin(uint32_t w, uint32_t h, int depth, int type, int interlace)
{
    file f = {0};
    uint8_t ihdr[13] = {0};

    png_save_uint_32(ihdr, w);
    png_save_uint_32(ihdr + 4, h);
    ihdr[8] = (uint8_t)depth;
    ihdr[9] = (uint8_t)type;
    ihdr[12] = (uint8_t)interlace;
    file_put(&f, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(&f, "IHDR", ihdr, 13);
    return f;
}

/* n zeros, deflated. */
static file zeros(size_t n)
{
    static const uint8_t none[1 << 16];
    uint8_t out[2048];
    file f = {0};
    z_stream z = {0};
    int status = Z_OK;

    CHECK(deflateInit(&z, 9) == Z_OK);
    while (status != Z_STREAM_END) {
        if (z.avail_in == 0) {
            z.next_in = (Bytef *)(uintptr_t)none;
            z.avail_in = (uInt)(n < sizeof none ? n : sizeof none);
            n -= z.avail_in;
        }
        z.next_out = out;
        z.avail_out = sizeof out;
        status = deflate(&z, n ? Z_NO_FLUSH : Z_FINISH);
        file_put(&f, out, sizeof out - z.avail_out);
    }
    deflateEnd(&z);
    return f;
}

/* Rows of zeros into nothing: a big picture need not be kept. */
static tb_status drop_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static tb_status drop_step(tb_stage *s, tb_error *err)
{
    tb_in *in = &s->in[0];
    (void)err;
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == in->rows->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops drop = {.name = "drop", .ins = 1, .open = drop_open, .step = drop_step};

/* The bombs: however much a byte gives, a step makes a bounded number of bytes,
 * or one row; and memory does not grow with the height. */
static void check_bomb(uint32_t w, uint32_t h, int depth, int type, int interlace, size_t most_memory)
{
    static const uint8_t palette[6] = {1, 2, 3, 4, 5, 6}, alpha[1] = {9};
    file f = begin(w, h, depth, type, interlace);
    size_t row = ((size_t)w * (size_t)(kind_samples((kind){.type = type}) * depth) + 7) / 8 + 1;
    file z = zeros(row * h * (interlace ? 2 : 1)); /* more than enough */
    tb_walk walker = {.limits = &tb_default_limits};
    static tb_header header;
    tb_error err = {0};
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};

    memset(&header, 0, sizeof header);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        put_chunk(&f, "PLTE", palette, 6);
        put_chunk(&f, "tRNS", alpha, 1);
    }
    put_chunk(&f, "IDAT", z.data, z.size);
    put_chunk(&f, "IEND", NULL, 0);
    tb_input in = {.data = f.data, .end = f.size, .ended = true};
    while (tb_walk_step(&walker, &in, &header, &err) == TB_MORE)
        ;
    CHECK(err.code == TB_E_NONE);
    tb_decode d = {.input = &in,
                   .header = &header,
                   .limits = &tb_default_limits,
                   .shrink = 1,
                   .region = {0, 0, (int)w, (int)h}};
    tb_chain_add(&c, &tb_png_dec, &d, -1);
    tb_chain_add(&c, &drop, NULL, 0);

    size_t made = (size_t)w * (size_t)header.channels;
    tb_status status;
    do {
        most_rows = most_bytes = 0;
        status = slice(&c, &in, 1, &err);
        CHECK(most_rows <= 1 || most_rows * made <= ((size_t)1 << 16));
        CHECK(most_rows <= 65 && most_bytes <= ((size_t)1 << 16));
    } while (status == TB_MORE);
    if (status != TB_DONE)
        printf("%s\n", err.text);
    CHECK(status == TB_DONE);
    tb_chain_close(&c);
    if (mem.peak > most_memory)
        printf("%ux%u: %zu bytes\n", w, h, mem.peak);
    CHECK(mem.used == 0 && mem.peak <= most_memory);
    file_free(&f);
    file_free(&z);
}

static void a_bomb_goes_off_in_small_steps(void)
{
    check_bomb(65500, 1000, 8, PNG_COLOR_TYPE_GRAY, 0, 1 << 20);
    check_bomb(65500, 200, 1, PNG_COLOR_TYPE_PALETTE, 0, 4 << 20);
    check_bomb(1, 65500, 1, PNG_COLOR_TYPE_PALETTE, 0, 1 << 18);
    check_bomb(3, 65500, 8, PNG_COLOR_TYPE_RGB, 0, 1 << 18);
    check_bomb(800, 6000, 8, PNG_COLOR_TYPE_RGB, 0, 1 << 18);
    check_bomb(65500, 30, 16, PNG_COLOR_TYPE_RGB_ALPHA, 0, 5 << 20);
    check_bomb(2000, 1000, 8, PNG_COLOR_TYPE_GRAY, 1, 4 << 20);
    check_bomb(1, 30000, 8, PNG_COLOR_TYPE_GRAY, 1, 1 << 20);
}

/* To the nearest of 256 levels: 65535 is 255, so 257 make one. */
static void sixteen_bits_are_rounded_to_eight(void)
{
    uint8_t *rows = malloc(256 * (1 + 512)), *p = rows;
    uLongf n = compressBound(256 * (1 + 512));
    uint8_t *packed = malloc(n);
    file f = begin(256, 256, 16, PNG_COLOR_TYPE_GRAY, 0);

    CHECK(rows && packed);
    for (int v = 0; v < 65536; v++) {
        if (v % 256 == 0)
            *p++ = 0; /* filter: none */
        *p++ = (uint8_t)(v >> 8);
        *p++ = (uint8_t)v;
    }
    CHECK(compress(packed, &n, rows, 256 * (1 + 512)) == Z_OK);
    put_chunk(&f, "IDAT", packed, n);
    put_chunk(&f, "IEND", NULL, 0);
    image i = decoded(f, whole);
    for (int v = 0; v < 65536; v++)
        CHECK(i.px[v] == (v + 128) / 257);
    images_free();
    free(f.data);
    free(rows);
    free(packed);
}

static void what_no_picture_needs_is_passed_over(void)
{
    static uint8_t junk[70000];
    kind k = kind_of(2 * 20, 12, 10); /* palette and tRNS */
    file f = plain_write(k, 8, 0), g = {0};
    image all = plain_read(f, NULL);

    file_put(&g, f.data, 8 + 25);
    put_chunk(&g, "tEXt", junk, sizeof junk);
    put_chunk(&g, "iCCP", "x\0\0not a profile", 16);
    put_chunk(&g, "zzZz", junk, 999);
    put_chunk(&g, "sPLT", junk, 11);
    file_put(&g, f.data + 8 + 25, f.size - 8 - 25);
    CHECK_SAME(decoded(g, (how){.piece = 33, .steps = 1}), all);
    CHECK_SAME(decoded(g, whole), all);
    file_free(&f);
    file_free(&g);
    images_free();
}

static void bytes_behind_the_last_row_do_not_matter(void)
{
    file z = zeros(300 + 5 * (3 * 7 + 1)), f = begin(7, 5, 8, PNG_COLOR_TYPE_RGB, 0);
    tb_error err;
    image out;

    put_chunk(&f, "IDAT", z.data, z.size);
    put_chunk(&f, "IEND", NULL, 0);
    CHECK(decode(f, whole, &out, &err) == TB_DONE);
    CHECK_SAME(out, image_new(7, 5, 3));
    file_free(&f);
    file_free(&z);
    images_free();
}

static void too_few_rows_are_an_early_end(void)
{
    file z = zeros(3 * (3 * 7 + 1)), f = begin(7, 5, 8, PNG_COLOR_TYPE_RGB, 0);
    image out;
    tb_error err;

    put_chunk(&f, "IDAT", z.data, z.size);
    put_chunk(&f, "IEND", NULL, 0);
    expect(f, TB_E_TRUNCATED, "row 3 of 5");
    CHECK(decode(f, (how){.steps = 1, .keep = true}, &out, &err) == TB_DONE && err.warnings == 1);
    CHECK(out.px[0] == 0 && out.px[3 * 21 - 1] == 0 && out.px[3 * 21] == 128);
    file_free(&f);
    file_free(&z);
    images_free();
}

/* They may come of the same step as the last row that counts. */
static void rows_behind_the_region_do_not_matter(void)
{
    uint8_t rows[5 * (3 * 7 + 1)] = {[3 * (3 * 7 + 1)] = 9}, packed[200];
    uLongf size = sizeof packed;
    file f = begin(7, 5, 8, PNG_COLOR_TYPE_RGB, 0);

    CHECK(compress(packed, &size, rows, sizeof rows) == Z_OK);
    put_chunk(&f, "IDAT", packed, size);
    put_chunk(&f, "IEND", NULL, 0);
    expect(f, TB_E_CORRUPT, "row 3 has an unknown filter");
    for (size_t piece = 0; piece < 20; piece++)
        CHECK_SAME(decoded(f, (how){.piece = piece, .steps = 1, .region = {1, 1, 3, 2}}), image_new(3, 2, 3));
    file_free(&f);
    images_free();
}

/* Decodes f by the header of another file, changed maybe. */
static tb_status decode_as(file f, const tb_header *h, const tb_limits *limits, image *out, tb_error *err)
{
    tb_input in = {.data = f.data, .safe = f.size, .end = f.size, .ended = true};
    tb_decode d = {
        .input = &in, .header = h, .limits = limits, .shrink = 1, .region = {0, 0, h->width, h->height}};
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};

    *err = (tb_error){0};
    tb_chain_add(&c, &tb_png_dec, &d, -1);
    tb_chain_add(&c, &keep, &out, 0);
    tb_status status = run_chain(&c, 3, err);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    return status;
}

static tb_header header_of(file f)
{
    tb_walk w = {.limits = &tb_default_limits};
    tb_input in = {.data = f.data, .end = f.size, .ended = true};
    static tb_header h;
    tb_error err = {0};

    memset(&h, 0, sizeof h);
    while (tb_walk_step(&w, &in, &h, &err) == TB_MORE)
        ;
    CHECK(err.code == TB_E_NONE);
    return h;
}

static void another_header_than_the_walk_saw_is_refused(void)
{
    file f = plain_write(kind_of(2 * 10, 8, 8), 1, 0);
    static tb_header h;
    tb_error err;
    image out;

    for (int i = 0; i < 6; i++) {
        h = header_of(f);
        h.width += i == 0;
        h.height -= i == 1;
        h.channels -= i == 2 ? 2 : 0;
        h.components -= i == 3;
        h.depth = i == 4 ? 16 : 8;
        h.progressive = i == 5;
        CHECK(decode_as(f, &h, &tb_default_limits, &out, &err) == TB_FAIL && err.code == TB_E_CORRUPT);
    }
    file_free(&f);
    images_free();
}

static void alpha_that_the_walk_saw_and_libpng_does_not_is_opaque(void)
{
    file f = plain_write(kind_of(2 * 10, 8, 8), 1, 0);
    static tb_header h;
    image out, all = plain_read(f, NULL);
    tb_error err;

    h = header_of(f);
    h.channels = 4;
    CHECK(decode_as(f, &h, &tb_default_limits, &out, &err) == TB_DONE);
    for (int i = 0; i < 64; i++)
        CHECK(out.px[4 * i + 3] == 255 && !memcmp(out.px + 4 * i, all.px + 3 * i, 3));
    file_free(&f);
    images_free();
}

/* Chunks put behind IHDR that the walk would not let pass. */
static void what_the_walk_refuses_is_refused_again(void)
{
    static const struct {
        const char *name;
        size_t size;
        tb_code code;
    } bad[] = {{"CRIT", 4, TB_E_UNSUPPORTED}, {"IEND", 0, TB_E_TRUNCATED}, {"IHDR", 13, TB_E_CORRUPT},
               {"tRNS", 5000, TB_E_CORRUPT},  {"long", 0, TB_E_CORRUPT},   {"begi", 0, TB_E_CORRUPT}};
    static const uint8_t junk[5000];
    file good = plain_write(kind_of(2 * 12, 9, 9), 1, 0);
    static tb_header h;
    tb_error err;
    image out;

    h = header_of(good);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        file f = {0};
        file_put(&f, good.data, 8 + 25);
        put_chunk(&f, bad[i].name, junk, bad[i].size);
        file_put(&f, good.data + 8 + 25, good.size - 8 - 25);
        if (!strcmp(bad[i].name, "long"))
            f.data[8 + 25] = 0x80;
        if (!strcmp(bad[i].name, "begi"))
            memcpy(f.data + 12, "abCd", 4);
        CHECK(decode_as(f, &h, &tb_default_limits, &out, &err) == TB_FAIL && err.code == bad[i].code);
        file_free(&f);
    }
    file_free(&good);
    images_free();
}

static void warnings_are_counted(void)
{
    file good = plain_write(kind_of(2 * 12, 9, 9), 1, 0), f = {0};
    tb_limits limits = tb_default_limits;
    static tb_header h;
    tb_error err;
    image out;

    h = header_of(good);
    file_put(&f, good.data, 8 + 25);
    for (int i = 0; i < 4; i++)
        put_chunk(&f, "tRNS", "\0\1\0\2\0\3", 6); /* the second is one too many */
    file_put(&f, good.data + 8 + 25, good.size - 8 - 25);
    CHECK(decode_as(f, &h, &limits, &out, &err) == TB_DONE && err.warnings >= 3);
    limits.max_warnings = 2;
    CHECK(decode_as(f, &h, &limits, &out, &err) == TB_FAIL && err.code == TB_E_CORRUPT);
    file_free(&f);
    file_free(&good);
    images_free();
}

static void flips_give_a_picture_or_an_error(void)
{
    uint32_t seed = 11;

    for (int i = 0; i < 2 * TYPES; i += 5) {
        file f = plain_write(kind_of(i, 17, 13), 3, 100);
        for (int n = 0; n < 200; n++) {
            size_t at = 8 + next_random(&seed) % (f.size - 8);
            uint8_t bit = (uint8_t)(1 << (next_random(&seed) & 7));
            image out;
            tb_error err;
            f.data[at] ^= bit;
            for (int k = 0; k < 2; k++) { /* again with a CRC that hides it */
                tb_status status = decode(f, (how){.piece = (size_t)n % 100, .steps = 1 + n % 3}, &out, &err);
                CHECK(status == TB_FAIL ? err.code != TB_E_NONE && err.text[0] : out.w > 0);
                uint32_t size;
                size_t idat = last_idat(f, &size);
                if (idat && idat + 12 + size <= f.size)
                    set_crc(f.data + idat);
            }
            f.data[at] ^= bit;
            images_free();
        }
        file_free(&f);
    }
}

static void no_memory_is_an_error_and_no_leak(void)
{
    static const int some[] = {0, 20, 21, 37, 51};

    for (int i = 0; i < 5; i++)
        for (int on = 0; on < 2; on++) {
            file f = plain_write(kind_of(some[i], 40, 30), 3, 100);
            fail_on = on;
            for (long n = 0; lose_next(&n);) {
                image out;
                tb_error err;
                CHECK_LOSS(decode(f, (how){.steps = 5}, &out, &err), &err);
                images_free();
            }
            file_free(&f);
        }
}

int main(void)
{
    every_type_decodes_to_what_libpng_reads();
    every_slicing_and_piece_gives_the_same_pixels();
    every_filter_decodes();
    a_region_is_that_part_of_the_picture();
    what_is_below_the_region_is_not_read();
    every_truncation_is_noticed_or_made_up();
    an_interlaced_picture_that_ends_early_shows_blocks();
    each_damage_has_its_error();
    a_bomb_goes_off_in_small_steps();
    sixteen_bits_are_rounded_to_eight();
    what_no_picture_needs_is_passed_over();
    bytes_behind_the_last_row_do_not_matter();
    too_few_rows_are_an_early_end();
    rows_behind_the_region_do_not_matter();
    another_header_than_the_walk_saw_is_refused();
    alpha_that_the_walk_saw_and_libpng_does_not_is_opaque();
    what_the_walk_refuses_is_refused_again();
    warnings_are_counted();
    flips_give_a_picture_or_an_error();
    no_memory_is_an_error_and_no_leak();
    images_free();
    return 0;
}
