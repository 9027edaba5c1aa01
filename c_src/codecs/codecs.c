/* codecs.c - which codec serves which format, and of what make it is. */
#include "codecs.h"
#include "webp/webp_mem.h"
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

void tb_codecs_load(void)
{
    tb_webp_mem_load();
}

const tb_stage_ops *tb_decoder_of(tb_format f)
{
    return f == TB_JPEG ? &tb_jpeg_dec : f == TB_PNG ? &tb_png_dec : f == TB_WEBP ? &tb_webp_dec : NULL;
}

const tb_stage_ops *tb_encoder_of(tb_format f)
{
    return f == TB_JPEG ? &tb_jpeg_enc : f == TB_PNG ? &tb_png_enc : f == TB_WEBP ? &tb_webp_enc : NULL;
}

bool tb_encodes(tb_format f, const tb_output *how)
{
    return tb_encoder_of(f) && !(f == TB_PNG && how->palette);
}

bool tb_holds_frames(tb_format f)
{
    return f == TB_GIF || f == TB_WEBP || f == TB_TIFF;
}

bool tb_decodes(const tb_header *h)
{
    if (h->format == TB_JPEG)
        return h->components != 4;
    if (h->format == TB_WEBP)
        return !h->animated;
    return tb_decoder_of(h->format) != NULL;
}

void tb_codec_version(tb_format f, char text[TB_VERSION])
{
    int webp = WebPGetDecoderVersion();

    text[0] = 0;
    if (f == TB_JPEG)
        snprintf(text, TB_VERSION, "libjpeg-turbo %s", TEXT(LIBJPEG_TURBO_VERSION));
    else if (f == TB_PNG)
        snprintf(text, TB_VERSION, "libpng %s", png_get_libpng_ver(NULL));
    else if (f == TB_WEBP)
        snprintf(text, TB_VERSION, "libwebp %d.%d.%d", webp >> 16, webp >> 8 & 255, webp & 255);
}
