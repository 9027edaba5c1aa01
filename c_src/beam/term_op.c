/* term_op.c - Erlang terms to operations, by tables: one row a field. */
#include "term_field.h"
#include <math.h>

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
static tb_word smarts[] = {{"none", 0}, {"attention", 0}, {"entropy", 0}, {NULL, 0}};
static tb_word interpolators[] = {{"nearest", 0}, {"bilinear", 0}, {"bicubic", 0},
                                  {"lbb", 0},     {"nohalo", 0},   {NULL, 0}};

/* As Thumbelina.Options sends one: of the operation's `gravity`. */
#define GRAVITY(op)                                                                                          \
    FIELD(tb_op, "gravity_x", op.gravity.x, REAL, 0, 1, NULL),                                               \
        FIELD(tb_op, "gravity_y", op.gravity.y, REAL, 0, 1, NULL),                                           \
        FIELD(tb_op, "gravity_focal", op.gravity.focal, BOOL, 0, 0, NULL)

#define BACKGROUND(op)                                                                                       \
    FIELD(tb_op, "background", op.background.colour, COLOUR4, 0, 0, NULL),                                   \
        FIELD(tb_op, "auto", op.background.fits, BOOL, 0, 0, NULL)

static tb_field resize_fields[] = {
    FIELD(tb_op, "width", resize.width, SIDE, 0, 65500, NULL),
    FIELD(tb_op, "height", resize.height, SIDE, 0, 65500, NULL),
    FIELD(tb_op, "fit", resize.fit, WORD, 0, 0, fits),
    FIELD(tb_op, "kernel", resize.kernel, WORD, 0, 0, kernels),
    GRAVITY(resize),
    FIELD(tb_op, "smart", resize.smart, WORD, 0, 0, smarts),
    FIELD(tb_op, "dpr", resize.dpr, REAL, 0.1, 10, NULL),
    FIELD(tb_op, "enlarge", resize.enlarge, BOOL, 0, 0, NULL),
    FIELD(tb_op, "reduce", resize.reduce, BOOL, 0, 0, NULL),
    FIELD(tb_op, "linear", resize.linear, BOOL, 0, 0, NULL),
    BACKGROUND(resize),
    {0},
};

static tb_field crop_fields[] = {
    FIELD(tb_op, "x", crop.x, LENGTH, -1, 65500, NULL),
    FIELD(tb_op, "y", crop.y, LENGTH, -1, 65500, NULL),
    FIELD(tb_op, "width", crop.width, LENGTH, 1, 65500, NULL),
    FIELD(tb_op, "height", crop.height, LENGTH, 1, 65500, NULL),
    GRAVITY(crop),
    FIELD(tb_op, "smart", crop.smart, WORD, 0, 0, smarts),
    {0},
};

static tb_field flip_fields[] = {FIELD(tb_op, "direction", flip.direction, WORD, 0, 0, directions), {0}};
static tb_field rotate_fields[] = {FIELD(tb_op, "angle", rotate.angle, INT, 90, 270, NULL), {0}};
static tb_field blur_fields[] = {FIELD(tb_op, "sigma", blur.sigma, REAL, 0.1, 100, NULL), {0}};
static tb_field brighten_fields[] = {FIELD(tb_op, "add", brighten.add, INT, -255, 255, NULL), {0}};
static tb_field factor_fields[] = {FIELD(tb_op, "factor", look.by, REAL, 0, 10, NULL), {0}};
static tb_field saturation_fields[] = {FIELD(tb_op, "factor", look.saturation, REAL, 0, 10, NULL), {0}};
static tb_field hue_fields[] = {FIELD(tb_op, "angle", look.angle, REAL, -360, 360, NULL), {0}};
static tb_field gamma_fields[] = {FIELD(tb_op, "exponent", look.by, REAL, 0.1, 10, NULL), {0}};
static tb_field sepia_fields[] = {FIELD(tb_op, "strength", look.by, REAL, 0, 1, NULL), {0}};
static tb_field tint_fields[] = {FIELD(tb_op, "colour", look.colour, COLOUR3, 0, 0, NULL), {0}};
static tb_field threshold_fields[] = {FIELD(tb_op, "level", look.by, REAL, 0, 255, NULL), {0}};
static tb_field opacity_fields[] = {FIELD(tb_op, "factor", look.by, REAL, 0, 1, NULL), {0}};
static tb_field flatten_fields[] = {FIELD(tb_op, "background", look.colour, COLOUR3, 0, 0, NULL), {0}};
static tb_field modulate_fields[] = {
    FIELD(tb_op, "brightness", look.by, REAL, 0, 10, NULL),
    FIELD(tb_op, "saturation", look.saturation, REAL, 0, 10, NULL),
    FIELD(tb_op, "hue", look.angle, REAL, -360, 360, NULL),
    {0},
};

