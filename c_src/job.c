/* job.c - the phases of a job. */
#include "job.h"
#include "frames.h"
#include "lay.h"
#include "text.h"
#include "whole.h"
#include <string.h>

bool tb_job_open(tb_job *job, tb_heap *heap, int pictures, int pipes)
{
    job->mem.heap = heap;
    job->chain.mem = &job->mem;
    job->chain.vips = &job->vips;
    tb_route_clear(&job->route);
    if (!tb_plan_make(&job->plan, &job->mem, pictures, pipes))
        return false;
    for (int i = 0; i < pictures; i++) {
        tb_picture *p = &job->plan.picture[i];
        p->walk.limits = &p->limits;
        p->times.mem = &job->mem;
    }
    return true;
}

void tb_job_give(tb_job *job, int picture, const uint8_t *data, size_t size)
{
    job->plan.picture[picture].input = (tb_input){.data = data, .end = size, .ended = true};
    job->bytes_in += size;
}

void tb_job_end_input(tb_job *job)
{
    job->plan.picture->input.ended = true;
}

/* Drops what nobody needs again. */
static void forget(tb_job *job)
{
    tb_input *in = &job->plan.picture->input;
    size_t n = (in->keep < in->safe ? in->keep : in->safe) - in->first;

    if (n == 0)
        return;
    memmove(job->kept, job->kept + n, in->end - in->first - n);
    in->first += n;
}

bool tb_job_feed_is_long(const tb_job *job, size_t size)
{
    const tb_input *in = &job->plan.picture->input;
    size_t here = in->end - in->first;

    return here > TB_LONG_COPY && size > job->kept_room - here;
}

static bool make_room(tb_job *job, size_t here, size_t size)
{
    size_t room = job->kept_room ? job->kept_room : 1 << 16;

    while (room - here < size) {
        if (room > SIZE_MAX / 2)
            return false;
        room *= 2;
    }
    if (room == job->kept_room)
        return true;
    uint8_t *bigger = tb_alloc(&job->mem, room, 1);
    if (!bigger)
        return false;
    if (here)
        memcpy(bigger, job->kept, here);
    tb_free(&job->mem, job->kept);
    job->kept = bigger;
    job->kept_room = room;
    return true;
}

bool tb_job_feed(tb_job *job, const uint8_t *data, size_t size)
{
    tb_input *in = &job->plan.picture->input;
    uint64_t most = job->plan.picture->limits.max_bytes;

    if (most && (size > most || in->end > most - size)) {
        tb_fail(&job->error, TB_E_LIMIT, "input", "it is longer than %llu bytes (max_bytes)",
                (unsigned long long)most);
        return false;
    }
    if (job->kept && !job->again)
        forget(job);
    if (size > 0 && !make_room(job, in->end - in->first, size)) {
        tb_no_memory(&job->error, &job->mem, "input", "the input");
        return false;
    }
    if (size > 0)
        memcpy(job->kept + (in->end - in->first), data, size);
    in->data = job->kept;
    in->end += size;
    job->bytes_in += size;
    return true;
}

/* There is nothing to find out before it is drawn. */
static tb_status take_text(tb_job *job, tb_picture *p)
{
    tb_text text;

    if (!p->input.ended)
        return TB_HUNGRY;
    if (p->input.first > 0 || !tb_text_read(&text, tb_input_at(&p->input, 0), p->input.end))
        return tb_fail(&job->error, TB_E_UNSUPPORTED, "text", "it is not what can be drawn");
    p->header = (tb_header){.format = TB_TEXT, .orientation = 1, .frames = 1, .scans = 1, .depth = 8};
    p->input.safe = p->input.end;
    p->walk.known = p->walked = true;
    return TB_DONE;
}

/* Walks as far as the bytes go.  Nothing is decoded before the walk has seen all
 * there is, so a picture that will be refused costs no decoding. */
static tb_status walk(tb_job *job, tb_picture *p)
{
    if (p->text)
        return take_text(job, p);
    bool told = job->goal == TB_TO_HEADER || tb_frames_several(p);

    p->walk.times = told ? &p->times : NULL;
    tb_status status = tb_walk_step(&p->walk, &p->input, &p->header, &job->error);
    p->walked |= status == TB_DONE;
    return status;
}

