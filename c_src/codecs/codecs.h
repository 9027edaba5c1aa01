/* codecs.h - every decoder and encoder there is, and what each wants to know. */
#ifndef TB_CODECS_H
#define TB_CODECS_H

#include "../bytes.h"
#include "../header.h"
#include "../input.h"
#include "../meta.h"
#include "../stage.h"

typedef struct {
    int x, y, width, height;
} tb_rect;

/* Along an axis of so many pixels, a part of it is made of whole steps: none reaches out of it. */
static inline bool tb_holds_steps(int step, int first, int size, int whole)
{
    return first % step == 0 && (size % step == 0 || first + size == whole);
}

/* May each step become a sample, of which `out` are made?  The last step may hold fewer pixels than the others,
 * and weighs as much: that shows where few are made of few. */
static inline bool tb_fills_steps(int step, int first, int size, int whole, int out)
{
    int missing = first + size < whole ? 0 : (step - whole % step) % step;

    return 100 * missing <= (int64_t)size * out;
}

/* Of every decoder: a source stage whose out has the size of `region`, and the
 * channels of the header.  It refuses bytes whose codec sees another size than
 * the header says. */
typedef struct {
    tb_input *input; /* borrowed, as all here */
    const tb_header *header;
    const tb_limits *limits;
    bool keep_truncated; /* rows that are missing are made up (grey, or clear) */
    int shrink;          /* JPEG: 1, 2, 4 or 8, by DCT scaling; else 1 */
    int chroma_shrink;   /* JPEG in planes: of Cb and Cr, as they are stored; 0 = as libjpeg has it */
    tb_rect region;      /* of the shrunk picture, whose sides are rounded up, or of the drawn one */
    int draw_width;      /* SVG, PDF: drawn at that size; 0 = at its own */
    int draw_height;
    int first, frames,
        frame; /* frames that are used, from that one on, and which of them; 0, 0, 0 = the first */
} tb_decode;

extern const tb_stage_ops tb_jpeg_dec, tb_png_dec, tb_webp_dec;

/* Of a JPEG whose header tells its chroma: Y, Cb and Cr as they are stored, a ring of
 * one channel each, of the region's rows, but all columns. */
extern const tb_stage_ops tb_jpeg_planes_dec;

/* The same of a WebP that is lossy and has no alpha. */
extern const tb_stage_ops tb_webp_planes_dec;

/* By how much Cb and Cr are shrunk: by itself, libjpeg shrinks less what has half of the
 * samples both ways. */
static inline int tb_jpeg_chroma_shrink(const tb_decode *d)
{
    bool half = d->header->chroma_x == 2 && d->header->chroma_y == 2;

    return d->chroma_shrink ? d->chroma_shrink : half && d->shrink > 1 ? d->shrink / 2 : d->shrink;
}

/* Pixels of the shrunk picture to a sample of Cb and Cr, given how many they are of
 * the stored one. */
static inline int tb_jpeg_chroma(const tb_decode *d, int step)
{
    return step * tb_jpeg_chroma_shrink(d) / d->shrink;
}

/* What shrinking by so much leaves to the kernel, at least: it is a filter of the DCT's
 * making, and at 1/8 no better than a box; the kernel knows better.  Where Y stays apart
 * from Cb and Cr it may be less, for these are not upsampled first. */
static inline double tb_jpeg_left(int shrink, bool apart)
{
    return shrink == 8 ? (apart ? 1.75 : 2.25) : shrink > 1 ? 1.5 : 0;
}

/* A sample of what was shrunk is more or less the mean of those that it stands for, so
 * what is fine is fainter: this is tb_mapping's lift that brings it back. */
static inline double tb_jpeg_lift(int shrink)
{
    return shrink == 8 ? 0.03 : shrink == 4 ? 0.035 : shrink == 2 ? 0.03 : 0;
}

typedef enum { TB_CHROMA_420, TB_CHROMA_422, TB_CHROMA_444 } tb_chroma;

