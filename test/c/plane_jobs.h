/* plane_jobs.h - whole jobs that may go by way of planes, and the same by way of RGB. */
#ifndef PLANE_JOBS_H
#define PLANE_JOBS_H

#include "../../c_src/job.h"
#include "jpeg_samples.h"
#include <math.h>

static inline tb_op resize_to(int w, int h)
{
    return (tb_op){.kind = TB_OP_RESIZE,
                   .resize = {.width.n = w,
                              .height.n = h,
                              .kernel = TB_LANCZOS3,
                              .gravity = {0.5, 0.5, false},
                              .dpr = 1,
                              .enlarge = true,
                              .reduce = true}};
}

static inline tb_op crop_to(int x, int y, int w, int h)
{
    return (tb_op){.kind = TB_OP_CROP, .crop = {.x.n = x, .y.n = y, .width.n = w, .height.n = h}};
}

static inline tb_op turn_by(int angle)
{
    return (tb_op){.kind = TB_OP_ROTATE, .rotate.angle = angle};
}

static inline tb_op flip_to(tb_direction d)
{
    return (tb_op){.kind = TB_OP_FLIP, .flip.direction = d};
}

static inline tb_op blur_by(double sigma)
{
    return (tb_op){.kind = TB_OP_BLUR, .blur.sigma = sigma};
}

/* What is asked of a picture, and how. */
typedef struct {
    tb_op op[6];
    int count;
    tb_output output;
    int orientation; /* 0 = the file's */
    bool rgb;        /* the header hides the planes */
    long steps;      /* of a slice; 0 = few */
} wish;

static inline void add(wish *w, tb_op op)
{
    w->op[w->count++] = op;
}

static inline tb_status run_job(tb_job *job, file f, const wish *w)
{
    tb_status status;

    *job = (tb_job){0};
    if (!tb_job_open(job, &test_heap, 1, 1))
        return TB_FAIL;
    job->plan.picture->limits = tb_default_limits;
    job->plan.picture->orient = true;
    tb_pipe *pipe = job->plan.pipe;
    memcpy(pipe->op, w->op, sizeof w->op);
    pipe->count = w->count;
    pipe->output = w->output;
    tb_job_give(job, 0, f.data, f.size);
    do {
        steps_budget b = slice_of(w->steps && job->phase >= TB_RUN ? w->steps : 1);
        status = tb_job_run(job, &b.base);
        tb_header *h = &job->plan.picture->header;
        if (job->phase == TB_ROUTE) {
            h->orientation = w->orientation ? w->orientation : h->orientation;
            h->chroma_x = w->rgb ? 0 : h->chroma_x;
        }
    } while (status == TB_MORE);
    return status;
}

static inline void close_job(tb_job *job)
{
    tb_job_close(job);
    CHECK(job->mem.used == 0);
}

/* It is too large for a stack. */
static inline tb_job *the_job(void)
{
    static tb_job job;
    return &job;
}

/* The file it becomes; whether it went by way of planes. */
static inline file result_of(file f, const wish *w, bool *by_planes)
{
    tb_job *job = the_job();

    if (run_job(job, f, w) != TB_DONE) {
        printf("%s\n", job->error.text);
        CHECK(false);
    }
    *by_planes = job->route.planes;
    file out = file_of_bytes(&job->plan.result->bytes);
    close_job(job);
    return out;
}

static inline void check_slicings(file f, wish w)
{
    bool by_planes;
    file whole = result_of(f, &w, &by_planes);

    for (w.steps = 1; w.steps < 1000; w.steps *= 3) {
        CHECK_SAME_FILE(result_of(f, &w, &by_planes), whole);
        CHECK(by_planes);
    }
}

static inline void job_survives_no_memory(file f, wish w)
{
    for (long n = 0; lose_next(&n);) {
        tb_job *job = the_job();
        CHECK_LOSS(run_job(job, f, &w), &job->error);
        close_job(job);
    }
}

/* Waves, a few periods of each colour in the picture, in different directions: a chroma
 * that lies half a sample beside its place is seen. */
static inline image waves(int w, int h)
{
    image i = image_new(w, h, 3);

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double u = x / 23.0, v = y / 19.0;
            double wave[3] = {sin(u) + sin(v), sin(u + v), cos(u - v)};
            for (int k = 0; k < 3; k++)
                i.px[(y * w + x) * 3 + k] = (uint8_t)(128 + 40 * wave[k]);
        }
    return i;
}

/* Of a mean square difference. */
static inline double decibels(double mean)
{
    return 10 * log10(65025 / fmax(mean, 1e-3));
}

#endif
