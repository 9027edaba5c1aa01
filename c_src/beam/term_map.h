/* term_map.h - the maps that tell of a job, and what is in more than one of them; private to term_*.c. */
#ifndef TB_TERM_MAP_H
#define TB_TERM_MAP_H

#include "../job.h"
#include "atoms.h"
#include <assert.h>
#include <string.h>

/* A map on its way, of at most TB_MOST_KEYS keys. */
#define TB_MOST_KEYS 32

typedef struct {
    ErlNifEnv *env;
    ERL_NIF_TERM key[TB_MOST_KEYS], value[TB_MOST_KEYS];
    unsigned count;
} tb_map;

static inline void tb_put(tb_map *m, ERL_NIF_TERM key, ERL_NIF_TERM value)
{
    assert(m->count < TB_MOST_KEYS);
    m->key[m->count] = key;
    m->value[m->count++] = value;
}

static inline void tb_put_whole(tb_map *m, ERL_NIF_TERM key, uint64_t value)
{
    tb_put(m, key, enif_make_uint64(m->env, value));
}

static inline void tb_put_bool(tb_map *m, ERL_NIF_TERM key, bool value)
{
    tb_put(m, key, value ? tb_atom.true_ : tb_atom.false_);
}

static inline ERL_NIF_TERM tb_made(const tb_map *m)
{
    ERL_NIF_TERM term = tb_atom.nil;

    enif_make_map_from_arrays(m->env, (ERL_NIF_TERM *)m->key, (ERL_NIF_TERM *)m->value, m->count, &term);
    return term;
}

/* The values alone, in the order in which they were put: a small job would feel the sorting of keys. */
static inline ERL_NIF_TERM tb_values(const tb_map *m)
{
    return enif_make_tuple_from_array(m->env, m->value, m->count);
}

static inline ERL_NIF_TERM tb_term_string(ErlNifEnv *env, const char *s)
{
    ERL_NIF_TERM term;
    size_t n = strlen(s);

    memcpy(enif_make_new_binary(env, n, &term), s, n);
    return term;
}

static inline ERL_NIF_TERM tb_term_format(tb_format f)
{
    return f == TB_UNKNOWN ? tb_atom.nil : tb_format_words[f].atom;
}

/* Its format, and its size as it will be seen. */
void tb_put_picture(tb_map *m, const tb_job *job);

/* The size at which it is decoded, and how many frames. */
void tb_put_route(tb_map *m, const tb_job *job);

/* What comes of pipe k, as Thumbelina.Stats.new/2 takes it. */
void tb_put_result(tb_map *m, const tb_plan *plan, int k);

ERL_NIF_TERM tb_term_warnings(ErlNifEnv *env, const tb_error *err);

/* Of ns. */
static inline uint64_t tb_micros(uint64_t ns)
{
    return (ns + 500) / 1000;
}

#endif
