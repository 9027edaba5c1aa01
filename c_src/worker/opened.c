/* opened.c - pictures that stay open from one frame to the next. */
#include "vips.h"

static bool same(const tb_opened *a, const tb_opened *b)
{
    const tb_do_open *x = &a->how, *y = &b->how;

    return a->data == b->data && x->format == y->format && x->drawn == y->drawn && x->width == y->width &&
           x->height == y->height && x->first == y->first && x->count == y->count;
}

bool tb_vips_reopen(tb_vips *v, tb_opened *o)
{
    for (int i = 0; i < v->opens; i++)
        if (same(&v->opened[i], o) && v->opened[i].frame <= o->frame) {
            *o = v->opened[i];
            v->opened[i] = v->opened[--v->opens];
            return true;
        }
    return false;
}

void tb_vips_keep(tb_vips *v, tb_mem *mem, const tb_opened *o)
{
    if (v->opens < TB_VIPS_INPUTS)
        v->opened[v->opens++] = *o;
    else
        tb_vips_shut(v, mem, o);
}

void tb_vips_shut(tb_vips *v, tb_mem *mem, const tb_opened *o)
{
    tb_vips_drop(v, o->slot);
    tb_unreserve(mem, o->reserved);
}

void tb_vips_shut_all(tb_vips *v, tb_mem *mem)
{
    while (v->opens > 0)
        tb_vips_shut(v, mem, &v->opened[--v->opens]);
}
