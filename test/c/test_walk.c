#include "../../c_src/codecs/foreign.h"
#include "samples.h"
#include "walking.h"

static const tb_limits none = {0};

static const walked *walk(const blob *b, size_t piece)
{
    return walk_bytes(b->data, b->size, piece, &tb_default_limits);
}

static const tb_header *header_of(const blob *b)
{
    const walked *r = walk(b, b->size);
    if (r->status != TB_DONE)
        printf("%s: %s\n", r->err.stage, r->err.text);
    CHECK(r->status == TB_DONE);
    return &r->header;
}

static void check_fails(const blob *b, tb_code code, const char *text, int line)
{
    const walked *r = walk(b, b->size);
    if (r->status != TB_FAIL || r->err.code != code || !strstr(r->err.text, text)) {
        printf("line %d: wanted %d %s, got %d %s\n", line, code, text, r->err.code, r->err.text);
        exit(1);
    }
}

#define FAILS(b, code, text) check_fails(b, code, text, __LINE__)

/* --- the pictures that most tests run over */

static blob *good[256];
static int goods;

static void add(blob *b)
{
    CHECK(goods < 256);
    good[goods++] = b;
}

static blob *jpeg_with_everything(void)
{
    blob *s = blob_new(), *icc = icc_of(700, "RGB ");
    jpeg_exif(s, exif_of(6, true));
    jpeg_segment(s, 0xE1, "http://ns.adobe.com/xap/1.0/\0<x/>", 33);
    jpeg_icc(s, icc->data + 300, 400, 2, 2);
    jpeg_icc(s, icc->data, 300, 1, 2);
    jpeg_segment(s, 0xFE, "a comment", 9);
    return encode_jpeg(gradient(40, 30, 3), (jpeg_how){.sampling = 2, .restart = 1, .segments = s});
}

static blob *png_with_everything(void)
{
    blob *c = blob_new(), *e = exif_of(3, false);
    png_iccp(c, icc_of(600, "RGB "));
    png_chunk_of(c, "pHYs", "\0\0\x0B\x13\0\0\x16\x26\1", 9);
    png_chunk_of(c, "eXIf", e->data, e->size);
    png_chunk_of(c, "tEXt", "key\0text", 8);
    png_chunk_of(c, "iTXt", "XML:com.adobe.xmp\0\0\0\0\0<x/>", 26);
    return encode_png(20, 20, (png_how){.type = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 8, .chunks = c});
}

static blob *webp_with_everything(bool lossless)
{
    blob *b = encode_webp(gradient(32, 24, 4), lossless), *xmp = blob_new();
    put_text(xmp, "<x/>");
    b = webp_with(b, "ICCP", icc_of(501, "RGB "));
    b = webp_with(b, "EXIF", exif_of(8, true));
    return webp_with(b, "XMP ", xmp);
}

static blob *small_gif(int frames)
{
    return animated_gif(20, 10, frames, 0);
}

static void make_good(void)
{
    static const int sides[][2] = {{1, 1}, {17, 9}, {64, 33}};

    for (int i = 0; i < 3; i++) {
        int w = sides[i][0], h = sides[i][1];
        for (int c = 1; c <= 4; c += c == 1 ? 2 : 1) {
            add(encode_jpeg(noise(w, h, c), (jpeg_how){.quality = 50, .restart = 2}));
            add(encode_jpeg(noise(w, h, c), (jpeg_how){.quality = 50, .progressive = true, .sampling = 2}));
            if (c >= 3) {
                add(encode_webp(noise(w, h, c), false));
                add(encode_webp(noise(w, h, c), true));
            }
        }
    }
    add(encode_jpeg(noise(9, 9, 3), (jpeg_how){.arithmetic = true}));
    add(jpeg_with_everything());
    add(bare_jpeg(30, 20));
    add(encode_png(7, 5, (png_how){.type = 0, .depth = 1}));
    add(encode_png(7, 5, (png_how){.type = 2, .depth = 16, .trns = true}));
    add(encode_png(7, 5, (png_how){.type = 3, .depth = 4, .trns = true, .interlaced = true}));
    add(encode_png(7, 5, (png_how){.type = 4, .depth = 8}));
    add(png_with_everything());
    add(webp_with_everything(false));
    add(webp_with_everything(true));
    add(webp_animation(3, 24, 20));
    add(small_gif(1));
    add(small_gif(4));
}

/* --- what the codecs say */

static int scans_by_libjpeg(struct jpeg_decompress_struct *d)
{
    int status, scans;

    d->buffered_image = TRUE;
    jpeg_start_decompress(d);
    do
        status = jpeg_consume_input(d);
    while (status != JPEG_REACHED_EOI);
    scans = d->input_scan_number;
    return scans;
}

static void same_as_libjpeg(const blob *b)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr errors;
    const tb_header *h = header_of(b);

    d.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, b->data, b->size);
    CHECK(jpeg_read_header(&d, TRUE) == JPEG_HEADER_OK);
    CHECK(h->format == TB_JPEG && h->width == (int)d.image_width && h->height == (int)d.image_height);
    CHECK(h->components == d.num_components && h->channels == (d.num_components == 1 ? 1 : 3));
    CHECK(h->progressive == d.progressive_mode && h->depth == d.data_precision);
    CHECK(h->frames == 1 && !h->alpha && !h->animated && !h->truncated);
    CHECK(h->scans == scans_by_libjpeg(&d));
    jpeg_destroy_decompress(&d);
}

static void jpeg_headers_agree_with_libjpeg(void)
{
    static const int sides[][2] = {{1, 1}, {8, 8}, {16, 17}, {300, 2}, {3, 500}, {129, 130}};

    for (int i = 0; i < 6; i++)
        for (int c = 1; c <= 4; c += c == 1 ? 2 : 1)
            for (int k = 0; k < 16; k++)
                same_as_libjpeg(
                    encode_jpeg(noise(sides[i][0], sides[i][1], c), (jpeg_how){.quality = 40,
                                                                               .progressive = k & 1,
                                                                               .sampling = 1 + (k >> 1 & 1),
                                                                               .restart = k >> 2 & 1 ? 3 : 0,
                                                                               .arithmetic = k >> 3 & 1}));
    images_free();
}

typedef struct {
    const uint8_t *data;
    size_t left;
} reader;

static void read_blob(png_structp png, png_bytep to, size_t n)
{
    reader *r = png_get_io_ptr(png);
    if (n > r->left)
        png_error(png, "end");
    memcpy(to, r->data, n);
    r->data += n;
    r->left -= n;
}

static void keep_quiet(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void same_as_libpng(const blob *b)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, keep_quiet);
    png_infop info = png_create_info_struct(png);
    reader r = {b->data, b->size};
    const tb_header *h = header_of(b);

    CHECK(!setjmp(png_jmpbuf(png)));
    png_set_read_fn(png, &r, read_blob);
    png_read_info(png, info);
    CHECK(h->format == TB_PNG && h->width == (int)png_get_image_width(png, info));
    CHECK(h->height == (int)png_get_image_height(png, info) && h->depth == png_get_bit_depth(png, info));
    CHECK(h->components == png_get_channels(png, info));
    CHECK(h->progressive == (png_get_interlace_type(png, info) == PNG_INTERLACE_ADAM7));
    CHECK(h->scans == (h->progressive ? 7 : 1));
    png_set_expand(png);
    png_read_update_info(png, info);
    CHECK(h->channels == png_get_channels(png, info));
    CHECK(h->alpha == (h->channels % 2 == 0));
    CHECK((int)(h->dpi_x + 0.5) == (int)png_get_x_pixels_per_inch(png, info));
    png_destroy_read_struct(&png, &info, NULL);
}

