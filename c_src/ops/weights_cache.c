/* weights_cache.c - a few tables in memory of the thread, the oldest is the next to go. */
#include "weights_cache.h"
#include <string.h>

#define KEPT  8
#define SMALL ((size_t)8 << 10) /* of a larger one the making is little beside its pixels */

typedef struct {
    tb_axis axis;
    size_t size; /* 0: nothing is here */
    uint8_t table[SMALL];
} entry;

static _Thread_local struct {
    entry kept[KEPT];
    int next;
} here;

static bool same(const tb_axis *a, const tb_axis *b)
{
    return a->in == b->in && a->out == b->out && a->a == b->a && a->b == b->b && a->d == b->d &&
           a->kernel == b->kernel && a->width == b->width && a->reach == b->reach && a->lift == b->lift &&
           a->repeat == b->repeat && a->align == b->align && a->chunk == b->chunk && a->all == b->all;
}

bool tb_weights_recall(tb_weights *w)
{
    for (int i = 0; i < KEPT; i++) {
        const entry *e = &here.kept[i];
        if (e->size > 0 && same(&e->axis, &w->axis)) {
            memcpy(w->first, e->table, e->size);
            return true;
        }
    }
    return false;
}

void tb_weights_remember(const tb_weights *w)
{
    entry *e = &here.kept[here.next];

    if (w->size > SMALL)
        return;
    e->axis = w->axis;
    e->size = w->size;
    memcpy(e->table, w->first, w->size);
    here.next = (here.next + 1) % KEPT;
}

void tb_weights_forget(void)
{
    for (int i = 0; i < KEPT; i++)
        here.kept[i].size = 0;
}