static tb_field composite_fields[] = {
    FIELD(tb_op, "picture", composite.picture, INT, 1, TB_MAX_PICTURES - 1, NULL),
    GRAVITY(composite),
    FIELD(tb_op, "x", composite.x, INT, -65500, 65500, NULL),
    FIELD(tb_op, "y", composite.y, INT, -65500, 65500, NULL),
    FIELD(tb_op, "scale", composite.scale, REAL, 0, 10, NULL),
    FIELD(tb_op, "tile", composite.tile, BOOL, 0, 0, NULL),
    FIELD(tb_op, "opacity", composite.opacity, REAL, 0, 1, NULL),
    FIELD(tb_op, "blend", composite.blend, WORD, 0, 0, blends),
    {0},
};

static tb_field extend_fields[] = {
    FIELD(tb_op, "left", extend.left, INT, 0, 65500, NULL),
    FIELD(tb_op, "right", extend.right, INT, 0, 65500, NULL),
    FIELD(tb_op, "top", extend.top, INT, 0, 65500, NULL),
    FIELD(tb_op, "bottom", extend.bottom, INT, 0, 65500, NULL),
    FIELD(tb_op, "mode", extend.mode, WORD, 0, 0, extends),
    BACKGROUND(extend),
    {0},
};

static tb_field pad_fields[] = {
    FIELD(tb_op, "width", pad.width, INT, 0, 65500, NULL),
    FIELD(tb_op, "height", pad.height, INT, 0, 65500, NULL),
    GRAVITY(pad),
    BACKGROUND(pad),
    {0},
};

static tb_field round_fields[] = {FIELD(tb_op, "radius", round.radius, LENGTH, 1, 65500, NULL), {0}};
static tb_field normalise_fields[] = {
    FIELD(tb_op, "low", normalise.low, REAL, 0, 50, NULL),
    FIELD(tb_op, "high", normalise.high, REAL, 50, 100, NULL),
    {0},
};
static tb_field trim_fields[] = {
    FIELD(tb_op, "threshold", trim.threshold, INT, 0, 255, NULL),
    FIELD(tb_op, "corner", trim.corner, BOOL, 0, 0, NULL),
    FIELD(tb_op, "background", trim.background, COLOUR4, 0, 0, NULL),
    {0},
};
static tb_field pixelate_fields[] = {FIELD(tb_op, "size", pixelate.size, INT, 1, 1000, NULL), {0}};
static tb_field sharpen_fields[] = {
    FIELD(tb_op, "sigma", sharpen.sigma, REAL, 0.1, 10, NULL),
    FIELD(tb_op, "flat", sharpen.flat, REAL, 0, 10, NULL),
    FIELD(tb_op, "jagged", sharpen.jagged, REAL, 0, 10, NULL),
    FIELD(tb_op, "threshold", sharpen.threshold, REAL, 0, 100, NULL),
    FIELD(tb_op, "brighter", sharpen.brighter, REAL, 0, 100, NULL),
    FIELD(tb_op, "darker", sharpen.darker, REAL, 0, 100, NULL),
    {0},
};
static tb_field convolve_fields[] = {
    FIELD(tb_op, "kernel", convolve, KERNEL, -1e6, 1e6, NULL),
    FIELD(tb_op, "scale", convolve.scale, REAL, 0, 1e6, NULL),
    FIELD(tb_op, "offset", convolve.offset, REAL, -1e6, 1e6, NULL),
    {0},
};
static tb_field affine_fields[] = {
    FIELD(tb_op, "a", affine.how.a, REAL, -TB_AFFINE_MOST, TB_AFFINE_MOST, NULL),
    FIELD(tb_op, "b", affine.how.b, REAL, -TB_AFFINE_MOST, TB_AFFINE_MOST, NULL),
    FIELD(tb_op, "c", affine.how.c, REAL, -TB_AFFINE_MOST, TB_AFFINE_MOST, NULL),
    FIELD(tb_op, "d", affine.how.d, REAL, -TB_AFFINE_MOST, TB_AFFINE_MOST, NULL),
    FIELD(tb_op, "interpolator", affine.how.interpolator, WORD, 0, 0, interpolators),
    BACKGROUND(affine),
    {0},
};
static tb_field clahe_fields[] = {
    FIELD(tb_op, "width", clahe.width, LENGTH, 1, 65500, NULL),
    FIELD(tb_op, "height", clahe.height, LENGTH, 1, 65500, NULL),
    FIELD(tb_op, "slope", clahe.slope, INT, 0, 100, NULL),
    {0},
};
static tb_field no_fields[] = {{0}};