/* Of the first picture's metadata, by any result. */
static uint32_t kept(const tb_job *job)
{
    uint32_t keep = 0;

    for (int k = 0; k < job->plan.pipes && job->at == 0; k++)
        keep |= job->plan.pipe[k].output.keep;
    return keep;
}

/* It may stand behind the picture. */
static bool waits_for_xmp(const tb_job *job, const tb_picture *p)
{
    tb_span xmp = p->header.xmp;

    return (kept(job) & TB_KEEP_XMP) && (p->header.xmp_ahead || xmp.at + xmp.size > p->input.safe);
}

/* All is known that the rest of the bytes could tell of it: of an animation that is its last frame, and
 * libvips takes a picture whole. */
static bool knows_enough(const tb_job *job, const tb_picture *p, tb_status status)
{
    bool header = job->goal == TB_TO_HEADER;

    if (!p->walk.known || tb_frames_walked(&p->header) || waits_for_xmp(job, p))
        return false;
    return header || (status == TB_HUNGRY && tb_decodes(&p->header));
}

/* What is only counted need not be kept. */
static void let_go(const tb_job *job, tb_picture *p)
{
    if (job->goal == TB_TO_HEADER && tb_frames_walked(&p->header) && p->header.icc_pieces == 0)
        p->input.keep = p->input.safe;
}

/* All frames that are wanted go to one of the results: else it is the first of them. */
static bool all_go_on(const tb_job *job)
{
    for (int k = 0; k < job->plan.pipes && job->at == 0; k++)
        if (tb_holds_frames(tb_plan_format(&job->plan, k)))
            return true;
    return false;
}

static tb_status choose_frames(tb_job *job, tb_picture *p)
{
    return job->goal == TB_TO_HEADER ? TB_MORE : tb_frames_choose(p, all_go_on(job), &job->error);
}

static tb_status walk_phase(tb_job *job)
{
    tb_picture *p = &job->plan.picture[job->at];
    tb_status status = walk(job, p);

    if (status == TB_FAIL)
        return TB_FAIL;
    let_go(job, p);
    if (status == TB_DONE || knows_enough(job, p, status)) {
        job->phase = TB_META;
        return p->header.format <= TB_GIF ? choose_frames(job, p) : TB_MORE;
    }
    return status;
}

static tb_status meta_phase(tb_job *job)
{
    tb_picture *p = &job->plan.picture[job->at];
    tb_status status =
        tb_meta_step(&p->meta, &job->mem, &p->header, &p->input, &p->limits, kept(job), &job->error);

    if (status == TB_DONE)
        job->phase = TB_PROBE;
    return status == TB_FAIL ? TB_FAIL : TB_MORE;
}

/* For what is written, or done on the way. */
static bool needs_vips(const tb_job *job)
{
    const tb_plan *plan = &job->plan;

    if (job->goal == TB_TO_HEADER)
        return false;
    for (int k = 0; k < plan->pipes; k++)
        if (!tb_encodes(tb_plan_format(plan, k), &plan->pipe[k].output) || tb_needs_vips(&plan->pipe[k]))
            return true;
    for (int i = 1; i < plan->pictures; i++)
        if (tb_needs_vips(&plan->layer[i]))
            return true;
    return false;
}

/* What libvips has said of the picture is held to the limits, as if we had seen it. */
static tb_status probed(tb_job *job, tb_picture *p)
{
    tb_header *h = &p->header;

    tb_chain_close(&job->chain);
    if (tb_check_size(&p->limits, tb_format_name(h->format), (uint64_t)h->width, (uint64_t)h->height,
                      &job->error) == TB_FAIL)
        return TB_FAIL;
    tb_meta_check(&p->meta, &job->mem, h, &job->error);
    p->foreign = true;
    return choose_frames(job, p) == TB_FAIL ? TB_FAIL : TB_DONE;
}

