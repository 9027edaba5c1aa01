/* term_plan.c - Erlang terms to plans, by tables: one row a field.
 *
 * The face in Elixir has checked all of it already, with better sentences; here
 * it is checked again, because a NIF trusts nobody. */
#include "atoms.h"
#include "term.h"

/* ------------------------------------------------------------------ tables */

typedef enum { INT, U32, U64, BOOL, REAL, WORD, WORDS, COLOUR3, COLOUR4, LENGTH, KERNEL } kind;

/* A key of a map, and the field of a struct it fills. */
typedef struct {
    const char *name;
    kind kind;
    size_t at;
    double least, most;
    const tb_word *words;
    ERL_NIF_TERM atom; /* set at load */
} field;

#define FIELD(type, key, member, kind, least, most, words)                                                   \
    {                                                                                                        \
        key, kind, offsetof(type, member), least, most, words, 0                                             \
    }

static tb_word fits[] = {{"cover", 0}, {"contain", 0}, {"fill", 0}, {"inside", 0}, {"outside", 0}, {NULL, 0}};
static tb_word kernels[] = {{"nearest", 0},  {"linear", 0},   {"cubic", 0}, {"mitchell", 0},
                            {"lanczos2", 0}, {"lanczos3", 0}, {NULL, 0}};
static tb_word directions[] = {{"horizontal", 0}, {"vertical", 0}, {NULL, 0}};
static tb_word blends[] = {{"over", 0},       {"multiply", 0},   {"screen", 0},      {"overlay", 0},
                           {"darken", 0},     {"lighten", 0},    {"color_dodge", 0}, {"color_burn", 0},
                           {"hard_light", 0}, {"soft_light", 0}, {"difference", 0},  {"exclusion", 0},
                           {"add", 0},        {"dest_over", 0},  {"atop", 0},        {"dest", 0},
                           {"source", 0},     {"in", 0},         {"dest_in", 0},     {"out", 0},
                           {"dest_out", 0},   {"dest_atop", 0},  {"xor", 0},         {NULL, 0}};
static tb_word extends[] = {{"background", 0}, {"copy", 0}, {"repeat", 0}, {"mirror", 0}, {NULL, 0}};
static tb_word filters[] = {{"auto", 0}, {"none", 0},  {"sub", 0}, {"up", 0},
                            {"avg", 0},  {"paeth", 0}, {"all", 0}, {NULL, 0}};
static tb_word compressions[] = {{"none", 0}, {"deflate", 0}, {"lzw", 0}, {"jpeg", 0}, {NULL, 0}};
static tb_word keeps[] = {{"icc", 0},       {"exif", 0}, {"xmp", 0},
                          {"copyright", 0}, {"gps", 0},  {NULL, 0}}; /* bits, as TB_KEEP_... */

static field resize_fields[] = {
    FIELD(tb_op, "width", resize.width, INT, 0, 65500, NULL),
    FIELD(tb_op, "height", resize.height, INT, 0, 65500, NULL),
    FIELD(tb_op, "fit", resize.fit, WORD, 0, 0, fits),
    FIELD(tb_op, "kernel", resize.kernel, WORD, 0, 0, kernels),
    FIELD(tb_op, "gravity_x", resize.gravity.x, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_y", resize.gravity.y, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_focal", resize.gravity.focal, BOOL, 0, 0, NULL),
    FIELD(tb_op, "dpr", resize.dpr, REAL, 0.1, 10, NULL),
    FIELD(tb_op, "enlarge", resize.enlarge, BOOL, 0, 0, NULL),
    FIELD(tb_op, "reduce", resize.reduce, BOOL, 0, 0, NULL),
    FIELD(tb_op, "linear", resize.linear, BOOL, 0, 0, NULL),
    FIELD(tb_op, "background", resize.background, COLOUR4, 0, 0, NULL),
    {0},
};

static field crop_fields[] = {
    FIELD(tb_op, "x", crop.x, LENGTH, -1, 65500, NULL),
    FIELD(tb_op, "y", crop.y, LENGTH, -1, 65500, NULL),
    FIELD(tb_op, "width", crop.width, LENGTH, 1, 65500, NULL),
    FIELD(tb_op, "height", crop.height, LENGTH, 1, 65500, NULL),
    FIELD(tb_op, "gravity_x", crop.gravity.x, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_y", crop.gravity.y, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_focal", crop.gravity.focal, BOOL, 0, 0, NULL),
    {0},
};

