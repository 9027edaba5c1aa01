/* inflate.c - from bits to bytes: heads, stored blocks, and the way from phase to phase. */
#include "inflate_parts.h"
#include <assert.h>
#include <string.h>

#define MOST_MADE 4 /* codes in a step: so many take 20 us */

static tb_status read_head(tb_inflate *z, tb_inflate_task *t)
{
    if (!tb_in_has(z, t, 16))
        return TB_HUNGRY;
    uint32_t head = tb_in_take(z, 16), method = head & 255, flags = head >> 8;
    if ((method << 8 | flags) % 31)
        return tb_in_broken(z, "incorrect header check");
    if ((method & 15) != 8)
        return tb_in_broken(z, "unknown compression method");
    if (method >> 4 > 7)
        return tb_in_broken(z, "invalid window size");
    if (flags & 32)
        return tb_in_broken(z, "a dictionary is needed");
    z->phase = TB_IN_BLOCK;
    return TB_MORE;
}

static tb_status read_block(tb_inflate *z, tb_inflate_task *t)
{
    if (!tb_in_has(z, t, 3))
        return TB_HUNGRY;
    z->last = tb_in_take(z, 1);
    switch (tb_in_take(z, 2)) {
    case 0:
        tb_in_drop(z, z->count % 8);
        z->phase = TB_IN_STORED_HEAD;
        return TB_MORE;
    case 1:
        tb_inflate_fix(z);
        return TB_MORE;
    case 2:
        z->phase = TB_IN_TABLE;
        return TB_MORE;
    default:
        return tb_in_broken(z, "invalid block type");
    }
}

static tb_status read_stored_head(tb_inflate *z, tb_inflate_task *t)
{
    if (!tb_in_has(z, t, 32))
        return TB_HUNGRY;
    uint32_t n = tb_in_take(z, 16), check = tb_in_take(z, 16);
    if (n != (check ^ 0xffff))
        return tb_in_broken(z, "invalid stored block lengths");
    z->stored = n;
    z->phase = TB_IN_STORED;
    return TB_MORE;
}

static tb_status copy_stored(tb_inflate *z, tb_inflate_task *t)
{
    size_t room = t->stop - z->out, n = (size_t)(t->end - t->next);

    for (; z->stored > 0 && z->count > 0 && room > 0; z->stored--, room--)
        z->window[z->out++] = (uint8_t)tb_in_take(z, 8);
    if (z->stored == 0)
        return tb_in_end_block(z);
    if (room == 0)
        return TB_MORE;
    if (n == 0)
        return TB_HUNGRY;
    n = n < room ? n : room;
    n = n < z->stored ? n : z->stored;
    memcpy(z->window + z->out, t->next, n);
    t->next += n;
    z->out += n;
    z->stored -= (uint32_t)n;
    return TB_MORE;
}

static tb_status move(tb_inflate *z, tb_inflate_task *t)
{
    switch (z->phase) {
    case TB_IN_HEAD:
        return read_head(z, t);
    case TB_IN_BLOCK:
        return read_block(z, t);
    case TB_IN_STORED_HEAD:
        return read_stored_head(z, t);
    case TB_IN_STORED:
        return copy_stored(z, t);
    case TB_IN_TABLE:
        return tb_inflate_table(z, t);
    case TB_IN_CODES:
        return tb_inflate_codes(z, t);
    case TB_IN_LENGTHS:
        return tb_inflate_lengths(z, t);
    case TB_IN_SYMBOLS:
        return tb_inflate_symbols(z, t);
    case TB_IN_OVER:
        return TB_DONE;
    case TB_IN_BROKEN:
        return TB_FAIL;
    }
    return TB_FAIL;
}

/* Makes room behind what was not handed out yet, and keeps what may be copied from. */
static void slide(tb_inflate *z)
{
    size_t waiting = z->out - z->given, keep = TB_WINDOW + waiting;

    if (z->given < 2 * TB_WINDOW)
        return;
    memmove(z->window, z->window + z->out - keep, keep);
    z->given = TB_WINDOW;
    z->out = keep;
}

tb_inflate *tb_inflate_new(tb_mem *mem)
{
    tb_inflate *z = tb_alloc(mem, 1, sizeof *z);

    if (!z)
        return NULL;
    memset(z, 0, offsetof(tb_inflate, literal)); /* the rest is written before it is read */
    z->out = z->given = 0;
    return z;
}

tb_status tb_inflate_step(tb_inflate *z, const uint8_t *data, size_t *size, size_t room, tb_inflated *made)
{
    tb_inflate_task t = {.next = data, .end = data + *size};
    tb_status status = TB_MORE;

    assert(room <= TB_INFLATE_MOST);
    slide(z);
    t.stop = z->given + room;
    z->made = 0;
    while (status == TB_MORE && z->out < t.stop && z->made < MOST_MADE)
        status = move(z, &t);
    *size = (size_t)(t.next - data);

    size_t n = z->out - z->given;
    *made = (tb_inflated){z->window + z->given, n < room ? n : room, status != TB_HUNGRY};
    z->given += made->size;
    if (status == TB_FAIL || status == TB_DONE)
        return made->size > 0 ? TB_MORE : status;
    return TB_MORE;
}
