/* term_info.c - what is told without a run: of a picture, a plan, all jobs, this build. */
#include "../colour/profile.h"
#include "clock.h"
#include "term.h"
#include "term_map.h"

#define PATIENCE 5000000000u /* ns until libvips has started, for capabilities */

/* The description of its profile, or nil. */
static ERL_NIF_TERM profile_name(ErlNifEnv *env, const tb_meta *meta)
{
    char name[TB_PROFILE_NAME] = "";

    if (meta->icc)
        tb_profile_name(meta->icc, meta->icc_size, name);
    return name[0] ? tb_term_string(env, name) : tb_atom.nil;
}

/* As stored; of a GIF that was only walked through, its pixels can be clear or not. */
static int channels_of(const tb_header *h)
{
    return h->components == 4 ? 4 : h->format == TB_GIF ? 3 + h->alpha : h->channels;
}

/* Those that are always, and of those that can be what the head says. */
static bool is_lossless(const tb_header *h)
{
    return h->lossless || h->format == TB_PNG || h->format == TB_GIF || h->format == TB_PPM;
}

/* It is an animation, of which all was seen. */
static bool has_times(const tb_picture *p)
{
    return p->header.animated && p->times.count > 0;
}

static ERL_NIF_TERM delays_of(ErlNifEnv *env, const tb_picture *p)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);

    for (int i = has_times(p) ? p->times.count : 0; i-- > 0;)
        list = enif_make_list_cell(env, enif_make_uint(env, p->times.ms[i]), list);
    return list;
}

ERL_NIF_TERM tb_term_header(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = &t->job;
    const tb_header *h = &job->plan.picture->header;
    const tb_meta *meta = &job->plan.picture->meta;
    tb_map m = {.env = env};

    tb_put_picture(&m, job);
    tb_put_whole(&m, tb_atom.stored_width, (uint64_t)h->width);
    tb_put_whole(&m, tb_atom.stored_height, (uint64_t)h->height);
    tb_put_whole(&m, tb_atom.channels, (uint64_t)channels_of(h));
    tb_put_whole(&m, tb_atom.depth, (uint64_t)h->depth);
    tb_put_whole(&m, tb_atom.orientation, (uint64_t)h->orientation);
    tb_put_whole(&m, tb_atom.frames, (uint64_t)h->frames);
    tb_put_bool(&m, tb_atom.progressive, h->progressive);
    tb_put_bool(&m, tb_atom.lossless, is_lossless(h));
    tb_put_bool(&m, tb_atom.alpha, h->alpha);
    tb_put_bool(&m, tb_atom.animated, h->animated);
    tb_put(&m, tb_atom.delays, delays_of(env, job->plan.picture));
    tb_put(&m, tb_atom.loop, has_times(job->plan.picture) ? enif_make_int(env, h->loop) : tb_atom.nil);
    tb_put(&m, tb_atom.dpi_x, enif_make_double(env, h->dpi_x));
    tb_put(&m, tb_atom.dpi_y, enif_make_double(env, h->dpi_y));
    tb_put_bool(&m, tb_atom.icc, h->icc_pieces > 0 || meta->icc);
    tb_put(&m, tb_atom.icc_name, profile_name(env, meta));
    tb_put_bool(&m, tb_atom.exif, h->exif.size > 0 || meta->exif);
    tb_put_bool(&m, tb_atom.gps, h->gps);
    tb_put_bool(&m, tb_atom.xmp, h->xmp.size > 0 || h->xmp_ahead || meta->xmp);
    tb_put_whole(&m, tb_atom.decoded_bytes, (uint64_t)h->width * (uint64_t)h->height * (uint64_t)h->channels);
    tb_put(&m, tb_atom.warnings, tb_term_warnings(env, &job->error));
    return enif_make_tuple2(env, tb_atom.ok, tb_made(&m));
}

/* Of three planes the first stands for all. */
static ERL_NIF_TERM node_of(ErlNifEnv *env, const tb_route *r, const tb_node *n)
{
    return enif_make_tuple4(env, enif_make_atom(env, n->ops->name), enif_make_int(env, n->shape.width),
                            enif_make_int(env, n->shape.height),
                            enif_make_int(env, r->planes ? 3 : n->shape.channels));
}

static ERL_NIF_TERM rect_of(ErlNifEnv *env, tb_rect r)
{
    return enif_make_tuple4(env, enif_make_int(env, r.x), enif_make_int(env, r.y),
                            enif_make_int(env, r.width), enif_make_int(env, r.height));
}

