/* frames.c - choosing frames, within the limits. */
#include "frames.h"
#include "codecs/codecs.h"
#include <inttypes.h>

bool tb_frames_walked(const tb_header *h)
{
    return h->format == TB_GIF || (h->format == TB_WEBP && h->animated);
}

/* Those that can be asked for: of an animated PNG, say, the first is all that is read. */
static int readable(const tb_header *h)
{
    bool has_pages =
        h->format == TB_TIFF || h->format == TB_PDF || h->format == TB_HEIF || h->format == TB_AVIF;

    return tb_frames_walked(h) || has_pages ? h->frames : 1;
}

int tb_frames_wanted(const tb_picture *p)
{
    int there = readable(&p->header), end = p->last_frame < there ? p->last_frame + 1 : there;

    return end - p->first_frame;
}

static tb_status not_there(const tb_picture *p, tb_error *err)
{
    return tb_fail(err, TB_E_LIMIT, tb_format_name(p->header.format),
                   "frame %d is not there: it has %d, counted from 0 (frames)", p->first_frame,
                   readable(&p->header));
}

/* Width times height is within the limits already. */
static tb_status check_limits(const tb_picture *p, tb_error *err)
{
    const tb_limits *l = &p->limits;
    const tb_header *h = &p->header;
    uint64_t frames = (uint64_t)p->frames, pixels = (uint64_t)h->width * (uint64_t)h->height * frames;

    if (frames == 1)
        return TB_MORE;
    if (l->max_frames && frames > l->max_frames)
        return tb_fail(err, TB_E_LIMIT, tb_format_name(h->format),
                       "%d frames would be used; the limit is %" PRIu32 " (max_frames)", p->frames,
                       l->max_frames);
    if (l->max_pixels && pixels > l->max_pixels)
        return tb_fail(err, TB_E_LIMIT, tb_format_name(h->format),
                       "%d frames of %dx%d are %" PRIu64 " pixels; the limit is %" PRIu64 " (max_pixels)",
                       p->frames, h->width, h->height, pixels, l->max_pixels);
    return TB_MORE;
}

/* libvips would show the last frame as far as it goes, without a word. */
static tb_status check_whole(const tb_picture *p, tb_error *err)
{
    const tb_header *h = &p->header;
    int end = p->first_frame + p->frames;
    bool all = end <= h->whole_frames && (p->last_frame < h->frames || h->unmarked);

    if (!h->truncated || p->keep_truncated || !tb_frames_walked(h) || all)
        return TB_MORE;
    return tb_fail(err, TB_E_TRUNCATED, tb_format_name(h->format),
                   "ends early: %d frames are whole, and more are wanted", h->whole_frames);
}

tb_status tb_frames_choose(tb_picture *p, bool all, tb_error *err)
{
    int wanted = tb_frames_wanted(p);

    if (wanted < 1)
        return not_there(p, err);
    p->frames = all ? wanted : 1;
    return check_limits(p, err) == TB_FAIL ? TB_FAIL : check_whole(p, err);
}
