/* term.c - Erlang terms to plans and back, by tables: one row a field.
 *
 * The face in Elixir has checked all of it already, with better sentences; here
 * it is checked again, because a NIF trusts nobody. */
#include "term.h"
#include <string.h>

/* ------------------------------------------------------------------ tables */

typedef enum { INT, U32, U64, BOOL, REAL, WORD, COLOUR3, COLOUR4 } kind;

/* Atoms for the values of an enum, in its order from 0; ends with NULL. */
typedef struct {
    const char *name;
    ERL_NIF_TERM atom; /* set at load */
} word;

/* A key of a map, and the field of a struct it fills. */
typedef struct {
    const char *name;
    kind kind;
    size_t at;
    double least, most;
    const word *words;
    ERL_NIF_TERM atom; /* set at load */
} field;

#define FIELD(type, key, member, kind, least, most, words)                                                   \
    {                                                                                                        \
        key, kind, offsetof(type, member), least, most, words, 0                                             \
    }

static word fits[] = {{"cover", 0}, {"contain", 0}, {"fill", 0}, {"inside", 0}, {"outside", 0}, {NULL, 0}};
static word kernels[] = {{"nearest", 0},  {"linear", 0},   {"cubic", 0}, {"mitchell", 0},
                         {"lanczos2", 0}, {"lanczos3", 0}, {NULL, 0}};
static word directions[] = {{"horizontal", 0}, {"vertical", 0}, {NULL, 0}};
static word filters[] = {{"auto", 0}, {"none", 0},  {"sub", 0}, {"up", 0},
                         {"avg", 0},  {"paeth", 0}, {"all", 0}, {NULL, 0}};
static word lanes[] = {{"auto", 0}, {"yield", 0}, {"dirty", 0}, {NULL, 0}};
static word formats[] = {{"same", 0}, {"jpeg", 0}, {"png", 0},  {"webp", 0}, {"gif", 0},
                         {"tiff", 0}, {"heif", 0}, {"avif", 0}, {"jxl", 0},  {"jp2", 0},
                         {"svg", 0},  {"pdf", 0},  {"bmp", 0},  {"ppm", 0},  {NULL, 0}};

