/* term_field.c - values of Erlang maps into fields of structs. */
#include "term_field.h"

void tb_fields_load(ErlNifEnv *env, tb_field *f)
{
    for (; f->name; f++)
        f->atom = enif_make_atom(env, f->name);
}

static bool read_word(ERL_NIF_TERM term, const tb_word *words, int *out)
{
    for (int i = 0; words[i].name; i++)
        if (enif_is_identical(term, words[i].atom)) {
            *out = i;
            return true;
        }
    return false;
}

/* A list of words, as bits. More than there can be are not read. */
bool tb_words_read(ErlNifEnv *env, ERL_NIF_TERM list, const tb_word *words, uint32_t *bits)
{
    ERL_NIF_TERM head;
    int index;

    *bits = 0;
    for (size_t n = 0; n < 8 * sizeof *bits && enif_get_list_cell(env, list, &head, &list); n++) {
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

static bool read_real(ErlNifEnv *env, ERL_NIF_TERM term, const tb_field *f, double *out)
{
    return enif_get_double(env, term, out) && *out >= f->least && *out <= f->most;
}

/* A whole number, into an integer of the field's width. */
static bool read_whole(ErlNifEnv *env, ERL_NIF_TERM term, const tb_field *f, void *to)
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

/* Whole: pixels, in the field's range; a float: a part, 0 to 1, or of a side 10. */
static bool read_length(ErlNifEnv *env, ERL_NIF_TERM term, const tb_field *f, tb_length *out)
{
    int pixels;

    out->part = enif_get_double(env, term, &out->n);
    if (out->part)
        return out->n >= 0 && out->n <= (f->kind == SIDE ? 10 : 1);
    if (!enif_get_int(env, term, &pixels))
        return false;
    out->n = pixels;
    return out->n >= f->least && out->n <= f->most;
}

/* The numbers of a square, row by row. */
static bool read_kernel(ErlNifEnv *env, ERL_NIF_TERM list, const tb_field *f, tb_stencil_kernel *out)
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

static bool read_field(ErlNifEnv *env, ERL_NIF_TERM term, const tb_field *f, void *to)
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
        return tb_words_read(env, term, f->words, to);
    case COLOUR3:
        return read_colour(env, term, 3, to);
    case COLOUR4:
        return read_colour(env, term, 4, to);
    case LENGTH:
    case SIDE:
        return read_length(env, term, f, to);
    case KERNEL:
        return read_kernel(env, term, f, to);
    }
    return false;
}

bool tb_fields_read(ErlNifEnv *env, ERL_NIF_TERM map, const tb_field *f, void *to)
{
    ERL_NIF_TERM value;

    for (; f->name; f++)
        if (!enif_get_map_value(env, map, f->atom, &value) || !read_field(env, value, f, (char *)to + f->at))
            return false;
    return true;
}
