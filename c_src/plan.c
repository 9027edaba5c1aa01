/* plan.c - from what is asked for to the stages that do it. */
#include "plan.h"
#include "codecs/foreign.h"
#include "cost.h"
#include "follow.h"
#include "planes.h"
#include "survey.h"
#include "wants.h"
#include <string.h>

/* ------------------------------------------------------------------ the end */

static tb_format written(const tb_plan *plan, const tb_output *how)
{
    tb_format f = how->format == TB_UNKNOWN ? plan->picture->header.format : how->format;

    return f == TB_TEXT ? TB_PNG : f;
}

tb_format tb_plan_format(const tb_plan *plan, int k)
{
    return written(plan, &plan->pipe[k].output);
}

bool tb_plan_moves(const tb_plan *plan, int k)
{
    tb_format f = tb_plan_format(plan, k);

    return plan->picture->frames > 1 && tb_holds_frames(f);
}

/* Ours, or libvips'. */
static const tb_stage_ops *encoder_of(const tb_output *how, bool moves)
{
    const tb_vips_part *vips = tb_foreign();

    if (moves && how->format == TB_WEBP)
        return &tb_webp_anim;
    if (tb_encodes(how->format, how))
        return tb_encoder_of(how->format);
    return vips && vips->writes(how->format) ? vips->encoder : NULL;
}

static tb_status no_encoder(const tb_output *how, const char *why, tb_error *err)
{
    if (tb_encoder_of(how->format))
        return tb_foreign_needed(err, "palette", why);
    return tb_foreign_lacks(err, tb_format_name(how->format), how->format, true, why);
}

/* A frame of several. */
static void set_frame(tb_encode *e, const tb_picture *p, tb_result *result)
{
    const tb_output *out = &result->output;
    int loop = out->loop < 0 ? p->header.loop : out->loop;

    e->reel = &result->reel;
    e->reel->refused = &result->error;
    e->frame = p->frame;
    e->frames = p->frames;
    e->delay = out->delay ? (uint32_t)out->delay : tb_times_of(&p->times, p->first_frame + p->frame);
    e->loop = loop < TB_MOST_PLAYS ? loop : TB_MOST_PLAYS;
}

/* What was not said is as the tables of lib/thumbelina/output.ex have it; an effort that the format has
 * not is the nearest. */
static void settle(tb_output *out)
{
    bool heif = out->format == TB_AVIF || out->format == TB_HEIF;
    int least = heif ? 0 : out->format == TB_JXL ? 3 : 1;
    int most = heif || out->format == TB_JXL ? 9 : 10;

    if (out->quality == 0)
        out->quality = heif ? 50 : 80;
    if (out->effort < 0)
        out->effort = heif ? 4 : 7;
    out->effort = out->effort < least ? least : out->effort > most ? most : out->effort;
}

static bool has_no_alpha(const tb_output *out)
{
    return out->format == TB_JPEG || (out->format == TB_TIFF && out->compression == TB_TIFF_JPEG);
}

/* Brings the channels to what the format takes, and ends the route. */
static tb_status finish(tb_way *w, const tb_plan *plan, int k)
{
    const tb_pipe *pipe = &plan->pipe[k];
    tb_result *result = &plan->result[k];
    tb_output *out = &result->output;
    bool moves = tb_plan_moves(plan, k);

    *out = pipe->output;
    out->format = tb_plan_format(plan, k);
    settle(out);
    const tb_stage_ops *ops = encoder_of(out, moves);
    if (!ops)
        return no_encoder(out, plan->no_vips, w->err);
    if (ops == &tb_webp_anim && out->max_bytes)
        return tb_fail(w->err, TB_E_UNSUPPORTED, "webp",
                       "max_bytes: is for still pictures; for an animation give a lower quality:");
    tb_way_grey_now(w);
    tb_way_turn_upright(w);
    if (has_no_alpha(out))
        tb_way_flatten(w, out->background);
    if (w->picture->frame == 0)
        tb_way_wants(w, pipe, &result->look);
    if (out->format == TB_WEBP && w->shape.channels < 3)
        tb_way_convert(w, w->shape.channels + 2);
    if (tb_way_check(w, w->shape.width, w->shape.height) == TB_FAIL)
        return TB_FAIL;
    result->shape = w->shape;
    tb_encode *e = &tb_way_add(w, ops, w->shape)->encode;
    e->how = out;
    e->meta = &w->picture->meta;
    e->keep = tb_way_keeps_profile(w) ? out->keep : out->keep & ~(uint32_t)TB_KEEP_ICC;
    e->upright = w->picture->orient || w->picture->header.format == TB_HEIF ||
                 w->picture->header.format == TB_AVIF; /* these are turned by their own decoder */
    e->bytes = &result->bytes;
    if (moves)
        set_frame(e, w->picture, result);
    tb_way_settle(w);
    return TB_MORE;
}

/* ---------------------------------------------------------------- the whole */

static tb_status too_long(tb_error *err)
{
    return tb_fail(err, TB_E_LIMIT, "plan", "it takes more than %d stages", TB_MAX_NODES);
}