static void png_headers_agree_with_libpng(void)
{
    static const int sides[][2] = {{1, 1}, {3, 5}, {33, 2}, {2, 70}};
    static const int depths[7][6] = {{1, 2, 4, 8, 16}, {0}, {8, 16}, {1, 2, 4, 8}, {8, 16}, {0}, {8, 16}};

    for (int i = 0; i < 4; i++)
        for (int type = 0; type < 7; type++)
            for (const int *d = depths[type]; *d; d++)
                for (int k = 0; k < 4; k++)
                    same_as_libpng(encode_png(
                        sides[i][0], sides[i][1],
                        (png_how){
                            .type = type, .depth = *d, .trns = (k & 1) && type < 4, .interlaced = k >> 1}));
    same_as_libpng(png_with_everything());
}

static void same_as_libwebp(const blob *b)
{
    WebPBitstreamFeatures f;
    const tb_header *h = header_of(b);

    CHECK(WebPGetFeatures(b->data, b->size, &f) == VP8_STATUS_OK);
    CHECK(h->format == TB_WEBP && h->width == f.width && h->height == f.height);
    CHECK(h->alpha == (f.has_alpha != 0) && h->channels == (f.has_alpha ? 4 : 3));
    CHECK(h->animated == (f.has_animation != 0));
    CHECK(h->animated || h->lossless == (f.format == 2));
}

static int frames_by_libwebp(const blob *b)
{
    WebPMux *mux = WebPMuxCreate(&(WebPData){b->data, b->size}, 0);
    int n = 0;
    CHECK(mux && WebPMuxNumChunks(mux, WEBP_CHUNK_ANMF, &n) == WEBP_MUX_OK);
    WebPMuxDelete(mux);
    return n;
}

static void webp_headers_agree_with_libwebp(void)
{
    static const int sides[][2] = {{1, 1}, {2, 3}, {17, 16}, {300, 2}, {3, 200}};

    for (int i = 0; i < 5; i++)
        for (int c = 3; c <= 4; c++)
            for (int lossless = 0; lossless < 2; lossless++) {
                blob *b = encode_webp(noise(sides[i][0], sides[i][1], c), lossless);
                same_as_libwebp(b);
                same_as_libwebp(webp_with(b, "EXIF", exif_of(5, false)));
            }
    same_as_libwebp(webp_with_everything(false));
    same_as_libwebp(webp_with_everything(true));
    for (int n = 2; n < 8; n++) {
        blob *b = webp_animation(n, 40, 30);
        same_as_libwebp(b);
        CHECK(header_of(b)->frames == n && frames_by_libwebp(b) == n);
    }
    images_free();
}

/* --- pieces, cuts, flips */

static void check_same_walk(const walked *a, const walked *b)
{
    CHECK(a->status == b->status && a->err.code == b->err.code && !strcmp(a->err.text, b->err.text));
    CHECK(a->err.warnings == b->err.warnings);
    CHECK(a->status != TB_DONE || memcmp(&a->header, &b->header, sizeof a->header) == 0);
}

static void every_cut_into_pieces_gives_the_same_header(void)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1000};

    for (int i = 0; i < goods; i++)
        for (int k = 0; k < 6; k++) {
            const walked *whole = walk(good[i], good[i]->size), *r = walk(good[i], pieces[k]);
            CHECK(whole->status == TB_DONE && !whole->header.truncated);
            check_same_walk(whole, r);
        }
}

static void all_is_known_before_the_picture_is_here(void)
{
    blob *b = encode_jpeg(noise(200, 200, 3), (jpeg_how){.quality = 90});
    CHECK(walk(b, 1)->known_at < 700);
    b = encode_png(200, 200, (png_how){.type = 2, .depth = 8});
    CHECK(walk(b, 1)->known_at < 60);
    b = encode_webp(noise(200, 200, 3), false);
    CHECK(walk(b, 1)->known_at <= 30);
    b = small_gif(9);
    CHECK(walk(b, 1)->known_at < 60);
    images_free();
}

/* ...but the EXIF of a WebP comes last, and says how the picture is turned. */
static void a_webp_that_announces_exif_is_known_late(void)
{
    blob *b = webp_with(encode_webp(noise(99, 98, 3), false), "EXIF", exif_of(7, true));
    const walked *r = walk(b, 1);
    CHECK(r->header.orientation == 7 && r->known_at > b->size - 4);
    images_free();
}

static void every_truncation_is_told(void)
{
    for (int i = 0; i < goods; i++) {
        int width = header_of(good[i])->width, height = header_of(good[i])->height;
        for (size_t n = 0; n < good[i]->size; n += n < 400 ? 1 : 9) {
            const walked *r = walk_bytes(good[i]->data, n, n + 1, &tb_default_limits);
            if (r->status == TB_DONE)
                CHECK(r->header.truncated && r->header.width == width && r->header.height == height);
            else
                CHECK(r->err.code == TB_E_TRUNCATED || (n < 12 && r->err.code == TB_E_UNSUPPORTED));
            if (n % 8 == 0) {
                const walked *p = walk_bytes(good[i]->data, n, 5, &tb_default_limits);
                check_same_walk(r, p);
            }
        }
    }
}

static void flips_end_the_same_in_pieces_and_never_break_it(void)
{
    uint32_t seed = 4711;

    for (int i = 0; i < goods; i++)
        for (int n = 0; n < 250; n++) {
            blob b = {malloc(good[i]->size), good[i]->size, good[i]->size};
            size_t head = b.size < 200 || n % 2 ? b.size : 200; /* where the structure is */
            CHECK(b.data);
            memcpy(b.data, good[i]->data, b.size);
            for (uint32_t k = next_random(&seed) % 3 + 1; k > 0; k--)
                b.data[next_random(&seed) % head] = (uint8_t)(next_random(&seed) >> 20);
            const walked *whole = walk(&b, b.size), *parts = walk(&b, 1 + next_random(&seed) % 90);
            check_same_walk(whole, parts);
            free(b.data);
        }
}

static void what_follows_the_picture_is_passed_over(void)
{
    blob *more = bare_jpeg(500, 400);
    for (int i = 0; i < goods; i++) {
        blob *b = insert(good[i], good[i]->size, more);
        const tb_header *alone = header_of(good[i]), *h = header_of(b);
        const walked *parts = walk(b, 3);
        CHECK(memcmp(alone, h, sizeof *h) == 0);
        CHECK(parts->status == TB_DONE && memcmp(alone, &parts->header, sizeof *h) == 0);
    }
}

/* --- formats */

#define BYTES(literal) literal, sizeof literal - 1

