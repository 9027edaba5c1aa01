/* term_answer.c - what became of a job, as Erlang terms. */
#include "../colour/profile.h"
#include "atoms.h"
#include "lane.h"
#include "term.h"
#include <string.h>

/* A map on its way, of at most MOST_KEYS keys. */
#define MOST_KEYS 32

typedef struct {
    ErlNifEnv *env;
    ERL_NIF_TERM key[MOST_KEYS], value[MOST_KEYS];
    unsigned count;
} map;

static void put(map *m, ERL_NIF_TERM key, ERL_NIF_TERM value)
{
    assert(m->count < MOST_KEYS);
    m->key[m->count] = key;
    m->value[m->count++] = value;
}

static void put_whole(map *m, ERL_NIF_TERM key, uint64_t value)
{
    put(m, key, enif_make_uint64(m->env, value));
}

static void put_bool(map *m, ERL_NIF_TERM key, bool value)
{
    put(m, key, value ? tb_atom.true_ : tb_atom.false_);
}

static ERL_NIF_TERM made(const map *m)
{
    ERL_NIF_TERM term = tb_atom.nil;

    enif_make_map_from_arrays(m->env, (ERL_NIF_TERM *)m->key, (ERL_NIF_TERM *)m->value, m->count, &term);
    return term;
}

/* The values alone, in the order in which they were put: a small job would feel the sorting of keys. */
static ERL_NIF_TERM values(const map *m)
{
    return enif_make_tuple_from_array(m->env, m->value, m->count);
}

static ERL_NIF_TERM text(ErlNifEnv *env, const char *s)
{
    ERL_NIF_TERM term;
    size_t n = strlen(s);

    memcpy(enif_make_new_binary(env, n, &term), s, n);
    return term;
}

static ERL_NIF_TERM format_of(tb_format f)
{
    return f == TB_UNKNOWN ? tb_atom.nil : tb_format_words[f].atom;
}

static ERL_NIF_TERM warnings_of(ErlNifEnv *env, const tb_error *err)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);
    unsigned n = err->warnings < TB_WARNINGS ? err->warnings : TB_WARNINGS;

    while (n-- > 0)
        list = enif_make_list_cell(env, text(env, err->warning[n]), list);
    return list;
}

static ERL_NIF_TERM histogram_of(ErlNifEnv *env, const tb_stats *s)
{
    ERL_NIF_TERM keys[TB_BINS] = {tb_atom.us_250, tb_atom.us_500, tb_atom.ms_1, tb_atom.ms_5, tb_atom.more};
    map m = {.env = env};

    for (int i = 0; i < TB_BINS; i++)
        put_whole(&m, keys[i], s->bin[i]);
    return made(&m);
}

static uint64_t micros(uint64_t ns)
{
    return (ns + 500) / 1000;
}

static void put_stats(map *m, const tb_task *t, const tb_job *job)
{
    const tb_stats *s = &t->stats;
    bool measured = t->settings.measure;

    put(m, tb_atom.lane, tb_task_lane(t));
    put_whole(m, tb_atom.slices, s->slices[0] + s->slices[1]);
    put_whole(m, tb_atom.hops, s->hops);
    put_whole(m, tb_atom.longest_slice, micros(s->longest));
    put_whole(m, tb_atom.cpu, micros(s->cpu));
    put_whole(m, tb_atom.wall, micros(s->wall));
    put_whole(m, tb_atom.queue, micros(s->queue));
    put_whole(m, tb_atom.peak_bytes, tb_mem_peak(&job->mem));
    put_whole(m, tb_atom.bytes_in, job->bytes_in);
    put(m, tb_atom.slice_histogram, measured ? histogram_of(m->env, s) : tb_atom.nil);
    put(m, tb_atom.blocked, measured ? enif_make_uint64(m->env, s->blocked) : tb_atom.nil);
}