/* From the first picture to a result. */
static tb_status go(tb_way *w, const tb_plan *plan, int k)
{
    const tb_pipe *pipe = &plan->pipe[k];

    if (tb_way_start(w) == TB_FAIL)
        return TB_FAIL;
    for (int i = 0; i < pipe->count; i++)
        if (tb_way_follow(w, plan, &pipe->op[i]) == TB_FAIL)
            return TB_FAIL;
    if (finish(w, plan, k) == TB_FAIL)
        return TB_FAIL;
    if (w->full)
        return too_long(w->err);
    return TB_MORE;
}

/* Without a place for a profile, colours become sRGB. */
static uint32_t kept_by(const tb_plan *plan, const tb_output *how)
{
    tb_format f = written(plan, how);

    return f == TB_GIF || f == TB_JP2 ? how->keep & ~(uint32_t)TB_KEEP_ICC : how->keep;
}

bool tb_plan_goes_on(const tb_plan *plan, int k)
{
    return tb_plan_moves(plan, k) && plan->result[k].error.code == TB_E_NONE;
}

/* All ways, with a decoder that may do so much.  One that does not arrive leaves
 * nothing behind.  Returns how many there are. */
static int go_all(const tb_plan *plan, int most, bool whole, tb_route *route)
{
    int arrived = 0;

    route->count = 0;
    for (int k = 0; k < plan->pipes; k++) {
        if (plan->picture->frame > 0 && !tb_plan_goes_on(plan, k))
            continue;
        int before = route->count;
        tb_error *err = &plan->result[k].error;
        tb_way w = tb_way_new(plan, 0, route, err);
        w.keep = kept_by(plan, &plan->pipe[k].output);
        w.most = most;
        w.whole = whole;
        *err = (tb_error){0};
        if (go(&w, plan, k) == TB_FAIL)
            route->count = before;
        else
            arrived++;
    }
    return arrived;
}

/* The first picture is decoded once: what the pipes want of the decoder must be
 * the same.  If it is not, less is asked of it; true then. */
static bool loosen(const tb_route *r, int *most, bool *whole)
{
    int decoders = 0, least = *most;

    for (int i = 0; i < r->count; i++)
        if (r->node[i].from < 0 && r->node[i].decode.header == r->node[0].decode.header) {
            const tb_decode *d = &r->node[i].decode;
            decoders++;
            least = d->shrink < least ? d->shrink : least;
        }
    if (decoders < 2)
        return false;
    *whole |= *most == least; /* then it is the region in which they differ */
    *most = least;
    return true;
}

static double samples(tb_shape s)
{
    return (double)s.width * s.height * s.channels;
}

static void weigh_encoders(const tb_plan *plan, tb_route *r)
{
    for (int k = 0; k < plan->pipes; k++) {
        const tb_result *to = &plan->result[k];
        int frames = tb_plan_moves(plan, k) ? plan->picture->frames : 1;
        if (to->error.code != TB_E_NONE)
            continue;
        r->cost += tb_cost_of_encode(&to->output, to->shape) * frames;
        r->memory += tb_memory_of_encode(&to->output, to->shape, frames);
    }
}

static void weigh(const tb_plan *plan, tb_route *r)
{
    for (int i = 0; i < r->count; i++) {
        const tb_node *n = &r->node[i];
        tb_shape in = n->from < 0 ? n->shape : r->node[n->from].shape;
        in.channels = r->planes ? 1 : in.channels;
        if (n->from < 0) {
            r->cost += tb_cost_of_decode(&n->decode);
            r->memory += tb_memory_of_decode(&n->decode);
        } else if (tb_is_change(n->ops)) {
            r->cost += tb_cost_of_change(&n->change, in);
            r->memory += tb_memory_of_change(&n->change, in, n->shape);
        } else {
            r->cost += tb_cost_of(n->ops, in, n->shape);
            r->cost += n->ops == &tb_icc ? tb_cost_of_icc(&n->icc, n->shape) : 0;
            r->memory += tb_memory_of(n->ops, in, n->shape);
        }
        if (n->ops == &tb_pad)
            r->memory += tb_memory_of_pad(&n->pad, in);
        if (n->ops == &tb_relight)
            r->memory += 1.5 * samples(in); /* rows that wait for their luma, and more room for them */
        if (n->over >= 0)                   /* the one above may have to be kept whole */
            r->memory += samples(r->node[n->over].shape);
    }
    if (r->survey)
        return;
    r->cost *= plan->picture->frames > 1 ? plan->picture->frames : 1;
    weigh_encoders(plan, r);
}

/* To what operation i of a pipe must see. */
static tb_status go_and_see(const tb_plan *plan, int picture, tb_pipe *pipe, int i, tb_route *route,
                            tb_error *err)
{
    tb_way w = tb_way_new(plan, picture, route, err);

    w.keep = kept_by(plan, &pipe->output);
    if (tb_way_start(&w) == TB_FAIL)
        return TB_FAIL;
    for (int k = 0; k < i; k++)
        if (tb_way_follow(&w, plan, &pipe->op[k]) == TB_FAIL)
            return TB_FAIL;
    tb_way_grey_now(&w);
    tb_survey_look(&w, &pipe->op[i], &route->found);
    if (w.full)
        return too_long(err);
    route->survey = true;
    route->whose = pipe;
    route->unknown = &pipe->op[i];
    route->decoded = route->node[0].shape;
    weigh(plan, route);
    return TB_MORE;
}

