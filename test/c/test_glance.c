/* test_glance.c - what the worker reads by itself, at every length: glance.c and jp2.c, which need no libvips. */
#include "../../c_src/vips/glance.c"
#include "../../c_src/vips/jp2.c"
#include "check.h"

/* A copy of its own, so that a byte too many is seen. */
static tb_input input(const void *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    CHECK(copy);
    memcpy(copy, data, size);
    return (tb_input){.data = copy, .safe = size, .end = size, .ended = true};
}

static void done(tb_input in)
{
    free((void *)(uintptr_t)in.data);
}

static tb_code glance(const void *data, size_t size, tb_format f)
{
    tb_input in = input(data, size);
    tb_error err = {0};
    tb_status status = tb_glance(&in, f, &err);

    CHECK((status == TB_FAIL) == (err.code != TB_E_NONE));
    done(in);
    return err.code;
}

static void a_tiff_without_its_directory_is_truncated(void)
{
    static const char little[20] = "II*\0\x0C\0\0\0", big[20] = "MM\0*\0\0\0\x0C",
                      little8[24] = "II+\0\x08\0\0\0\x14\0\0\0\0\0\0\0",
                      big8[24] = "MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x14";

    for (size_t n = 4; n <= 20; n++) {
        CHECK(glance(little, n, TB_TIFF) == (n > 12 ? TB_E_NONE : TB_E_TRUNCATED));
        CHECK(glance(big, n, TB_TIFF) == (n > 12 ? TB_E_NONE : TB_E_TRUNCATED));
    }
    for (size_t n = 16; n <= 24; n++) {
        CHECK(glance(little8, n, TB_TIFF) == (n > 20 ? TB_E_NONE : TB_E_TRUNCATED));
        CHECK(glance(big8, n, TB_TIFF) == (n > 20 ? TB_E_NONE : TB_E_TRUNCATED));
    }
    CHECK(glance("II+\0\x08\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 16, TB_TIFF) == TB_E_TRUNCATED);
}

/* --- colours of a TIFF */

typedef struct {
    bool big_end, big_file;
    uint8_t bytes[400];
    size_t size;
} tiff_file;

static void put(tiff_file *t, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        t->bytes[t->size++] = (uint8_t)(v >> 8 * (t->big_end ? bytes - 1 - i : i));
}

static void put_entry(tiff_file *t, int tag, int value)
{
    int room = t->big_file ? 8 : 4;

    put(t, (uint64_t)tag, 2);
    put(t, 3, 2);
    put(t, 1, room);
    put(t, (uint64_t)value, 2);
    put(t, 0, room - 2);
}

/* As TIFF 6.0 and BigTIFF have it: a page for each of those colours, so compressed. */
static void make_tiff(tiff_file *t, int pages, const int *colours, int compression)
{
    int room = t->big_file ? 8 : 4;

    t->size = 0;
    put(t, t->big_end ? 0x4D4D : 0x4949, 2);
    put(t, t->big_file ? 43 : 42, 2);
    if (t->big_file)
        put(t, t->big_end ? 0x00080000 : 8, 4);
    for (int i = 0; i < pages; i++) {
        put(t, t->size + (size_t)room, room);
        put(t, 2, t->big_file ? 8 : 2);
        put_entry(t, 259, compression);
        put_entry(t, 262, colours[i]);
    }
    put(t, 0, room);
}

static void y_cb_cr_is_read_of_jpeg_only(void)
{
    static const int rgb[] = {2, 2, 2}, first[] = {6, 2, 2}, last[] = {2, 2, 6};

    for (int kind = 0; kind < 4; kind++) {
        tiff_file t = {.big_end = kind & 1, .big_file = kind & 2};
        for (int compression = 1; compression <= 8; compression++) {
            bool jpeg = compression == 6 || compression == 7;
            make_tiff(&t, 3, rgb, compression);
            CHECK(glance(t.bytes, t.size, TB_TIFF) == TB_E_NONE);
            make_tiff(&t, 3, first, compression);
            CHECK(glance(t.bytes, t.size, TB_TIFF) == (jpeg ? TB_E_NONE : TB_E_UNSUPPORTED));
            make_tiff(&t, 3, last, compression);
            CHECK(glance(t.bytes, t.size, TB_TIFF) == (jpeg ? TB_E_NONE : TB_E_UNSUPPORTED));
        }
        for (size_t n = 4, whole = t.size; n < whole; n++)
            glance(t.bytes, n, TB_TIFF);
    }
}

/* A directory that is its own next. */
static void a_ring_of_pages_ends(void)
{
    tiff_file t = {0};

    make_tiff(&t, 1, (const int[]){2}, 1);
    t.bytes[t.size - 4] = 8;
    CHECK(glance(t.bytes, t.size, TB_TIFF) == TB_E_NONE);
}

static void a_pam_is_told_from_its_kin(void)
{
    CHECK(glance("P7\n", 3, TB_PPM) == TB_E_UNSUPPORTED);
    CHECK(glance("P6\n", 3, TB_PPM) == TB_E_NONE);
    CHECK(glance("P", 1, TB_PPM) == TB_E_NONE);
    CHECK(glance("P7\n", 3, TB_JXL) == TB_E_NONE);
}

#define PROFILE 200

/* Signature, head with size and colour, then the codestream. */
static size_t jp2(uint8_t *to, int method)
{
    static const uint8_t start[] =
        "\0\0\0\x0CjP  \r\n\x87\n\0\0\0\0jp2h\0\0\0\x16ihdr........\0\x03\x07\x07\0\0"
        "\0\0\0\0colr.\0\0";
    size_t n = sizeof start - 1;

    memcpy(to, start, n);
    to[15] = (uint8_t)(n - 12 + PROFILE);
    to[n - 8] = (uint8_t)(11 + PROFILE);
    to[n - 3] = (uint8_t)method;
    memset(to + n, 77, PROFILE);
    memcpy(to + n + PROFILE, "\0\0\0\0jp2c", 8);
    return n + PROFILE + 8;
}

static void the_profile_of_a_jpeg_2000_is_found(void)
{
    uint8_t all[400];
    size_t size = jp2(all, 2), found = 0;

    for (size_t n = 0; n <= size; n++) {
        tb_input in = input(all, n);
        const uint8_t *profile = tb_jp2_profile(&in, &found);
        CHECK((profile != NULL) == (n >= size - 8));
        CHECK(!profile || (found == PROFILE && profile[0] == 77 && profile[PROFILE - 1] == 77));
        done(in);
    }
    size = jp2(all, 1);
    tb_input in = input(all, size);
    CHECK(!tb_jp2_profile(&in, &found));
    done(in);
}

static void sizes_without_sense_end_the_search(void)
{
    static const uint8_t sizes[] = {0, 1, 2, 7, 8, 9, 100, 255};
    uint8_t all[400];
    size_t size = jp2(all, 2), found = 0;

    for (size_t at = 0; at < size; at++)
        for (size_t i = 0; i < sizeof sizes; i++) {
            uint8_t old = all[at];
            all[at] = sizes[i];
            tb_input in = input(all, size);
            const uint8_t *profile = tb_jp2_profile(&in, &found);
            CHECK(!profile || (profile + found <= in.data + size && found >= 128));
            done(in);
            all[at] = old;
        }
}

int main(void)
{
    a_tiff_without_its_directory_is_truncated();
    y_cb_cr_is_read_of_jpeg_only();
    a_ring_of_pages_ends();
    a_pam_is_told_from_its_kin();
    the_profile_of_a_jpeg_2000_is_found();
    sizes_without_sense_end_the_search();
    images_free();
    return 0;
}