static void put_picture(map *m, const tb_job *job)
{
    const tb_picture *p = job->plan.picture;
    const tb_header *h = &p->header;
    bool swap = p->orient && h->orientation >= 5;

    put(m, tb_atom.format, format_of(h->format));
    put_whole(m, tb_atom.width, (uint64_t)(swap ? h->height : h->width));
    put_whole(m, tb_atom.height, (uint64_t)(swap ? h->width : h->height));
}

/* Frames of the first picture. */
static int used(const tb_job *job)
{
    int frames = job->plan.picture->frames;

    return frames > 1 ? frames : 1;
}

static void put_route(map *m, const tb_job *job)
{
    const tb_route *r = &job->route;

    put_whole(m, tb_atom.decoded_width, (uint64_t)r->decoded.width);
    put_whole(m, tb_atom.decoded_height, (uint64_t)r->decoded.height);
    put_whole(m, tb_atom.frames, (uint64_t)used(job));
}

static ERL_NIF_TERM colour_of(ErlNifEnv *env, const uint8_t *c)
{
    return enif_make_tuple3(env, enif_make_uint(env, c[0]), enif_make_uint(env, c[1]),
                            enif_make_uint(env, c[2]));
}

static ERL_NIF_TERM palette_of(ErlNifEnv *env, const tb_look *l, int most)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);

    for (int i = l->swatches < most ? l->swatches : most; i-- > 0;)
        list = enif_make_list_cell(env,
                                   enif_make_tuple2(env, colour_of(env, l->palette[i].colour),
                                                    enif_make_double(env, l->palette[i].share)),
                                   list);
    return list;
}

/* What was wanted to be known.  A picture that is clear has no colours. */
static ERL_NIF_TERM found_of(ErlNifEnv *env, const tb_want *want, const tb_look *l)
{
    map m = {.env = env};
    ERL_NIF_TERM hash;

    if (want->thumb_hash) {
        memcpy(enif_make_new_binary(env, (size_t)l->thumb_hash_size, &hash), l->thumb_hash,
               (size_t)l->thumb_hash_size);
        put(&m, tb_atom.thumbhash, hash);
    }
    if (want->blur_across)
        put(&m, tb_atom.blurhash, text(env, l->blur_hash));
    if (want->phash) {
        memcpy(enif_make_new_binary(env, TB_PHASH_SIZE, &hash), l->phash, TB_PHASH_SIZE);
        put(&m, tb_atom.phash, hash);
    }
    if (want->average)
        put(&m, tb_atom.average, l->swatches ? colour_of(env, l->average) : tb_atom.nil);
    if (want->dominant)
        put(&m, tb_atom.dominant, l->swatches ? colour_of(env, l->dominant) : tb_atom.nil);
    if (want->swatches)
        put(&m, tb_atom.palette, palette_of(env, l, want->swatches));
    return made(&m);
}

/* As Thumbelina.Stats.new/2 takes it. */
static void put_result(map *m, const tb_plan *plan, int k)
{
    const tb_pipe *pipe = &plan->pipe[k];
    const tb_result *r = &plan->result[k];

    put_whole(m, tb_atom.frames_out, tb_plan_moves(plan, k) ? (uint64_t)plan->picture->frames : 1);
    put_whole(m, tb_atom.width_out, (uint64_t)r->shape.width);
    put_whole(m, tb_atom.height_out, (uint64_t)r->shape.height);
    put_whole(m, tb_atom.bytes_out, r->bytes.total);
    put(m, tb_atom.format_out, format_of(r->output.format));
    put(m, tb_atom.quality_out,
        tb_has_quality(&r->output) ? enif_make_int(m->env, r->output.quality) : tb_atom.nil);
    put(m, tb_atom.found, found_of(m->env, &pipe->want, &r->look));
}

/* Likewise. */
static ERL_NIF_TERM stats_of(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = &t->job;
    map m = {.env = env};

    put_stats(&m, t, job);
    put_picture(&m, job);
    put_route(&m, job);
    put(&m, tb_atom.warnings, warnings_of(env, &job->error));
    return values(&m);
}

