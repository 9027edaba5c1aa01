/* vips.c - the job as libvips does it: one thread, no cache. */
#include "peer.h"
#include <vips/vips.h>

void peer_start(const peer_job *job)
{
    (void)job;
    if (VIPS_INIT("vips"))
        peer_fail("libvips does not start");
    vips_concurrency_set(1);
    vips_cache_set_max(0);
}

void *peer_open(const peer_job *job)
{
    (void)job;
    return NULL;
}

/* What one loader or operation makes of another's, which is no longer needed. */
static VipsImage *then(VipsImage *old, VipsImage *new, int failed)
{
    if (failed)
        peer_fail(vips_error_buffer());
    if (old)
        g_object_unref(old);
    return new;
}

static VipsImage *load(const peer_job *job)
{
    VipsImage *image =
        vips_image_new_from_buffer(job->data, job->size, "", "access", VIPS_ACCESS_SEQUENTIAL, NULL);
    return then(NULL, image, !image);
}

static VipsImage *thumbnail(const peer_job *job)
{
    VipsImage *image = NULL;
    int failed = job->work == PEER_FILE
                     ? vips_thumbnail(job->path, &image, job->n, NULL)
                     : vips_thumbnail_buffer((void *)(uintptr_t)job->data, job->size, &image, job->n, NULL);
    return then(NULL, image, failed);
}

static VipsImage *crop(const peer_job *job)
{
    VipsImage *in = load(job), *out = NULL;
    int failed =
        vips_crop(in, &out, (in->Xsize - job->n) / 2, (in->Ysize - job->n) / 2, job->n, job->n, NULL);
    return then(in, out, failed);
}

static VipsImage *blur(const peer_job *job)
{
    VipsImage *in = load(job), *out = NULL;
    int failed = vips_gaussblur(in, &out, job->n, NULL);
    return then(in, out, failed);
}

/* vips_resize would take ten times as long on pixels in memory. */
static size_t pixels(const peer_job *job)
{
    double shrink = (double)PIXELS_WIDTH / job->n;
    VipsImage *in =
        vips_image_new_from_memory(job->data, job->size, PIXELS_WIDTH, PIXELS_HEIGHT, 3, VIPS_FORMAT_UCHAR);
    VipsImage *out = NULL;
    size_t size;
    int failed = vips_reduce(in, &out, shrink, shrink, NULL);

    out = then(in, out, failed);
    void *data = vips_image_write_to_memory(out, &size);
    g_object_unref(out);
    peer_result(job, data, size);
    g_free(data);
    return size;
}

static int save(const peer_job *job, VipsImage *image, void **out, size_t *size)
{
    switch (job->format) {
    case PEER_JPEG:
        return vips_jpegsave_buffer(image, out, size, "Q", 80, "strip", TRUE, NULL);
    case PEER_PNG:
        return vips_pngsave_buffer(image, out, size, "compression", 6, "strip", TRUE, NULL);
    case PEER_LOSSLESS:
        return vips_webpsave_buffer(image, out, size, "lossless", TRUE, "Q", 80, "effort", 4, "strip", TRUE,
                                    NULL);
    default:
        return vips_webpsave_buffer(image, out, size, "Q", 80, "effort", 4, "strip", TRUE, NULL);
    }
}

size_t peer_run(const peer_job *job, void *state)
{
    VipsImage *image;
    void *out;
    size_t size;

    (void)state;
    if (job->work == PEER_PIXELS)
        return pixels(job);
    image = job->work == PEER_CROP ? crop(job) : job->work == PEER_BLUR ? blur(job) : thumbnail(job);
    if (save(job, image, &out, &size))
        peer_fail(vips_error_buffer());
    peer_result(job, out, size);
    g_free(out);
    g_object_unref(image);
    return size;
}
