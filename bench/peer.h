/* peer.h - what a peer of the benchmark does: one job, again and again.
 *
 *   PEER FILE SIZE SECONDS [WORK [FORMAT [CALLERS [RESULT]]]]
 *
 * does it for so long in so many threads, from bytes in memory to bytes in memory,
 * after 0.1 s that do not count (0 seconds: once, and none before), and prints
 *
 *   CPU WALL RUNS REST PEAK BYTES
 *
 * CPU and wall milliseconds of one run, how many there were, KiB that the process
 * held before the first, and at most, and the size of what came out, which
 * is kept in RESULT.  WORK is
 *
 *   thumbnail   SIZE is the width (this, where nothing is said)
 *   crop        SIZE by SIZE from the middle
 *   blur        by a Gaussian of sigma SIZE
 *   pixels      of FILE, bare RGB of 1600x1200, to the width SIZE by Lanczos 3, and bare again
 *   file        a thumbnail, from the file by its name
 *
 * and FORMAT jpeg, png, webp or lossless (WebP); that of FILE, where nothing is said. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

typedef enum { PEER_THUMBNAIL, PEER_CROP, PEER_BLUR, PEER_PIXELS, PEER_FILE } peer_work;
typedef enum { PEER_JPEG, PEER_PNG, PEER_WEBP, PEER_LOSSLESS } peer_format;

enum { PIXELS_WIDTH = 1600, PIXELS_HEIGHT = 1200 };

typedef struct {
    const char *path;
    const uint8_t *data; /* of the file */
    size_t size;
    peer_work work;
    int n; /* SIZE */
    peer_format format;
    const char *result; /* where it is kept; may be NULL */
} peer_job;

void peer_start(const peer_job *job);              /* once, not timed */
void *peer_open(const peer_job *job);              /* for each thread, not timed */
size_t peer_run(const peer_job *job, void *state); /* timed; returns peer_result() */

/* The size, and it is kept where that is wanted. */
size_t peer_result(const peer_job *job, const void *data, size_t size);

_Noreturn void peer_fail(const char *why);

#endif
