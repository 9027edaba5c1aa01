/* bytes.c - a queue of blocks. */
#include "bytes.h"
#include <assert.h>
#include <string.h>

uint8_t *tb_bytes_room(tb_bytes *b, size_t *room)
{
    tb_block *t = b->tail;

    if (!t || t->used == TB_BLOCK) {
        t = tb_alloc(b->mem, 1, sizeof *t + TB_BLOCK);
        if (!t)
            return NULL;
        t->next = NULL;
        t->used = 0;
        if (b->tail)
            b->tail->next = t;
        else
            b->head = t;
        b->tail = t;
    }
    *room = TB_BLOCK - t->used;
    return t->data + t->used;
}

void tb_bytes_wrote(tb_bytes *b, size_t n)
{
    b->tail->used += n;
    b->size += n;
    b->total += n;
}

bool tb_bytes_put(tb_bytes *b, const void *data, size_t n)
{
    const uint8_t *src = data;

    while (n > 0) {
        size_t room;
        uint8_t *dst = tb_bytes_room(b, &room);
        if (!dst)
            return false;
        size_t part = n < room ? n : room;
        memcpy(dst, src, part);
        tb_bytes_wrote(b, part);
        src += part;
        n -= part;
    }
    return true;
}

static void drop_head(tb_bytes *b)
{
    tb_block *h = b->head;

    b->head = h->next;
    if (!b->head)
        b->tail = NULL;
    b->taken = 0;
    tb_free(b->mem, h);
}

size_t tb_bytes_take(tb_bytes *b, uint8_t *dst, size_t n)
{
    size_t moved = 0;

    while (moved < n && b->size > 0) {
        tb_block *h = b->head;
        size_t here = h->used - b->taken, part = n - moved < here ? n - moved : here;

        memcpy(dst + moved, h->data + b->taken, part);
        moved += part;
        b->taken += part;
        b->size -= part;
        if (b->taken == h->used)
            drop_head(b);
    }
    return moved;
}

void tb_bytes_join(tb_bytes *b, tb_bytes *more)
{
    assert(more->taken == 0);
    if (!more->head)
        return;
    if (b->tail)
        b->tail->next = more->head;
    else
        b->head = more->head;
    b->tail = more->tail;
    b->size += more->size;
    b->total += more->size;
    *more = (tb_bytes){.mem = more->mem};
}

void tb_bytes_close(tb_bytes *b)
{
    while (b->head)
        drop_head(b);
    b->size = 0;
}
