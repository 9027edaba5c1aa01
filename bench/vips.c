/* vips.c - the job as libvips does it: its own thumbnailer, one thread, no cache. */
#include "peer.h"
#include <vips/vips.h>

void peer_open(const peer_job *job)
{
    (void)job;
    if (VIPS_INIT("vips"))
        peer_fail("libvips does not start");
    vips_concurrency_set(1);
    vips_cache_set_max(0);
}

static int save(const peer_job *job, VipsImage *image, void **out, size_t *size)
{
    switch (job->data[0]) {
    case 0xff:
        return vips_jpegsave_buffer(image, out, size, "Q", 80, "strip", TRUE, NULL);
    case 0x89:
        return vips_pngsave_buffer(image, out, size, "compression", 6, "strip", TRUE, NULL);
    default:
        return vips_webpsave_buffer(image, out, size, "Q", 80, "effort", 4, "strip", TRUE, NULL);
    }
}

size_t peer_run(const peer_job *job)
{
    VipsImage *image;
    void *out;
    size_t size;

    if (vips_thumbnail_buffer((void *)(uintptr_t)job->data, job->size, &image, job->width, NULL) ||
        save(job, image, &out, &size))
        peer_fail(vips_error_buffer());
    g_free(out);
    g_object_unref(image);
    return size;
}