static ERL_NIF_TERM code_of(tb_code code)
{
    const ERL_NIF_TERM codes[] = {tb_atom.unknown, tb_atom.corrupt,   tb_atom.truncated, tb_atom.unsupported,
                                  tb_atom.limit,   tb_atom.no_memory, tb_atom.timeout,   tb_atom.cancelled};

    return codes[code];
}

static ERL_NIF_TERM refused_of(ErlNifEnv *env, const tb_error *err)
{
    return enif_make_tuple4(env, tb_atom.error, code_of(err->code), enif_make_atom(env, err->stage),
                            text(env, err->text));
}

static ERL_NIF_TERM result_of(ErlNifEnv *env, const tb_plan *plan, int k, ErlNifBinary *out)
{
    const tb_result *r = &plan->result[k];
    ERL_NIF_TERM bytes = enif_make_binary(env, out);
    map m = {.env = env};

    if (r->error.code != TB_E_NONE)
        return refused_of(env, &r->error);
    put_result(&m, plan, k);
    return enif_make_tuple3(env, tb_atom.ok, bytes, values(&m));
}

ERL_NIF_TERM tb_term_done(ErlNifEnv *env, tb_task *t)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);

    while (t->result > 0) {
        t->result--;
        list = enif_make_list_cell(env, result_of(env, &t->job.plan, t->result, &t->out[t->result]), list);
    }
    return enif_make_tuple3(env, tb_atom.ok, list, stats_of(env, t));
}

ERL_NIF_TERM tb_term_failed(ErlNifEnv *env, const tb_task *t)
{
    const tb_error *err = &t->job.error;

    return enif_make_tuple5(env, tb_atom.error, code_of(err->code), enif_make_atom(env, err->stage),
                            text(env, err->text), stats_of(env, t));
}

/* The description of its profile, or nil. */
static ERL_NIF_TERM profile_name(ErlNifEnv *env, const tb_meta *meta)
{
    char name[TB_PROFILE_NAME] = "";

    if (meta->icc)
        tb_profile_name(meta->icc, meta->icc_size, name);
    return name[0] ? text(env, name) : tb_atom.nil;
}

/* As stored; of a GIF that was only walked through, its pixels can be clear or not. */
static int channels_of(const tb_header *h)
{
    return h->components == 4 ? 4 : h->format == TB_GIF ? 3 + h->alpha : h->channels;
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
    map m = {.env = env};

    put_picture(&m, job);
    put_whole(&m, tb_atom.stored_width, (uint64_t)h->width);
    put_whole(&m, tb_atom.stored_height, (uint64_t)h->height);
    put_whole(&m, tb_atom.channels, (uint64_t)channels_of(h));
    put_whole(&m, tb_atom.depth, (uint64_t)h->depth);
    put_whole(&m, tb_atom.orientation, (uint64_t)h->orientation);
    put_whole(&m, tb_atom.frames, (uint64_t)h->frames);
    put_bool(&m, tb_atom.progressive, h->progressive);
    put_bool(&m, tb_atom.lossless, h->lossless);
    put_bool(&m, tb_atom.alpha, h->alpha);
    put_bool(&m, tb_atom.animated, h->animated);
    put(&m, tb_atom.delays, delays_of(env, job->plan.picture));
    put(&m, tb_atom.loop, has_times(job->plan.picture) ? enif_make_int(env, h->loop) : tb_atom.nil);
    put(&m, tb_atom.dpi_x, enif_make_double(env, h->dpi_x));
    put(&m, tb_atom.dpi_y, enif_make_double(env, h->dpi_y));
    put_bool(&m, tb_atom.icc, h->icc_pieces > 0 || meta->icc);
    put(&m, tb_atom.icc_name, profile_name(env, meta));
    put_bool(&m, tb_atom.exif, h->exif.size > 0 || meta->exif);
    put_bool(&m, tb_atom.gps, h->gps);
    put_bool(&m, tb_atom.xmp, h->xmp.size > 0 || h->xmp_ahead || meta->xmp);
    put_whole(&m, tb_atom.decoded_bytes, (uint64_t)h->width * (uint64_t)h->height * (uint64_t)h->channels);
    put(&m, tb_atom.warnings, warnings_of(env, &job->error));
    return enif_make_tuple2(env, tb_atom.ok, made(&m));
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
    map m = {.env = env};

    for (int i = r->count; i-- > 0;)
        if (r->node[i].plane == 0)
            stages = enif_make_list_cell(env, node_of(env, r, &r->node[i]), stages);
    put_picture(&m, job);
    put_route(&m, job);
    put_result(&m, &job->plan, 0);
    put(&m, tb_atom.stages, stages);
    put_whole(&m, tb_atom.shrink, (uint64_t)d->shrink);
    put_bool(&m, tb_atom.planes, r->planes);
    put(&m, tb_atom.region, rect_of(env, d->region));
    put(&m, tb_atom.lane, tb_lane_words[lane].atom);
    put_whole(&m, tb_atom.cpu, micros((uint64_t)r->cost));
    put_whole(&m, tb_atom.peak_bytes, (uint64_t)r->memory);
    put_whole(&m, tb_atom.orientation, (uint64_t)job->plan.picture->header.orientation);
    put(&m, tb_atom.warnings, warnings_of(env, &job->error));
    return enif_make_tuple2(env, tb_atom.ok, made(&m));
}

