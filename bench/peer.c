/* peer.c - the clock of a peer: reads the file, warms up, runs, reports. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

_Noreturn void peer_fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static peer_job read_file(const char *name)
{
    FILE *f = fopen(name, "rb");
    if (!f || fseek(f, 0, SEEK_END))
        peer_fail("cannot read the file");
    size_t size = (size_t)ftell(f);
    uint8_t *data = malloc(size);
    rewind(f);
    if (!data || fread(data, 1, size, f) != size)
        peer_fail("cannot read the file");
    fclose(f);
    return (peer_job){.data = data, .size = size};
}

int main(int argc, char **argv)
{
    if (argc != 4)
        peer_fail("usage: PEER FILE WIDTH SECONDS");
    peer_job job = read_file(argv[1]);
    job.width = atoi(argv[2]);
    peer_open(&job);
    for (int i = 0; i < 3; i++)
        peer_run(&job);

    long count = 0;
    double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID), until = seconds_of(CLOCK_MONOTONIC) + atof(argv[3]);
    do {
        if (peer_run(&job) == 0)
            peer_fail("no result");
        count++;
    } while (seconds_of(CLOCK_MONOTONIC) < until);
    printf("%.4f\n", (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start) * 1000 / (double)count);
    return 0;
}