static field flip_fields[] = {FIELD(tb_op, "direction", flip.direction, WORD, 0, 0, directions), {0}};
static field rotate_fields[] = {FIELD(tb_op, "angle", rotate.angle, INT, 90, 270, NULL), {0}};
static field blur_fields[] = {FIELD(tb_op, "sigma", blur.sigma, REAL, 0.1, 100, NULL), {0}};
static field brighten_fields[] = {FIELD(tb_op, "add", brighten.add, INT, -255, 255, NULL), {0}};
static field factor_fields[] = {FIELD(tb_op, "factor", look.by, REAL, 0, 10, NULL), {0}};
static field saturation_fields[] = {FIELD(tb_op, "factor", look.saturation, REAL, 0, 10, NULL), {0}};
static field hue_fields[] = {FIELD(tb_op, "angle", look.angle, REAL, -360, 360, NULL), {0}};
static field gamma_fields[] = {FIELD(tb_op, "exponent", look.by, REAL, 0.1, 10, NULL), {0}};
static field sepia_fields[] = {FIELD(tb_op, "strength", look.by, REAL, 0, 1, NULL), {0}};
static field tint_fields[] = {FIELD(tb_op, "colour", look.colour, COLOUR3, 0, 0, NULL), {0}};
static field threshold_fields[] = {FIELD(tb_op, "level", look.by, REAL, 0, 255, NULL), {0}};
static field opacity_fields[] = {FIELD(tb_op, "factor", look.by, REAL, 0, 1, NULL), {0}};
static field flatten_fields[] = {FIELD(tb_op, "background", look.colour, COLOUR3, 0, 0, NULL), {0}};
static field modulate_fields[] = {
    FIELD(tb_op, "brightness", look.by, REAL, 0, 10, NULL),
    FIELD(tb_op, "saturation", look.saturation, REAL, 0, 10, NULL),
    FIELD(tb_op, "hue", look.angle, REAL, -360, 360, NULL),
    {0},
};

static field composite_fields[] = {
    FIELD(tb_op, "picture", composite.picture, INT, 1, TB_MAX_PICTURES - 1, NULL),
    FIELD(tb_op, "gravity_x", composite.gravity.x, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_y", composite.gravity.y, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_focal", composite.gravity.focal, BOOL, 0, 0, NULL),
    FIELD(tb_op, "x", composite.x, INT, -65500, 65500, NULL),
    FIELD(tb_op, "y", composite.y, INT, -65500, 65500, NULL),
    FIELD(tb_op, "scale", composite.scale, REAL, 0, 10, NULL),
    FIELD(tb_op, "tile", composite.tile, BOOL, 0, 0, NULL),
    FIELD(tb_op, "opacity", composite.opacity, REAL, 0, 1, NULL),
    FIELD(tb_op, "blend", composite.blend, WORD, 0, 0, blends),
    {0},
};

static field extend_fields[] = {
    FIELD(tb_op, "left", extend.left, INT, 0, 65500, NULL),
    FIELD(tb_op, "right", extend.right, INT, 0, 65500, NULL),
    FIELD(tb_op, "top", extend.top, INT, 0, 65500, NULL),
    FIELD(tb_op, "bottom", extend.bottom, INT, 0, 65500, NULL),
    FIELD(tb_op, "mode", extend.mode, WORD, 0, 0, extends),
    FIELD(tb_op, "background", extend.background, COLOUR4, 0, 0, NULL),
    {0},
};