static void magic_bytes_tell_the_format(void)
{
    static const struct {
        tb_format format;
        const char *bytes;
        size_t n;
    } magic[] = {
        {TB_JPEG, BYTES("\xFF\xD8\xFF\xE0")},
        {TB_PNG, BYTES("\x89PNG\r\n\x1A\n")},
        {TB_WEBP, BYTES("RIFF\0\0\0\0WEBPVP8 ")},
        {TB_GIF, BYTES("GIF87a")},
        {TB_GIF, BYTES("GIF89a")},
        {TB_TIFF, BYTES("II*\0")},
        {TB_TIFF, BYTES("MM\0*")},
        {TB_TIFF, BYTES("II+\0\x08\0\0\0")},
        {TB_TIFF, BYTES("MM\0+\0\x08\0\0")},
        {TB_HEIF, BYTES("\0\0\0\x18"
                        "ftypheic\0\0\0\0mif1heic")},
        {TB_HEIF, BYTES("\0\0\0\x18"
                        "ftypmif1\0\0\0\0mif1heic")},
        {TB_AVIF, BYTES("\0\0\0\x20"
                        "ftypavif\0\0\0\0avifmif1miafMA1B")},
        {TB_AVIF, BYTES("\0\0\0\x1C"
                        "ftypmif1\0\0\0\0mif1avifmiaf")},
        {TB_AVIF, BYTES("\0\0\0\x18"
                        "ftypavis\0\0\0\0msf1avif")},
        {TB_UNKNOWN, BYTES("\0\0\0\x18"
                           "ftypisom\0\0\0\0isommp41")},
        {TB_UNKNOWN, BYTES("\0\0\0\x18"
                           "ftypmif1\0\0\0\0mif1")},
        {TB_JXL, BYTES("\xFF\x0A\x00")},
        {TB_JXL, BYTES("\0\0\0\x0CJXL \r\n\x87\n")},
        {TB_JP2, BYTES("\0\0\0\x0CjP  \r\n\x87\n")},
        {TB_JP2, BYTES("\xFF\x4F\xFF\x51")},
        {TB_SVG, BYTES("<svg>")},
        {TB_SVG, BYTES("\xEF\xBB\xBF \n<?xml version='1.0'?>\n<!-- <svg> -> -->\n<!DOCTYPE svg [<!ENTITY a "
                       "'>'>]><svg ")},
        {TB_UNKNOWN, BYTES("<svgx>")},
        {TB_UNKNOWN, BYTES("<!-- <svg>")},
        {TB_UNKNOWN, BYTES("<html><svg>")},
        {TB_PDF, BYTES("%PDF-1.4")},
        {TB_BMP, BYTES("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0")},
        {TB_UNKNOWN, BYTES("BM is text, not a bitmap")},
        {TB_PPM, BYTES("P1\n")},
        {TB_PPM, BYTES("P6 1 1")},
        {TB_PPM, BYTES("P7\nWIDTH")},
        {TB_UNKNOWN, BYTES("P8\n")},
        {TB_UNKNOWN, BYTES("RIFF\0\0\0\0WAVEfmt ")},
        {TB_UNKNOWN, BYTES("hello, world: this is no picture at all")},
    };

    CHECK(tb_sniff(NULL, 0) == TB_UNKNOWN);
    for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++) {
        uint8_t *exact = malloc(magic[i].n);
        CHECK(exact);
        memcpy(exact, magic[i].bytes, magic[i].n);
        if (tb_sniff(exact, magic[i].n) != magic[i].format)
            printf("%s\n", magic[i].bytes);
        CHECK(tb_sniff(exact, magic[i].n) == magic[i].format);
        for (size_t n = 0; n < magic[i].n; n++) {
            tb_format f = tb_sniff((const uint8_t *)magic[i].bytes, n);
            CHECK(f == TB_UNKNOWN || f == magic[i].format); /* more bytes never change an answer */
        }
        free(exact);
    }
}

static void formats_that_are_not_read_are_named(void)
{
    blob *b = blob_new();
    tb_limits limits = tb_default_limits;

    put_text(b, "<?xml version='1.0'?><svg width='3'/>");
    FAILS(b, TB_E_UNSUPPORTED, "svg is not among the formats let in: name it in formats:");
    limits.formats = 0;
    for (size_t piece = 1; piece < 50; piece++) { /* all of it is passed over, if libvips can look into it */
        const walked *r = walk_bytes(b->data, b->size, piece, &limits);
        CHECK(r->header.format == TB_SVG);
        CHECK(r->status == TB_DONE
                  ? tb_foreign_may_read(TB_SVG)
                  : strstr(r->err.text, "svg is not read: this build is without libvips") != NULL);
    }
    b = blob_new();
    put_text(b, "BM0000000000000(000000000000000");
    memcpy(b->data + 14, "\x28\0\0\0", 4);
    const walked *bmp = walk_bytes(b->data, b->size, 9, &limits);
    CHECK(bmp->err.code == TB_E_UNSUPPORTED &&
          strstr(bmp->err.text, "bmp is not read: libvips has no loader"));
    limits.formats = 1u << TB_PNG;
    b = bare_jpeg(3, 3);
    const walked *r = walk_bytes(b->data, b->size, 9, &limits);
    CHECK(r->err.code == TB_E_UNSUPPORTED &&
          strstr(r->err.text, "jpeg is not among the formats let in: name it"));
    b = blob_new();
    FAILS(b, TB_E_TRUNCATED, "empty");
    put_zeros(b, 100);
    FAILS(b, TB_E_UNSUPPORTED, "no known picture format");
    for (int f = 0; f < TB_FORMATS; f++)
        CHECK(strlen(tb_format_name((tb_format)f)) >= 3);
}

/* --- limits */

static void check_limit(const blob *b, tb_limits limits, const char *text, int line)
{
    for (size_t piece = 1; piece <= b->size; piece = piece * 7) {
        const walked *r = walk_bytes(b->data, b->size, piece, &limits);
        if (r->err.code != TB_E_LIMIT || !strstr(r->err.text, text)) {
            printf("line %d: wanted %s, got %d %s\n", line, text, r->err.code, r->err.text);
            exit(1);
        }
    }
}

#define LIMIT(b, text, ...)                                                                                  \
    do {                                                                                                     \
        tb_limits l_ = tb_default_limits;                                                                    \
        (void)(__VA_ARGS__);                                                                                 \
        check_limit(b, l_, text, __LINE__);                                                                  \
    } while (0)

