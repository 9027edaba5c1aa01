/* core.c - the job as Thumbelina's core does it, without the VM: one slice to the end.
 *
 * The VM keeps the memory that one job gives back for the next; malloc is told to do so, too. */
#include "../c_src/job.h"
#include "../c_src/shelf.h"
#include "peer.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static tb_shelf shelf;
static tb_heap heap = {.alloc = malloc, .free = free, .shelf = &shelf, .step = (size_t)16 << 10};

static bool never(tb_stop *stop)
{
    (void)stop;
    return false;
}

static bool always(tb_budget *budget)
{
    (void)budget;
    return true;
}

static tb_budget endless = {.stop = {.asked = never}, .left = always, .long_ok = true};

void peer_start(const peer_job *job)
{
    if (job->work == PEER_FILE)
        peer_fail("from memory only");
    tb_codecs_load();
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void *peer_open(const peer_job *job)
{
    (void)job;
    return NULL;
}

/* --- whole jobs */

static tb_op op_of(const peer_job *job)
{
    tb_op op = {0};

    if (job->work == PEER_CROP) {
        op.kind = TB_OP_CROP;
        op.crop = (tb_crop_op){
            .x.n = -1, .y.n = -1, .width.n = job->n, .height.n = job->n, .gravity = {0.5, 0.5, false}};
    } else if (job->work == PEER_BLUR) {
        op.kind = TB_OP_BLUR;
        op.blur.sigma = job->n;
    } else {
        op.kind = TB_OP_RESIZE;
        op.resize = (tb_resize_op){.width = {job->n, false},
                                   .kernel = TB_LANCZOS3,
                                   .gravity = {0.5, 0.5, false},
                                   .dpr = 1,
                                   .reduce = true};
    }
    return op;
}

static tb_output output_of(const peer_job *job)
{
    static const tb_format formats[] = {TB_JPEG, TB_PNG, TB_WEBP, TB_WEBP};

    return (tb_output){.format = formats[job->format],
                       .quality = 80,
                       .level = 6,
                       .method = 4,
                       .lossless = job->format == PEER_LOSSLESS,
                       .background = {255, 255, 255}};
}

static size_t whole_job(const peer_job *p)
{
    tb_job *job = calloc(1, sizeof *job);

    if (!job || !tb_job_open(job, &heap, 1, 1))
        peer_fail("no memory");
    job->mem.huge_pages = true;
    job->plan.picture->limits = tb_default_limits;
    job->plan.picture->orient = true;
    job->plan.pipe->op[job->plan.pipe->count++] = op_of(p);
    job->plan.pipe->output = output_of(p);
    tb_job_give(job, 0, p->data, p->size);
    if (tb_job_run(job, &endless) != TB_DONE)
        peer_fail(job->error.text);

    tb_bytes *bytes = &job->plan.result->bytes;
    size_t size = bytes->size;
    uint8_t *out = malloc(size);
    if (!out || tb_bytes_take(bytes, out, size) != size)
        peer_fail("no memory");
    tb_job_close(job);
    free(job);
    peer_result(p, out, size);
    free(out);
    return size;
}

/* --- bare pixels: a source, the resize, a sink */

static tb_status give_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->out[0].shape = (tb_shape){PIXELS_WIDTH, PIXELS_HEIGHT, 3};
    return TB_MORE;
}

static tb_status give_step(tb_stage *s, tb_error *err)
{
    const uint8_t *px = s->args;
    tb_rows *out = &s->out[0];

    (void)err;
    memcpy(tb_new_row(out, 0), px + (size_t)out->end * PIXELS_WIDTH * 3, (size_t)PIXELS_WIDTH * 3);
    return ++out->end == PIXELS_HEIGHT ? TB_DONE : TB_MORE;
}

static tb_status keep_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->in[0].window = s->in[0].want = 1;
    return TB_MORE;
}

static tb_status keep_step(tb_stage *s, tb_error *err)
{
    uint8_t *px = *(uint8_t *const *)s->args;
    tb_in *in = &s->in[0];
    size_t n = (size_t)in->rows->shape.width * 3;

    (void)err;
    memcpy(px + (size_t)in->first * n, tb_row(in, in->first), n);
    tb_advance(in, in->first + 1, in->first + 2);
    return in->first == in->rows->shape.height ? TB_DONE : TB_MORE;
}

static const tb_stage_ops give = {.name = "give", .outs = 1, .open = give_open, .step = give_step};
static const tb_stage_ops keep = {.name = "keep", .ins = 1, .open = keep_open, .step = keep_step};

static size_t pixels(const peer_job *job)
{
    int width = job->n, height = job->n * PIXELS_HEIGHT / PIXELS_WIDTH;
    tb_resize_args args = {.width = width, .height = height, .kernel = TB_LANCZOS3};
    size_t size = (size_t)width * (size_t)height * 3;
    uint8_t *out = malloc(size);
    tb_mem mem = {.heap = &heap};
    tb_chain chain = {.mem = &mem};
    tb_error err = {0};

    if (!out || job->size != (size_t)PIXELS_WIDTH * PIXELS_HEIGHT * 3)
        peer_fail("not 1600x1200 pixels, or no memory");
    if (tb_chain_add(&chain, &give, job->data, -1) < 0 || tb_chain_add(&chain, &tb_resize, &args, 0) < 0 ||
        tb_chain_add(&chain, &keep, &out, 1) < 0 || tb_chain_run(&chain, &endless, &err) != TB_DONE)
        peer_fail(err.text);
    tb_chain_close(&chain);
    peer_result(job, out, size);
    free(out);
    return size;
}

size_t peer_run(const peer_job *job, void *state)
{
    (void)state;
    return job->work == PEER_PIXELS ? pixels(job) : whole_job(job);
}
