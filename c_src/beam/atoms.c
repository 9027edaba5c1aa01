/* atoms.c - made once, at load, and only read after. */
#include "atoms.h"

tb_atoms tb_atom;

tb_word tb_lane_words[] = {{"auto", 0}, {"yield", 0}, {"dirty", 0}, {NULL, 0}};
tb_word tb_format_words[] = {{"same", 0}, {"jpeg", 0}, {"png", 0},  {"webp", 0}, {"gif", 0}, {"tiff", 0},
                             {"heif", 0}, {"avif", 0}, {"jxl", 0},  {"jp2", 0},  {"svg", 0}, {"pdf", 0},
                             {"bmp", 0},  {"ppm", 0},  {"text", 0}, {NULL, 0}};

void tb_words_load(ErlNifEnv *env, tb_word *words)
{
    for (; words->name; words++)
        words->atom = enif_make_atom(env, words->name);
}

void tb_atoms_load(ErlNifEnv *env)
{
#define X(name) tb_atom.name = enif_make_atom(env, #name);
    TB_ATOMS(X)
#undef X
    tb_atom.true_ = enif_make_atom(env, "true"); /* words that C has taken */
    tb_atom.false_ = enif_make_atom(env, "false");
    tb_atom.inline_ = enif_make_atom(env, "inline");
    tb_words_load(env, tb_lane_words);
    tb_words_load(env, tb_format_words);
}
