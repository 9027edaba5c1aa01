/* job.c - the phases of a job. */
#include "job.h"
#include <string.h>

void tb_job_open(tb_job *job, tb_heap *heap)
{
    job->mem.heap = heap;
    job->walk.limits = &job->plan.limits;
    job->chain.mem = &job->mem;
    job->bytes.mem = &job->mem;
}

void tb_job_give(tb_job *job, const uint8_t *data, size_t size)
{
    job->input = (tb_input){.data = data, .end = size, .ended = true};
    job->bytes_in = size;
}

void tb_job_end_input(tb_job *job)
{
    job->input.ended = true;
}

/* Drops what nobody needs again. */
static void forget(tb_job *job)
{
    tb_input *in = &job->input;
    size_t n = (in->keep < in->safe ? in->keep : in->safe) - in->first;

    if (n == 0)
        return;
    memmove(job->kept, job->kept + n, in->end - in->first - n);
    in->first += n;
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
    tb_input *in = &job->input;
    uint64_t most = job->plan.limits.max_bytes;

    if (most && (size > most || in->end > most - size)) {
        tb_fail(&job->error, TB_E_LIMIT, "input", "it is longer than %llu bytes (max_bytes)",
                (unsigned long long)most);
        return false;
    }
    if (job->kept)
        forget(job);
    if (size > 0 && !make_room(job, in->end - in->first, size)) {
        tb_no_memory(&job->error, &job->mem, "input", "the input");
        return false;
    }
    if (size > 0)
        memcpy(job->kept + (in->end - in->first), data, size);
    in->data = job->kept;
    in->end += size;
    job->bytes_in = in->end;
    return true;
}

/* Walks as far as the bytes go.  Nothing is decoded before the walk has seen all
 * there is, so a picture that will be refused costs no decoding. */
static tb_status walk(tb_job *job)
{
    tb_status status = tb_walk_step(&job->walk, &job->input, &job->header, &job->error);

    job->walked |= status == TB_DONE;
    return status;
}

static tb_status walk_phase(tb_job *job)
{
    tb_status status = walk(job);

    if (status == TB_FAIL)
        return TB_FAIL;
    if (job->walk.known && job->goal == TB_TO_HEADER) {
        job->phase = TB_END;
        return TB_DONE;
    }
    if (status == TB_DONE || (status == TB_HUNGRY && job->walk.known)) {
        job->phase = TB_META;
        return TB_MORE;
    }
    return status;
}

static tb_status meta_phase(tb_job *job)
{
    tb_status status =
        tb_meta_step(&job->meta, &job->mem, &job->header, &job->input, &job->plan.limits, &job->error);

    if (status == TB_DONE)
        job->phase = TB_ROUTE;
    return status == TB_FAIL ? TB_FAIL : TB_MORE;
}

static tb_status route_phase(tb_job *job)
{
    tb_ends ends = {&job->input, &job->header, &job->meta, &job->bytes};
    tb_route *r = &job->route;

    if (tb_plan_route(&job->plan, &ends, r, &job->error) == TB_FAIL)
        return TB_FAIL;
    if (job->goal == TB_TO_ROUTE) {
        job->phase = TB_END;
        return TB_DONE;
    }
    for (int i = 0; i < r->count; i++)
        if (tb_chain_add(&job->chain, r->node[i].ops, &r->node[i].decode, i - 1) != i)
            return tb_no_memory(&job->error, &job->mem, "plan", "its stages");
    job->phase = TB_RUN;
    return TB_MORE;
}

static tb_status run_phase(tb_job *job, tb_budget *budget)
{
    if (!job->walked) {
        tb_status status = walk(job);
        if (status == TB_FAIL || status == TB_MORE)
            return status;
    }
    tb_status status = tb_chain_run(&job->chain, budget, &job->error);
    if (status == TB_DONE && !job->walked)
        return job->input.ended ? TB_MORE : TB_HUNGRY; /* the rest may still be refused */
    if (status == TB_DONE)
        job->phase = TB_END;
    if (status == TB_MORE && job->piece && job->bytes.size >= job->piece)
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
    case TB_ROUTE:
        return route_phase(job);
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
    do
        status = advance(job, budget);
    while (status == TB_MORE && budget->left(budget));
    return status;
}

void tb_job_close(tb_job *job)
{
    tb_chain_close(&job->chain);
    tb_meta_close(&job->meta, &job->mem);
    tb_bytes_close(&job->bytes);
    tb_free(&job->mem, job->kept);
    job->kept = NULL;
    job->phase = TB_END;
}
