/* walk.h - the pre-flight walk: reads the structure of the bytes, and nothing
 * else, before a codec sees them.
 *
 * One pass, O(bytes), no allocation but for `times`.  Limits are checked as soon as what they
 * bound is known, so a picture that comes in pieces is refused by its header. */
#ifndef TB_WALK_H
#define TB_WALK_H

#include "../../error.h"
#include "../../header.h"
#include "../../input.h"
#include "../../times.h"

#define TB_WALK_STATE 256 /* bytes; walk.c asserts that its state fits */

typedef struct {
    const tb_limits *limits; /* borrowed */
    tb_times *times;         /* takes how long each frame is shown; borrowed, may be NULL */
    bool known;              /* the header holds all that planning needs */
    union {
        size_t align;
        unsigned char state[TB_WALK_STATE];
    };
} tb_walk;

/* `w` starts all zero but for limits and times; `h` all zero. */

/* Walks on, at most 256 KiB or 1000 chunks a call; moves in->safe up to where
 * it has come.  TB_MORE, TB_HUNGRY (only while !in->ended), TB_DONE, TB_FAIL.
 *
 * A stream that ends early is TB_DONE with h->truncated where the header is
 * known, else TB_FAIL with TB_E_TRUNCATED.  Bytes behind the end of the picture
 * are passed over. */
tb_status tb_walk_step(tb_walk *w, tb_input *in, tb_header *h, tb_error *err);

/* Sides and pixels within the limits, and more than none: else TB_FAIL. */
tb_status tb_check_size(const tb_limits *limits, const char *stage, uint64_t width, uint64_t height,
                        tb_error *err);

/* The format the first bytes tell; TB_UNKNOWN also if there are too few (32 are
 * enough for any but SVG). */
tb_format tb_sniff(const uint8_t *data, size_t size);

#endif
