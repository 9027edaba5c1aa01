/* squeeze.h - a sink that makes a file of at most so many bytes. */
#ifndef TB_SQUEEZE_H
#define TB_SQUEEZE_H

#include "codecs.h"

/* Encodes at the highest quality, of 1 to that of `encode.how`, at which the file has at most
 * how->max_bytes; once, where the format knows no quality. */
typedef struct {
    const tb_stage_ops *encoder;
    tb_encode encode;
    int *quality;      /* told: the one that was taken */
    tb_error *refused; /* told, where none will do: then the stage is done, without any bytes */
} tb_squeeze_args;

/* In the place of an encoder of one in, and of one that takes planes. */
extern const tb_stage_ops tb_squeeze, tb_squeeze_planes;

/* About how often it encodes. */
int tb_squeeze_tries(const tb_output *how);

/* Fails: it is longer than how->max_bytes, also where the quality is the least. */
void tb_squeeze_refuse(const tb_output *how, tb_error *err);

/* The quality shows in the file. */
bool tb_has_quality(const tb_output *how);

#endif