/* What a run would do, and why there. */
ERL_NIF_TERM tb_term_route(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = &t->job;
    const tb_route *r = &job->route;
    const tb_decode *d = &r->node[0].decode;
    tb_lane lane = tb_lane_for(&t->settings, r->cost);
    ERL_NIF_TERM stages = enif_make_list(env, 0);
    tb_map m = {.env = env};

    for (int i = r->count; i-- > 0;)
        if (r->node[i].plane == 0)
            stages = enif_make_list_cell(env, node_of(env, r, &r->node[i]), stages);
    tb_put_picture(&m, job);
    tb_put_route(&m, job);
    tb_put_result(&m, &job->plan, 0);
    tb_put(&m, tb_atom.stages, stages);
    tb_put_whole(&m, tb_atom.shrink, (uint64_t)d->shrink);
    tb_put_bool(&m, tb_atom.planes, r->planes);
    tb_put(&m, tb_atom.region, rect_of(env, d->region));
    tb_put(&m, tb_atom.lane, tb_lane_words[lane].atom);
    tb_put_whole(&m, tb_atom.cpu, tb_micros((uint64_t)r->cost));
    tb_put_whole(&m, tb_atom.peak_bytes, (uint64_t)r->memory);
    tb_put_whole(&m, tb_atom.orientation, (uint64_t)job->plan.picture->header.orientation);
    tb_put(&m, tb_atom.warnings, tb_term_warnings(env, &job->error));
    return enif_make_tuple2(env, tb_atom.ok, tb_made(&m));
}

ERL_NIF_TERM tb_term_world(ErlNifEnv *env, const tb_world *w)
{
    tb_map m = {.env = env};
    uint64_t lane[3], ended = 0;

    for (int i = 0; i < 3; i++)
        ended += lane[i] = atomic_load(&w->lane[i]);
    uint64_t started = atomic_load(&w->started); /* after those that ended: never below them */
    tb_put_whole(&m, tb_atom.live, started - ended);
    tb_put_whole(&m, tb_atom.bytes, atomic_load(&w->heap.used));
    tb_put_whole(&m, tb_atom.peak_bytes, atomic_load(&w->heap.peak));
    tb_put_whole(&m, tb_atom.limit, w->heap.limit);
    tb_put_whole(&m, tb_atom.started, started);
    tb_put_whole(&m, tb_atom.finished, atomic_load(&w->finished));
    tb_put_whole(&m, tb_atom.failed, atomic_load(&w->failed));
    tb_put_whole(&m, tb_atom.cancelled, atomic_load(&w->cancelled));
    tb_put_whole(&m, tb_atom.inline_, lane[0]);
    tb_put_whole(&m, tb_atom.yield, lane[1]);
    tb_put_whole(&m, tb_atom.dirty, lane[2]);
    return tb_made(&m);
}

static bool can_read(tb_format f)
{
    const tb_vips_part *vips = tb_foreign();

    return tb_decoder_of(f) || (vips && vips->reads(f));
}

static bool can_write(tb_format f)
{
    const tb_vips_part *vips = tb_foreign();

    return tb_encoder_of(f) || (vips && vips->writes(f));
}

static ERL_NIF_TERM served(ErlNifEnv *env, bool (*can)(tb_format))
{
    ERL_NIF_TERM list = enif_make_list(env, 0);

    for (int f = TB_TEXT; --f > TB_UNKNOWN;)
        if (can((tb_format)f))
            list = enif_make_list_cell(env, tb_term_format((tb_format)f), list);
    return list;
}

static void put_version(ErlNifEnv *env, tb_format f, ERL_NIF_TERM *libraries)
{
    char version[TB_VERSION];

    tb_codec_version(f, version);
    if (!version[0] && can_read(f))
        tb_foreign()->version(version);
    if (version[0])
        enif_make_map_put(env, *libraries, tb_term_format(f), tb_term_string(env, version), libraries);
}

/* What a process that is no job's waits for. */
typedef struct {
    tb_stop base;
    ErlNifEnv *env;
    uint64_t end;
} patience;

static bool is_over(tb_stop *stop)
{
    const patience *p = (patience *)(void *)stop;

    return tb_now() >= p->end || !enif_is_current_process_alive(p->env);
}

ERL_NIF_TERM tb_term_capabilities(ErlNifEnv *env)
{
    patience some = {{.asked = is_over}, env, tb_now() + PATIENCE};
    ERL_NIF_TERM libraries = enif_make_new_map(env);
    char why[TB_WHY];
    tb_map m = {.env = env};

    tb_foreign_wait(&some.base, why);
    for (int f = TB_UNKNOWN + 1; f < TB_TEXT; f++)
        put_version(env, (tb_format)f, &libraries);
    tb_put(&m, tb_atom.read, served(env, can_read));
    tb_put(&m, tb_atom.write, served(env, can_write));
    tb_put(&m, tb_atom.libraries, libraries);
    return tb_made(&m);
}
