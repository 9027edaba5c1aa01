/* test_animation.c - whole jobs over the frames of an animation, where this build has libvips. */
#include "../../c_src/job.h"
#include "../../c_src/worker/pool.h"
#include "alone.h"
#include "samples.h"
#include <limits.h>

#define FRAMES 4

typedef struct {
    tb_format to;
    long stop_at; /* asked so often, it is stopped... */
    long slices;  /* ...or after so many, closed; 0 = never */
    size_t size;  /* of the file that came out */
    int frames;   /* and frames that went in */
} manner;

static void wish(tb_job *job, tb_format to)
{
    tb_picture *p = job->plan.picture;

    p->limits = tb_default_limits;
    p->last_frame = INT_MAX;
    job->plan.pipe->output =
        (tb_output){.format = to, .quality = 80, .effort = 1, .bitdepth = 8, .loop = -1, .dither = 1};
    job->plan.pipe->count = 1;
    job->plan.pipe->op[0] = (tb_op){.kind = TB_OP_BLUR, .blur.sigma = 1};
}

static tb_status run_job(const blob *in, manner *m, tb_error *err)
{
    tb_job *job = calloc(1, sizeof *job);
    tb_status status = TB_FAIL;
    long slices = 0;

    CHECK(job);
    if (tb_job_open(job, &test_heap, 1, 1)) {
        wish(job, m->to);
        tb_job_give(job, 0, in->data, in->size);
        do {
            steps_budget b = slice_of(7);
            b.stop_at = m->stop_at;
            status = tb_job_run(job, &b.base);
        } while ((status == TB_MORE || status == TB_LONG) && (!m->slices || ++slices < m->slices));
    }
    *err = job->error;
    m->frames = job->plan.pictures ? job->plan.picture->frames : 0;
    m->size = job->plan.pipes ? job->plan.result->bytes.size : 0;
    tb_job_close(job);
    CHECK(job->mem.used == 0 && atomic_load(&test_heap.used) == 0);
    free(job);
    return status;
}

static const tb_format formats[] = {TB_GIF, TB_WEBP, TB_TIFF};

static void all_frames_are_used(const blob *in)
{
    for (int i = 0; i < 3; i++) {
        manner m = {.to = formats[i]};
        tb_error err;
        CHECK(run_job(in, &m, &err) == TB_DONE && m.frames == FRAMES && m.size > 100);
    }
}

static void every_allocation_may_fail(const blob *in)
{
    for (int i = 0; i < 3; i++)
        for (long n = 0; lose_next(&n);) {
            manner m = {.to = formats[i]};
            tb_error err;
            CHECK_LOSS(run_job(in, &m, &err), &err);
        }
}

/* In the midst of any frame. */
static void it_can_end_anywhere(const blob *in)
{
    for (int i = 0; i < 3; i++)
        for (long n = 1; n < 60; n += 2) {
            manner m = {.to = formats[i], .slices = n};
            tb_error err;
            run_job(in, &m, &err);
        }
}

static void it_stops_when_asked(const blob *in)
{
    for (int i = 0; i < 3; i++) {
        manner m = {.to = formats[i], .stop_at = 1};
        tb_error err;
        tb_status status = run_job(in, &m, &err);
        CHECK(status == TB_DONE || err.code == TB_E_CANCELLED);
    }
}

int main(void)
{
    char why[TB_WHY];
    blob *in = animated_gif(5, 5, FRAMES, 2);

    tb_pool_open();
    if (tb_foreign_wait(NULL, why)) {
        all_frames_are_used(in);
        every_allocation_may_fail(in);
        it_can_end_anywhere(in);
        it_stops_when_asked(in);
    }
    tb_pool_close();
    wait_until_alone();
    blobs_free();
    images_free();
    return 0;
}