typedef enum {
    TB_FILTER_AUTO,
    TB_FILTER_NONE,
    TB_FILTER_SUB,
    TB_FILTER_UP,
    TB_FILTER_AVG,
    TB_FILTER_PAETH,
    TB_FILTER_ALL
} tb_filter;

typedef enum { TB_TIFF_NONE, TB_TIFF_DEFLATE, TB_TIFF_LZW, TB_TIFF_JPEG } tb_tiff_compression;

/* How to encode: one set of fields, each format reads its own. */
typedef struct {
    tb_format format;
    int quality;      /* 1..100; not PNG, GIF; 0 = as the format has it */
    bool progressive; /* JPEG */
    bool optimize;    /* JPEG: Huffman tables of its own */
    tb_chroma chroma; /* JPEG, AVIF, HEIF */
    int level;        /* PNG: zlib, 0..9 */
    tb_filter filter; /* PNG: auto is none for rows that look drawn, else as all */
    int method;       /* WebP: 0 (fast) .. 6 (small) */
    bool lossless;    /* WebP, AVIF, HEIF, JXL, JP2 */
    int effort;       /* AVIF, HEIF: 0..9; JXL: 3..9; GIF, palette: 1..10; -1 = likewise */
    int bitdepth;     /* GIF: 1..8 */
    double dither;    /* GIF, palette: 0..1 */
    bool palette;     /* PNG: of at most so many */
    int colours;      /* 2, 4, 16, 256 */
    tb_tiff_compression compression;
    uint8_t background[3]; /* under transparent pixels where the format has no alpha */
    uint32_t keep;         /* TB_KEEP_... */
    uint64_t max_bytes;    /* of the file: its quality is lowered until it fits; 0 = no limit */
    int loop;              /* GIF, WebP: how often it plays, 0 = for ever; -1 = as the source... */
    int delay;             /* ...and how long each frame is shown, ms; 0 = as in the source */
} tb_output;

/* Of every encoder: a sink stage.  JPEG takes 1 or 3 channels, PNG 1 to 4, WebP 3 or 4. */
typedef struct {
    const tb_output *how;
    const tb_meta *meta; /* complete before the first row comes; NULL = nothing is kept */
    tb_bytes *bytes;
    uint32_t keep; /* what is written of meta */
    bool upright;  /* the orientation that EXIF tells was applied */
    bool full;     /* WebP: the planes have a JPEG's levels, 0 to 255 */

    struct tb_reel *reel; /* gathers the frames of an animation; NULL = a still picture */
    int frame, frames;    /* which of so many comes */
    uint32_t delay;       /* ms: how long it is shown */
    int loop;             /* as of tb_output */
} tb_encode;

extern const tb_stage_ops tb_jpeg_enc, tb_png_enc, tb_webp_enc;

/* Takes one frame of an animation; the last one's writes the file. */
extern const tb_stage_ops tb_webp_anim;

/* Take Y, Cb and Cr: one channel each, Cb and Cr as large as how->chroma says; of WebP half
 * as large both ways. */
extern const tb_stage_ops tb_jpeg_planes_enc, tb_webp_planes_enc;

/* Before there are jobs: finds out what the libraries do. Else they still decode and encode, but the memory
 * that libwebp takes is an estimate. */
void tb_codecs_load(void);

/* NULL where this build has none. */
const tb_stage_ops *tb_decoder_of(tb_format f);
const tb_stage_ops *tb_encoder_of(tb_format f);

/* The encoder does what is asked of that format: all but PNGs with a palette. */
bool tb_encodes(tb_format f, const tb_output *how);

/* A file of that format may hold several frames, or pages. */
bool tb_holds_frames(tb_format f);

#define TB_MOST_PLAYS 65535 /* of an animation, that can be said */

/* The decoder takes all pictures of its format but CMYK, and animations. */
bool tb_decodes(const tb_header *h);

#define TB_VERSION 40 /* bytes of a name and version */

/* The library behind them, "libpng 1.6.39"; "" where there is none. */
void tb_codec_version(tb_format f, char text[TB_VERSION]);

#endif
