/* way.h - finding a route: where we are on it, and the steps that every plan is
 * made of.
 *
 * The picture on its way is kept as it is stored; what would put it upright is
 * remembered (`turn`) and done once, at the end, on the fewest pixels. */
#ifndef TB_WAY_H
#define TB_WAY_H

#include "plan.h"

typedef struct {
    const tb_picture *picture;
    tb_route *route;
    int at;              /* the node we stand behind; -1 = at the start */
    tb_shape shape;      /* of what it gives, as stored */
    int turn;            /* puts it upright */
    uint32_t keep;       /* TB_KEEP_ICC: the colours of the profile may stay */
    bool profile;        /* the picture has one, and none of sRGB */
    bool foreign;        /* the colours are not sRGB yet, but of the profile... */
    bool converted;      /* ...and were */
    bool fresh;          /* `at` is the last node, and nobody else's yet */
    bool grey;           /* it is to become grey, as soon as the decoder knows how far to shrink */
    bool full;           /* there was no room for a node */
    int most;            /* the decoder may shrink by so much... */
    bool whole;          /* ...and must keep all of the picture */
    const char *no_vips; /* why libvips is not to be had, if it is not */
    tb_error *err;
} tb_way;

/* Which pictures have a profile, and none of sRGB, by bits: for the route. */
uint32_t tb_way_foreign(const tb_plan *plan);

/* A way from that picture on, with all that its decoder can do. */
tb_way tb_way_new(const tb_plan *plan, int picture, tb_route *route, tb_error *err);

/* To the decoder of the picture. */
tb_status tb_way_start(tb_way *w);

/* From the colours of the profile to sRGB, if they are not.  What looks at colours has it
 * done for it; else it is done behind a shrink. */
void tb_way_to_srgb(tb_way *w);

/* From sRGB to the colours of the profile of another picture. */
void tb_way_from_srgb(tb_way *w, const tb_picture *p);

/* The profile is still that of the colours. */
bool tb_way_keeps_profile(const tb_way *w);

/* One stage more, its arguments all zero, to be filled in before the next is
 * added.  Where the route has the like of it already, that is taken. */
tb_node *tb_way_add(tb_way *w, const tb_stage_ops *ops, tb_shape shape);

/* Done with it: the node is as it is meant to be. */
void tb_way_settle(tb_way *w);

/* The size as it is seen. */
tb_shape tb_way_upright(const tb_way *w);

/* Keeps a rectangle, upright or as stored. */
void tb_way_crop(tb_way *w, tb_rect upright);
void tb_way_crop_stored(tb_way *w, tb_rect stored);

/* Resamples to that upright size, in linear light or not. */
void tb_way_scale(tb_way *w, int width, int height, tb_kernel kernel, bool linear);

void tb_way_turn_upright(tb_way *w);
void tb_way_convert(tb_way *w, int channels);

/* Takes the colour out: behind what the decoder may still be told, or, at the latest, here. */
void tb_way_grey(tb_way *w);
void tb_way_grey_now(tb_way *w);

void tb_way_flatten(tb_way *w, const uint8_t *background); /* if there is alpha */

/* A side that may not be that long is an error. */
tb_status tb_way_check(tb_way *w, int width, int height);

#endif
