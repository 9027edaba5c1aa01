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

/* Where the samples of an axis come from: sample o is centred at (a * o + b) / d of the
 * input.  d is 0 where the whole of one becomes the whole of the other.  The input is
 * sharpened a little first: of its difference to each neighbour, `lift` is added to it. */
typedef struct {
    int64_t a, b, d;
    double lift;
} tb_mapping;

/* Resamples to exactly that size: samples at pixel centres, kernels widened by
 * the scale when shrinking, weights renormalised at the edges, alpha
 * premultiplied (2 and 4 channels).  In linear light if asked: the samples are sRGB's. */
typedef struct {
    int width, height;
    tb_kernel kernel;
    bool linear;
    tb_mapping along, down; /* not for the nearest */
} tb_resize_args;

/* Keeps the rectangle, which lies inside. */
typedef struct {
    int x, y, width, height;
} tb_crop_args;

/* What is beyond the edge of a picture: */
typedef enum {
    TB_EXTEND_COLOUR,
    TB_EXTEND_COPY,   /* the pixels of the edge again and again: aaa|abc|ccc */
    TB_EXTEND_REPEAT, /* the picture from its other side:        abc|abc|abc */
    TB_EXTEND_MIRROR  /* the picture turned over:                cba|abc|cba */
} tb_extend;

/* Lays the picture at x, y on one of that size, which it lies inside.  With alpha
 * in the picture the colour's alpha counts, else it is opaque; grey takes the luma
 * of the colour. */
typedef struct {
    int x, y, width, height;
    uint8_t colour[4];
    tb_extend extend;
} tb_pad_args;

/* Clears what lies outside of the corners, which are quarters of a circle.  Takes
 * 2 or 4 channels. */
typedef struct {
    double radius; /* pixels: 0 to half of the smaller side */
} tb_round_args;

/* What was found: nothing but the background, or a box of something else. */
typedef struct {
    bool any;
    int x, y, width, height;
} tb_found_box;

/* A sink: finds the smallest box that holds all pixels which differ from the
 * background by more than the threshold in any channel.  Colours count as much as
 * they are seen: clear is like clear. */
typedef struct {
    int threshold;         /* 0 .. 255 */
    bool corner;           /* the background is the colour of the top left pixel... */
    uint8_t background[4]; /* ...or this: RGBA, its alpha counts as in tb_pad_args */
    tb_found_box *found;   /* the job's */
} tb_find_box_args;

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

/* What makes each pixel from itself alone, on the stored values, rounded to 8 bits
 * after each step.  Alpha stays, but for opacity.  n[] holds the numbers named. */
typedef enum {
    TB_POINT_ADD,       /* -255..255 */
    TB_POINT_MODULATE,  /* factors of brightness and saturation, 0..10; hue, in degrees */
    TB_POINT_CONTRAST,  /* a factor around 127.5: 0..10 */
    TB_POINT_GAMMA,     /* to the power of 1 / it: 0.1..10 */
    TB_POINT_LEVELS,    /* two: they become 0 and 255 */
    TB_POINT_INVERT,    /* 255 - v */
    TB_POINT_SEPIA,     /* its strength, 0..1; colour */
    TB_POINT_TINT,      /* from black by way of .colour to white; luma stays; colour */
    TB_POINT_THRESHOLD, /* luma at least it: white, else black */
    TB_POINT_OPACITY    /* a factor of alpha, 0..1 */
} tb_point_kind;

typedef struct {
    uint8_t kind, colour[3];
    float n[3];
} tb_point_step;

#define TB_POINT_STEPS 6

typedef struct {
    int count;
    tb_point_step step[TB_POINT_STEPS];
} tb_point_args;

/* The step changes nothing in a picture of so many channels. */
bool tb_point_idle(const tb_point_step *p, int channels);

/* Finds the levels that `low` and `high` per cent of the picture lie below, by luma
 * and weighed by alpha; 0 and 255 where there is nothing between them. */
typedef struct {
    int low, high;
} tb_levels;

typedef struct {
    tb_levels *found; /* set when the stage is done; owned by the job */
    float low, high;  /* 0 <= low < high <= 100 */
} tb_find_levels_args;

/* Unsharp masking of the luma: alpha stays, and weighs.  Luma is counted from 0 to
 * 100; edges replicated. */
