/* estimate.h - bytes that libvips takes, at the most: it does not say. */
#ifndef TB_ESTIMATE_H
#define TB_ESTIMATE_H

#include "../codecs/codecs.h"
#include "change.h"

/* A pixel of a whole picture; 0 where it comes in strips. */
static inline double tb_vips_whole(tb_format f)
{
    switch (f) {
    case TB_HEIF:
    case TB_AVIF:
        return 10; /* planes of the codec and their copy as RGB */
    case TB_JXL:
        return 20; /* floats, a part of it at a time */
    case TB_JP2:
        return 16; /* tiles, mostly one, of 32 bits a sample */
    case TB_GIF:
        return 5;
    case TB_WEBP:
        return 8;
    case TB_TEXT:
    case TB_PDF:
    case TB_SVG:
        return 24; /* what is drawn on, of filters several */
    default:
        return 0;
    }
}

static inline double tb_vips_memory_of_decode(const tb_decode *d)
{
    const tb_header *h = d->header;
    double bytes = h->depth > 16  ? 4
                   : h->depth > 8 ? 2
                                  : 1,
           sample = bytes * (h->components > 0 ? h->components : 4);
    double width = d->draw_width ? d->draw_width : h->width,
           height = d->draw_width ? d->draw_height : h->height;
    double whole = width * height * tb_vips_whole(h->format);
    double tall = h->format == TB_JPEG && h->progressive ? 8.0 * h->width * h->height : 0;

    return 1e6 + whole + tall + 300.0 * width * (sample + 4);
}

/* Of so many pictures of that shape: one at a time, and the file. */
static inline double tb_vips_memory_of_encode(const tb_output *how, tb_shape shape, int frames)
{
    double n = (double)shape.width * shape.height, file = frames > 1 ? 0.5 * n * frames : 0;

    switch (how->format) {
    case TB_AVIF:
        return 26e6 + 22 * n;
    case TB_HEIF:
        return 10e6 + 30 * n;
    case TB_JXL:
        return 10e6 + 85 * n;
    case TB_JP2:
        return 4e6 + 8 * n;
    case TB_GIF:
    case TB_PNG: /* of a palette */
        return 4e6 + 25 * n + file;
    default:
        return 2e6 + 6 * n + file;
    }
}

/* Beside the picture itself: tiles of it, or rows, as floats. */
static inline double tb_vips_memory_of_change(const tb_change_args *how, tb_shape in)
{
    double row = (double)in.width * in.channels;

    switch (how->kind) {
    case TB_CHANGE_SMART_CROP:
        return 4e6 + 600 * row;
    default:
        return 4e6 + 600 * row;
    }
}

#endif
