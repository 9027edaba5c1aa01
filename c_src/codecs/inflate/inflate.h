/* inflate.h - what zlib has deflated (RFC 1950, 1951), a piece at a time.
 *
 * The same bytes as zlib's inflate, the same streams refused, in half the time: it works in a
 * window of its own, and looks at no more than there is.  The checksum at the end is passed over. */
#ifndef TB_INFLATE_H
#define TB_INFLATE_H

#include "../../mem.h"
#include "prefix_code.h"

#define TB_INFLATE_MOST 8192              /* bytes that may come of a step */
#define TB_WINDOW       ((size_t)1 << 15) /* how far back a copy may begin */
#define TB_LONGEST_COPY 258
#define TB_WINDOW_SLACK 64 /* bytes behind the last one that a copy may spoil */

/* HEAD: zlib's two bytes.  BLOCK: at the head of one.  STORED_HEAD, STORED: bytes as they are.
 * TABLE: how many codes there are.  CODES: the lengths of the codes that LENGTHS is written in, which
 * are the lengths of those of SYMBOLS.
 *     HEAD -> BLOCK -> STORED_HEAD -> STORED -> BLOCK or OVER
 *             BLOCK -> TABLE -> CODES -> LENGTHS -> SYMBOLS -> BLOCK or OVER
 *             BLOCK -> SYMBOLS, with codes that are fixed; and from each to BROKEN */
typedef enum {
    TB_IN_HEAD,
    TB_IN_BLOCK,
    TB_IN_STORED_HEAD,
    TB_IN_STORED,
    TB_IN_TABLE,
    TB_IN_CODES,
    TB_IN_LENGTHS,
    TB_IN_SYMBOLS,
    TB_IN_OVER,
    TB_IN_BROKEN
} tb_inflate_phase;

typedef struct {
    tb_inflate_phase phase;
    uint64_t bits;        /* read, and not used yet; the next one lowest */
    unsigned count;       /* of bits */
    bool last;            /* of the blocks */
    bool fixed;           /* the codes are the fixed ones */
    int made;             /* codes made in this step */
    uint32_t stored;      /* bytes left of a stored block */
    int literals, copies; /* symbols of the two codes */
    int codes;            /* of the code that lengths are written in */
    int have;             /* lengths that were read */
    const char *why;      /* it is BROKEN; static */
    uint8_t length[TB_CODE_SYMBOLS + 32];
    tb_prefix_code literal; /* and of lengths of copies */
    tb_prefix_code copy;    /* of distances; before, of lengths */
    size_t out, given;      /* bytes in the window, and those that were handed out */
    uint8_t window[2 * TB_WINDOW + TB_INFLATE_MOST + TB_LONGEST_COPY + TB_WINDOW_SLACK];
} tb_inflate;

/* What came of a step; borrowed until the next one. */
typedef struct {
    const uint8_t *data;
    size_t size;
    bool more; /* the next one needs no more input */
} tb_inflated;

/* Begins a stream; NULL if there is no memory.  To be freed with tb_free. */
tb_inflate *tb_inflate_new(tb_mem *mem);

/* Reads up to *size bytes, sets it to how many were read, and makes at most `room`.
 *   TB_MORE  go on, with what follows
 *   TB_DONE  that was all: the stream has ended
 *   TB_FAIL  it is no such stream: z->why */
tb_status tb_inflate_step(tb_inflate *z, const uint8_t *data, size_t *size, size_t room, tb_inflated *made);

#endif
