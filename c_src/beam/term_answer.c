/* term_answer.c - what became of a job, as Erlang terms. */
#include "term.h"
#include "term_map.h"

ERL_NIF_TERM tb_term_warnings(ErlNifEnv *env, const tb_error *err)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);
    unsigned n = err->warnings < TB_WARNINGS ? err->warnings : TB_WARNINGS;

    while (n-- > 0)
        list = enif_make_list_cell(env, tb_term_string(env, err->warning[n]), list);
    return list;
}

static ERL_NIF_TERM histogram_of(ErlNifEnv *env, const tb_stats *s)
{
    ERL_NIF_TERM keys[TB_BINS] = {tb_atom.us_250, tb_atom.us_500, tb_atom.ms_1, tb_atom.ms_5, tb_atom.more};
    tb_map m = {.env = env};

    for (int i = 0; i < TB_BINS; i++)
        tb_put_whole(&m, keys[i], s->bin[i]);
    return tb_made(&m);
}

static void put_stats(tb_map *m, const tb_task *t, const tb_job *job)
{
    const tb_stats *s = &t->stats;
    bool measured = t->settings.measure;

    tb_put(m, tb_atom.lane, tb_task_lane(t));
    tb_put_whole(m, tb_atom.slices, s->slices[0] + s->slices[1]);
    tb_put_whole(m, tb_atom.hops, s->hops);
    tb_put_whole(m, tb_atom.longest_slice, tb_micros(s->longest));
    tb_put_whole(m, tb_atom.cpu, tb_micros(s->cpu));
    tb_put_whole(m, tb_atom.wall, tb_micros(s->wall));
    tb_put_whole(m, tb_atom.queue, tb_micros(s->queue));
    tb_put_whole(m, tb_atom.peak_bytes, tb_mem_peak(&job->mem));
    tb_put_whole(m, tb_atom.bytes_in, job->bytes_in);
    tb_put(m, tb_atom.slice_histogram, measured ? histogram_of(m->env, s) : tb_atom.nil);
    tb_put(m, tb_atom.blocked, measured ? enif_make_uint64(m->env, s->blocked) : tb_atom.nil);
}

void tb_put_picture(tb_map *m, const tb_job *job)
{
    const tb_picture *p = job->plan.picture;
    const tb_header *h = &p->header;
    bool swap = p->orient && h->orientation >= 5;

    tb_put(m, tb_atom.format, tb_term_format(h->format));
    tb_put_whole(m, tb_atom.width, (uint64_t)(swap ? h->height : h->width));
    tb_put_whole(m, tb_atom.height, (uint64_t)(swap ? h->width : h->height));
}

/* Frames of the first picture. */
static int used(const tb_job *job)
{
    int frames = job->plan.picture->frames;

    return frames > 1 ? frames : 1;
}

void tb_put_route(tb_map *m, const tb_job *job)
{
    const tb_route *r = &job->route;

    tb_put_whole(m, tb_atom.decoded_width, (uint64_t)r->decoded.width);
    tb_put_whole(m, tb_atom.decoded_height, (uint64_t)r->decoded.height);
    tb_put_whole(m, tb_atom.frames, (uint64_t)used(job));
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
    tb_map m = {.env = env};
    ERL_NIF_TERM hash;

    if (want->thumb_hash) {
        memcpy(enif_make_new_binary(env, (size_t)l->thumb_hash_size, &hash), l->thumb_hash,
               (size_t)l->thumb_hash_size);
        tb_put(&m, tb_atom.thumbhash, hash);
    }
    if (want->blur_across)
        tb_put(&m, tb_atom.blurhash, tb_term_string(env, l->blur_hash));
    if (want->phash) {
        memcpy(enif_make_new_binary(env, TB_PHASH_SIZE, &hash), l->phash, TB_PHASH_SIZE);
        tb_put(&m, tb_atom.phash, hash);
    }
    if (want->average)
        tb_put(&m, tb_atom.average, l->swatches ? colour_of(env, l->average) : tb_atom.nil);
    if (want->dominant)
        tb_put(&m, tb_atom.dominant, l->swatches ? colour_of(env, l->dominant) : tb_atom.nil);
    if (want->swatches)
        tb_put(&m, tb_atom.palette, palette_of(env, l, want->swatches));
    return tb_made(&m);
}

void tb_put_result(tb_map *m, const tb_plan *plan, int k)
{
    const tb_pipe *pipe = &plan->pipe[k];
    const tb_result *r = &plan->result[k];

    tb_put_whole(m, tb_atom.frames_out, tb_plan_moves(plan, k) ? (uint64_t)plan->picture->frames : 1);
    tb_put_whole(m, tb_atom.width_out, (uint64_t)r->shape.width);
    tb_put_whole(m, tb_atom.height_out, (uint64_t)r->shape.height);
    tb_put_whole(m, tb_atom.bytes_out, r->bytes.total);
    tb_put(m, tb_atom.format_out, tb_term_format(r->output.format));
    tb_put(m, tb_atom.quality_out,
           tb_has_quality(&r->output) ? enif_make_int(m->env, r->output.quality) : tb_atom.nil);
    tb_put(m, tb_atom.found, found_of(m->env, &pipe->want, &r->look));
}

/* As Thumbelina.Stats.new/1 takes it. */
static ERL_NIF_TERM stats_of(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = &t->job;
    tb_map m = {.env = env};

    put_stats(&m, t, job);
    tb_put_picture(&m, job);
    tb_put_route(&m, job);
    tb_put(&m, tb_atom.warnings, tb_term_warnings(env, &job->error));
    return tb_values(&m);
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
                            tb_term_string(env, err->text));
}

static ERL_NIF_TERM result_of(ErlNifEnv *env, const tb_plan *plan, int k, ErlNifBinary *out)
{
    const tb_result *r = &plan->result[k];
    ERL_NIF_TERM bytes = enif_make_binary(env, out);
    tb_map m = {.env = env};

    if (r->error.code != TB_E_NONE)
        return refused_of(env, &r->error);
    tb_put_result(&m, plan, k);
    return enif_make_tuple3(env, tb_atom.ok, bytes, tb_values(&m));
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
                            tb_term_string(env, err->text), stats_of(env, t));
}

ERL_NIF_TERM tb_term_hungry(ErlNifEnv *env, ERL_NIF_TERM job)
{
    return enif_make_tuple2(env, tb_atom.hungry, job);
}

ERL_NIF_TERM tb_term_wait(ErlNifEnv *env, ERL_NIF_TERM job)
{
    return enif_make_tuple2(env, tb_atom.wait, job);
}

ERL_NIF_TERM tb_term_asleep(ErlNifEnv *env, unsigned ms, ERL_NIF_TERM job)
{
    return enif_make_tuple3(env, tb_atom.asleep, enif_make_uint(env, ms), job);
}

ERL_NIF_TERM tb_term_called(ErlNifEnv *env, ERL_NIF_TERM job)
{
    return enif_make_tuple2(env, tb_atom.called, job);
}

ERL_NIF_TERM tb_term_piece(ErlNifEnv *env, ERL_NIF_TERM binary, ERL_NIF_TERM job)
{
    return enif_make_tuple3(env, tb_atom.chunk, binary, job);
}
