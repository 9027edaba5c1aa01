/* walk_formats.h - what the walks of the formats share; private to walk*.c.
 *
 * A walk of a format is a function that looks at the bytes from in->safe on and
 * does one thing: reads a chunk's head, or passes over bytes.  It moves on with
 * tb_walk_skip, or asks for more with TB_HUNGRY, having changed nothing.  What a
 * stream that ends there means is decided in one place, walk.c. */
#ifndef TB_WALK_FORMATS_H
#define TB_WALK_FORMATS_H

#include "walk.h"

/* How much a call may do, in bytes looked at; a chunk costs as much as so many. */
#define TB_WALK_WORK  (256L << 10)
#define TB_WALK_CHUNK (TB_WALK_WORK / 1000)

#define TB_MAX_SIDE    65500
#define TB_FRAMES_SEEN 100000000 /* more are not counted */
#define TB_SNIFF_XML   4096      /* bytes in which an SVG must begin, behind its comments */

typedef struct {
    bool sof;                    /* the frame header was read */
    bool jfif, adobe;            /* these markers were there */
    bool adobe_rgb, named_rgb;   /* what the latter, and the names of the components, say of three */
    bool icc_bad;                /* pieces that do not fit together */
    uint8_t icc_count, icc_here; /* pieces: as they say, as they came */
    uint32_t fill;               /* bytes */
} tb_walk_jpeg_state;

typedef struct {
    uint8_t type;                /* colour type */
    bool ihdr, plte, trns, iccp; /* were there */
    uint32_t palette;            /* entries */
} tb_walk_png_state;

typedef struct {
    uint64_t riff_end, frame_end; /* offsets; frame_end 0 outside of an ANMF */
    uint32_t frame_width, frame_height;
    uint8_t flags; /* of VP8X */
    bool vp8x, alph, exif;
} tb_walk_webp_state;

typedef struct {
    bool metadata;    /* the sub-blocks at hand are no picture */
    bool transparent; /* the frame to come has a transparent colour... */
    bool control;     /* ...was announced... */
    uint16_t delay;   /* ...and is shown for so many hundredths of a second */
} tb_walk_gif_state;

/* Lives in tb_walk.state between calls. */
typedef struct {
    tb_format format;
    int phase;    /* of the format's walk; 0 at first */
    bool picture; /* a picture has begun */
    bool whole;   /* the format's own end mark was passed */
    uint32_t chunks, blocks;
    uint64_t metadata; /* bytes so far */
    uint64_t skip;     /* bytes to pass over before the next look */
    union {
        tb_walk_jpeg_state jpeg;
        tb_walk_png_state png;
        tb_walk_webp_state webp;
        tb_walk_gif_state gif;
    };
} tb_walk_state;

/* One call of tb_walk_step. */
typedef struct {
    tb_walk *walk;
    tb_walk_state *state;
    const tb_limits *limits;
    tb_input *in;
    tb_header *header;
    tb_error *err;
    const char *name; /* of the format */
    long work;        /* left */
} tb_walker;

/* Could tb_sniff find a format with more bytes than these, where it found none? */
bool tb_sniff_more(const uint8_t *data, size_t size);

tb_status tb_walk_jpeg(tb_walker *k);
tb_status tb_walk_png(tb_walker *k);
tb_status tb_walk_webp(tb_walker *k);
tb_status tb_walk_gif(tb_walker *k);

static inline size_t tb_walk_left(const tb_walker *k)
{
    return k->in->end - k->in->safe;
}

/* The bytes not walked yet: tb_walk_left of them. */
static inline const uint8_t *tb_walk_here(const tb_walker *k)
{
    return tb_input_at(k->in, k->in->safe);
}

/* Moves on by n bytes, which need not be here yet. */
static inline tb_status tb_walk_skip(tb_walker *k, uint64_t n)
{
    size_t left = tb_walk_left(k), pass = n < left ? (size_t)n : left;

    k->in->safe += pass;
    k->state->skip = n - pass;
    return TB_MORE;
}

/* Counters and limits: each is TB_MORE, or TB_FAIL with the limit's name. */
tb_status tb_walk_size(tb_walker *k, uint64_t width, uint64_t height);
tb_status tb_walk_chunk(tb_walker *k);
tb_status tb_walk_block(tb_walker *k);
tb_status tb_walk_metadata(tb_walker *k, uint64_t bytes);

/* Metadata that is too long is left out, with a warning. */
bool tb_walk_fits(tb_walker *k, const char *what, uint64_t size, uint64_t limit, const char *option);

/* Is an EXIF of so many bytes short enough to be waited for whole? */
bool tb_walk_waits(const tb_walker *k, uint64_t size);

/* One frame more, shown for so many ms.  TB_MORE, or TB_FAIL for want of memory. */
tb_status tb_walk_frame(tb_walker *k, uint32_t ms);

/* Notes an EXIF of so many bytes that begins so many behind in->safe, all here. */
void tb_walk_exif(tb_walker *k, size_t from, size_t size);

static inline uint32_t tb_be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t tb_be32(const uint8_t *p)
{
    return tb_be16(p) << 16 | tb_be16(p + 2);
}

static inline uint32_t tb_le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static inline uint32_t tb_le24(const uint8_t *p)
{
    return (uint32_t)p[2] << 16 | tb_le16(p);
}

static inline uint32_t tb_le32(const uint8_t *p)
{
    return tb_le16(p + 2) << 16 | tb_le16(p);
}

#endif