/* What is laid on comes first: it may be on the way to the others. */
static bool find_unknown(const tb_plan *plan, int *picture, tb_pipe **pipe, int *op)
{
    for (int i = 1; i < plan->pictures; i++)
        if ((*op = tb_survey_next(*pipe = &plan->layer[i])) >= 0) {
            *picture = i;
            return true;
        }
    *picture = 0;
    for (int k = 0; k < plan->pipes; k++)
        if ((*op = tb_survey_next(*pipe = &plan->pipe[k])) >= 0)
            return true;
    return false;
}

/* The same is known to all pipes that have come the same way. */
void tb_plan_learn(tb_plan *plan, const tb_route *route)
{
    size_t way = (size_t)(route->unknown - route->whose->op) + 1;
    bool main_one = route->whose >= plan->pipe && route->whose < plan->pipe + plan->pipes;

    for (int k = 0; main_one && k < plan->pipes; k++) {
        tb_pipe *p = &plan->pipe[k];
        if (p != route->whose && memcmp(p->op, route->whose->op, way * sizeof *p->op) == 0)
            tb_survey_learn(&p->op[way - 1], &route->found);
    }
    tb_survey_learn(route->unknown, &route->found);
}

/* All ways, with one decoder that serves them all. */
static tb_status go_together(const tb_plan *plan, tb_route *route, tb_error *err)
{
    bool whole = false;
    int most = 8;

    do
        if (go_all(plan, most, whole, route) == 0) {
            const tb_error *first = &plan->result[0].error;
            return tb_fail(err, first->code, first->stage, "%s", first->text);
        }
    while (loosen(route, &most, &whole));
    route->decoded = route->node[0].shape;
    tb_planes_take(route);
    return TB_MORE;
}

void tb_route_clear(tb_route *route)
{
    memset(route, 0, offsetof(tb_route, node));
}

tb_status tb_plan_route(const tb_plan *plan, bool guess, tb_route *route, tb_error *err)
{
    int picture, op;
    tb_pipe *pipe;

    route->foreign = tb_way_foreign(plan);
    while (!guess && find_unknown(plan, &picture, &pipe, &op)) {
        if (go_and_see(plan, picture, pipe, op, route, err) != TB_FAIL)
            return TB_MORE;
        if (picture > 0 || plan->pipes == 1)
            return TB_FAIL;
        pipe->op[op].known = true; /* nobody gets there, and this is the error of that pipe alone */
        err->code = TB_E_NONE;
        route->count = 0;
    }
    route->apart = tb_planes_hoped(plan);
    tb_status status = go_together(plan, route, err);
    if (status == TB_MORE && route->apart && !route->planes) {
        route->apart = false;
        status = go_together(plan, route, err);
    }
    if (status == TB_MORE)
        weigh(plan, route);
    return status;
}

/* Most of a pipe is room for operations. */
static tb_pipe *new_pipes(tb_mem *mem, int count)
{
    tb_pipe *pipe = tb_alloc(mem, (size_t)count, sizeof *pipe);

    for (int i = 0; pipe && i < count; i++)
        memset(&pipe[i], 0, offsetof(tb_pipe, op));
    return pipe;
}

bool tb_plan_make(tb_plan *plan, tb_mem *mem, int pictures, int pipes)
{
    plan->picture = tb_calloc(mem, (size_t)pictures, sizeof *plan->picture);
    if (pictures > 1 && !(plan->layer = new_pipes(mem, pictures)))
        return false;
    plan->pipe = new_pipes(mem, pipes);
    plan->result = tb_calloc(mem, (size_t)pipes, sizeof *plan->result);
    if (!plan->picture || !plan->pipe || !plan->result)
        return false;
    plan->pictures = pictures;
    plan->pipes = pipes;
    for (int k = 0; k < pipes; k++)
        plan->result[k].bytes.mem = mem;
    return true;
}

static void close_picture(tb_picture *p, tb_mem *mem)
{
    tb_meta_close(&p->meta, mem);
    tb_times_close(&p->times);
}

static void close_result(tb_result *r, tb_mem *mem)
{
    tb_bytes_close(&r->bytes);
    tb_reel_close(&r->reel, mem);
}

void tb_plan_close(tb_plan *plan, tb_mem *mem)
{
    for (int i = 0; i < plan->pictures; i++)
        close_picture(&plan->picture[i], mem);
    for (int k = 0; k < plan->pipes; k++)
        close_result(&plan->result[k], mem);
    tb_free(mem, plan->picture);
    tb_free(mem, plan->layer);
    tb_free(mem, plan->pipe);
    tb_free(mem, plan->result);
    *plan = (tb_plan){0};
}
