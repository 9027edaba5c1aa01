/* term_plan.c - Erlang terms to plans, by tables: one row a field. */
#include "term_field.h"
#include <limits.h>

static tb_word filters[] = {{"auto", 0}, {"none", 0},  {"sub", 0}, {"up", 0},
                            {"avg", 0},  {"paeth", 0}, {"all", 0}, {NULL, 0}};
static tb_word compressions[] = {{"none", 0}, {"deflate", 0}, {"lzw", 0}, {"jpeg", 0}, {NULL, 0}};
static tb_word keeps[] = {{"icc", 0},       {"exif", 0}, {"xmp", 0},
                          {"copyright", 0}, {"gps", 0},  {NULL, 0}}; /* bits, as TB_KEEP_... */

#define ALL 9e15 /* any whole number a double holds */

static tb_field output_fields[] = {
    FIELD(tb_output, "format", format, WORD, 0, 0, tb_format_words),
    FIELD(tb_output, "quality", quality, INT, 0, 100, NULL),
    FIELD(tb_output, "progressive", progressive, BOOL, 0, 0, NULL),
    FIELD(tb_output, "optimize", optimize, BOOL, 0, 0, NULL),
    FIELD(tb_output, "level", level, INT, 0, 9, NULL),
    FIELD(tb_output, "filter", filter, WORD, 0, 0, filters),
    FIELD(tb_output, "method", method, INT, 0, 6, NULL),
    FIELD(tb_output, "lossless", lossless, BOOL, 0, 0, NULL),
    FIELD(tb_output, "effort", effort, INT, -1, 10, NULL),
    FIELD(tb_output, "bitdepth", bitdepth, INT, 1, 8, NULL),
    FIELD(tb_output, "dither", dither, REAL, 0, 1, NULL),
    FIELD(tb_output, "palette", palette, BOOL, 0, 0, NULL),
    FIELD(tb_output, "colours", colours, INT, 2, 256, NULL),
    FIELD(tb_output, "compression", compression, WORD, 0, 0, compressions),
    FIELD(tb_output, "background", background, COLOUR3, 0, 0, NULL),
    FIELD(tb_output, "keep", keep, WORDS, 0, 0, keeps),
    FIELD(tb_output, "max_bytes", max_bytes, U64, 0, ALL, NULL),
    FIELD(tb_output, "loop", loop, INT, -1, TB_MOST_PLAYS, NULL),
    FIELD(tb_output, "delay", delay, INT, 0, 655350, NULL),
    {0},
};

static tb_field want_fields[] = {
    FIELD(tb_want, "thumbhash", thumb_hash, BOOL, 0, 0, NULL),
    FIELD(tb_want, "phash", phash, BOOL, 0, 0, NULL),
    FIELD(tb_want, "average", average, BOOL, 0, 0, NULL),
    FIELD(tb_want, "dominant", dominant, BOOL, 0, 0, NULL),
    FIELD(tb_want, "blurhash_across", blur_across, INT, 0, 9, NULL),
    FIELD(tb_want, "blurhash_down", blur_down, INT, 0, 9, NULL),
    FIELD(tb_want, "swatches", swatches, INT, 0, TB_MAX_SWATCHES, NULL),
    {0},
};

