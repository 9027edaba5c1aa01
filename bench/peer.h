/* peer.h - what a peer of the benchmark does: one job, again and again.
 *
 *   PEER FILE WIDTH SECONDS
 *
 * makes a picture of that width and of FILE's own format, in memory, for so
 * long, and prints the CPU milliseconds that one took. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *data; /* the file */
    size_t size;
    int width; /* wanted */
} peer_job;

void peer_open(const peer_job *job);  /* not timed */
size_t peer_run(const peer_job *job); /* bytes of the result; timed */

_Noreturn void peer_fail(const char *why);

#endif
