/* input.h - the bytes of the source, which may come in pieces.
 *
 *     offset 0 ....... first ========= safe ------- end
 *              dropped   may be read     not walked yet
 *
 * Offsets count from the start of the stream, so they stay true while `data`
 * moves: ask tb_input_at again in every step.  A decoder reads only below
 * `safe`, which is as far as the pre-flight walk has come. */
#ifndef TB_INPUT_H
#define TB_INPUT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *data; /* the byte at offset `first`; borrowed or the job's */
    size_t first, safe, end;
    size_t keep; /* the decoder needs nothing below this offset again */
    bool ended;  /* `end` is the end of the stream */
} tb_input;

static inline const uint8_t *tb_input_at(const tb_input *in, size_t offset)
{
    assert(offset >= in->first && offset <= in->end);
    return in->data + (offset - in->first);
}

/* All there will ever be is here, and walked. */
static inline bool tb_input_last(const tb_input *in)
{
    return in->ended && in->safe == in->end;
}

#endif
