/* lay.c - from a route to the stages that go it. */
#include "lay.h"
#include "codecs/foreign.h"

static bool encodes(const tb_stage_ops *ops)
{
    const tb_vips_part *vips = tb_foreign();

    return ops == &tb_jpeg_enc || ops == &tb_jpeg_planes_enc || ops == &tb_png_enc || ops == &tb_webp_enc ||
           ops == &tb_webp_planes_enc || (vips && ops == vips->encoder);
}

static tb_result *result_of(tb_plan *plan, const tb_node *n)
{
    for (int k = 0; k < plan->pipes; k++)
        if (n->encode.bytes == &plan->result[k].bytes)
            return &plan->result[k];
    return NULL;
}

/* An encoder that must see the picture more than once. */
static const tb_stage_ops *squeeze(tb_result *r, const tb_node *n)
{
    r->squeeze = (tb_squeeze_args){
        .encoder = n->ops, .encode = n->encode, .quality = &r->output.quality, .refused = &r->error};
    return n->ops->ins > 1 ? &tb_squeeze_planes : &tb_squeeze;
}

static int add(tb_chain *chain, tb_plan *plan, const tb_node *n)
{
    tb_result *r = encodes(n->ops) ? result_of(plan, n) : NULL;

    if (r && r->output.max_bytes && !n->encode.reel)
        return tb_chain_add(chain, squeeze(r, n), &r->squeeze, n->from);
    return tb_chain_add(chain, n->ops, &n->decode, n->from);
}

/* Links an in of stage i to the stage it reads: to the plane, if that has several. */
static void link(tb_chain *chain, const tb_node *node, int i, int in, int from)
{
    tb_chain_link(chain, i, in, from, node[from].ops->outs > 1 ? node[i].plane + in : 0);
}

bool tb_lay(tb_chain *chain, tb_plan *plan, tb_route *route)
{
    for (int i = 0; i < route->count; i++) {
        const tb_node *n = &route->node[i];
        const int from[TB_PORTS] = {n->from, n->over, n->third};
        if (add(chain, plan, n) != i)
            return false;
        for (int k = 0; k < n->ops->ins; k++)
            link(chain, route->node, i, k, from[k]);
    }
    return true;
}
