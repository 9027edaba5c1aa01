/* fuzz_png.c - any bytes through the walk and the PNG decoder, in any pieces.
 *
 * The first three bytes are options: how it is cut, what is kept, which region,
 * and whether its CRCs are set right first. */
#include "../../c_src/codecs/codecs.h"
#include "../../c_src/codecs/walk/walk.h"
#include "drain.h"
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static tb_heap heap = {.alloc = malloc, .free = free};

/* A middle part of the picture, or all. */
static tb_rect region(const tb_header *h, uint8_t option)
{
    int x = option & 1 ? h->width / 3 : 0, y = option & 2 ? h->height / 3 : 0;

    return (tb_rect){x, y, option & 4 ? (h->width - x + 1) / 2 : h->width - x,
                     option & 8 ? (h->height - y + 1) / 2 : h->height - y};
}

/* More bytes come; what was kept moves, as it would. */
static void come(tb_input *in, uint8_t **block, const uint8_t *data, size_t size, size_t piece)
{
    size_t end = size - in->end < piece ? size : in->end + piece;
    uint8_t *moved = malloc(end - in->keep + 1);

    if (!moved)
        abort();
    memcpy(moved, data + in->keep, end - in->keep);
    free(*block);
    in->first = in->keep;
    in->data = *block = moved;
    in->end = end;
    in->ended = end == size;
}

static void run(const uint8_t *option, const uint8_t *data, size_t size)
{
    static tb_header h;
    tb_limits limits = tb_default_limits;
    tb_input in = {0};
    tb_walk walk = {.limits = &limits};
    tb_decode how = {
        .input = &in, .header = &h, .limits = &limits, .keep_truncated = option[1] & 1, .shrink = 1};
    tb_mem mem = {.heap = &heap, .limit = 64 << 20};
    tb_chain c = {.mem = &mem};
    tb_error err = {0};
    uint8_t *block = NULL;
    tb_status status = TB_HUNGRY;

    memset(&h, 0, sizeof h);
    limits.max_pixels = 1 << 18;
    limits.formats = 1u << TB_PNG;
    while (status == TB_HUNGRY) {
        if (in.ended && c.count)
            abort(); /* hungry with nothing to come */
        come(&in, &block, data, size, option[0] < 128 ? size : option[0]);
        do
            status = tb_walk_step(&walk, &in, &h, &err);
        while (status == TB_MORE);
        if (status == TB_FAIL || (!walk.known && status == TB_HUNGRY))
            continue;
        if (!c.count) {
            how.region = region(&h, option[2]);
            tb_chain_add(&c, &tb_png_dec, &how, -1);
            tb_chain_add(&c, &drain, NULL, 0);
        }
        status = drain_run(&c, 2 + option[1] / 2, &err);
    }
    tb_chain_close(&c);
    free(block);
    if (mem.used != 0 || (status == TB_FAIL && err.code == TB_E_NONE))
        abort();
}

static void set_crcs(uint8_t *data, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        size_t n = png_get_uint_32(data + at);
        if (n > size - at - 12)
            return;
        png_save_uint_32(data + at + 8 + n, (uint32_t)crc32(0, data + at + 4, (uInt)n + 4));
        at += n + 12;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= 3)
        return 0;
    uint8_t *copy = malloc(size - 3);
    if (!copy)
        abort();
    memcpy(copy, data + 3, size - 3);
    if (data[2] < 224)
        set_crcs(copy, size - 3);
    run(data, copy, size - 3);
    free(copy);
    return 0;
}
