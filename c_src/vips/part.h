/* part.h - what the part of this library that stands on libvips offers the rest.
 *
 * It is a shared object of its own: libvips brings a hundred others, and nobody
 * pays for them who does not need them.  codecs/foreign.c loads it, when first
 * asked for, and finds one symbol.  Nothing of libvips runs but on a dirty
 * scheduler's behalf, in long steps. */
#ifndef TB_PART_H
#define TB_PART_H

#include "../codecs/codecs.h"

#define TB_VIPS_WHY 200 /* bytes of a reason */

/* Of the probe, a stage that has neither ins nor outs: finds out what the walk
 * could not. */
typedef struct {
    const tb_input *input; /* complete; borrowed, as all here */
    const tb_limits *limits;
    uint32_t keep;     /* TB_KEEP_...: what of the metadata is taken */
    tb_header *header; /* format is known; the rest is filled in, not held to any limit */
    tb_meta *meta;     /* the profile is taken as it is */
} tb_probe;

typedef struct {
    unsigned layout;            /* TB_VIPS_LAYOUT when it was built */
    bool (*start)(char *why);   /* the library; once.  Takes a while. */
    bool (*reads)(tb_format f); /* once started, as all below */
    bool (*writes)(tb_format f);
    void (*version)(char *text); /* TB_VERSION bytes */
    const tb_stage_ops *probe;   /* tb_probe */
    const tb_stage_ops *decoder; /* tb_decode, of a picture that was probed */
    const tb_stage_ops *encoder; /* tb_encode */
} tb_vips_part;

/* Changes with what the two have in common: two builds may meet on the disc. */
#define TB_VIPS_LAYOUT                                                                                       \
    (unsigned)((((sizeof(tb_stage) * 61 + sizeof(tb_decode)) * 61 + sizeof(tb_encode)) * 61 +                \
                sizeof(tb_output)) *                                                                         \
                   61 +                                                                                      \
               sizeof(tb_header) + sizeof(tb_meta) + sizeof(tb_vips_part) + TB_FORMATS)

#define TB_VIPS_SYMBOL "tb_vips_here"

#endif
