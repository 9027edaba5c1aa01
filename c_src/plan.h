/* plan.h - what was asked for, and the route through the stages that does it. */
#ifndef TB_PLAN_H
#define TB_PLAN_H

#include "chain.h"
#include "codecs/squeeze.h"
#include "look/look.h"
#include "ops/ops.h"
#include "picture.h"
#include "reel.h"
#include "worker/change.h"
#include "worker/worker.h"

#define TB_MAX_OPS 64

typedef enum {
    TB_OP_RESIZE,
    TB_OP_CROP,
    TB_OP_FLIP,
    TB_OP_ROTATE,
    TB_OP_BLUR,
    TB_OP_GREYSCALE,
    TB_OP_BRIGHTEN,
    TB_OP_BRIGHTNESS,
    TB_OP_CONTRAST,
    TB_OP_SATURATION,
    TB_OP_HUE,
    TB_OP_GAMMA,
    TB_OP_MODULATE,
    TB_OP_INVERT,
    TB_OP_SEPIA,
    TB_OP_TINT,
    TB_OP_THRESHOLD,
    TB_OP_OPACITY,
    TB_OP_FLATTEN,
    TB_OP_COMPOSITE,
    TB_OP_EXTEND,
    TB_OP_PAD,
    TB_OP_ROUND,
    TB_OP_CIRCLE,
    TB_OP_NORMALISE,
    TB_OP_TRIM,
    TB_OP_SHARPEN,
    TB_OP_PIXELATE,
    TB_OP_CONVOLVE,
    TB_OP_MEDIAN,
    TB_OP_AFFINE,
    TB_OP_CLAHE,
    TB_OP_EQUALISE
} tb_op_kind;

typedef enum { TB_FIT_COVER, TB_FIT_CONTAIN, TB_FIT_FILL, TB_FIT_INSIDE, TB_FIT_OUTSIDE } tb_fit;

/* Where a smaller box lies in a larger one: 0 left or top, 1/2 middle, 1 right or bottom.
 * A focal point is a point of the larger one, instead: the middle of the smaller lies as
 * near to it as can be. */
typedef struct {
    double x, y;
    bool focal;
} tb_gravity;

/* Pixels, or a part of the side of the picture at hand: 0 .. 1, or of a resize 10. */
typedef struct {
    double n;
    bool part;
} tb_length;

/* Of what is around a picture. */
typedef struct {
    uint8_t colour[4];
    bool fits; /* it is of the picture's channels; else the picture gets those that it takes */
} tb_background;

typedef struct {
    tb_length width, height; /* 0 = by the aspect ratio; not both */
    tb_fit fit;              /* of both sides */
    tb_kernel kernel;
    tb_gravity gravity;
    tb_smart smart;           /* it says what stays of cover, instead... */
    tb_place place;           /* ...which was found in the first frame */
    double dpr;               /* so many pixels to one that is asked for: 0.1 .. 10 */
    bool enlarge, reduce;     /* may it grow, may it shrink? */
    bool linear;              /* in linear light */
    tb_background background; /* of contain */
} tb_resize_op;

typedef struct {
    tb_length x, y; /* -1: placed by gravity, and no larger than the picture */
    tb_length width, height;
    tb_gravity gravity;
    tb_smart smart; /* it says where, instead... */
    tb_place place; /* ...which was found in the first frame */
} tb_crop_op;

/* So many pixels more on each side. */
typedef struct {
    int left, right, top, bottom;
    tb_extend mode;
    tb_background background;
} tb_extend_op;

/* To that size, where it is smaller. */
typedef struct {
    int width, height; /* 0 = as it is */
    tb_gravity gravity;
    tb_background background;
} tb_pad_op;

typedef struct {
    tb_length radius; /* as a part: of the smaller side */
} tb_round_op;

typedef struct {
    int picture; /* that is laid over this one */
    tb_gravity gravity;
    int x, y;     /* pixels inward from where gravity puts it */
    double scale; /* its width as a fraction of the picture's; 0 = as it is */
    bool tile;
    double opacity;
    tb_blend blend;
} tb_composite_op;

typedef enum { TB_HORIZONTAL, TB_VERTICAL } tb_direction; /* left to right, top to bottom */

/* Of what makes each pixel from itself alone: what its name says, of these. */
typedef struct {
    double by;                /* or a factor, exponent, strength, level, angle */
    double saturation, angle; /* of modulate, with `by` as its brightness */
    uint8_t colour[3];
} tb_look_op;

/* As tb_sharpen_args. */
typedef struct {
    double sigma, flat, jagged, threshold, brighter, darker;
} tb_sharpen_op;

typedef struct {
    double low, high; /* so many per cent of the picture are below; they become black and white */
    tb_levels levels; /* where known */
} tb_normalise_op;

typedef struct {
    int threshold; /* 0 .. 255: what differs by more is not background */
    bool corner;   /* the background is the colour of the top left corner... */
    uint8_t background[4];
    tb_found_box box; /* where known */
} tb_trim_op;

typedef struct {
    tb_affine_args how; /* of its fields, those that the caller gives */
    tb_background background;
} tb_affine_op;

typedef struct {
    tb_length width, height; /* of the window */
    int slope;
} tb_clahe_op;

/* What a look at the picture finds for one of those. */
typedef union {
    tb_levels levels;
    tb_found_box box;
} tb_found;