static field pad_fields[] = {
    FIELD(tb_op, "width", pad.width, INT, 0, 65500, NULL),
    FIELD(tb_op, "height", pad.height, INT, 0, 65500, NULL),
    FIELD(tb_op, "gravity_x", pad.gravity.x, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_y", pad.gravity.y, REAL, 0, 1, NULL),
    FIELD(tb_op, "gravity_focal", pad.gravity.focal, BOOL, 0, 0, NULL),
    FIELD(tb_op, "background", pad.background, COLOUR4, 0, 0, NULL),
    {0},
};

static field round_fields[] = {FIELD(tb_op, "radius", round.radius, LENGTH, 1, 65500, NULL), {0}};
static field normalise_fields[] = {
    FIELD(tb_op, "low", normalise.low, REAL, 0, 50, NULL),
    FIELD(tb_op, "high", normalise.high, REAL, 50, 100, NULL),
    {0},
};
static field trim_fields[] = {
    FIELD(tb_op, "threshold", trim.threshold, INT, 0, 255, NULL),
    FIELD(tb_op, "corner", trim.corner, BOOL, 0, 0, NULL),
    FIELD(tb_op, "background", trim.background, COLOUR4, 0, 0, NULL),
    {0},
};
static field pixelate_fields[] = {FIELD(tb_op, "size", pixelate.size, INT, 1, 1000, NULL), {0}};
static field sharpen_fields[] = {
    FIELD(tb_op, "sigma", sharpen.sigma, REAL, 0.1, 10, NULL),
    FIELD(tb_op, "flat", sharpen.flat, REAL, 0, 10, NULL),
    FIELD(tb_op, "jagged", sharpen.jagged, REAL, 0, 10, NULL),
    FIELD(tb_op, "threshold", sharpen.threshold, REAL, 0, 100, NULL),
    FIELD(tb_op, "brighter", sharpen.brighter, REAL, 0, 100, NULL),
    FIELD(tb_op, "darker", sharpen.darker, REAL, 0, 100, NULL),
    {0},
};
static field convolve_fields[] = {
    FIELD(tb_op, "kernel", convolve, KERNEL, -1e6, 1e6, NULL),
    FIELD(tb_op, "scale", convolve.scale, REAL, 0, 1e6, NULL),
    FIELD(tb_op, "offset", convolve.offset, REAL, -1e6, 1e6, NULL),
    {0},
};
static field no_fields[] = {{0}};

/* By tb_op_kind. */
static struct {
    const char *name;
    field *fields;
    ERL_NIF_TERM atom; /* set at load */
} ops[] = {
    [TB_OP_RESIZE] = {"resize", resize_fields, 0},
    [TB_OP_CROP] = {"crop", crop_fields, 0},
    [TB_OP_FLIP] = {"flip", flip_fields, 0},
    [TB_OP_ROTATE] = {"rotate", rotate_fields, 0},
    [TB_OP_BLUR] = {"blur", blur_fields, 0},
    [TB_OP_GREYSCALE] = {"greyscale", no_fields, 0},
    [TB_OP_BRIGHTEN] = {"brighten", brighten_fields, 0},
    [TB_OP_BRIGHTNESS] = {"brightness", factor_fields, 0},
    [TB_OP_CONTRAST] = {"contrast", factor_fields, 0},
    [TB_OP_SATURATION] = {"saturation", saturation_fields, 0},
    [TB_OP_HUE] = {"hue", hue_fields, 0},
    [TB_OP_GAMMA] = {"gamma", gamma_fields, 0},
    [TB_OP_MODULATE] = {"modulate", modulate_fields, 0},
    [TB_OP_INVERT] = {"invert", no_fields, 0},
    [TB_OP_SEPIA] = {"sepia", sepia_fields, 0},
    [TB_OP_TINT] = {"tint", tint_fields, 0},
    [TB_OP_THRESHOLD] = {"threshold", threshold_fields, 0},
    [TB_OP_OPACITY] = {"opacity", opacity_fields, 0},
    [TB_OP_FLATTEN] = {"flatten", flatten_fields, 0},
    [TB_OP_COMPOSITE] = {"composite", composite_fields, 0},
    [TB_OP_EXTEND] = {"extend", extend_fields, 0},
    [TB_OP_PAD] = {"pad", pad_fields, 0},
    [TB_OP_ROUND] = {"round", round_fields, 0},
    [TB_OP_CIRCLE] = {"circle", no_fields, 0},
    [TB_OP_NORMALISE] = {"normalise", normalise_fields, 0},
    [TB_OP_TRIM] = {"trim", trim_fields, 0},
    [TB_OP_SHARPEN] = {"sharpen", sharpen_fields, 0},
    [TB_OP_PIXELATE] = {"pixelate", pixelate_fields, 0},
    [TB_OP_CONVOLVE] = {"convolve", convolve_fields, 0},
    [TB_OP_MEDIAN] = {"median", no_fields, 0},
};

#define OPS (sizeof ops / sizeof *ops)

static field output_fields[] = {
    FIELD(tb_output, "format", format, WORD, 0, 0, tb_format_words),
    FIELD(tb_output, "quality", quality, INT, 1, 100, NULL),
    FIELD(tb_output, "progressive", progressive, BOOL, 0, 0, NULL),
    FIELD(tb_output, "optimize", optimize, BOOL, 0, 0, NULL),
    FIELD(tb_output, "level", level, INT, 0, 9, NULL),
    FIELD(tb_output, "filter", filter, WORD, 0, 0, filters),
    FIELD(tb_output, "method", method, INT, 0, 6, NULL),
    FIELD(tb_output, "lossless", lossless, BOOL, 0, 0, NULL),
    FIELD(tb_output, "effort", effort, INT, 0, 10, NULL),
    FIELD(tb_output, "bitdepth", bitdepth, INT, 1, 8, NULL),
    FIELD(tb_output, "dither", dither, REAL, 0, 1, NULL),
    FIELD(tb_output, "compression", compression, WORD, 0, 0, compressions),
    FIELD(tb_output, "background", background, COLOUR3, 0, 0, NULL),
    FIELD(tb_output, "keep", keep, WORDS, 0, 0, keeps),
    {0},
};

static field want_fields[] = {
    FIELD(tb_want, "thumbhash", thumb_hash, BOOL, 0, 0, NULL),
    FIELD(tb_want, "average", average, BOOL, 0, 0, NULL),
    FIELD(tb_want, "dominant", dominant, BOOL, 0, 0, NULL),
    FIELD(tb_want, "blurhash_across", blur_across, INT, 0, 9, NULL),
    FIELD(tb_want, "blurhash_down", blur_down, INT, 0, 9, NULL),
    FIELD(tb_want, "palette", swatches, INT, 0, TB_MAX_SWATCHES, NULL),
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
    FIELD(tb_settings, "lane", lane, WORD, 0, 0, tb_lane_words),
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

static field picture_fields[] = {
    FIELD(tb_picture, "orient", orient, BOOL, 0, 0, NULL),
    FIELD(tb_picture, "keep_truncated", keep_truncated, BOOL, 0, 0, NULL),
    {0},
};

static void load_fields(ErlNifEnv *env, field *f)
{
    for (; f->name; f++)
        f->atom = enif_make_atom(env, f->name);
}

void tb_term_load(ErlNifEnv *env)
{
    tb_word *words[] = {fits, kernels, directions, filters, blends, keeps, extends, compressions};
    field *fields[] = {output_fields, want_fields, limit_fields, setting_fields, picture_fields};

    tb_atoms_load(env);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        tb_words_load(env, words[i]);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        load_fields(env, fields[i]);
    for (size_t i = 0; i < OPS; i++) {
        ops[i].atom = enif_make_atom(env, ops[i].name);
        load_fields(env, ops[i].fields);
    }
}

/* ----------------------------------------------------------------- reading */

static bool read_word(ERL_NIF_TERM term, const tb_word *words, int *out)
{
    for (int i = 0; words[i].name; i++)
        if (enif_is_identical(term, words[i].atom)) {
            *out = i;
            return true;
        }
    return false;
}

/* A list of words, as bits. */
static bool read_words(ErlNifEnv *env, ERL_NIF_TERM list, const tb_word *words, uint32_t *bits)
{
    ERL_NIF_TERM head;
    int index;

    *bits = 0;
    while (enif_get_list_cell(env, list, &head, &list)) {
        if (!read_word(head, words, &index))
            return false;
        *bits |= 1u << index;
    }
    return enif_is_empty_list(env, list);
}

static bool read_bool(ERL_NIF_TERM term, bool *out)
{
    *out = enif_is_identical(term, tb_atom.true_);
    return *out || enif_is_identical(term, tb_atom.false_);
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

/* Whole: pixels, in the field's range; a float: a part, 0 to 1. */
static bool read_length(ErlNifEnv *env, ERL_NIF_TERM term, const field *f, tb_length *out)
{
    int pixels;

    out->part = enif_get_double(env, term, &out->n);
    if (out->part)
        return out->n >= 0 && out->n <= 1;
    if (!enif_get_int(env, term, &pixels))
        return false;
    out->n = pixels;
    return out->n >= f->least && out->n <= f->most;
}

/* The numbers of a square, row by row. */
static bool read_kernel(ErlNifEnv *env, ERL_NIF_TERM list, const field *f, tb_stencil_kernel *out)
{
    ERL_NIF_TERM head;
    double value;
    int n = 0;

    for (; enif_get_list_cell(env, list, &head, &list); n++) {
        if (n == TB_STENCIL_WEIGHTS || !read_real(env, head, f, &value))
            return false;
        out->weight[n] = (float)value;
    }
    out->side = n == 9 ? 3 : n == 25 ? 5 : 7;
    return enif_is_empty_list(env, list) && n == out->side * out->side;
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
    case WORDS:
        return read_words(env, term, f->words, to);
    case COLOUR3:
        return read_colour(env, term, 3, to);
    case COLOUR4:
        return read_colour(env, term, 4, to);
    case LENGTH:
        return read_length(env, term, f, to);
    case KERNEL:
        return read_kernel(env, term, f, to);
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
        return (op->crop.x.n < 0) == (op->crop.y.n < 0);
    case TB_OP_ROTATE:
        return op->rotate.angle % 90 == 0;
    case TB_OP_NORMALISE:
        return op->normalise.low < op->normalise.high;
    default:
        return true;
    }
}

static bool read_ops(ErlNifEnv *env, ERL_NIF_TERM list, tb_pipe *pipe)
{
    ERL_NIF_TERM head;

    for (; enif_get_list_cell(env, list, &head, &list); pipe->count++)
        if (pipe->count == TB_MAX_OPS || !read_op(env, head, &pipe->op[pipe->count]) ||
            !op_makes_sense(&pipe->op[pipe->count]))
            return false;
    return enif_is_empty_list(env, list);
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
    return read_fields(env, map, output_fields, out) && read_chroma(env, map, &out->chroma);
}

static bool read_formats(ErlNifEnv *env, ERL_NIF_TERM map, uint32_t *bits)
{
    ERL_NIF_TERM list;

    return enif_get_map_value(env, map, tb_atom.formats, &list) &&
           read_words(env, list, tb_format_words, bits);
}

bool tb_term_limits(ErlNifEnv *env, ERL_NIF_TERM map, tb_limits *limits)
{
    return read_fields(env, map, limit_fields, limits) && read_formats(env, map, &limits->formats);
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

    return enif_get_map_value(env, map, tb_atom.ops, &list) && read_ops(env, list, layer) &&
           overlays_are_there(layer, 0);
}

static bool read_picture(ErlNifEnv *env, ERL_NIF_TERM map, tb_picture *p)
{
    ERL_NIF_TERM limits;

    return enif_get_map_value(env, map, tb_atom.limits, &limits) && tb_term_limits(env, limits, &p->limits) &&
           read_fields(env, map, picture_fields, p);
}

static bool read_pipe(ErlNifEnv *env, ERL_NIF_TERM map, tb_pipe *pipe)
{
    ERL_NIF_TERM list, output;

    return enif_get_map_value(env, map, tb_atom.ops, &list) && read_ops(env, list, pipe) &&
           enif_get_map_value(env, map, tb_atom.output, &output) && read_output(env, output, &pipe->output) &&
           read_fields(env, output, want_fields, &pipe->want) &&
           !pipe->want.blur_across == !pipe->want.blur_down;
}

/* Of 1 to `most`. */
static bool list_in(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key, unsigned most, ERL_NIF_TERM *list,
                    unsigned *n)
{
    return enif_get_map_value(env, map, key, list) && enif_get_list_length(env, *list, n) && *n >= 1 &&
           *n <= most;
}

bool tb_term_plan(ErlNifEnv *env, ERL_NIF_TERM term, tb_task *t)
{
    ERL_NIF_TERM pictures, pipes, settings, head;
    unsigned in, out;
    tb_plan *plan = &t->job.plan;

    if (!list_in(env, term, tb_atom.pictures, TB_MAX_PICTURES, &pictures, &in) ||
        !list_in(env, term, tb_atom.pipes, TB_MAX_PIPES, &pipes, &out) ||
        !enif_get_map_value(env, term, tb_atom.settings, &settings) ||
        !read_fields(env, settings, setting_fields, &t->settings) ||
        !tb_job_open(&t->job, &t->world->heap, (int)in, (int)out))
        return false;
    t->settings.timeout *= 1000;
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
    return enif_is_identical(term, tb_atom.next) ? TB_ASK_NEXT : TB_ASK_NONE;
}

/* The other way round, for tb_default_limits. */
static uint64_t limit_value(const tb_limits *l, const field *f)
{
    const char *at = (const char *)l + f->at;

    return f->kind == U32 ? *(const uint32_t *)(const void *)at : *(const uint64_t *)(const void *)at;
}

ERL_NIF_TERM tb_term_of_limits(ErlNifEnv *env, const tb_limits *l)
{
    ERL_NIF_TERM list = enif_make_list(env, 0);
    ERL_NIF_TERM map = enif_make_new_map(env);

    for (const field *f = limit_fields; f->name; f++)
        enif_make_map_put(env, map, f->atom, enif_make_uint64(env, limit_value(l, f)), &map);
    for (int i = TB_FORMATS - 1; i > 0; i--)
        if (l->formats & (1u << i))
            list = enif_make_list_cell(env, tb_format_words[i].atom, list);
    enif_make_map_put(env, map, tb_atom.formats, list, &map);
    return map;
}
