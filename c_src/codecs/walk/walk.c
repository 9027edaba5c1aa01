/* walk.c - the pre-flight walk: finds out the format, and leads through it. */
#include "../foreign.h"
#include "walk_formats.h"
#include <inttypes.h>
#include <string.h>

static_assert(sizeof(tb_walk_state) <= TB_WALK_STATE, "the state of a walk does not fit");

static tb_status check_format(tb_walker *k, tb_format f)
{
    if (k->limits->formats && !(k->limits->formats & 1u << f))
        return tb_fail(k->err, TB_E_UNSUPPORTED, "walk",
                       "%s is not among the formats let in: name it in formats:, or say formats: :all",
                       tb_format_name(f));
    if (f > TB_GIF && !tb_foreign_may_read(f))
        return tb_foreign_lacks(k->err, "walk", f, false, NULL);
    return TB_MORE;
}

static tb_status unknown(tb_walker *k, size_t size)
{
    bool gzip = size > 2 && memcmp(tb_walk_here(k), "\x1F\x8B", 2) == 0;

    return tb_fail(k->err, TB_E_UNSUPPORTED, "walk", "%s",
                   gzip ? "the bytes are compressed by gzip: if it is an SVG, it must be unpacked first"
                        : "the bytes are of no known picture format");
}

static tb_status find_format(tb_walker *k)
{
    size_t size = tb_walk_left(k);

    if (size == 0)
        return k->in->ended ? tb_fail(k->err, TB_E_TRUNCATED, "walk", "the input is empty") : TB_HUNGRY;
    tb_format f = tb_sniff(tb_walk_here(k), size);
    if (f == TB_UNKNOWN) {
        if (!k->in->ended && tb_sniff_more(tb_walk_here(k), size))
            return TB_HUNGRY;
        return unknown(k, size);
    }
    k->header->format = f;
    if (check_format(k, f) == TB_FAIL)
        return TB_FAIL;
    k->state->format = f;
    k->name = tb_format_name(f);
    k->header->orientation = 1;
    k->header->frames = 1;
    k->header->scans = 1;
    k->header->depth = 8;
    return TB_MORE;
}

static tb_status walk_on(tb_walker *k)
{
    tb_walk_state *s = k->state;

    if (s->skip > 0) {
        tb_walk_skip(k, s->skip);
        return s->skip > 0 ? TB_HUNGRY : TB_MORE;
    }
    if (s->whole) {
        k->in->safe = k->in->end;
        k->walk->known |= k->in->ended;
        return k->in->ended ? TB_DONE : TB_HUNGRY;
    }
    switch (s->format) {
    case TB_UNKNOWN:
        return find_format(k);
    case TB_JPEG:
        return tb_walk_jpeg(k);
    case TB_PNG:
        return tb_walk_png(k);
    case TB_WEBP:
        return tb_walk_webp(k);
    case TB_GIF:
        return tb_walk_gif(k);
    default: /* libvips will look into it */
        s->picture = s->whole = true;
        return TB_MORE;
    }
}

/* The walk wants more bytes and there are none. */
static tb_status ends_early(tb_walker *k)
{
    if (!k->state->picture)
        return tb_fail(k->err, TB_E_TRUNCATED, k->name, "ends after %zu bytes, before its picture begins",
                       k->in->end);
    k->walk->known = true;
    k->header->truncated = true;
    k->state->whole = true;
    k->in->safe = k->in->end;
    return TB_DONE;
}

static tb_status check_bytes(tb_walker *k)
{
    uint64_t limit = k->limits->max_bytes;

    if (limit && k->in->end > limit)
        return tb_fail(k->err, TB_E_LIMIT, k->name,
                       "the input has %zu bytes or more; the limit is %" PRIu64 " (max_bytes)", k->in->end,
                       limit);
    return TB_MORE;
}

tb_status tb_walk_step(tb_walk *w, tb_input *in, tb_header *h, tb_error *err)
{
    tb_walk_state *s = (tb_walk_state *)(void *)w->state;
    tb_walker k = {.walk = w,
                   .state = s,
                   .limits = w->limits,
                   .in = in,
                   .header = h,
                   .err = err,
                   .name = s->format ? tb_format_name(s->format) : "walk",
                   .work = TB_WALK_WORK};
    tb_status status = err->code == TB_E_NONE ? check_bytes(&k) : TB_FAIL;

    while (status == TB_MORE && k.work > 0)
        status = walk_on(&k);
    return status == TB_HUNGRY && in->ended ? ends_early(&k) : status;
}