/* TB_MORE: others are to have this thread meanwhile. */
static tb_status start_vips(tb_job *job, tb_budget *budget, char why[TB_WHY])
{
    tb_status status = tb_foreign_start(&job->awaits_vips, why);

    budget->stop.waits |= status == TB_MORE;
    return status;
}

/* TB_DONE if the stage is there. */
static tb_status begin_probe(tb_job *job, tb_picture *p, tb_budget *budget)
{
    char why[TB_WHY];

    if (start_vips(job, budget, why) == TB_MORE)
        return TB_MORE;
    if (!tb_foreign() || !tb_foreign()->reads(p->header.format))
        return tb_foreign_lacks(&job->error, tb_format_name(p->header.format), p->header.format, false, why);
    uint32_t keep = job->goal == TB_TO_HEADER ? TB_KEEP_EXIF | TB_KEEP_XMP : kept(job);
    job->probe = (tb_probe){&p->input, &p->limits, keep, &p->header, &p->meta, p->first_frame};
    if (tb_chain_add(&job->chain, tb_foreign()->probe, &job->probe, -1) < 0)
        return tb_no_memory(&job->error, &job->mem, "plan", "its stages");
    return TB_DONE;
}

/* TB_DONE where there is nothing to do. */
static tb_status probe(tb_job *job, tb_picture *p, tb_budget *budget)
{
    tb_status status = TB_DONE;

    if (tb_decodes(&p->header) || (job->goal == TB_TO_HEADER && tb_frames_walked(&p->header)))
        return TB_DONE; /* an animation's header is what the walk has seen */
    if (!budget->long_ok)
        return TB_LONG;
    if (job->chain.count == 0)
        status = begin_probe(job, p, budget);
    if (status == TB_DONE)
        status = tb_chain_run(&job->chain, budget, &job->error);
    return status == TB_DONE ? probed(job, p) : status;
}

/* If it cannot be had, those who need it will say so. */
static tb_status find_vips(tb_job *job, tb_budget *budget)
{
    if (tb_foreign() || !needs_vips(job))
        return TB_DONE;
    if (!budget->long_ok)
        return TB_LONG;
    return start_vips(job, budget, job->plan.no_vips);
}

/* Somebody may have counted on the others. */
static void warn_of_frames(tb_job *job)
{
    int wanted = tb_frames_wanted(&job->plan.picture[job->at]);

    for (int k = 0; k < job->plan.pipes && job->at == 0; k++)
        if (wanted > 1 && !tb_plan_moves(&job->plan, k))
            tb_warn(&job->error, tb_format_name(tb_plan_format(&job->plan, k)),
                    "it holds one picture: of %d frames the first is taken", wanted);
    if (job->at > 0 && wanted > 1)
        tb_warn(&job->error, "composite", "of %d frames that were chosen the first is laid on", wanted);
}

static tb_status probe_phase(tb_job *job, tb_budget *budget)
{
    tb_status status = probe(job, &job->plan.picture[job->at], budget);

    if (status == TB_DONE && job->at == 0)
        status = find_vips(job, budget);
    if (status != TB_DONE)
        return status;
    if (job->goal == TB_TO_HEADER) {
        job->phase = TB_END;
        return TB_DONE;
    }
    warn_of_frames(job);
    job->phase = ++job->at == job->plan.pictures ? TB_ROUTE : TB_WALK;
    return TB_MORE;
}

static tb_status route_phase(tb_job *job)
{
    tb_route_clear(&job->route);
    if (tb_plan_route(&job->plan, job->goal == TB_TO_ROUTE, &job->route, &job->error) == TB_FAIL)
        return TB_FAIL;
    job->again = job->route.survey;
    if (job->goal == TB_TO_ROUTE) {
        job->phase = TB_END;
        return TB_DONE;
    }
    job->phase = TB_LAY;
    return TB_MORE;
}

/* A phase of its own: before it, what the job will cost is known, and none of the memory taken. */
static tb_status lay_phase(tb_job *job)
{
    if (!tb_lay(&job->chain, &job->plan, &job->route))
        return tb_no_memory(&job->error, &job->mem, "plan", "its stages");
    job->phase = TB_RUN;
    return TB_MORE;
}

