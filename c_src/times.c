/* times.c - a list that grows. */
#include "times.h"
#include <string.h>

static bool grow(tb_times *t)
{
    int room = t->room ? 2 * t->room : 64;
    uint32_t *bigger = tb_alloc(t->mem, (size_t)room, sizeof *bigger);

    if (!bigger)
        return false;
    if (t->count)
        memcpy(bigger, t->ms, (size_t)t->count * sizeof *bigger);
    tb_free(t->mem, t->ms);
    t->ms = bigger;
    t->room = room;
    return true;
}

bool tb_times_add(tb_times *t, uint32_t ms)
{
    if (t->count == t->room && !grow(t))
        return false;
    t->ms[t->count++] = ms;
    return true;
}

uint32_t tb_times_of(const tb_times *t, int frame)
{
    return frame < t->count ? t->ms[frame] : TB_PAGE_MS;
}

void tb_times_close(tb_times *t)
{
    if (t->mem)
        tb_free(t->mem, t->ms);
    *t = (tb_times){.mem = t->mem};
}
