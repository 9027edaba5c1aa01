/* ops.h - every operation there is, and what it wants to know. */
#ifndef TB_OPS_H
#define TB_OPS_H

#include "../stage.h"

/* Resampling kernels; the support is the radius at scale 1. */
typedef enum {
    TB_NEAREST,  /* the sample whose pixel holds the centre */
    TB_LINEAR,   /* triangle, 1 */
    TB_CUBIC,    /* Catmull-Rom (B 0, C 1/2), 2 */
    TB_MITCHELL, /* B 1/3, C 1/3, 2 */
    TB_LANCZOS2,
    TB_LANCZOS3
} tb_kernel;

/* Resamples to exactly that size: samples at pixel centres, kernels widened by
 * the scale when shrinking, weights renormalised at the edges, alpha
 * premultiplied (2 and 4 channels). */
typedef struct {
    int width, height;
    tb_kernel kernel;
} tb_resize_args;

/* Keeps the rectangle, which lies inside. */
typedef struct {
    int x, y, width, height;
} tb_crop_args;

/* Lays the picture at x, y on one of that size and colour, which it lies inside.
 * With alpha in the picture the colour's alpha counts, else it is opaque; grey
 * takes the luma of the colour. */
typedef struct {
    int x, y, width, height;
    uint8_t colour[4];
} tb_pad_args;

/* One of the eight flips and turns of a rectangle, named as EXIF orientation
 * names the picture it mends: 1 nothing, 2 left-right, 3 half turn, 4 top-bottom,
 * 5 transpose, 6 quarter turn clockwise, 7 transverse, 8 quarter turn
 * counter-clockwise. */
typedef struct {
    int orientation;
} tb_turn_args;

/* Gaussian; edges replicated; alpha premultiplied. */
typedef struct {
    double sigma; /* pixels: 0.1 .. 100 */
} tb_blur_args;

/* Adds to every colour sample, clamped; alpha stays. */
typedef struct {
    int add; /* -255 .. 255 */
} tb_brighten_args;

/* To that many channels: grey by Rec. 709 luma of the stored values, colour by
 * repeating grey, alpha opaque where it comes new.  Alpha is dropped as it is. */
typedef struct {
    int channels;
} tb_convert_args;

/* Lays 2 or 4 channels over a colour: 1 or 3 are left. */
typedef struct {
    uint8_t background[3];
} tb_flatten_args;

extern const tb_stage_ops tb_resize, tb_crop, tb_pad, tb_turn, tb_blur, tb_brighten, tb_convert, tb_flatten;

#endif