/* By tb_op_kind. */
static struct {
    const char *name;
    tb_field *fields;
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
    [TB_OP_AFFINE] = {"affine", affine_fields, 0},
    [TB_OP_CLAHE] = {"clahe", clahe_fields, 0},
    [TB_OP_EQUALISE] = {"equalise", no_fields, 0},
};

#define OPS (sizeof ops / sizeof *ops)

void tb_term_ops_load(ErlNifEnv *env)
{
    tb_word *words[] = {fits, kernels, directions, blends, extends, smarts, interpolators};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        tb_words_load(env, words[i]);
    for (size_t i = 0; i < OPS; i++) {
        ops[i].atom = enif_make_atom(env, ops[i].name);
        tb_fields_load(env, ops[i].fields);
    }
}

static bool read_op(ErlNifEnv *env, ERL_NIF_TERM term, tb_op *op)
{
    const ERL_NIF_TERM *part;
    int arity;

    if (!enif_get_tuple(env, term, &arity, &part) || arity != 2)
        return false;
    for (size_t i = 0; i < OPS; i++)
        if (enif_is_identical(part[0], ops[i].atom)) {
            *op = (tb_op){.kind = (tb_op_kind)i};
            return tb_fields_read(env, part[1], ops[i].fields, op);
        }
    return false;
}

/* What the table's ranges cannot say. */
static bool op_makes_sense(const tb_op *op)
{
    switch (op->kind) {
    case TB_OP_RESIZE:
        return op->resize.width.n > 0 || op->resize.height.n > 0;
    case TB_OP_CROP:
        return (op->crop.x.n < 0) == (op->crop.y.n < 0) && (op->crop.x.n < 0 || !op->crop.smart);
    case TB_OP_ROTATE:
        return op->rotate.angle % 90 == 0;
    case TB_OP_NORMALISE:
        return op->normalise.low < op->normalise.high;
    case TB_OP_AFFINE:
        return fabs(op->affine.how.a * op->affine.how.d - op->affine.how.b * op->affine.how.c) >=
               TB_AFFINE_LEAST;
    default:
        return true;
    }
}

bool tb_term_ops(ErlNifEnv *env, ERL_NIF_TERM list, tb_pipe *pipe)
{
    ERL_NIF_TERM head;

    for (; enif_get_list_cell(env, list, &head, &list); pipe->count++)
        if (pipe->count == TB_MAX_OPS || !read_op(env, head, &pipe->op[pipe->count]) ||
            !op_makes_sense(&pipe->op[pipe->count]))
            return false;
    return enif_is_empty_list(env, list);
}