static field resize_fields[] = {
    FIELD(tb_op, "width", resize.width, INT, 0, 65500, NULL),
    FIELD(tb_op, "height", resize.height, INT, 0, 65500, NULL),
    FIELD(tb_op, "fit", resize.fit, WORD, 0, 0, fits),
    FIELD(tb_op, "kernel", resize.kernel, WORD, 0, 0, kernels),
    FIELD(tb_op, "gravity_x", resize.gravity.x, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_y", resize.gravity.y, REAL, 0, 1, NULL),
    FIELD(tb_op, "enlarge", resize.enlarge, BOOL, 0, 0, NULL),
    FIELD(tb_op, "background", resize.background, COLOUR4, 0, 0, NULL),
    {0},
};

static field crop_fields[] = {
    FIELD(tb_op, "x", crop.x, INT, -1, 65500, NULL),
    FIELD(tb_op, "y", crop.y, INT, -1, 65500, NULL),
    FIELD(tb_op, "width", crop.width, INT, 1, 65500, NULL),
    FIELD(tb_op, "height", crop.height, INT, 1, 65500, NULL),
    FIELD(tb_op, "gravity_x", crop.gravity.x, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_y", crop.gravity.y, REAL, 0, 1, NULL),
    {0},
};

static field flip_fields[] = {FIELD(tb_op, "direction", flip.direction, WORD, 0, 0, directions), {0}};
static field rotate_fields[] = {FIELD(tb_op, "angle", rotate.angle, INT, 90, 270, NULL), {0}};
static field blur_fields[] = {FIELD(tb_op, "sigma", blur.sigma, REAL, 0.1, 100, NULL), {0}};
static field brighten_fields[] = {FIELD(tb_op, "add", brighten.add, INT, -255, 255, NULL), {0}};
static field no_fields[] = {{0}};

/* In the order of tb_op_kind. */
static struct {
    const char *name;
    field *fields;
    ERL_NIF_TERM atom; /* set at load */
} ops[] = {
    {"resize", resize_fields, 0},     {"crop", crop_fields, 0}, {"flip", flip_fields, 0},
    {"rotate", rotate_fields, 0},     {"blur", blur_fields, 0}, {"greyscale", no_fields, 0},
    {"brighten", brighten_fields, 0},
};

#define OPS (sizeof ops / sizeof *ops)

static field output_fields[] = {
    FIELD(tb_output, "format", format, WORD, 0, 0, formats),
    FIELD(tb_output, "quality", quality, INT, 1, 100, NULL),
    FIELD(tb_output, "progressive", progressive, BOOL, 0, 0, NULL),
    FIELD(tb_output, "optimize", optimize, BOOL, 0, 0, NULL),
    FIELD(tb_output, "level", level, INT, 0, 9, NULL),
    FIELD(tb_output, "filter", filter, WORD, 0, 0, filters),
    FIELD(tb_output, "method", method, INT, 0, 6, NULL),
    FIELD(tb_output, "lossless", lossless, BOOL, 0, 0, NULL),
    FIELD(tb_output, "background", background, COLOUR3, 0, 0, NULL),
    {0},
};

#define ALL 9e15 /* any whole number a double holds */

static field limit_fields[] = {
    FIELD(tb_limits, "max_bytes", max_bytes, U64, 0, ALL, NULL),
    FIELD(tb_limits, "max_pixels", max_pixels, U64, 0, ALL, NULL),
    FIELD(tb_limits, "max_side", max_side, U32, 0, 65500, NULL),
    FIELD(tb_limits, "max_side_out", max_side_out, U32, 0, 65500, NULL),
    FIELD(tb_limits, "max_frames", max_frames, U32, 0, 1e9, NULL),
    FIELD(tb_limits, "max_scans", max_scans, U32, 0, 1e9, NULL),
    FIELD(tb_limits, "max_chunks", max_chunks, U32, 0, 1e9, NULL),
    FIELD(tb_limits, "max_blocks", max_blocks, U32, 0, 1e9, NULL),
    FIELD(tb_limits, "max_metadata", max_metadata, U64, 0, ALL, NULL),
    FIELD(tb_limits, "max_icc", max_icc, U64, 0, ALL, NULL),
    FIELD(tb_limits, "max_exif", max_exif, U64, 0, ALL, NULL),
    FIELD(tb_limits, "max_warnings", max_warnings, U32, 0, 1e9, NULL),
    {0},
};

static field setting_fields[] = {
    FIELD(tb_settings, "lane", lane, WORD, 0, 0, lanes),
    FIELD(tb_settings, "slice", slice, U32, 10, 1000000, NULL),
    FIELD(tb_settings, "dirty_slice", dirty_slice, U32, 10, 1000000, NULL),
    FIELD(tb_settings, "courtesy", courtesy, U32, 0, 16, NULL),
    FIELD(tb_settings, "dirty_threshold", dirty_threshold, U64, 0, ALL, NULL),
    FIELD(tb_settings, "timeout", timeout, U64, 0, 1e12, NULL), /* ms here, us there */
    FIELD(tb_settings, "max_memory", max_memory, U64, 0, ALL, NULL),
    FIELD(tb_settings, "stream", piece, U64, 0, ALL, NULL),
    FIELD(tb_settings, "measure", measure, BOOL, 0, 0, NULL),
    {0},
};

static field plan_fields[] = {
    FIELD(tb_plan, "orient", orient, BOOL, 0, 0, NULL),
    FIELD(tb_plan, "keep_truncated", keep_truncated, BOOL, 0, 0, NULL),
    {0},
};

/* Atoms used by name. */
#define ATOMS(X)                                                                                             \
    X(ok)                                                                                                    \
    X(error)                                                                                                 \
    X(hungry)                                                                                                \
    X(chunk) X(pieces) X(eof) X(next) X(true_) X(false_) X(ops) X(output) X(limits) X(settings) X(formats)   \
        X(chroma) X(lane) X(slices) X(hops) X(longest_slice) X(cpu) X(wall) X(queue) X(peak_bytes)           \
            X(bytes_in) X(bytes_out) X(format) X(width) X(height) X(decoded_width) X(decoded_height)         \
                X(width_out) X(height_out) X(format_out) X(warnings) X(slice_histogram) X(blocked) X(us_250) \
                    X(us_500) X(ms_1) X(ms_5) X(more) X(channels) X(depth) X(orientation) X(frames)          \
                        X(progressive) X(lossless) X(alpha) X(animated) X(dpi_x) X(dpi_y) X(icc) X(exif)     \
                            X(xmp) X(live) X(started) X(finished) X(failed) X(cancelled) X(bytes) X(inline_) \
                                X(yield) X(dirty) X(corrupt) X(truncated) X(unsupported) X(limit)            \
                                    X(no_memory) X(timeout) X(unknown) X(stored_width) X(stored_height)      \
                                        X(stages) X(shrink) X(region) X(nil)

static struct {
#define X(name) ERL_NIF_TERM name;
    ATOMS(X)
#undef X
} atom; /* set at load */

static void load_words(ErlNifEnv *env, word *w)
{
    for (; w->name; w++)
        w->atom = enif_make_atom(env, w->name);
}

static void load_fields(ErlNifEnv *env, field *f)
{
    for (; f->name; f++)
        f->atom = enif_make_atom(env, f->name);
}

void tb_term_load(ErlNifEnv *env)
{
    word *words[] = {fits, kernels, directions, filters, lanes, formats};
    field *fields[] = {output_fields, limit_fields, setting_fields, plan_fields};

#define X(name) atom.name = enif_make_atom(env, #name);
    ATOMS(X)
#undef X
    atom.true_ = enif_make_atom(env, "true"); /* words that C has taken */
    atom.false_ = enif_make_atom(env, "false");
    atom.inline_ = enif_make_atom(env, "inline");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        load_words(env, words[i]);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        load_fields(env, fields[i]);
    for (size_t i = 0; i < OPS; i++) {
        ops[i].atom = enif_make_atom(env, ops[i].name);
        load_fields(env, ops[i].fields);
    }
}

/* ----------------------------------------------------------------- reading */

static bool read_word(ERL_NIF_TERM term, const word *words, int *out)
{
    for (int i = 0; words[i].name; i++)
        if (enif_is_identical(term, words[i].atom)) {
            *out = i;
            return true;
        }
    return false;
}

static bool read_bool(ERL_NIF_TERM term, bool *out)
{
    *out = enif_is_identical(term, atom.true_);
    return *out || enif_is_identical(term, atom.false_);
}

static bool read_colour(ErlNifEnv *env, ERL_NIF_TERM term, int n, uint8_t *out)
{
    const ERL_NIF_TERM *part;
    int arity, value;

    if (!enif_get_tuple(env, term, &arity, &part) || arity != n)
        return false;
    for (int i = 0; i < n; i++) {
        if (!enif_get_int(env, part[i], &value) || value < 0 || value > 255)
            return false;
        out[i] = (uint8_t)value;
    }
    return true;
}

static bool read_real(ErlNifEnv *env, ERL_NIF_TERM term, const field *f, double *out)
{
    return enif_get_double(env, term, out) && *out >= f->least && *out <= f->most;
}

/* A whole number, into an integer of the field's width. */
static bool read_whole(ErlNifEnv *env, ERL_NIF_TERM term, const field *f, void *to)
{
    ErlNifSInt64 value;

    if (!enif_get_int64(env, term, &value) || (double)value < f->least || (double)value > f->most)
        return false;
    if (f->kind == INT)
        *(int *)to = (int)value;
    else if (f->kind == U32)
        *(uint32_t *)to = (uint32_t)value;
    else
        *(uint64_t *)to = (uint64_t)value;
    return true;
}

static bool read_field(ErlNifEnv *env, ERL_NIF_TERM term, const field *f, void *to)
{
    switch (f->kind) {
    case INT:
    case U32:
    case U64:
        return read_whole(env, term, f, to);
    case BOOL:
        return read_bool(term, to);
    case REAL:
        return read_real(env, term, f, to);
    case WORD:
        return read_word(term, f->words, to);
    case COLOUR3:
        return read_colour(env, term, 3, to);
    case COLOUR4:
        return read_colour(env, term, 4, to);
    }
    return false;
}

/* Every field must be there. */
static bool read_fields(ErlNifEnv *env, ERL_NIF_TERM map, const field *f, void *to)
{
    ERL_NIF_TERM value;

    for (; f->name; f++)
        if (!enif_get_map_value(env, map, f->atom, &value) || !read_field(env, value, f, (char *)to + f->at))
            return false;
    return true;
}

static bool read_op(ErlNifEnv *env, ERL_NIF_TERM term, tb_op *op)
{
    const ERL_NIF_TERM *part;
    int arity;

    if (!enif_get_tuple(env, term, &arity, &part) || arity != 2)
        return false;
    for (size_t i = 0; i < OPS; i++)
        if (enif_is_identical(part[0], ops[i].atom)) {
            op->kind = (tb_op_kind)i;
            return read_fields(env, part[1], ops[i].fields, op);
        }
    return false;
}

/* What the table's ranges cannot say. */
static bool op_makes_sense(const tb_op *op)
{
    switch (op->kind) {
    case TB_OP_RESIZE:
        return op->resize.width > 0 || op->resize.height > 0;
    case TB_OP_CROP:
        return (op->crop.x < 0) == (op->crop.y < 0);
    case TB_OP_ROTATE:
        return op->rotate.angle % 90 == 0;
    default:
        return true;
    }
}

static bool read_ops(ErlNifEnv *env, ERL_NIF_TERM list, tb_plan *plan)
{
    ERL_NIF_TERM head;

    for (; enif_get_list_cell(env, list, &head, &list); plan->count++)
        if (plan->count == TB_MAX_OPS || !read_op(env, head, &plan->op[plan->count]) ||
            !op_makes_sense(&plan->op[plan->count]))
            return false;
    return enif_is_empty_list(env, list);
}

static bool read_chroma(ErlNifEnv *env, ERL_NIF_TERM map, tb_chroma *out)
{
    static const int known[] = {420, 422, 444};
    ERL_NIF_TERM term;
    int value;

    if (!enif_get_map_value(env, map, atom.chroma, &term) || !enif_get_int(env, term, &value))
        return false;
    for (int i = 0; i < 3; i++)
        if (value == known[i]) {
            *out = (tb_chroma)i;
            return true;
        }
    return false;
}

static bool read_output(ErlNifEnv *env, ERL_NIF_TERM map, tb_output *out)
{
    return read_fields(env, map, output_fields, out) && read_chroma(env, map, &out->chroma) &&
           out->format <= TB_WEBP;
}

static bool read_formats(ErlNifEnv *env, ERL_NIF_TERM map, uint32_t *bits)
{
    ERL_NIF_TERM list, head;
    int index;

    if (!enif_get_map_value(env, map, atom.formats, &list))
        return false;
    *bits = 0;
    while (enif_get_list_cell(env, list, &head, &list)) {
        if (!read_word(head, formats, &index))
            return false;
        *bits |= 1u << index;
    }
    return enif_is_empty_list(env, list);
}

bool tb_term_limits(ErlNifEnv *env, ERL_NIF_TERM map, tb_limits *limits)
{
    return read_fields(env, map, limit_fields, limits) && read_formats(env, map, &limits->formats);
}

bool tb_term_plan(ErlNifEnv *env, ERL_NIF_TERM term, tb_plan *plan, tb_settings *settings)
{
    ERL_NIF_TERM list, output, limits, others;

    if (!enif_get_map_value(env, term, atom.ops, &list) ||
        !enif_get_map_value(env, term, atom.output, &output) ||
        !enif_get_map_value(env, term, atom.limits, &limits) ||
        !enif_get_map_value(env, term, atom.settings, &others))
        return false;
    if (!read_ops(env, list, plan) || !read_output(env, output, &plan->output) ||
        !tb_term_limits(env, limits, &plan->limits) || !read_fields(env, others, setting_fields, settings) ||
        !read_fields(env, others, plan_fields, plan))
        return false;
    settings->timeout *= 1000;
    return true;
}

tb_ask tb_term_ask(ErlNifEnv *env, ERL_NIF_TERM term)
{
    if (enif_is_binary(env, term))
        return TB_ASK_FEED;
    if (enif_is_identical(term, atom.eof))
        return TB_ASK_END;
    if (enif_is_identical(term, atom.pieces))
        return TB_ASK_PIECES;
    return enif_is_identical(term, atom.next) ? TB_ASK_NEXT : TB_ASK_NONE;
}

/* ----------------------------------------------------------------- writing */

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
    put(m, key, value ? atom.true_ : atom.false_);
}

static ERL_NIF_TERM made(const map *m)
{
    ERL_NIF_TERM term = atom.nil;

    enif_make_map_from_arrays(m->env, (ERL_NIF_TERM *)m->key, (ERL_NIF_TERM *)m->value, m->count, &term);
    return term;
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
    return f == TB_UNKNOWN ? atom.nil : formats[f].atom;
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
    ERL_NIF_TERM keys[TB_BINS] = {atom.us_250, atom.us_500, atom.ms_1, atom.ms_5, atom.more};
    map m = {.env = env};

    for (int i = 0; i < TB_BINS; i++)
        put_whole(&m, keys[i], s->bin[i]);
    return made(&m);
}

static ERL_NIF_TERM lane_of(ErlNifEnv *env, const tb_task *t)
{
    return enif_make_atom(env, tb_task_lane(t)); /* one of four */
}

static uint64_t micros(uint64_t ns)
{
    return (ns + 500) / 1000;
}

static void put_stats(map *m, const tb_task *t, const tb_job *job)
{
    const tb_stats *s = tb_task_stats(t);
    bool measured = tb_task_settings((tb_task *)t)->measure;

    put(m, atom.lane, lane_of(m->env, t));
    put_whole(m, atom.slices, s->slices[0] + s->slices[1]);
    put_whole(m, atom.hops, s->hops);
    put_whole(m, atom.longest_slice, micros(s->longest));
    put_whole(m, atom.cpu, micros(s->cpu));
    put_whole(m, atom.wall, micros(s->wall));
    put_whole(m, atom.queue, micros(s->queue));
    put_whole(m, atom.peak_bytes, job->mem.peak);
    put_whole(m, atom.bytes_in, job->bytes_in);
    put_whole(m, atom.bytes_out, job->bytes.total);
    put(m, atom.warnings, warnings_of(m->env, &job->error));
    put(m, atom.slice_histogram, measured ? histogram_of(m->env, s) : atom.nil);
    put(m, atom.blocked, measured ? enif_make_uint64(m->env, s->blocked) : atom.nil);
}

static void put_picture(map *m, const tb_job *job)
{
    const tb_header *h = &job->header;
    bool swap = job->plan.orient && h->orientation >= 5;

    put(m, atom.format, format_of(h->format));
    put_whole(m, atom.width, (uint64_t)(swap ? h->height : h->width));
    put_whole(m, atom.height, (uint64_t)(swap ? h->width : h->height));
}

static void put_route(map *m, const tb_job *job)
{
    const tb_route *r = &job->route;

    put_whole(m, atom.decoded_width, (uint64_t)r->decoded.width);
    put_whole(m, atom.decoded_height, (uint64_t)r->decoded.height);
    put_whole(m, atom.width_out, (uint64_t)r->shape.width);
    put_whole(m, atom.height_out, (uint64_t)r->shape.height);
    put(m, atom.format_out, format_of(r->output.format));
}

static ERL_NIF_TERM result_of(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = tb_task_job((tb_task *)t);
    map m = {.env = env};

    put_stats(&m, t, job);
    put_picture(&m, job);
    put_route(&m, job);
    return made(&m);
}

ERL_NIF_TERM tb_term_done(ErlNifEnv *env, const tb_task *t, ERL_NIF_TERM binary)
{
    return enif_make_tuple3(env, atom.ok, binary, result_of(env, t));
}

static ERL_NIF_TERM code_of(tb_code code)
{
    const ERL_NIF_TERM codes[] = {atom.unknown, atom.corrupt,   atom.truncated, atom.unsupported,
                                  atom.limit,   atom.no_memory, atom.timeout,   atom.cancelled};

    return codes[code];
}

ERL_NIF_TERM tb_term_failed(ErlNifEnv *env, const tb_task *t)
{
    const tb_error *err = &tb_task_job((tb_task *)t)->error;

    return enif_make_tuple5(env, atom.error, code_of(err->code), enif_make_atom(env, err->stage),
                            text(env, err->text), result_of(env, t));
}

ERL_NIF_TERM tb_term_header(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = tb_task_job((tb_task *)t);
    const tb_header *h = &job->header;
    map m = {.env = env};

    put_picture(&m, job);
    put_whole(&m, atom.stored_width, (uint64_t)h->width);
    put_whole(&m, atom.stored_height, (uint64_t)h->height);
    put_whole(&m, atom.channels, (uint64_t)(h->components == 4 ? 4 : h->channels));
    put_whole(&m, atom.depth, (uint64_t)h->depth);
    put_whole(&m, atom.orientation, (uint64_t)h->orientation);
    put_whole(&m, atom.frames, (uint64_t)h->frames);
    put_bool(&m, atom.progressive, h->progressive);
    put_bool(&m, atom.lossless, h->lossless);
    put_bool(&m, atom.alpha, h->alpha);
    put_bool(&m, atom.animated, h->animated);
    put(&m, atom.dpi_x, enif_make_double(env, h->dpi_x));
    put(&m, atom.dpi_y, enif_make_double(env, h->dpi_y));
    put_bool(&m, atom.icc, h->icc_pieces > 0);
    put_bool(&m, atom.exif, h->exif.size > 0);
    put_bool(&m, atom.xmp, h->xmp.size > 0);
    put(&m, atom.warnings, warnings_of(env, &job->error));
    return enif_make_tuple2(env, atom.ok, made(&m));
}

static ERL_NIF_TERM node_of(ErlNifEnv *env, const tb_node *n)
{
    return enif_make_tuple4(env, enif_make_atom(env, n->ops->name), enif_make_int(env, n->shape.width),
                            enif_make_int(env, n->shape.height), enif_make_int(env, n->shape.channels));
}

static ERL_NIF_TERM rect_of(ErlNifEnv *env, tb_rect r)
{
    return enif_make_tuple4(env, enif_make_int(env, r.x), enif_make_int(env, r.y),
                            enif_make_int(env, r.width), enif_make_int(env, r.height));
}

/* What a run would do, and why there. */
ERL_NIF_TERM tb_term_route(ErlNifEnv *env, const tb_task *t)
{
    const tb_job *job = tb_task_job((tb_task *)t);
    const tb_route *r = &job->route;
    const tb_decode *d = &r->node[0].decode;
    tb_lane lane = tb_lane_for(tb_task_settings((tb_task *)t), r->cost);
    ERL_NIF_TERM stages = enif_make_list(env, 0);
    map m = {.env = env};

    for (int i = r->count; i-- > 0;)
        stages = enif_make_list_cell(env, node_of(env, &r->node[i]), stages);
    put_picture(&m, job);
    put_route(&m, job);
    put(&m, atom.stages, stages);
    put_whole(&m, atom.shrink, (uint64_t)d->shrink);
    put(&m, atom.region, rect_of(env, d->region));
    put(&m, atom.lane, lanes[lane].atom);
    put_whole(&m, atom.cpu, micros((uint64_t)r->cost));
    put_whole(&m, atom.peak_bytes, (uint64_t)r->memory);
    put_whole(&m, atom.orientation, (uint64_t)job->header.orientation);
    put(&m, atom.warnings, warnings_of(env, &job->error));
    return enif_make_tuple2(env, atom.ok, made(&m));
}

ERL_NIF_TERM tb_term_hungry(ErlNifEnv *env, ERL_NIF_TERM job)
{
    return enif_make_tuple2(env, atom.hungry, job);
}

ERL_NIF_TERM tb_term_piece(ErlNifEnv *env, ERL_NIF_TERM binary, ERL_NIF_TERM job)
{
    return enif_make_tuple3(env, atom.chunk, binary, job);
}

static uint64_t limit_value(const tb_limits *l, const field *f)
{
    const char *at = (const char *)l + f->at;

    return f->kind == U32 ? *(const uint32_t *)(const void *)at : *(const uint64_t *)(const void *)at;
}

ERL_NIF_TERM tb_term_of_limits(ErlNifEnv *env, const tb_limits *l)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);
    map m = {.env = env};

    for (const field *f = limit_fields; f->name; f++)
        put_whole(&m, f->atom, limit_value(l, f));
    for (int i = TB_FORMATS - 1; i > 0; i--)
        if (l->formats & (1u << i))
            list = enif_make_list_cell(env, formats[i].atom, list);
    put(&m, atom.formats, list);
    return made(&m);
}

ERL_NIF_TERM tb_term_world(ErlNifEnv *env, const tb_world *w)
{
    map m = {.env = env};

    put_whole(&m, atom.live, atomic_load(&w->live));
    put_whole(&m, atom.bytes, atomic_load(&w->heap.used));
    put_whole(&m, atom.peak_bytes, atomic_load(&w->heap.peak));
    put_whole(&m, atom.limit, w->heap.limit);
    put_whole(&m, atom.started, atomic_load(&w->started));
    put_whole(&m, atom.finished, atomic_load(&w->finished));
    put_whole(&m, atom.failed, atomic_load(&w->failed));
    put_whole(&m, atom.cancelled, atomic_load(&w->cancelled));
    put_whole(&m, atom.inline_, atomic_load(&w->lane[0]));
    put_whole(&m, atom.yield, atomic_load(&w->lane[1]));
    put_whole(&m, atom.dirty, atomic_load(&w->lane[2]));
    return made(&m);
}