ERL_NIF_TERM tb_term_hungry(ErlNifEnv *env, ERL_NIF_TERM job)
{
    return enif_make_tuple2(env, tb_atom.hungry, job);
}

ERL_NIF_TERM tb_term_piece(ErlNifEnv *env, ERL_NIF_TERM binary, ERL_NIF_TERM job)
{
    return enif_make_tuple3(env, tb_atom.chunk, binary, job);
}

ERL_NIF_TERM tb_term_world(ErlNifEnv *env, const tb_world *w)
{
    map m = {.env = env};

    put_whole(&m, tb_atom.live, atomic_load(&w->live));
    put_whole(&m, tb_atom.bytes, atomic_load(&w->heap.used));
    put_whole(&m, tb_atom.peak_bytes, atomic_load(&w->heap.peak));
    put_whole(&m, tb_atom.limit, w->heap.limit);
    put_whole(&m, tb_atom.started, atomic_load(&w->started));
    put_whole(&m, tb_atom.finished, atomic_load(&w->finished));
    put_whole(&m, tb_atom.failed, atomic_load(&w->failed));
    put_whole(&m, tb_atom.cancelled, atomic_load(&w->cancelled));
    put_whole(&m, tb_atom.inline_, atomic_load(&w->lane[0]));
    put_whole(&m, tb_atom.yield, atomic_load(&w->lane[1]));
    put_whole(&m, tb_atom.dirty, atomic_load(&w->lane[2]));
    return made(&m);
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
            list = enif_make_list_cell(env, format_of((tb_format)f), list);
    return list;
}

static void put_version(ErlNifEnv *env, tb_format f, ERL_NIF_TERM *libraries)
{
    char version[TB_VERSION];

    tb_codec_version(f, version);
    if (!version[0] && can_read(f))
        tb_foreign()->version(version);
    if (version[0])
        enif_make_map_put(env, *libraries, format_of(f), text(env, version), libraries);
}

ERL_NIF_TERM tb_term_capabilities(ErlNifEnv *env)
{
    ERL_NIF_TERM libraries = enif_make_new_map(env);
    char why[TB_WHY];
    map m = {.env = env};

    tb_foreign_start(why);
    for (int f = TB_UNKNOWN + 1; f < TB_TEXT; f++)
        put_version(env, (tb_format)f, &libraries);
    put(&m, tb_atom.read, served(env, can_read));
    put(&m, tb_atom.write, served(env, can_write));
    put(&m, tb_atom.libraries, libraries);
    return made(&m);
}