static void each_limit_names_itself_and_the_option(void)
{
    blob *png = png_start(), *gif = gif_start(10, 10), *jpeg = copy_of(bare_jpeg(10, 10)), *many = blob_new();

    png_ihdr(png, 40000, 30000, 8, 2, 0);
    LIMIT(png, "40000x30000 is 1200000000 pixels; the limit is 67108864 (max_pixels)", 0);
    LIMIT(png, "40000x30000 has a side of 40000; the limit is 30000 (max_side)", l_.max_side = 30000);
    LIMIT(gif, "the limit is 10 (max_bytes)", l_.max_bytes = 10);
    LIMIT(bare_jpeg(101, 7), "101x7 is 707 pixels; the limit is 706 (max_pixels)", l_.max_pixels = 706);

    for (int i = 0; i < 101; i++)
        gif_frame(gif, 0, 0, 10, 10);
    LIMIT(gif, "101 blocks or more; the limit is 100 (max_blocks)", l_.max_blocks = 100);
    jpeg->size -= 2;
    for (int i = 0; i < 100; i++)
        jpeg_scan(jpeg, 3);
    LIMIT(jpeg, "101 scans or more; the limit is 100 (max_scans)", 0);
    LIMIT(jpeg, "6 scans or more; the limit is 5 (max_scans)", l_.max_scans = 5);
    LIMIT(jpeg, "51 markers or more; the limit is 50 (max_chunks)", l_.max_chunks = 50);

    png = png_start();
    png_ihdr(png, 4, 3, 8, 2, 0);
    for (int i = 0; i < 60; i++)
        png_chunk_of(png, "IDAT", "x", 1);
    LIMIT(png, "51 chunks or more; the limit is 50 (max_chunks)", l_.max_chunks = 50);
    for (int i = 0; i < 60; i++)
        webp_chunk(many, i == 0 ? "VP8X" : "abcd", "\0\0\0\0\1\0\0\1\0\0", 10);
    LIMIT(riff_of(many), "51 chunks or more; the limit is 50 (max_chunks)", l_.max_chunks = 50);
}

static void metadata_is_counted_in_every_format(void)
{
    static const char bytes[1000];
    blob *s = blob_new(), *c = blob_new(), *w = blob_new(), *g = gif_start(4, 4);

    for (int i = 0; i < 10; i++) {
        jpeg_segment(s, 0xE5, bytes, 1000);
        png_chunk_of(c, i % 2 ? "tEXt" : "prIv", bytes, 1000);
        webp_chunk(w, i == 0 ? "VP8X" : "XMP ", i == 0 ? "\0\0\0\0\1\0\0\1\0\0" : bytes, i == 0 ? 10 : 1000);
    }
    put(g, "\x21\xFE", 2);
    for (int i = 0; i < 60; i++)
        put8(g, 200), put(g, bytes, 200);
    LIMIT(encode_jpeg(noise(3, 3, 1), (jpeg_how){.segments = s}), "the limit is 9000 (max_metadata)",
          l_.max_metadata = 9000);
    LIMIT(encode_png(3, 3, (png_how){.depth = 8, .chunks = c}),
          "10000 bytes of metadata or more; the limit is 9999", l_.max_metadata = 9999);
    LIMIT(riff_of(w), "9000 bytes of metadata or more; the limit is 8999 (max_metadata)",
          l_.max_metadata = 8999);
    LIMIT(g, "the limit is 9000 (max_metadata)", l_.max_metadata = 9000);

    s = blob_new(); /* tables are none */
    for (int i = 0; i < 10; i++)
        jpeg_segment(s, 0xDB, bytes, 1000);
    tb_limits limits = {.max_metadata = 100};
    blob *b = insert(bare_jpeg(5, 5), 2, s);
    CHECK(walk_bytes(b->data, b->size, 999, &limits)->status == TB_DONE);
    images_free();
}

static void icc_and_exif_that_are_too_long_are_left_out(void)
{
    blob *files[] = {jpeg_with_everything(), png_with_everything(), webp_with_everything(false)};

    for (int i = 0; i < 3; i++) {
        tb_limits limits = tb_default_limits;
        const walked *r = walk_bytes(files[i]->data, files[i]->size, 50, &limits);
        CHECK(r->status == TB_DONE && r->header.icc_pieces > 0 && r->header.exif.size > 0 &&
              r->err.warnings == 0);
        limits.max_icc = 400;
        limits.max_exif = 20;
        r = walk_bytes(files[i]->data, files[i]->size, 50, &limits);
        CHECK(r->status == TB_DONE && r->header.icc_pieces == 0 && r->header.icc[0].size == 0);
        CHECK(r->header.exif.size == 0 && r->header.orientation == 1 && r->err.warnings == 2);
        CHECK(strstr(r->err.warning[0], "max_") && strstr(r->err.warning[1], "max_"));
        CHECK(walk_bytes(files[i]->data, files[i]->size, 50, &none)->status == TB_DONE);
    }
    images_free();
}

static void the_side_is_limited_even_when_nothing_is(void)
{
    blob *b = png_start();
    png_ihdr(b, 65501, 1, 8, 2, 0);
    const walked *r = walk_bytes(b->data, b->size, 5, &none);
    CHECK(r->err.code == TB_E_LIMIT && strstr(r->err.text, "65500 (max_side)"));
}

/* Floods cost steps in proportion to their bytes, also where nothing limits them. */
static void floods_cost_no_more_than_their_bytes(void)
{
    static const struct {
        const char *start, *bytes;
        size_t start_size, n;
    } floods[] = {
        {"\xFF\xD8", "\xFF", 2, 1},
        {"\xFF\xD8", "\xFF\0", 2, 2},
        {"\xFF\xD8", "\xFF\0x", 2, 3},
        {"\xFF\xD8", "\xFF\xD0", 2, 2},
        {"\xFF\xD8", "\xFF\xE1\0\2", 2, 4},
        {"\xFF\xD8", "x", 2, 1},
        {"GIF89a\1\0\1\0\0\0\0!\xFE", "\1x", 15, 2},
        {"GIF89a\1\0\1\0\0\0\0", "!\xFE\0", 13, 3},
        {"RIFF\xF0\xFF\xFF\xFFWEBPVP8X\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0", "abcd\0\0\0\0", 30, 8},
        {"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0....", "\0\0\0\0IDAT....", 33, 12},
    };

    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        blob *b = blob_new();
        put(b, floods[i].start, floods[i].start_size);
        while (b->size < 2000000)
            put(b, floods[i].bytes, floods[i].n);
        const walked *r = walk_bytes(b->data, b->size, b->size, &none);
        CHECK(r->steps < b->size / 3000 + 2);
    }
}

static void defaults_are_those_of_the_documentation(void)
{
    const tb_limits *l = &tb_default_limits;
    CHECK(l->formats == (1u << TB_JPEG | 1u << TB_PNG | 1u << TB_WEBP | 1u << TB_GIF));
    CHECK(l->max_bytes == 33554432 && l->max_pixels == 67108864 && l->max_side == 65500);
    CHECK(l->max_side_out == 16383 && l->max_frames == 1000 && l->max_scans == 100);
    CHECK(l->max_chunks == 10000 && l->max_blocks == 100000 && l->max_warnings == 100);
    CHECK(l->max_metadata == 8388608 && l->max_icc == 4194304 && l->max_exif == 1048576);
}

/* --- JPEG by hand */

static blob *jpeg_of(const blob *segments)
{
    return insert(bare_jpeg(30, 20), 2, segments);
}

static void jpeg_segments_are_read(void)
{
    const tb_header *h = header_of(jpeg_with_everything());
    CHECK(h->orientation == 6 && h->exif.size > 20 && h->xmp.size == 4);
    CHECK(h->icc_pieces == 2 && h->icc[0].size == 300 && h->icc[1].size == 400 &&
          h->icc[0].at > h->icc[1].at);

    for (int unit = 0; unit < 3; unit++) {
        blob *s = blob_new(), *app = blob_new();
        put(app, "JFIF\0\1\1", 7);
        put8(app, unit);
        put_be(app, 72, 2), put_be(app, 100, 2), put_be(app, 0, 2);
        jpeg_segment(s, 0xE0, app->data, app->size);
        h = header_of(jpeg_of(s));
        double per = unit == 0 ? 0 : unit == 1 ? 1 : 2.54;
        CHECK(h->dpi_x == 72 * per && h->dpi_y == 100 * per);
        app->data[0] = 'X';
        s = blob_new(), jpeg_segment(s, 0xE0, app->data, app->size);
        CHECK(header_of(jpeg_of(s))->dpi_x == 0);
    }
    images_free();
}

