/* heif.c - libvips knows libheif, we do not: it is found among what is loaded. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "heif.h"
#include <dlfcn.h>

enum { HEVC = 1, AV1 = 4 }; /* heif_compression_format */

static bool has(const char *function, tb_format f)
{
    union {
        void *address;
        int (*have)(int codec);
    } ask = {dlsym(RTLD_DEFAULT, function)};

    if (!ask.address || (f != TB_HEIF && f != TB_AVIF))
        return true;
    return ask.have(f == TB_HEIF ? HEVC : AV1) != 0;
}

bool tb_heif_decodes(tb_format f)
{
    return has("heif_have_decoder_for_format", f);
}

bool tb_heif_encodes(tb_format f)
{
    return has("heif_have_encoder_for_format", f);
}
