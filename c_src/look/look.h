/* look.h - sinks that look at a small picture and say something about it. */
#ifndef TB_LOOK_H
#define TB_LOOK_H

#include "../stage.h"

#define TB_THUMB_HASH_SIDE 100 /* the most pixels of a side they take */
#define TB_BLUR_HASH_SIDE  256
#define TB_PALETTE_SIDE    128
#define TB_PHASH_SIDE      32 /* neither more nor less */

#define TB_THUMB_HASH_SIZE 25 /* bytes, at most */
#define TB_BLUR_HASH_SIZE  166
#define TB_PHASH_SIZE      8
#define TB_MAX_SWATCHES    16

typedef struct {
    uint8_t colour[3];
    double share; /* of what is to be seen: more than 0, up to 1 */
} tb_swatch;

/* What was found.  Each stage writes its own part, in its last step. */
typedef struct {
    uint8_t thumb_hash[TB_THUMB_HASH_SIZE];
    int thumb_hash_size;
    char blur_hash[TB_BLUR_HASH_SIZE + 1]; /* ends with a 0 */
    uint8_t phash[TB_PHASH_SIZE];
    uint8_t average[3], dominant[3];
    tb_swatch palette[TB_MAX_SWATCHES]; /* the largest share first */
    int swatches;                       /* 0: the picture is clear, there are no colours */
} tb_look;

/* ThumbHash of 4 channels. */
typedef struct {
    tb_look *look; /* borrowed */
} tb_thumb_hash_args;

/* BlurHash of 3 channels, with so many components across and down. */
typedef struct {
    tb_look *look;    /* borrowed */
    int across, down; /* 1 .. 9; usual is 4 and 3 */
} tb_blur_hash_args;

/* Perceptual hash of 1 channel, of pictures of 32x32. */
typedef struct {
    tb_look *look; /* borrowed */
} tb_phash_args;

/* Colours of 3 or 4 channels: average, dominant and a palette.  A pixel counts as
 * much as it is opaque; all are plain means of sRGB values.  The dominant colour
 * is the first of a palette of 5, whatever the size asked for. */
typedef struct {
    tb_look *look; /* borrowed */
    int swatches;  /* most of the palette: 1 .. TB_MAX_SWATCHES */
} tb_palette_args;

extern const tb_stage_ops tb_thumb_hash, tb_blur_hash, tb_phash, tb_palette;

#endif
