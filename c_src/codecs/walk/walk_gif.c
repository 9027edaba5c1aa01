/* walk_gif.c - the pre-flight walk over a GIF: blocks, and each frame's rectangle. */
#include "walk_formats.h"
#include <string.h>

/* START -> BLOCK <-> DATA (sub-blocks); the trailer ends */
typedef enum { START, BLOCK, DATA } phase;

enum { TRAILER = 0x3B, EXTENSION = 0x21, IMAGE = 0x2C, GRAPHIC_CONTROL = 0xF9, APPLICATION = 0xFF };

/* An extension that says how often an animation is to be repeated: its name, and its one sub-block. */
#define LOOP_BYTES 18

/* Sub-blocks of picture data this long are what an honest encoder writes; only
 * shorter ones can be a flood, and only they count. */
#define LONG_BLOCK 128

#define SUB_BLOCK 128 /* what looking at one costs, in bytes */

static tb_status corrupt(tb_walker *k, const char *text)
{
    return tb_fail(k->err, TB_E_CORRUPT, "gif", "%s", text);
}

/* Bytes of the colour table that the flags announce. */
static uint32_t table_size(uint8_t flags)
{
    return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

static tb_status read_screen(tb_walker *k)
{
    if (tb_walk_left(k) < 13)
        return TB_HUNGRY;
    const uint8_t *p = tb_walk_here(k);
    if (tb_walk_size(k, tb_le16(p + 6), tb_le16(p + 8)) == TB_FAIL)
        return TB_FAIL;
    k->header->components = 1;
    k->header->channels = 4;
    k->header->frames = 0;
    k->header->loop = 1;
    k->state->phase = BLOCK;
    return tb_walk_skip(k, 13 + table_size(p[10]));
}

/* Separator, x, y, width, height: 2 bytes each; flags; table; LZW code size. */
static tb_status read_image(tb_walker *k, const uint8_t *p)
{
    tb_header *h = k->header;
    uint32_t x = tb_le16(p + 1), y = tb_le16(p + 3), width = tb_le16(p + 5), height = tb_le16(p + 7);

    if (width == 0 || height == 0 || x + width > (uint32_t)h->width || y + height > (uint32_t)h->height)
        return tb_fail(k->err, TB_E_CORRUPT, "gif", "the canvas is %dx%d, a frame %ux%u at %u,%u", h->width,
                       h->height, width, height, x, y);
    h->alpha |= k->state->gif.transparent || width < (uint32_t)h->width || height < (uint32_t)h->height;
    if (tb_walk_frame(k, k->state->gif.delay * 10u) == TB_FAIL)
        return TB_FAIL;
    h->animated = h->frames > 1;
    if (h->frames == 1) {
        h->progressive = (p[9] & 0x40) != 0;
        h->scans = h->progressive ? 4 : 1;
    }
    k->state->picture = k->walk->known = true;
    k->state->phase = DATA;
    k->state->gif.metadata = false;
    k->state->gif.delay = 0;
    k->state->gif.control = false;
    return tb_walk_skip(k, 10 + table_size(p[9]) + 1);
}

/* Where it is told, it is told before the first frame; 0 is for ever. */
static void read_loop(tb_walker *k, const uint8_t *p)
{
    bool known = memcmp(p + 2, "\013NETSCAPE2.0", 12) == 0 || memcmp(p + 2, "\013ANIMEXTS1.0", 12) == 0;

    if (!known || p[14] < 3 || (p[15] & 7) != 1)
        return;
    uint32_t again = tb_le16(p + 16);
    k->header->loop = again ? (int)again + 1 : 0;
}

/* Of which `left` bytes are here. */
static tb_status read_extension(tb_walker *k, const uint8_t *p, size_t left)
{
    k->state->gif.control |= p[1] == GRAPHIC_CONTROL;
    if (p[1] == GRAPHIC_CONTROL && p[2] >= 1)
        k->state->gif.transparent = (p[3] & 1) != 0;
    if (p[1] == GRAPHIC_CONTROL && p[2] >= 3 && left >= 6)
        k->state->gif.delay = (uint16_t)tb_le16(p + 4);
    if (p[1] == APPLICATION && left >= LOOP_BYTES)
        read_loop(k, p);
    k->state->gif.metadata = p[1] != GRAPHIC_CONTROL;
    k->state->phase = DATA;
    return tb_walk_skip(k, 2);
}

/* How much of a block must be here to be read. */
static size_t wanted(const tb_walker *k, const uint8_t *p, size_t left)
{
    if (p[0] == IMAGE)
        return 10;
    if (p[0] != EXTENSION)
        return 1;
    if (left < 4 || k->in->ended)
        return 4;
    return p[1] == APPLICATION ? LOOP_BYTES : p[1] == GRAPHIC_CONTROL ? 6 : 4;
}

static tb_status read_block(tb_walker *k)
{
    size_t left = tb_walk_left(k);

    k->header->unmarked = left < 1 && k->header->frames > 0 && !k->state->gif.control;
    if (left < 1)
        return TB_HUNGRY;
    const uint8_t *p = tb_walk_here(k);
    if (left < wanted(k, p, left))
        return TB_HUNGRY;
    k->work -= SUB_BLOCK;
    switch (p[0]) {
    case IMAGE:
        return tb_walk_block(k) == TB_FAIL ? TB_FAIL : read_image(k, p);
    case EXTENSION:
        return tb_walk_block(k) == TB_FAIL ? TB_FAIL : read_extension(k, p, left);
    case TRAILER:
        if (!k->state->picture)
            return corrupt(k, "ends before any picture");
        k->state->whole = true;
        return tb_walk_skip(k, 1);
    case 0: /* an empty sub-block too many: some encoders write it */
        return tb_walk_block(k) == TB_FAIL ? TB_FAIL : tb_walk_skip(k, 1);
    default:
        if (!k->state->picture)
            return tb_fail(k->err, TB_E_CORRUPT, "gif", "an unknown block 0x%X", p[0]);
        k->header->truncated = k->state->whole = true; /* what came before it can be shown */
        k->header->unmarked = !k->state->gif.control;
        return TB_MORE;
    }
}

static tb_status read_sub_block(tb_walker *k)
{
    if (tb_walk_left(k) < 1)
        return TB_HUNGRY;
    uint32_t size = *tb_walk_here(k);
    k->work -= SUB_BLOCK;
    if (size == 0) {
        k->state->phase = BLOCK;
        k->header->whole_frames = k->header->frames;
    } else if (size < LONG_BLOCK && tb_walk_block(k) == TB_FAIL)
        return TB_FAIL;
    if (k->state->gif.metadata && tb_walk_metadata(k, size + 1) == TB_FAIL)
        return TB_FAIL;
    return tb_walk_skip(k, (uint64_t)size + 1);
}

tb_status tb_walk_gif(tb_walker *k)
{
    switch ((phase)k->state->phase) {
    case START:
        return read_screen(k);
    case BLOCK:
        return read_block(k);
    case DATA:
        return read_sub_block(k);
    }
    return TB_FAIL;
}
