/* term_field.h - a row of a table says how a value of an Erlang map becomes a field
 * of a struct.
 *
 * The face in Elixir has checked all of it already, with better sentences; here
 * it is checked again, because a NIF trusts nobody. */
#ifndef TB_TERM_FIELD_H
#define TB_TERM_FIELD_H

#include "atoms.h"
#include "term.h"

typedef enum { INT, U32, U64, BOOL, REAL, WORD, WORDS, COLOUR3, COLOUR4, LENGTH, SIDE, KERNEL } tb_kind;

/* A key of a map, and the field of a struct it fills; a table ends with a row without a name. */
typedef struct {
    const char *name;
    tb_kind kind;
    size_t at;
    double least, most;
    const tb_word *words;
    ERL_NIF_TERM atom; /* set at load */
} tb_field;

#define FIELD(type, key, member, kind, least, most, words)                                                   \
    {                                                                                                        \
        key, kind, offsetof(type, member), least, most, words, 0                                             \
    }

/* Makes the atoms of a table. */
void tb_fields_load(ErlNifEnv *env, tb_field *table);

/* Every field must be there, and in its range. */
bool tb_fields_read(ErlNifEnv *env, ERL_NIF_TERM map, const tb_field *table, void *to);

/* A list of some of the words, as bits. */
bool tb_words_read(ErlNifEnv *env, ERL_NIF_TERM list, const tb_word *words, uint32_t *bits);

#endif
