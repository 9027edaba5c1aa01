/* world.c - made at load, shared by upgrades, freed with its last holder. */
#include "world.h"
#include <erl_nif.h>
#include <string.h>

#define VERSION 5

static tb_world *world_of(tb_reaper *r)
{
    return (tb_world *)(void *)((char *)r - offsetof(tb_world, reaper));
}

static void hold_of(tb_reaper *r)
{
    tb_world_hold(world_of(r));
}

static void drop_of(tb_reaper *r)
{
    tb_world_drop(world_of(r));
}

static bool new_lines(tb_world *w, const unsigned schedulers[TB_KINDS])
{
    bool all = true;

    for (int kind = 0; kind < TB_KINDS; kind++) {
        w->line[kind] = tb_line_new((tb_schedulers)kind, schedulers[kind], &w->reaper);
        all &= w->line[kind] != NULL;
    }
    return all;
}

static void free_lines(tb_world *w)
{
    for (int kind = 0; kind < TB_KINDS; kind++)
        tb_line_free(w->line[kind]);
}

tb_world *tb_world_new(size_t limit, const unsigned schedulers[TB_KINDS])
{
    tb_world *w = enif_alloc(sizeof *w);

    if (!w)
        return NULL;
    memset(w, 0, sizeof *w);
    if (!new_lines(w, schedulers)) {
        free_lines(w);
        enif_free(w);
        return NULL;
    }
    w->version = VERSION;
    w->holders = 1;
    w->heap = (tb_heap){
        .alloc = enif_alloc, .free = enif_free, .shelf = &w->shelf, .limit = limit, .step = (size_t)16 << 10};
    w->reaper.hold = hold_of;
    w->reaper.drop = drop_of;
    return w;
}

bool tb_world_known(const tb_world *w)
{
    return w->version == VERSION;
}

tb_world *tb_world_hold(tb_world *w)
{
    atomic_fetch_add(&w->holders, 1);
    return w;
}

void tb_world_drop(tb_world *w)
{
    if (atomic_fetch_sub(&w->holders, 1) > 1)
        return;
    tb_shelf_clear(&w->heap);
    free_lines(w);
    enif_free(w);
}