typedef struct {
    tb_op_kind kind;
    bool known; /* what must be looked for was found */
    union {
        tb_resize_op resize;
        tb_crop_op crop;
        struct {
            tb_direction direction;
        } flip;
        struct {
            int angle; /* clockwise: 90, 180, 270 */
        } rotate;
        tb_blur_args blur;
        struct {
            int add;
        } brighten;
        tb_look_op look;
        tb_composite_op composite;
        tb_extend_op extend;
        tb_pad_op pad;
        tb_round_op round;
        tb_normalise_op normalise;
        tb_trim_op trim;
        tb_sharpen_op sharpen;
        tb_pixelate_args pixelate;
        tb_stencil_kernel convolve;
        tb_affine_op affine;
        tb_clahe_op clahe;
    };
} tb_op;

/* What is to be found out about a result, beside its bytes. */
typedef struct {
    bool thumb_hash, phash, average, dominant;
    int blur_across, blur_down; /* components of a BlurHash; 0 = none is wanted */
    int swatches;               /* most of a palette; 0 = none is wanted */
} tb_want;

/* One result: operations as the user wrote them, on the upright picture, and how
 * it is written. */
typedef struct {
    int count;
    tb_output output; /* format TB_UNKNOWN: that of the input */
    tb_want want;
    tb_op op[TB_MAX_OPS]; /* last: those behind `count` are not even cleared */
} tb_pipe;

/* What becomes of a pipe. */
typedef struct {
    tb_bytes bytes;
    tb_output output;        /* as the pipe's, the format settled, and at last the quality */
    tb_shape shape;          /* of what the encoder gets */
    tb_look look;            /* what was wanted of it */
    tb_error error;          /* why there is no way to this one alone */
    tb_squeeze_args squeeze; /* where its bytes are limited */
    tb_reel reel;            /* the frames so far, where it is an animation; owned */
} tb_result;

#define TB_MAX_PICTURES 8
#define TB_MAX_PIPES    16

/* What is asked for: pictures that go in, results that come out.  The first
 * picture is the one that the pipes start from; the others are laid over it. */
typedef struct {
    tb_picture *picture; /* owned */
    int pictures;
    tb_pipe *layer;    /* what is done to each picture but the first before it is laid on;
                          no composite among it; owned */
    tb_pipe *pipe;     /* owned */
    tb_result *result; /* owned; one for each pipe */
    int pipes;
    char no_vips[TB_WHY]; /* why libvips is not to be had, if it was tried */
} tb_plan;

/* Room for so many; false if there is no memory. */
bool tb_plan_make(tb_plan *plan, tb_mem *mem, int pictures, int pipes);
void tb_plan_close(tb_plan *plan, tb_mem *mem);

/* One stage of the route. */
typedef struct {
    const tb_stage_ops *ops;
    tb_shape shape; /* of what it gives; an encoder's, of what it gets */
    int from;       /* the node it reads; a decoder none: -1 */
    int over;       /* the node that its second in reads; -1 */
    int third;      /* with planes: an encoder's for Cr, as `over` is for Cb; else 0 */
    int plane;      /* that it works on: 1 Cb, 2 Cr; else 0 */
    union {
        tb_decode decode;
        tb_resize_args resize;
        tb_crop_args crop;
        tb_pad_args pad;
        tb_round_args round;
        tb_turn_args turn;
        tb_blur_args blur;
        tb_point_args point;
        tb_sharpen_args sharpen;
        tb_pixelate_args pixelate;
        tb_stencil_args stencil;
        tb_convert_args convert;
        tb_flatten_args flatten;
        tb_composite_args composite;
        tb_icc_args icc;
        tb_find_box_args find_box;
        tb_find_levels_args find_levels;
        tb_thumb_hash_args thumb_hash;
        tb_blur_hash_args blur_hash;
        tb_phash_args phash;
        tb_palette_args palette;
        tb_change_args change;
        tb_encode encode;
    };
} tb_node;

#define TB_MAX_NODES TB_MAX_STAGES

/* How it is done: a tree, each stage behind those it reads.  What two pipes do
 * alike is done once. */
typedef struct {
    int count;
    uint32_t foreign; /* bits: pictures with a profile, and none of sRGB */
    tb_shape decoded; /* what the decoder gives of the first picture */
    double cost;      /* estimated CPU time, ns */
    double memory;    /* estimated peak, bytes */
    bool apart;       /* it is hoped that it can be... */
    bool planes;      /* ...without RGB: each plane of the JPEG by itself */
    bool survey;      /* it leads to no result: what it finds is to be learned, and then there is another */
    tb_op *unknown;   /* that it was for */
    tb_pipe *whose;
    tb_found found;
    tb_node node[TB_MAX_NODES]; /* last, likewise */
} tb_route;

/* Finds the route, which is cleared.  Where an operation must see the picture first,
 * it is the way to that; or, with `guess`, to all results, as if nothing had been found.  The plan is rewritten on the way: flips,
 * turns and the orientation become one turn at the end, the first crop is left
 * to the decoder, and so is as much of the first shrink as it can do; what works
 * on single pixels shares a stage with what comes next to it.  Fails where there
 * is no way to any result.  Borrows the plan. */
void tb_route_clear(tb_route *route);
tb_status tb_plan_route(const tb_plan *plan, bool guess, tb_route *route, tb_error *err);

/* The format in which result k is written; text becomes PNG. */
tb_format tb_plan_format(const tb_plan *plan, int k);

/* It is an animation, or has pages: of several frames that are used, all go there. */
bool tb_plan_moves(const tb_plan *plan, int k);

/* ...and so far, nothing is in the way. */
bool tb_plan_goes_on(const tb_plan *plan, int k);

/* What the survey has found is known from now on. */
void tb_plan_learn(tb_plan *plan, const tb_route *route);

#endif