static tb_field limit_fields[] = {
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

static tb_field setting_fields[] = {
    FIELD(tb_settings, "lane", lane, WORD, 0, 0, tb_lane_words),
    FIELD(tb_settings, "slice", slice, U32, 10, 1000000, NULL),
    FIELD(tb_settings, "dirty_slice", dirty_slice, U32, 10, 1000000, NULL),
    FIELD(tb_settings, "courtesy", courtesy, U32, 0, 16, NULL),
    FIELD(tb_settings, "dirty_threshold", dirty_threshold, U64, 0, ALL, NULL),
    FIELD(tb_settings, "timeout", timeout, U64, 0, 1e12, NULL), /* ms here, us there */
    FIELD(tb_settings, "spent", spent, U64, 0, 1e12, NULL),     /* likewise */
    FIELD(tb_settings, "max_memory", max_memory, U64, 0, ALL, NULL),
    FIELD(tb_settings, "stream", piece, U64, 0, ALL, NULL),
    FIELD(tb_settings, "prompt", prompt, BOOL, 0, 0, NULL),
    FIELD(tb_settings, "threads", threads, U32, 1, 64, NULL),
    FIELD(tb_settings, "measure", measure, BOOL, 0, 0, NULL),
    {0},
};

static tb_field picture_fields[] = {
    FIELD(tb_picture, "orient", orient, BOOL, 0, 0, NULL),
    FIELD(tb_picture, "keep_truncated", keep_truncated, BOOL, 0, 0, NULL),
    FIELD(tb_picture, "first_frame", first_frame, INT, 0, INT_MAX - 1, NULL),
    FIELD(tb_picture, "last_frame", last_frame, INT, 0, INT_MAX, NULL),
    {0},
};

void tb_term_load(ErlNifEnv *env)
{
    tb_word *words[] = {filters, compressions, keeps};
    tb_field *fields[] = {output_fields, want_fields, limit_fields, setting_fields, picture_fields};

    tb_atoms_load(env);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        tb_words_load(env, words[i]);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        tb_fields_load(env, fields[i]);
    tb_term_ops_load(env);
}

static bool read_chroma(ErlNifEnv *env, ERL_NIF_TERM map, tb_chroma *out)
{
    static const int known[] = {420, 422, 444};
    ERL_NIF_TERM term;
    int value;

    if (!enif_get_map_value(env, map, tb_atom.chroma, &term) || !enif_get_int(env, term, &value))
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
    return tb_fields_read(env, map, output_fields, out) && read_chroma(env, map, &out->chroma);
}

static bool read_formats(ErlNifEnv *env, ERL_NIF_TERM map, uint32_t *bits)
{
    ERL_NIF_TERM list;

    return enif_get_map_value(env, map, tb_atom.formats, &list) &&
           tb_words_read(env, list, tb_format_words, bits);
}

bool tb_term_limits(ErlNifEnv *env, ERL_NIF_TERM map, tb_limits *limits)
{
    return tb_fields_read(env, map, limit_fields, limits) && read_formats(env, map, &limits->formats);
}

/* What is laid on has been planned: the pictures are there, and nothing is laid on
 * what is laid on. */
static bool overlays_are_there(const tb_pipe *pipe, int pictures)
{
    for (int i = 0; i < pipe->count; i++)
        if (pipe->op[i].kind == TB_OP_COMPOSITE && pipe->op[i].composite.picture >= pictures)
            return false;
    return true;
}

static bool read_layer(ErlNifEnv *env, ERL_NIF_TERM map, tb_pipe *layer)
{
    ERL_NIF_TERM list;

    return enif_get_map_value(env, map, tb_atom.ops, &list) && tb_term_ops(env, list, layer) &&
           overlays_are_there(layer, 0);
}

bool tb_term_text(ErlNifEnv *env, ERL_NIF_TERM map)
{
    ERL_NIF_TERM term;

    return enif_get_map_value(env, map, tb_atom.text, &term) && enif_is_identical(term, tb_atom.true_);
}

static bool read_picture(ErlNifEnv *env, ERL_NIF_TERM map, tb_picture *p)
{
    ERL_NIF_TERM limits;

    p->text = tb_term_text(env, map);
    return enif_get_map_value(env, map, tb_atom.limits, &limits) && tb_term_limits(env, limits, &p->limits) &&
           tb_fields_read(env, map, picture_fields, p);
}

static bool read_pipe(ErlNifEnv *env, ERL_NIF_TERM map, tb_pipe *pipe)
{
    ERL_NIF_TERM list, output;

    return enif_get_map_value(env, map, tb_atom.ops, &list) && tb_term_ops(env, list, pipe) &&
           enif_get_map_value(env, map, tb_atom.output, &output) && read_output(env, output, &pipe->output) &&
           tb_fields_read(env, output, want_fields, &pipe->want) &&
           !pipe->want.blur_across == !pipe->want.blur_down;
}

/* Of 1 to `most`; a longer one is not counted to its end. */
static bool list_in(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key, unsigned most, ERL_NIF_TERM *list,
                    unsigned *n)
{
    ERL_NIF_TERM rest, head;

    *n = 0;
    if (!enif_get_map_value(env, map, key, list))
        return false;
    for (rest = *list; *n < most && enif_get_list_cell(env, rest, &head, &rest); ++*n)
        ;
    return *n >= 1 && enif_is_empty_list(env, rest);
}

bool tb_term_plan(ErlNifEnv *env, ERL_NIF_TERM term, tb_task *t)
{
    ERL_NIF_TERM pictures, pipes, settings, head;
    unsigned in, out;
    tb_plan *plan = &t->job.plan;

    if (!list_in(env, term, tb_atom.pictures, TB_MAX_PICTURES, &pictures, &in) ||
        !list_in(env, term, tb_atom.pipes, TB_MAX_PIPES, &pipes, &out) ||
        !enif_get_map_value(env, term, tb_atom.settings, &settings) ||
        !tb_fields_read(env, settings, setting_fields, &t->settings) ||
        !tb_job_open(&t->job, &t->world->heap, (int)in, (int)out))
        return false;
    t->settings.timeout *= 1000;
    t->settings.spent *= 1000;
    for (int i = 0; enif_get_list_cell(env, pictures, &head, &pictures); i++)
        if (!read_picture(env, head, &plan->picture[i]) || (i > 0 && !read_layer(env, head, &plan->layer[i])))
            return false;
    for (int k = 0; enif_get_list_cell(env, pipes, &head, &pipes); k++)
        if (!read_pipe(env, head, &plan->pipe[k]) || !overlays_are_there(&plan->pipe[k], plan->pictures))
            return false;
    return true;
}

tb_ask tb_term_ask(ErlNifEnv *env, ERL_NIF_TERM term)
{
    if (enif_is_binary(env, term))
        return TB_ASK_FEED;
    if (enif_is_identical(term, tb_atom.eof))
        return TB_ASK_END;
    if (enif_is_identical(term, tb_atom.pieces))
        return TB_ASK_PIECES;
    if (enif_is_ref(env, term))
        return TB_ASK_LINE;
    return enif_is_identical(term, tb_atom.next) ? TB_ASK_NEXT : TB_ASK_NONE;
}

/* The other way round, for tb_default_limits. */
static uint64_t limit_value(const tb_limits *l, const tb_field *f)
{
    const char *at = (const char *)l + f->at;

    return f->kind == U32 ? *(const uint32_t *)(const void *)at : *(const uint64_t *)(const void *)at;
}

ERL_NIF_TERM tb_term_of_limits(ErlNifEnv *env, const tb_limits *l)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);
    ERL_NIF_TERM map = enif_make_new_map(env);

    for (const tb_field *f = limit_fields; f->name; f++)
        enif_make_map_put(env, map, f->atom, enif_make_uint64(env, limit_value(l, f)), &map);
    for (int i = TB_FORMATS - 1; i > 0; i--)
        if (l->formats & (1u << i))
            list = enif_make_list_cell(env, tb_format_words[i].atom, list);
    enif_make_map_put(env, map, tb_atom.formats, list, &map);
    return map;
}
