/* test_thumb_hash.c - ThumbHash. */
#include "looking.h"

static const tb_thumb_hash_args args = {&found};

static const char *hex(void)
{
    static char text[2 * TB_THUMB_HASH_SIZE + 1];
    CHECK(found.thumb_hash_size <= TB_THUMB_HASH_SIZE);
    for (int i = 0; i < found.thumb_hash_size; i++)
        snprintf(text + 2 * i, 3, "%02x", found.thumb_hash[i]);
    return text;
}

/* Made by version 0.1.1 of the npm package `thumbhash`, by the format's author, from the same pixels. */
static const struct {
    int formula, w, h;
    const char *hash;
} vectors[] = {
    {0, 1, 1, "c977110f2208f708888788708f7088f80888707ff8f7870f"},
    {0, 1, 9, "93d725191208868978888787f78d860b97"},
    {0, 64, 48, "a0c6091d8a70777762887888887888888fe4a76880"},
    {0, 100, 7, "9fc60d218a808787628888887fd4986780"},
    {0, 11, 13, "9ec6091e0a807727867887788787777878877fd5a75880"},
    {0, 5, 2, "99c6091b8a707778628877888fe6a84880"},
    {1, 1, 1, "c977110f2208f708888788708f7088f80888707ff8f7870f"},
    {1, 1, 9, "93d725191208868978888787f78d860b97"},
    {1, 100, 100, "9ec6891d081c707753888778788fd59748808f784f78788877"},
    {1, 64, 48, "9ec6891c881c707753888778f8587d8904f887f78477887808"},
    {1, 37, 100, "9ec6891a081c70537878788fd59748807f784f78878787"},
    {1, 100, 7, "9dc68919881d70775388878fc58748807e784f78878877"},
    {1, 11, 13, "9dc6891c081d702785788887f7687d9803f887f88477887807"},
    {1, 5, 2, "99c6891a8aee70775388877fe798388088887878887808"},
    {2, 1, 1, "92c824274e08f708888788708f7088f80888808008f7870f"},
    {2, 1, 9, "1ed83d511e0887788888877778848f2a08"},
    {2, 100, 100, "20f8010700943678b45bba9886fbb85065e5f37447f69807"},
    {2, 64, 48, "1ff80105827a68279a96b86a995646709001fe451d"},
    {2, 37, 100, "20f801030092aaab665fa268647750bdf7"},
    {2, 100, 7, "dff70101826991297098a45220974336f7"},
    {2, 11, 13, "e0f701160484851426d33169634c06a85bdbf02c54064b"},
    {2, 5, 2, "5f270a63a0108c78984378785f8608a489"},
    {3, 1, 1, "92c8a4254edd08f78887707ff80888707ff808f78887707ff8"},
    {3, 1, 9, "9de8b9311288088778887808838d4a0808f78689898698"},
    {3, 100, 100, "9f28820500077563c34a9af6578c84609fa95bf54b8569087a"},
    {3, 64, 48, "9f288204800748afad836959450ad39cc930f675480399690b"},
    {3, 37, 100, "df2882020007c289cef544577780acf8f93444a81976a7"},
    {3, 100, 7, "9f2882018007587062883622a00463c716057677cb5d27"},
    {3, 11, 13, "9f18820c021765024522573b089e5356b0441e8d976586df0a"},
    {3, 5, 2, "de2786329088209b8832874f9708838768778888887807"},
};

static void the_reference_says_the_same(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        look_at(painted(vectors[i].formula, vectors[i].w, vectors[i].h, 4), &tb_thumb_hash, &args, 9);
        if (strcmp(hex(), vectors[i].hash))
            printf("%zu: %s, not %s\n", i, hex(), vectors[i].hash);
        CHECK(!strcmp(hex(), vectors[i].hash));
        images_free();
    }
}

static void every_slicing_gives_the_same_hash(void)
{
    for (int i = 0; i < SIZES; i++)
        for (int f = 2; f <= 3 && sizes[i].w <= 100 && sizes[i].h <= 100; f++) {
            check_slicings(painted(f, sizes[i].w, sizes[i].h, 4), &tb_thumb_hash, &args);
            images_free();
        }
}

/* Bits 0-5 are the mean lightness, 6-17 the colours; 23 says that there is alpha; 39 landscape. */
static void the_head_says_what_the_picture_is_like(void)
{
    for (int i = 0; i < SIZES; i++) {
        int w = sizes[i].w, h = sizes[i].h;
        if (w > 100 || h > 100)
            continue;
        image white = image_new(w, h, 4);
        memset(white.px, 255, image_size(white));
        look_at(white, &tb_thumb_hash, &args, 4);
        CHECK((found.thumb_hash[0] & 63) == 63 && found.thumb_hash[2] >> 7 == 0);
        CHECK(found.thumb_hash[4] >> 7 == (w > h));
        white.px[3] = 254;
        look_at(white, &tb_thumb_hash, &args, 4);
        CHECK((found.thumb_hash[0] & 63) == 63 && found.thumb_hash[2] >> 7 == 1);
        CHECK((found.thumb_hash[5] & 15) == 15);
        images_free();
    }
}

static void colours_that_cannot_be_seen_do_not_count(void)
{
    image a = painted(3, 30, 20, 4), b = painted(3, 30, 20, 4);
    for (int i = 0; i < 600; i += 3) {
        memset(a.px + 4 * i, 0, 4);
        memset(b.px + 4 * i, 200, 3);
        b.px[4 * i + 3] = 0;
    }
    look_at(a, &tb_thumb_hash, &args, 4);
    tb_look want = found;
    look_at(b, &tb_thumb_hash, &args, 4);
    CHECK(!memcmp(&found, &want, sizeof want));
    look_at(image_new(9, 9, 4), &tb_thumb_hash, &args, 4); /* nor does it fail where nothing can be seen */
    CHECK(found.thumb_hash_size == 25 && (found.thumb_hash[5] & 15) == 0);
    images_free();
}

static void what_it_does_not_take_is_refused(void)
{
    for (int c = 1; c <= 3; c++)
        check_look_refused(noise(5, 4, c), &tb_thumb_hash, &args, TB_E_UNSUPPORTED);
    check_look_refused(noise(101, 4, 4), &tb_thumb_hash, &args, TB_E_LIMIT);
    check_look_refused(noise(4, 101, 4), &tb_thumb_hash, &args, TB_E_LIMIT);
    images_free();
}

int main(void)
{
    the_reference_says_the_same();
    every_slicing_gives_the_same_hash();
    the_head_says_what_the_picture_is_like();
    colours_that_cannot_be_seen_do_not_count();
    what_it_does_not_take_is_refused();
    look_survives_no_memory(noise(20, 20, 4), &tb_thumb_hash, &args);
    images_free();
    return 0;
}