static void an_icc_profile_whose_pieces_do_not_fit_is_left_out(void)
{
    static const int pieces[][6] = {/* number, count; ... */
                                    {1, 2}, {2, 2}, {1, 2, 1, 2}, {1, 2, 2, 3},
                                    {0, 1}, {2, 1}, {1, 0},       {1, 3, 3, 3}};

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        blob *s = blob_new();
        for (int k = 0; k < 6 && (pieces[i][k] || pieces[i][k + 1]); k += 2)
            jpeg_icc(s, (const uint8_t *)"abcdef", 6, pieces[i][k], pieces[i][k + 1]);
        const walked *r = walk(jpeg_of(s), 1);
        CHECK(r->status == TB_DONE && r->header.icc_pieces == 0 && r->err.warnings == 1);
        for (int k = 0; k < TB_ICC_PIECES; k++)
            CHECK(r->header.icc[k].size == 0);
    }
    blob *s = blob_new();
    for (int k = 255; k > 0; k--)
        jpeg_icc(s, (const uint8_t *)"abcdef", 6, k, 255);
    CHECK(header_of(jpeg_of(s))->icc_pieces == 255);
}

static void jpegs_that_are_not_read_say_why(void)
{
    static const struct {
        int marker, depth, width, height, count;
        tb_code code;
        const char *text;
    } frames[] = {
        {0xC3, 8, 9, 9, 3, TB_E_UNSUPPORTED, "lossless"},
        {0xC5, 8, 9, 9, 3, TB_E_UNSUPPORTED, "hierarchical"},
        {0xCB, 8, 9, 9, 3, TB_E_UNSUPPORTED, "lossless"},
        {0xF7, 8, 9, 9, 3, TB_E_UNSUPPORTED, "JPEG-LS"},
        {0xDE, 8, 9, 9, 3, TB_E_UNSUPPORTED, "hierarchical"},
        {0xC1, 12, 9, 9, 3, TB_E_UNSUPPORTED, "12 bits"},
        {0xC0, 8, 9, 0, 3, TB_E_UNSUPPORTED, "DNL"},
        {0xC0, 8, 0, 9, 3, TB_E_CORRUPT, "no pixels"},
        {0xC0, 8, 9, 9, 2, TB_E_UNSUPPORTED, "2 components"},
        {0xC0, 8, 9, 9, 0, TB_E_UNSUPPORTED, "0 components"},
        {0xC0, 8, 9, 9, 5, TB_E_UNSUPPORTED, "5 components"},
        {0xC0, 8, 65501, 1, 1, TB_E_LIMIT, "max_side"},
    };

    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        blob *s = blob_new();
        jpeg_frame(s, frames[i].marker, frames[i].depth, frames[i].width, frames[i].height, frames[i].count);
        FAILS(jpeg_of(s), frames[i].code, frames[i].text);
    }
}

static void broken_jpegs_are_refused(void)
{
    blob *s = blob_new(), *b;

    jpeg_frame(s, 0xC0, 8, 9, 9, 1);
    FAILS(jpeg_of(s), TB_E_CORRUPT, "two frame headers");
    s = blob_new();
    jpeg_scan(s, 1);
    FAILS(jpeg_of(s), TB_E_CORRUPT, "a scan before the frame header");
    s = blob_new();
    put(s, "\xFF\xD9", 2);
    FAILS(jpeg_of(s), TB_E_CORRUPT, "before any picture");
    s = blob_new();
    put(s, "\xFF\xD8", 2);
    FAILS(jpeg_of(s), TB_E_CORRUPT, "begins twice");
    s = blob_new();
    put(s, "\xFF\x42", 2);
    FAILS(jpeg_of(s), TB_E_CORRUPT, "unknown marker 0x42");
    s = blob_new();
    put(s, "\xFF\xE0\0\1", 4);
    FAILS(jpeg_of(s), TB_E_CORRUPT, "without a length");
    b = bare_jpeg(9, 9);
    b->data[2 + 11] = 0x51; /* sampling 5x1 */
    FAILS(b, TB_E_CORRUPT, "sampling");
    b = bare_jpeg(9, 9);
    b->data[2 + 3] = 18;
    FAILS(b, TB_E_CORRUPT, "wrong length");
    b = bare_jpeg(9, 9);
    b->data[2 + 19 + 4] = 2;
    FAILS(b, TB_E_CORRUPT, "wrong length");
}

static void what_libjpeg_passes_over_is_passed_over(void)
{
    blob *s = blob_new(), *b = bare_jpeg(30, 20);
    jpeg_segment(s, 0xFE, "x", 1);
    put(s, "garbage\xFF\0\xFF\xD3\xFF\1\xFF\xFF\xFF", 16); /* stuffing, restart, TEM, fill bytes */
    const tb_header *h = header_of(jpeg_of(s));
    CHECK(h->width == 30 && h->scans == 1 && !h->truncated);
    s = blob_new();
    put(s, "\xFF\x42\xFF\xE0\0\0\xFF\xD8", 8); /* damage in the data of a scan */
    h = header_of(insert(b, b->size - 2, s));
    CHECK(h->width == 30 && !h->truncated);
}

/* So many in all, in runs of that length, each before what is data. */
static blob *filled(size_t all, size_t run)
{
    blob *s = blob_new(), *b = bare_jpeg(30, 20);

    for (size_t n = 0; n < all; n++) {
        put8(s, 0xFF);
        if ((n + 1) % run == 0 || n + 1 == all)
            put(s, "\xFF\0", 2);
    }
    return insert(b, b->size - 2, s);
}

/* libjpeg would read them again and again, and all at once: in a scan, from the block that they are in. */
static void a_flood_of_fill_bytes_is_refused(void)
{
    static const size_t runs[] = {1, 3, 1000, 1 << 20};

    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        CHECK(header_of(filled(1 << 16, runs[i]))->width == 30);
        FAILS(filled((1 << 16) + 1, runs[i]), TB_E_CORRUPT, "more than 65536 fill bytes");
    }
}

static void the_first_exif_counts(void)
{
    blob *s = blob_new();
    jpeg_exif(s, exif_of(3, true));
    jpeg_exif(s, exif_of(5, true));
    CHECK(header_of(jpeg_of(s))->orientation == 3);
    s = blob_new();
    jpeg_exif(s, exif_of(9, true));
    CHECK(header_of(jpeg_of(s))->orientation == 1);
}

/* --- PNG by hand */

static blob *png_of(int type, int depth, const blob *chunks)
{
    blob *b = png_start();
    png_ihdr(b, 8, 8, depth, type, 0);
    put(b, chunks->data, chunks->size);
    png_chunk_of(b, "IDAT", "xyz", 3);
    png_chunk_of(b, "IEND", "", 0);
    return b;
}

