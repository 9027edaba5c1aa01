/* test_exif_edit.c - what leaves of EXIF is what may leave, and in order. */
#include "../../c_src/exif_edit.h"
#include "exif_samples.h"

static const tb_exif_wish plain = {.upright = true, .width = 400, .height = 300};

static blob *edit(const blob *tiff, tb_exif_wish wish)
{
    uint8_t *in = malloc(tiff->size ? tiff->size : 1), *out = malloc(tb_exif_room(tiff->size));
    blob *b = blob_new();

    CHECK(in && out);
    if (tiff->size)
        memcpy(in, tiff->data, tiff->size);
    put(b, out, tb_exif_edit(in, tiff->size, &wish, out));
    free(in);
    free(out);
    return b;
}

/* Walks all directories there are. */
static void check_order(const blob *b)
{
    size_t root = tiff_root(b->data, b->size), exif = tiff_child(b->data, b->size, root, 0x8769),
           gps = tiff_child(b->data, b->size, root, 0x8825);

    if (gps)
        tiff_find(b->data, b->size, gps, 0);
    size_t interop = exif ? tiff_child(b->data, b->size, exif, 0xA005) : 0;
    if (interop)
        tiff_find(b->data, b->size, interop, 0);
}

static uint32_t number(const blob *b, size_t directory, uint32_t tag)
{
    size_t e = tiff_find(b->data, b->size, directory, tag);

    CHECK(e);
    return tiff_get(b->data, b->size, e + 8, tiff_get(b->data, b->size, e + 2, 2) == 3 ? 2 : 4);
}

static void what_may_stay_stays(void)
{
    for (int big = 0; big < 2; big++) {
        blob *b = edit(camera_exif(big, 6), plain);
        size_t root = tiff_root(b->data, b->size), exif = tiff_child(b->data, b->size, root, 0x8769);
        check_order(b);
        CHECK(holds(b->data, b->size, "A maker") && holds(b->data, b->size, "An artist"));
        CHECK(holds(b->data, b->size, "An owner") && holds(b->data, b->size, "R98"));
        uint32_t at = number(b, exif, 0x829A);
        CHECK(tiff_get(b->data, b->size, at, 4) == 1 && tiff_get(b->data, b->size, at + 4, 4) == 125);
        CHECK(tiff_child(b->data, b->size, exif, 0xA005));
    }
}

static void secrets_do_not_leave(void)
{
    for (int big = 0; big < 2; big++) {
        blob *came = camera_exif(big, 6), *b = edit(came, plain);
        size_t root = tiff_root(b->data, b->size);
        CHECK(holds(came->data, came->size, "secret") && !holds(b->data, b->size, "secret"));
        CHECK(!tiff_find(b->data, b->size, root, 0x8825) && b->size < 400);
    }
}

static void the_place_stays_if_wished(void)
{
    tb_exif_wish wish = plain;

    wish.gps = true;
    for (int big = 0; big < 2; big++) {
        blob *b = edit(camera_exif(big, 6), wish);
        size_t gps = tiff_child(b->data, b->size, tiff_root(b->data, b->size), 0x8825);
        check_order(b);
        CHECK(gps && tiff_find(b->data, b->size, gps, 2) && holds(b->data, b->size, "secret of the place"));
        CHECK(!holds(b->data, b->size, "thumbnail"));
    }
}

static void it_tells_of_the_picture_as_it_is_now(void)
{
    for (int o = 1; o <= 8; o++)
        for (int upright = 0; upright < 2; upright++) {
            tb_exif_wish wish = plain;
            wish.upright = upright;
            blob *b = edit(camera_exif(o % 2, o), wish);
            size_t root = tiff_root(b->data, b->size), exif = tiff_child(b->data, b->size, root, 0x8769);
            CHECK(number(b, root, 0x0112) == (upright ? 1 : (uint32_t)o));
            CHECK(number(b, root, 0x0100) == 400);
            CHECK(number(b, exif, 0xA002) == 400 && number(b, exif, 0xA003) == 300);
        }
}