/* The decoders start from the beginning. */
static tb_status go_again(tb_job *job)
{
    tb_chain_close(&job->chain);
    for (int i = 0; i < job->plan.pictures; i++)
        job->plan.picture[i].input.keep = 0;
    job->phase = TB_ROUTE;
    return TB_MORE;
}

/* The survey is over. */
static tb_status learn(tb_job *job)
{
    tb_plan_learn(&job->plan, &job->route);
    tb_status status = go_again(job);
    tb_vips_shut_all(&job->vips, &job->mem);
    return status;
}

/* A result may turn out not to be had; if none is, the job has failed. */
static tb_status end(tb_job *job)
{
    const tb_error *first = &job->plan.result[0].error;

    for (int k = 0; k < job->plan.pipes; k++)
        if (job->plan.result[k].error.code == TB_E_NONE) {
            job->phase = TB_END;
            return TB_DONE;
        }
    return tb_fail(&job->error, first->code, first->stage, "%s", first->text);
}

/* There is another frame, and a result that waits for it. */
static bool frame_is_left(const tb_job *job)
{
    const tb_picture *p = job->plan.picture;

    for (int k = 0; k < job->plan.pipes && p->frame + 1 < p->frames; k++)
        if (tb_plan_goes_on(&job->plan, k))
            return true;
    return false;
}

/* The stages have come to their end: it may be that of a survey, of a frame, or of all. */
static tb_status arrive(tb_job *job, const tb_budget *budget)
{
    bool again = job->again || frame_is_left(job);

    if (again && tb_chain_heavy(&job->chain) && !budget->long_ok)
        return TB_LONG;
    if (job->again)
        return learn(job);
    if (!again)
        return end(job);
    job->plan.picture->frame++;
    return go_again(job);
}

static tb_status run_phase(tb_job *job, tb_budget *budget)
{
    tb_picture *p = job->plan.picture;

    if (!p->walked) {
        tb_status status = walk(job, p);
        if (status == TB_FAIL || status == TB_MORE)
            return status;
    }
    tb_status status = tb_chain_run(&job->chain, budget, &job->error);
    if (status == TB_DONE && !p->walked && !job->again)
        status = p->input.ended ? TB_MORE : TB_HUNGRY; /* the rest may still be refused */
    if (status == TB_DONE)
        return arrive(job, budget);
    if ((status == TB_MORE || status == TB_HUNGRY) && job->piece &&
        job->plan.result->bytes.size >= job->piece)
        return TB_FULL;
    return status;
}

static tb_status advance(tb_job *job, tb_budget *budget)
{
    switch (job->phase) {
    case TB_WALK:
        return walk_phase(job);
    case TB_META:
        return meta_phase(job);
    case TB_PROBE:
        return probe_phase(job, budget);
    case TB_ROUTE:
        return route_phase(job);
    case TB_LAY:
        return lay_phase(job);
    case TB_RUN:
        return run_phase(job, budget);
    case TB_END:
        return TB_DONE;
    }
    return TB_DONE;
}

tb_status tb_job_run(tb_job *job, tb_budget *budget)
{
    tb_status status;

    if (job->error.code != TB_E_NONE)
        return TB_FAIL;
    tb_vips_rest(&job->vips, false);
    do
        status = advance(job, budget);
    while (status == TB_MORE && budget->left(budget));
    tb_vips_rest(&job->vips, status == TB_FULL || status == TB_HUNGRY);
    return status;
}

bool tb_job_uses_vips(const tb_job *job)
{
    return job->vips.begun || (job->phase >= TB_ROUTE && needs_vips(job));
}

bool tb_job_heavy(const tb_job *job)
{
    for (int k = 0; k < job->plan.pipes; k++)
        if (tb_reel_heavy(&job->plan.result[k].reel))
            return true;
    return tb_chain_heavy(&job->chain);
}

void tb_job_close(tb_job *job)
{
    tb_chain_close(&job->chain);
    tb_vips_close(&job->vips, &job->mem);
    tb_foreign_leave(&job->awaits_vips);
    tb_plan_close(&job->plan, &job->mem);
    tb_free(&job->mem, job->kept);
    job->kept = NULL;
    job->phase = TB_END;
}