static void png_chunks_are_read(void)
{
    const tb_header *h = header_of(png_with_everything());
    CHECK(h->orientation == 3 && h->exif.size > 20 && h->xmp.size == 4 && h->icc_pieces == 1);
    CHECK(h->dpi_x > 71.9 && h->dpi_x < 72.1 && h->dpi_y > 143.9 && h->dpi_y < 144.1);
    blob *c = blob_new();
    png_chunk_of(c, "acTL", "\0\0\0\2\0\0\0\0", 8);
    h = header_of(png_of(2, 8, c));
    CHECK(h->animated && h->frames == 2);
    c = blob_new();
    png_chunk_of(c, "acTL", "\0\0\0\1\0\0\0\0", 8);
    h = header_of(png_of(2, 8, c));
    CHECK(!h->animated && h->frames == 1);
    c = blob_new();
    png_chunk_of(c, "acTL", "\xFF\0\0\5\0\0\0\0", 8);
    CHECK(header_of(png_of(2, 8, c))->frames == 100000000);
}

static void png_chunks_behind_the_picture_do_not_count(void)
{
    blob *b = png_of(2, 8, blob_new()), *c = blob_new(), *e = exif_of(6, true);
    png_chunk_of(c, "eXIf", e->data, e->size);
    png_iccp(c, icc_of(300, "RGB "));
    png_chunk_of(c, "tRNS", "\0\0\0\0\0\0", 6);
    const tb_header *h = header_of(insert(b, b->size - 12, c));
    CHECK(h->orientation == 1 && h->icc_pieces == 0 && h->channels == 3 && !h->truncated);
}

static void transparency_that_does_not_fit_is_no_alpha(void)
{
    static const struct {
        int type, palette, size, channels;
    } cases[] = {{0, 0, 2, 2}, {0, 0, 3, 1}, {2, 0, 6, 4}, {2, 0, 2, 3}, {3, 4, 4, 4},
                 {3, 4, 5, 3}, {3, 4, 0, 3}, {4, 0, 2, 2}, {6, 0, 6, 4}, {3, 255, 5, 3}};
    static const char zeros[768];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        blob *c = blob_new();
        int type = cases[i].type, depth = type == 3 ? 2 : 8; /* a palette of 4, whatever it says */
        if (cases[i].palette)
            png_chunk_of(c, "PLTE", zeros, (size_t)cases[i].palette * 3);
        png_chunk_of(c, "tRNS", zeros, (size_t)cases[i].size);
        same_as_libpng(png_of(type, depth, c));
        CHECK(header_of(png_of(type, depth, c))->channels == cases[i].channels);
    }
}

static void broken_pngs_are_refused(void)
{
    static const char zeros[900];
    blob *b = png_start(), *c;

    png_chunk_of(b, "IDAT", "x", 1);
    FAILS(b, TB_E_CORRUPT, "does not begin with IHDR");
    c = blob_new(), png_ihdr(c, 8, 8, 8, 2, 0);
    FAILS(png_of(2, 8, c), TB_E_CORRUPT, "two IHDR");
    b = png_start(), png_chunk_of(b, "IHDR", zeros, 12), png_chunk_of(b, "IEND", "", 0);
    FAILS(b, TB_E_CORRUPT, "wrong length");
    b = png_start(), png_ihdr(b, 0, 9, 8, 2, 0);
    FAILS(b, TB_E_CORRUPT, "no pixels");
    b = png_start(), png_ihdr(b, 0x80000000u, 9, 8, 2, 0);
    FAILS(b, TB_E_CORRUPT, "2147483647");
    for (int type = 0; type < 8; type++)
        for (int depth = 0; depth < 18; depth++) {
            b = png_start(), png_ihdr(b, 3, 3, depth, type, 0);
            bool valid = (type == 0 && (depth == 1 || depth == 2 || depth == 4)) ||
                         (type == 3 && (depth == 1 || depth == 2 || depth == 4)) ||
                         ((depth == 8 || (depth == 16 && type != 3)) && (type < 5 || type == 6) && type != 1);
            if (valid)
                FAILS(b, TB_E_TRUNCATED, "before its picture");
            else
                FAILS(b, TB_E_CORRUPT, "are no PNG");
        }
    b = png_start(), png_ihdr(b, 3, 3, 8, 2, 2);
    FAILS(b, TB_E_CORRUPT, "method");
    FAILS(png_of(3, 8, blob_new()), TB_E_CORRUPT, "no palette");
    c = blob_new(), png_chunk_of(c, "PLTE", zeros, 4);
    FAILS(png_of(3, 8, c), TB_E_CORRUPT, "palette");
    c = blob_new(), png_chunk_of(c, "PLTE", zeros, 771);
    FAILS(png_of(3, 8, c), TB_E_CORRUPT, "palette");
    c = blob_new(), png_chunk_of(c, "PLTE", zeros, 3), png_chunk_of(c, "PLTE", zeros, 3);
    FAILS(png_of(3, 8, c), TB_E_CORRUPT, "two PLTE");
    c = blob_new(), png_chunk_of(c, "CgBI", zeros, 4);
    FAILS(png_of(2, 8, c), TB_E_UNSUPPORTED, "CgBI");
    c = blob_new(), png_chunk_of(c, "IEND", "", 0);
    FAILS(png_of(2, 8, c), TB_E_CORRUPT, "before any picture");
    c = blob_new(), png_chunk_of(c, "a\1bc", "", 0);
    FAILS(png_of(2, 8, c), TB_E_CORRUPT, "name");
    c = blob_new(), put_be(c, 0x80000000u, 4), put_text(c, "tEXt");
    FAILS(png_of(2, 8, c), TB_E_CORRUPT, "2147483647");
    c = blob_new(), put_be(c, 0x7FFFFFFF, 4), put_text(c, "prIv"), put(c, zeros, 96);
    FAILS(png_of(2, 8, c), TB_E_LIMIT, "(max_metadata)");
}

static void a_broken_iccp_is_left_out(void)
{
    static const char names[][100] = {"", "name", "name\0\1", "name\0"};
    static const size_t sizes[] = {90, 3, 20, 6};

    for (int i = 0; i < 4; i++) {
        blob *c = blob_new();
        png_chunk_of(c, "iCCP", names[i], sizes[i]);
        const walked *r = walk(png_of(2, 8, c), 1);
        CHECK(r->status == TB_DONE && r->header.icc_pieces == 0 && r->err.warnings == 1);
    }
}

/* --- WebP by hand */

static void webp_chunks_are_read(void)
{
    for (int lossless = 0; lossless < 2; lossless++) {
        const tb_header *h = header_of(webp_with_everything(lossless));
        CHECK(h->orientation == 8 && h->exif.size > 20 && h->xmp.size == 4 && h->icc_pieces == 1);
        CHECK(h->icc[0].size == 501 && h->alpha && h->lossless == lossless);
    }
    images_free();
}

/* As libwebp has it: ALPH speaks for itself. */
static void alpha_needs_no_flag(void)
{
    blob *c = blob_new(), *vp8 = encode_webp(noise(8, 8, 3), false);

    webp_vp8x(c, 0, 8, 8);
    webp_chunk(c, "ALPH", "\0012345678", 9);
    put(c, vp8->data + 12, vp8->size - 12);
    CHECK(header_of(riff_of(c))->alpha);
    same_as_libwebp(riff_of(c));
    images_free();
}

