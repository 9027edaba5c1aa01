/* foreign.h - the formats, and whatever else, that libvips does for us: in a process of its own
 * (worker/wire.h). */
#ifndef TB_FOREIGN_H
#define TB_FOREIGN_H

#include "../worker/vips.h"

/* Of the probe, a stage that has neither ins nor outs: finds out what the walk
 * could not. */
typedef struct {
    const tb_input *input; /* complete; borrowed, as all here */
    const tb_limits *limits;
    uint32_t keep;     /* TB_KEEP_...: what of the metadata is taken */
    tb_header *header; /* format is known; the rest is filled in, not held to any limit */
    tb_meta *meta;     /* the profile is taken as it is */
    int first;         /* the frame, or page, that is wanted, or the first that is */
} tb_probe;

typedef struct {
    bool (*reads)(tb_format f);
    bool (*writes)(tb_format f);
    void (*version)(char text[TB_VERSION]);
    const tb_stage_ops *probe;   /* tb_probe */
    const tb_stage_ops *decoder; /* tb_decode, of a picture that was probed */
    const tb_stage_ops *encoder; /* tb_encode */
} tb_vips_part;

/* Could a build like this one read it, by libvips?  Known without it. */
bool tb_foreign_may_read(tb_format f);

/* Starts a worker, once, and learns what it can do: a tenth of a second, of which this takes some ms; never on a
 * normal scheduler.  TB_MORE: ask again, others first.  TB_DONE: tb_foreign() is there; or it cannot be had, and why.
 * `waits` is the asker's, false at first; he leaves when he will not ask again: at once, on any thread. */
tb_status tb_foreign_start(bool *waits, char why[TB_WHY]);
void tb_foreign_leave(bool *waits);

/* All of it: until `stop`, which may be NULL, says so.  False if it cannot be had, and why; nothing is said if it was
 * told to stop. */
bool tb_foreign_wait(tb_stop *stop, char why[TB_WHY]);

/* NULL until it is started. */
const tb_vips_part *tb_foreign(void);

/* Fails for a format that is not read, or not written: what is missing.  `why` is that of tb_foreign_start, if it
 * was tried; or NULL. */
tb_status tb_foreign_lacks(tb_error *err, const char *stage, tb_format f, bool written, const char *why);

/* Fails for something else that takes libvips, where it is not to be had. */
tb_status tb_foreign_needed(tb_error *err, const char *stage, const char *why);

#endif
