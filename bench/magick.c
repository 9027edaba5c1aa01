/* magick.c - the job as ImageMagick does it, in process: one thread, the hint that
 * lets a JPEG be decoded smaller. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#if __has_include(<MagickWand/MagickWand.h>)
#include <MagickWand/MagickWand.h>
#else
#include <wand/MagickWand.h>
#endif

void peer_start(const peer_job *job)
{
    (void)job;
    MagickWandGenesis();
    MagickSetResourceLimit(ThreadResource, 1);
}

void *peer_open(const peer_job *job)
{
    (void)job;
    return NULL;
}

static void must(MagickBooleanType done, MagickWand *wand)
{
    ExceptionType kind;

    if (done == MagickFalse)
        peer_fail(MagickGetException(wand, &kind));
}

/* The width alone, which the reader takes as "at least". */
static void hint(const peer_job *job, MagickWand *wand)
{
    char size[40];

    snprintf(size, sizeof size, "%dx%d", 2 * job->n, 2 * job->n);
    must(MagickSetOption(wand, "jpeg:size", size), wand);
}

static void read_in(const peer_job *job, MagickWand *wand)
{
    if (job->work == PEER_PIXELS) {
        must(MagickConstituteImage(wand, PIXELS_WIDTH, PIXELS_HEIGHT, "RGB", CharPixel, job->data), wand);
        return;
    }
    if (job->work == PEER_THUMBNAIL || job->work == PEER_FILE)
        hint(job, wand);
    must(job->work == PEER_FILE ? MagickReadImage(wand, job->path)
                                : MagickReadImageBlob(wand, job->data, job->size),
         wand);
}

static void work_on(const peer_job *job, MagickWand *wand)
{
    size_t width = MagickGetImageWidth(wand), height = MagickGetImageHeight(wand), n = (size_t)job->n;

    switch (job->work) {
    case PEER_CROP:
        must(MagickCropImage(wand, n, n, (ssize_t)(width - n) / 2, (ssize_t)(height - n) / 2), wand);
        break;
    case PEER_BLUR:
        must(MagickBlurImage(wand, 0, job->n), wand);
        break;
    default:
#if defined(MAGICKCORE_CHANNEL_MASK_DEPTH)
        must(MagickResizeImage(wand, n, (height * n + width / 2) / width, LanczosFilter), wand);
#else
        must(MagickResizeImage(wand, n, (height * n + width / 2) / width, LanczosFilter, 1), wand);
#endif
    }
}

static size_t give_pixels(const peer_job *job, MagickWand *wand)
{
    size_t width = MagickGetImageWidth(wand), height = MagickGetImageHeight(wand), size = width * height * 3;
    uint8_t *px = malloc(size);

    if (!px)
        peer_fail("no memory");
    must(MagickExportImagePixels(wand, 0, 0, width, height, "RGB", CharPixel, px), wand);
    peer_result(job, px, size);
    free(px);
    return size;
}

static size_t write_out(const peer_job *job, MagickWand *wand)
{
    static const char *const formats[] = {"JPEG", "PNG", "WEBP", "WEBP"};
    size_t size = 0;

    must(MagickStripImage(wand), wand);
    must(MagickSetImageFormat(wand, formats[job->format]), wand);
    if (job->format == PEER_PNG)
        must(MagickSetOption(wand, "png:compression-level", "6"), wand);
    else
        must(MagickSetImageCompressionQuality(wand, 80), wand);
    if (job->format == PEER_JPEG)
        must(MagickSetOption(wand, "jpeg:sampling-factor", "4:2:0"), wand);
    if (job->format == PEER_LOSSLESS)
        must(MagickSetOption(wand, "webp:lossless", "true"), wand);
    uint8_t *out = MagickGetImageBlob(wand, &size);
    must(out ? MagickTrue : MagickFalse, wand);
    peer_result(job, out, size);
    MagickRelinquishMemory(out);
    return size;
}

size_t peer_run(const peer_job *job, void *state)
{
    MagickWand *wand = NewMagickWand();

    (void)state;
    read_in(job, wand);
    work_on(job, wand);
    size_t size = job->work == PEER_PIXELS ? give_pixels(job, wand) : write_out(job, wand);
    DestroyMagickWand(wand);
    return size;
}