static void webp_metadata_that_is_not_announced_is_passed_over(void)
{
    blob *c = blob_new(), *e = exif_of(6, true);
    webp_vp8x(c, 0, 8, 8);
    webp_chunk(c, "ICCP", "profile", 7);
    webp_vp8l(c, 8, 8, false);
    webp_chunk(c, "EXIF", e->data, e->size);
    webp_chunk(c, "XMP ", "<x/>", 4);
    const tb_header *h = header_of(riff_of(c));
    CHECK(h->orientation == 1 && h->exif.size == 0 && h->xmp.size == 0 && h->icc_pieces == 0);
}

static void exif_with_the_mark_of_jpeg_is_read(void)
{
    blob *c = blob_new(), *e = blob_new(), *t = exif_of(6, true);
    put(e, "Exif\0", 6);
    put(e, t->data, t->size);
    webp_vp8x(c, 0x08, 8, 8);
    webp_vp8l(c, 8, 8, false);
    webp_chunk(c, "EXIF", e->data, e->size);
    const tb_header *h = header_of(riff_of(c));
    CHECK(h->orientation == 6 && h->exif.size == t->size);
}

/* Announced but not there: known when the file ends. */
static void exif_that_never_comes_is_not_waited_for(void)
{
    blob *c = blob_new();
    webp_vp8x(c, 0x08, 8, 8);
    webp_vp8l(c, 8, 8, false);
    blob *b = riff_of(c);
    CHECK(header_of(b)->width == 8);
    b->size -= 5;
    const tb_header *h = header_of(b);
    CHECK(h->width == 8 && h->truncated);
}

static void webp_frame(blob *b, int x, int y, int width, int height, int really)
{
    blob *d = blob_new();
    put_le(d, (uint64_t)x / 2, 3), put_le(d, (uint64_t)y / 2, 3);
    put_le(d, (uint64_t)width - 1, 3), put_le(d, (uint64_t)height - 1, 3);
    put_le(d, 100, 4);
    webp_vp8l(d, really, height, true);
    webp_chunk(b, "ANMF", d->data, d->size);
}

static void broken_webps_are_refused(void)
{
    blob *c = blob_new(), *b;

    webp_chunk(c, "ALPH", "x", 1);
    webp_vp8l(c, 8, 8, false);
    FAILS(riff_of(c), TB_E_CORRUPT, "does not begin with");
    c = blob_new(), webp_vp8x(c, 0, 9, 8), webp_vp8l(c, 8, 8, false);
    FAILS(riff_of(c), TB_E_CORRUPT, "the canvas is 9x8, its picture 8x8");
    c = blob_new(), webp_vp8x(c, 0, 9, 8);
    FAILS(riff_of(c), TB_E_CORRUPT, "no picture");
    c = blob_new(), webp_chunk(c, "VP8X", "\0\0\0\0\0\0\0\0\0", 9);
    put_zeros(c, 10);
    FAILS(riff_of(c), TB_E_CORRUPT, "VP8X");
    c = blob_new(), webp_vp8x(c, 2, 8, 8), webp_vp8l(c, 8, 8, false);
    FAILS(riff_of(c), TB_E_CORRUPT, "still picture in an animation");
    c = blob_new(), webp_vp8x(c, 2, 8, 8), webp_frame(c, 2, 0, 7, 8, 7);
    FAILS(riff_of(c), TB_E_CORRUPT, "the canvas is 8x8, a frame 7x8 at 2,0");
    c = blob_new(), webp_vp8x(c, 2, 8, 8), webp_frame(c, 2, 0, 6, 8, 5);
    FAILS(riff_of(c), TB_E_CORRUPT, "a frame is 6x8, its picture 5x8");
    c = blob_new(), webp_vp8x(c, 2, 8, 8), webp_chunk(c, "ANMF", "0123456789", 10);
    FAILS(riff_of(c), TB_E_CORRUPT, "too short");
    c = blob_new(), webp_vp8l(c, 8, 8, false);
    for (int more = 1; more < 99; more++) {
        b = riff_of(c),
        b->data[16] = (uint8_t)(b->data[16] + 1 + more); /* an even size would have room for its pad */
        FAILS(b, TB_E_CORRUPT, "longer than what it is in");
    }
    b = riff_of(c), b->data[4] = 3;
    FAILS(b, TB_E_CORRUPT, "a RIFF of 3 bytes");
    b = riff_of(c), memset(b->data + 4, 0xFF, 4);
    FAILS(b, TB_E_CORRUPT, "a RIFF of 4294967295 bytes");
    b = riff_of(c), b->data[20] = 0x2E;
    FAILS(b, TB_E_CORRUPT, "VP8L");
    b = encode_webp(noise(5, 5, 3), false), b->data[23] = 0;
    FAILS(b, TB_E_CORRUPT, "signature");
    b = encode_webp(noise(5, 5, 3), false), b->data[20] |= 1;
    FAILS(b, TB_E_CORRUPT, "broken head");
    b = encode_webp(noise(5, 5, 3), false), b->data[26] = b->data[27] = 0;
    FAILS(b, TB_E_CORRUPT, "no pixels");
    c = blob_new(), webp_vp8x(c, 0, 1 << 24, 1 << 24);
    FAILS(riff_of(c), TB_E_LIMIT, "max_side");
    images_free();
}

static void a_riff_that_is_too_short_for_its_tail_is_read(void)
{
    blob *c = blob_new();
    webp_vp8l(c, 8, 8, false);
    size_t still = c->size;
    put(c, "EXIF\xFF\0\0\0", 8);
    const walked *r = walk(riff_of(c), 1);
    CHECK(still < c->size && r->status == TB_DONE && r->header.width == 8 && r->err.warnings == 1);
}

/* --- GIF by hand */

static void gif_blocks_are_read(void)
{
    const tb_header *h = header_of(small_gif(1));
    CHECK(h->width == 20 && h->height == 10 && h->frames == 1 && !h->animated && !h->alpha &&
          h->channels == 4);
    h = header_of(small_gif(4));
    CHECK(h->frames == 4 && h->animated && h->alpha);
    blob *b = gif_start(5, 5);
    gif_frame(b, 0, 0, 5, 5);
    put(b, "\0\0\0", 3); /* empty sub-blocks too many */
    gif_frame(b, 0, 0, 5, 5);
    put(b, "what?", 5);
    h = header_of(b);
    CHECK(h->frames == 2 && h->truncated);
}

/* A frame of one pixel that is shown for so many hundredths of a second. */
static void timed_frame(blob *b, int delay)
{
    put(b, "\x21\xF9\x04\0", 4);
    put_le(b, (uint64_t)delay, 2);
    put(b, "\0\0", 2);
    gif_frame(b, 0, 0, 1, 1);
}

static void loop_of(blob *b, const char *name, int again)
{
    put(b, "\x21\xFF\x0B", 3);
    put(b, name, 11);
    put(b, "\3\1", 2);
    put_le(b, (uint64_t)again, 2);
    put8(b, 0);
}