typedef struct {
    float sigma;            /* of the blur, in pixels: 0.1..10 */
    float flat, jagged;     /* factors of small differences, and of what is beyond: 0..10 */
    float threshold;        /* where that is: 0..100 */
    float brighter, darker; /* the largest change: 0..100 */
} tb_sharpen_args;

/* Each square of so many pixels, from the top left on, becomes its mean, weighed by
 * alpha. */
typedef struct {
    int size; /* 1..1000 */
} tb_pixelate_args;

#define TB_STENCIL_WEIGHTS 49

/* Each sample becomes the sum of those around it times the kernel, row by row, over
 * `scale`, plus `offset`; edges replicated.  Alpha stays, and does not weigh. */
typedef struct {
    int side;                         /* 3, 5, 7 */
    float weight[TB_STENCIL_WEIGHTS]; /* -1e6..1e6 */
    double scale, offset;             /* likewise; scale 0: the sum of the kernel, or 1 */
} tb_stencil_kernel;

typedef struct {
    const tb_stencil_kernel *kernel; /* borrowed from the plan */
} tb_stencil_args;

/* To that many channels: grey by Rec. 709 luma of the stored values, colour by
 * repeating grey, alpha opaque where it comes new.  Alpha is dropped as it is. */
typedef struct {
    int channels;
} tb_convert_args;

/* Lays 2 or 4 channels over a colour: 1 or 3 are left. */
typedef struct {
    uint8_t background[3];
} tb_flatten_args;

/* How an overlay meets its base, as in W3C's "Compositing and Blending Level 1";
 * the overlay is the source there, the base the backdrop or destination. */
typedef enum {
    TB_BLEND_OVER, /* W3C's normal */
    TB_BLEND_MULTIPLY,
    TB_BLEND_SCREEN,
    TB_BLEND_OVERLAY,
    TB_BLEND_DARKEN,
    TB_BLEND_LIGHTEN,
    TB_BLEND_COLOR_DODGE,
    TB_BLEND_COLOR_BURN,
    TB_BLEND_HARD_LIGHT,
    TB_BLEND_SOFT_LIGHT,
    TB_BLEND_DIFFERENCE,
    TB_BLEND_EXCLUSION,
    TB_BLEND_ADD,       /* lighter, plus */
    TB_BLEND_DEST_OVER, /* the Porter-Duff ones; those from SOURCE on may cut holes into the base */
    TB_BLEND_ATOP,
    TB_BLEND_DEST,
    TB_BLEND_SOURCE, /* replaces */
    TB_BLEND_IN,
    TB_BLEND_DEST_IN,
    TB_BLEND_OUT,
    TB_BLEND_DEST_OUT,
    TB_BLEND_DEST_ATOP,
    TB_BLEND_XOR
} tb_blend;

/* Lays in[1], of 2 or 4 channels, on in[0], of as many colours with or without
 * alpha: its top left at x, y, which may lie outside; what is outside is cut off,
 * and where it does not cover the base, the base stays as it is.  A base without
 * alpha is opaque, and remains so. */
typedef struct {
    int x, y;
    bool tile;      /* repeated in both directions, over the whole base */
    double opacity; /* 0 .. 1, of the overlay: its alpha is multiplied by it */
    tb_blend mode;
} tb_composite_args;

/* From the colours of an ICC profile, of grey for 1 and 2 channels and of RGB for
 * 3 and 4, to sRGB, or back, relative colorimetric; alpha stays.  A profile that turns
 * out to be broken, or to lead nowhere, leaves the picture as it is, with a warning. */
typedef struct {
    const uint8_t *icc; /* borrowed */
    size_t size;
    bool back; /* from sRGB */
} tb_icc_args;

/* tb_relight: makes each pixel of in[0], RGB or RGBA, in all colours as much lighter or darker as its luma
 * has become in in[1], which is grey, with alpha or without, that does not count.  Alpha stays; no arguments. */

/* tb_median: of the 3x3 samples around; edges replicated; alpha stays; no arguments. */
extern const tb_stage_ops tb_resize, tb_crop, tb_pad, tb_round, tb_turn, tb_blur, tb_point, tb_convert,
    tb_flatten, tb_composite, tb_find_levels, tb_find_box, tb_icc, tb_sharpen, tb_pixelate, tb_stencil,
    tb_median, tb_relight;

#endif
