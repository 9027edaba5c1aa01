/* header.h - what the bytes say of their picture before anything is decoded,
 * and the limits it is held to. */
#ifndef TB_HEADER_H
#define TB_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Told apart by their first bytes, never by a name. */
typedef enum {
    TB_UNKNOWN,
    TB_JPEG,
    TB_PNG,
    TB_WEBP,
    TB_GIF,
    TB_TIFF,
    TB_HEIF, /* HEIC and its kin */
    TB_AVIF,
    TB_JXL,
    TB_JP2,
    TB_SVG,
    TB_PDF,
    TB_BMP,
    TB_PPM,  /* PBM, PGM, PPM, PAM */
    TB_TEXT, /* that is to be drawn (text.h): no bytes are ever told to be it */
    TB_FORMATS
} tb_format;

const char *tb_format_name(tb_format f); /* "jpeg", ... static */

/* Bytes [at, at + size) of the input; size 0 = not there. */
typedef struct {
    size_t at, size;
} tb_span;

#define TB_ICC_PIECES 255 /* a JPEG carries its profile in at most so many */

typedef struct {
    tb_format format;
    int width, height;      /* as stored */
    int channels;           /* as decoded: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA */
    int components;         /* as stored: JPEG 1, 3, or 4 (CMYK); palette PNG 1 */
    int chroma_x, chroma_y; /* JPEG, WebP: pixels to a sample of Cb, Cr, 1 or 2; 0 = it is not of Y, Cb, Cr */
    int depth;              /* bits of a stored sample: 1, 2, 4, 8, 12, 16 */
    int orientation;        /* of EXIF: 1..8; 1 where nothing valid is said */
    int frames;       /* 1 for a still picture; of a file that ends early, the last may not be whole... */
    int whole_frames; /* ...GIF, WebP: so many are */
    int loop;         /* GIF, WebP: how often an animation plays; 0 = for ever */
    int scans;        /* JPEG: scans; PNG: 7 where interlaced, else 1 */
    bool progressive; /* JPEG progressive, PNG interlaced */
    bool lossless;    /* WebP VP8L */
    bool alpha;       /* can be transparent: alpha channel, tRNS, VP8X flag */
    bool animated;
    bool truncated;      /* the bytes end before the format's own end mark... */
    bool unmarked;       /* ...GIF: which is all that is not there */
    double dpi_x, dpi_y; /* dots per inch; 0 = not said */
    int icc_pieces;
    tb_span icc[TB_ICC_PIECES]; /* in the order of the profile; PNG: the compressed iCCP payload */
    tb_span exif;               /* the TIFF structure, without "Exif\0\0" */
    tb_span xmp;
    bool xmp_ahead; /* WebP: announced, but behind the picture, and not met yet */
    bool gps;       /* EXIF tells the place */
} tb_header;

/* 0 = no limit, but for max_side, which is always bounded by 65_500. */
typedef struct {
    uint32_t formats;    /* bit 1 << tb_format: let in */
    uint64_t max_bytes;  /* of the input */
    uint64_t max_pixels; /* width x height x frames used */
    uint32_t max_side;   /* of the input */
    uint32_t max_side_out;
    uint32_t max_frames;
    uint32_t max_scans;
    uint32_t max_chunks;   /* JPEG markers, PNG and RIFF chunks */
    uint32_t max_blocks;   /* GIF blocks */
    uint64_t max_metadata; /* bytes of all metadata together */
    uint64_t max_icc, max_exif;
    uint32_t max_warnings;
} tb_limits;

/* The table of defaults of the documentation. */
extern const tb_limits tb_default_limits;

#endif