static void of_colours_it_says_srgb_where_they_became_it(void)
{
    tb_exif_wish wish = plain;

    for (int srgb = 0; srgb < 2; srgb++) {
        wish.srgb = srgb;
        blob *b = edit(camera_exif(srgb, 1), wish);
        size_t exif = tiff_child(b->data, b->size, tiff_root(b->data, b->size), 0x8769);
        CHECK(number(b, exif, 0xA001) == (srgb ? 1 : 0xFFFF));
        CHECK((tiff_child(b->data, b->size, exif, 0xA005) == 0) == (srgb == 1));
    }
}

static void the_copyright_alone_is_two_entries(void)
{
    tb_exif_wish wish = plain;

    wish.copyright = true;
    for (int big = 0; big < 2; big++) {
        blob *b = edit(camera_exif(big, 6), wish);
        size_t root = tiff_root(b->data, b->size);
        CHECK(tiff_get(b->data, b->size, root, 2) == 2);
        CHECK(tiff_find(b->data, b->size, root, 0x013B) && tiff_find(b->data, b->size, root, 0x8298));
        CHECK(holds(b->data, b->size, "An artist") && holds(b->data, b->size, "An owner"));
        CHECK(!holds(b->data, b->size, "maker"));
    }
    CHECK(edit(exif_of(6, true), wish)->size == 0); /* nobody is named */
}

static void what_was_edited_is_not_changed_again(void)
{
    for (int big = 0; big < 2; big++)
        for (int gps = 0; gps < 2; gps++) {
            tb_exif_wish wish = plain;
            wish.gps = gps;
            blob *b = edit(camera_exif(big, 3), wish), *again = edit(b, wish);
            CHECK(again->size == b->size && !memcmp(again->data, b->data, b->size));
        }
}

/* --- what is broken */

static void cut_ones_are_right_or_refused(void)
{
    for (int big = 0; big < 2; big++) {
        blob *b = camera_exif(big, 6);
        for (size_t n = 0; n < b->size; n++) {
            blob cut = {b->data, n, n}, *made = edit(&cut, plain);
            CHECK(made->size || n < 8 + 2 + 12);
            if (made->size)
                check_order(made);
        }
        blobs_free();
    }
}

static void broken_ones_are_right_or_refused(void)
{
    uint32_t seed = 3;
    tb_exif_wish wish = plain;

    for (int i = 0; i < 3000; i++) {
        blob *b = camera_exif(i % 2, 6);
        for (int k = 0; k < 1 + i % 5; k++)
            b->data[next_random(&seed) % (i % 3 ? 250 : b->size)] = (uint8_t)(next_random(&seed) >> 24);
        wish.gps = i % 4 < 2;
        wish.copyright = i % 7 == 0;
        blob *made = edit(b, wish);
        if (made->size)
            check_order(made);
        blobs_free();
    }
}

/* A thousand values, all of them the whole file. */
static void it_never_grows(void)
{
    tiff_writer w = {blob_new(), true, 0};

    put(w.b, "MM\0*\0\0\0\x08", 8);
    tiff_directory(&w, 900);
    for (int i = 0; i < 900; i++)
        tiff_entry(&w, 0x9000 + i, 7, 10000, 0);
    put_zeros(w.b, 1 << 20);
    CHECK(edit(w.b, plain)->size == 0);
}

/* Directories that lead to themselves, to each other, or twice to one. */
static void circles_end(void)
{
    for (int n = 0; n < 3; n++) {
        tiff_writer w = {blob_new(), n == 1, 0};
        put(w.b, w.big ? "MM\0*\0\0\0\x08" : "II*\0\x08\0\0\0", 8);
        tiff_directory(&w, 4);
        tiff_entry(&w, 0x8769, 4, 1, 8);
        tiff_entry(&w, 0x8769, 4, 1, 8);
        tiff_entry(&w, 0x8825, 4, 1, 8);
        tiff_entry(&w, 0xA005, 4, 1, 8);
        tb_exif_wish wish = plain;
        wish.gps = n > 0;
        blob *b = edit(w.b, wish);
        if (b->size)
            check_order(b);
    }
}

int main(void)
{
    what_may_stay_stays();
    secrets_do_not_leave();
    the_place_stays_if_wished();
    it_tells_of_the_picture_as_it_is_now();
    of_colours_it_says_srgb_where_they_became_it();
    the_copyright_alone_is_two_entries();
    what_was_edited_is_not_changed_again();
    cut_ones_are_right_or_refused();
    broken_ones_are_right_or_refused();
    it_never_grows();
    circles_end();
    blobs_free();
    return 0;
}
