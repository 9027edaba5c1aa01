/* atoms.h - every atom there is, made at load. */
#ifndef TB_ATOMS_H
#define TB_ATOMS_H

#include "../header.h"
#include <erl_nif.h>

/* A value of an enum by its name; a table ends with a row without one. */
typedef struct {
    const char *name;
    ERL_NIF_TERM atom;
} tb_word;

extern tb_word tb_lane_words[];   /* in the order of tb_lane */
extern tb_word tb_format_words[]; /* in the order of tb_format; TB_UNKNOWN is `same` */

/* clang-format off */
#define TB_ATOMS(X) \
    X(ok) X(error) X(hungry) X(wait) X(asleep) X(called) X(chunk) X(pieces) X(eof) X(next) X(true_) X(false_) X(ops) X(output) \
    X(limits) X(settings) X(formats) X(chroma) X(lane) X(slices) X(hops) X(longest_slice) X(cpu) \
    X(wall) X(queue) X(peak_bytes) X(bytes_in) X(bytes_out) X(format) X(width) X(height) \
    X(decoded_width) X(decoded_height) X(width_out) X(height_out) X(format_out) X(warnings) \
    X(slice_histogram) X(blocked) X(us_250) X(us_500) X(ms_1) X(ms_5) X(more) X(channels) X(depth) \
    X(orientation) X(frames) X(progressive) X(lossless) X(alpha) X(animated) X(dpi_x) X(dpi_y) \
    X(icc) X(icc_name) X(exif) X(xmp) X(gps) X(decoded_bytes) X(live) X(started) X(finished) X(failed) X(cancelled) X(bytes) X(inline_) \
    X(yield) X(dirty) X(mixed) X(corrupt) X(truncated) X(unsupported) X(limit) X(no_memory) X(timeout) \
    X(unknown) X(stored_width) X(stored_height) X(stages) X(shrink) X(region) X(planes) X(read) X(write) \
    X(libraries) X(nil) X(pictures) X(pipes) X(found) X(thumbhash) X(blurhash) X(phash) X(average) X(dominant) X(palette) X(quality_out) X(frames_out) X(delays) X(loop) \
    X(text)
/* clang-format on */

typedef struct {
#define X(name) ERL_NIF_TERM name;
    TB_ATOMS(X)
#undef X
} tb_atoms;

extern tb_atoms tb_atom;

void tb_atoms_load(ErlNifEnv *env);
void tb_words_load(ErlNifEnv *env, tb_word *words);

#endif