/* With the times of its frames. */
static const tb_header *walk_timed(const blob *b, size_t piece, tb_times *times)
{
    static tb_header h;
    tb_walk w = {.limits = &tb_default_limits, .times = times};
    tb_input in = {.data = b->data};
    tb_error err = {0};
    tb_status status;

    h = (tb_header){0};
    do {
        status = tb_walk_step(&w, &in, &h, &err);
        if (status == TB_HUNGRY) {
            in.ended = in.end == b->size;
            in.end += b->size - in.end < piece ? b->size - in.end : piece;
        }
    } while (status == TB_MORE || status == TB_HUNGRY);
    CHECK(status == TB_DONE);
    return &h;
}

static void times_and_loops_are_told(void)
{
    static const struct {
        const char *name;
        int again, plays;
    } loops[] = {{"NETSCAPE2.0", 0, 0},
                 {"NETSCAPE2.0", 3, 4},
                 {"ANIMEXTS1.0", 1, 2},
                 {"NETSCAPE9.9", 0, 1},
                 {"NETSCAPE2.0", 65535, 65536}};

    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        for (size_t piece = 1; piece < 200; piece += 7) {
            tb_mem mem = {.heap = &test_heap};
            tb_times times = {.mem = &mem};
            blob *b = gif_start(5, 5);
            loop_of(b, loops[i].name, loops[i].again);
            timed_frame(b, 7);
            gif_frame(b, 0, 0, 5, 5); /* has no time of its own */
            timed_frame(b, 65535);
            put8(b, 0x3B);
            const tb_header *h = walk_timed(b, piece, &times);
            CHECK(h->loop == loops[i].plays && h->frames == 3 && h->whole_frames == 3);
            CHECK(times.count == 3 && tb_times_of(&times, 0) == 70 && tb_times_of(&times, 1) == 0 &&
                  tb_times_of(&times, 2) == 655350 && tb_times_of(&times, 3) == TB_PAGE_MS);
            tb_times_close(&times);
            CHECK(mem.used == 0);
        }
}

static void of_what_ends_early_whole_frames_are_known(void)
{
    blob *b = gif_start(5, 5);
    timed_frame(b, 1);
    size_t one = b->size;
    timed_frame(b, 2);

    const walked *r = walk_bytes(b->data, b->size, 1000, &tb_default_limits);
    CHECK(r->header.truncated && r->header.frames == 2 && r->header.whole_frames == 2);
    r = walk_bytes(b->data, b->size - 1, 1000, &tb_default_limits);
    CHECK(r->header.truncated && r->header.frames == 2 && r->header.whole_frames == 1);
    r = walk_bytes(b->data, one - 1, 1000, &tb_default_limits);
    CHECK(r->header.truncated && r->header.frames == 1 && r->header.whole_frames == 0);
    b = webp_animation(4, 40, 30);
    r = walk_bytes(b->data, b->size - 3, 1000, &tb_default_limits);
    CHECK(r->header.truncated && r->header.frames == 4 && r->header.whole_frames == 3);
}

static void times_without_memory_are_an_error(void)
{
    tb_mem mem = {.heap = &test_heap};
    blob *b = gif_start(5, 5);
    tb_times times = {.mem = &mem};
    tb_walk w = {.limits = &tb_default_limits, .times = &times};
    tb_input in = {.ended = true};
    tb_header h = {0};
    tb_error err = {0};

    for (int i = 0; i < 100; i++)
        timed_frame(b, i);
    in.data = b->data;
    in.end = b->size;
    fail_seen = 0;
    fail_at = 2;
    tb_status status;
    while ((status = tb_walk_step(&w, &in, &h, &err)) == TB_MORE)
        ;
    fail_at = 0;
    CHECK(status == TB_FAIL && err.code == TB_E_NOMEM && times.count == 64);
    tb_times_close(&times);
    CHECK(mem.used == 0);
}

static void long_sub_blocks_are_no_flood(void)
{
    static const char bytes[254];
    tb_limits limits = tb_default_limits;
    blob *b = gif_start(5, 5);

    limits.max_blocks = 10;
    gif_frame(b, 0, 0, 5, 5);
    b->size--;
    for (int i = 0; i < 1000; i++)
        put8(b, 254), put(b, bytes, 254);
    put(b, "\0;", 2);
    CHECK(walk_bytes(b->data, b->size, 1000, &limits)->status == TB_DONE);
}

static void broken_gifs_are_refused(void)
{
    static const int frames[][4] = {{0, 0, 6, 5},     {0, 0, 5, 6}, {1, 0, 5, 5},
                                    {0, 65535, 1, 1}, {0, 0, 0, 5}, {0, 0, 5, 0}};
    blob *b;

    for (int i = 0; i < 6; i++) {
        b = gif_start(5, 5);
        gif_frame(b, frames[i][0], frames[i][1], frames[i][2], frames[i][3]);
        FAILS(b, TB_E_CORRUPT, "the canvas is 5x5, a frame ");
    }
    b = gif_start(0, 5);
    FAILS(b, TB_E_CORRUPT, "no pixels");
    b = gif_start(5, 5), put8(b, 0x3B);
    FAILS(b, TB_E_CORRUPT, "before any picture");
    b = gif_start(5, 5), put8(b, 0x77);
    FAILS(b, TB_E_CORRUPT, "an unknown block 0x77");
}

int main(void)
{
    make_good();
    jpeg_headers_agree_with_libjpeg();
    png_headers_agree_with_libpng();
    webp_headers_agree_with_libwebp();
    every_cut_into_pieces_gives_the_same_header();
    all_is_known_before_the_picture_is_here();
    a_webp_that_announces_exif_is_known_late();
    every_truncation_is_told();
    flips_end_the_same_in_pieces_and_never_break_it();
    what_follows_the_picture_is_passed_over();
    magic_bytes_tell_the_format();
    formats_that_are_not_read_are_named();
    each_limit_names_itself_and_the_option();
    metadata_is_counted_in_every_format();
    icc_and_exif_that_are_too_long_are_left_out();
    the_side_is_limited_even_when_nothing_is();
    floods_cost_no_more_than_their_bytes();
    defaults_are_those_of_the_documentation();
    jpeg_segments_are_read();
    an_icc_profile_whose_pieces_do_not_fit_is_left_out();
    jpegs_that_are_not_read_say_why();
    broken_jpegs_are_refused();
    what_libjpeg_passes_over_is_passed_over();
    a_flood_of_fill_bytes_is_refused();
    the_first_exif_counts();
    png_chunks_are_read();
    png_chunks_behind_the_picture_do_not_count();
    transparency_that_does_not_fit_is_no_alpha();
    broken_pngs_are_refused();
    a_broken_iccp_is_left_out();
    webp_chunks_are_read();
    alpha_needs_no_flag();
    webp_metadata_that_is_not_announced_is_passed_over();
    exif_with_the_mark_of_jpeg_is_read();
    exif_that_never_comes_is_not_waited_for();
    broken_webps_are_refused();
    a_riff_that_is_too_short_for_its_tail_is_read();
    gif_blocks_are_read();
    times_and_loops_are_told();
    of_what_ends_early_whole_frames_are_known();
    times_without_memory_are_an_error();
    long_sub_blocks_are_no_flood();
    broken_gifs_are_refused();
    images_free();
    blobs_free();
}
