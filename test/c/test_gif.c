/* test_gif.c - GIFs that do not cover their canvas, at every length: gif.c, which needs no libvips. */
#include "../../c_src/vips/gif.c"
#include "check.h"

typedef struct {
    uint8_t bytes[400];
    size_t size;
} gif;

static void put(gif *g, const void *bytes, size_t n)
{
    memcpy(g->bytes + g->size, bytes, n);
    g->size += n;
}

/* GIF89a, 18.: a canvas of 30x20, with a table of two colours or without. */
static gif canvas(bool table)
{
    gif g = {.size = 0};

    put(&g, "GIF89a\x1E\0\x14\0", 10);
    put(&g, table ? "\x80\0\0......" : "\0\0\0", table ? 9 : 3);
    return g;
}

static void put_control(gif *g, int disposal, bool clear)
{
    const uint8_t block[] = {0x21, 0xF9, 4, (uint8_t)(disposal << 2 | clear), 10, 0, 1, 0};
    put(g, block, sizeof block);
}

static void put_image(gif *g, uint8_t width, uint8_t height)
{
    const uint8_t block[] = {0x2C, 1, 0, 2, 0, width, 0, height, 0, 0x80, 1, 2,
                             3,    4, 5, 6, 2, 3,     9, 9,      9, 1,    9, 0};
    put(g, block, sizeof block);
}

/* What is made of the first `size` bytes: of a copy, so that a byte too many is seen. */
static uint8_t *made(const gif *g, size_t size, size_t *longer)
{
    uint8_t *exact = malloc(size ? size : 1), *copy;

    CHECK(exact);
    memcpy(exact, g->bytes, size);
    copy = tb_gif_with_alpha(exact, size, longer);
    free(exact);
    return copy;
}

static bool needs_alpha(const gif *g)
{
    size_t longer = 0;
    uint8_t *copy = made(g, g->size, &longer);
    bool needs = copy != NULL;

    if (copy) {
        size_t same = g->size - (g->bytes[g->size - 1] == ';');
        CHECK(longer > same && memcmp(copy, g->bytes, same) == 0);
        CHECK(copy[same] == 0x21 && copy[longer - 1] == ';');
    }
    free(copy);
    return needs;
}

static void what_leaves_the_canvas_bare_needs_alpha(void)
{
    for (int width = 28; width <= 30; width++)
        for (int height = 18; height <= 20; height++)
            for (int kind = 0; kind < 4; kind++) {
                gif g = canvas(kind & 1);
                if (kind & 2)
                    put_control(&g, 1, false);
                put_image(&g, (uint8_t)width, (uint8_t)height);
                put_image(&g, 3, 3);
                put(&g, ";", 1);
                CHECK(needs_alpha(&g) == (width < 30 || height < 20));
            }
}

static void what_says_that_it_is_clear_has_alpha(void)
{
    for (int i = 0; i < 3; i++) {
        gif g = canvas(true);
        for (int frame = 0; frame < 3; frame++) {
            put_control(&g, 1, frame == i);
            put_image(&g, 5, 5);
        }
        CHECK(!needs_alpha(&g));
    }
}

static void a_first_frame_that_is_taken_back_needs_alpha(void)
{
    for (int disposal = 0; disposal < 4; disposal++) {
        gif g = canvas(true);
        put_control(&g, disposal, false);
        put_image(&g, 30, 20);
        put_image(&g, 5, 5);
        put(&g, ";", 1);
        CHECK(needs_alpha(&g) == (disposal == 3));
    }
}

/* Between two blocks it may end. */
static void what_is_broken_off_is_left_as_it_is(void)
{
    gif g = canvas(true);
    size_t longer;

    put_control(&g, 0, false);
    put(&g, "\x21\xFE\5hello\0", 9);
    put_image(&g, 5, 5);
    size_t first = g.size;
    put_image(&g, 9, 5);
    put(&g, "\0;", 2);
    for (size_t n = 0; n <= g.size; n++) {
        uint8_t *copy = made(&g, n, &longer);
        CHECK((copy != NULL) == (n == first || n >= g.size - 2));
        free(copy);
    }
    g.bytes[g.size - 1] = 'x';
    CHECK(!needs_alpha(&g));
}

int main(void)
{
    what_leaves_the_canvas_bare_needs_alpha();
    what_says_that_it_is_clear_has_alpha();
    a_first_frame_that_is_taken_back_needs_alpha();
    what_is_broken_off_is_left_as_it_is();
    images_free();
    return 0;
}
