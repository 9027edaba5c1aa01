/* peer.c - the clock of a peer: reads the file, warms up, runs, reports. */
#define _DEFAULT_SOURCE /* getrusage */
#include "peer.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void peer_fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

size_t peer_result(const peer_job *job, const void *data, size_t size)
{
    FILE *f = job->result ? fopen(job->result, "wb") : NULL;

    if (job->result && (!f || fwrite(data, 1, size, f) != size || fclose(f)))
        peer_fail("cannot keep the result");
    return size;
}

/* --- clocks */

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_in(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Of this process and those that it waited for. */
static double cpu(void)
{
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID) + seconds_in(children.ru_utime) +
           seconds_in(children.ru_stime);
}

/* A line of /proc/self/status, in KiB; 0 where there is none. */
static long status_of(const char *name)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[200];
    long kib = 0;

    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = atol(line + strlen(name));
    if (f)
        fclose(f);
    return kib;
}

static long peak(void)
{
    struct rusage children;
    getrusage(RUSAGE_CHILDREN, &children);
    long own = status_of("VmHWM:");
    return children.ru_maxrss > own ? children.ru_maxrss : own;
}

/* --- what is asked for */

/* Which of the names it is; they end with NULL. */
static int one_of(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    peer_fail("no such work or format");
}

static peer_format format_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    if (dot && strcmp(dot, ".png") == 0)
        return PEER_PNG;
    return dot && strcmp(dot, ".webp") == 0 ? PEER_WEBP : PEER_JPEG;
}

static void read_file(peer_job *job)
{
    FILE *f = fopen(job->path, "rb");
    if (!f || fseek(f, 0, SEEK_END))
        peer_fail("cannot read the file");
    job->size = (size_t)ftell(f);
    uint8_t *data = malloc(job->size);
    rewind(f);
    if (!data || fread(data, 1, job->size, f) != job->size)
        peer_fail("cannot read the file");
    fclose(f);
    job->data = data;
}

static peer_job job_of(int argc, char **argv)
{
    static const char *const works[] = {"thumbnail", "crop", "blur", "pixels", "file", NULL};
    static const char *const formats[] = {"jpeg", "png", "webp", "lossless", NULL};
    peer_job job = {.path = argv[1], .n = atoi(argv[2]), .format = format_of(argv[1])};

    if (argc > 4)
        job.work = (peer_work)one_of(works, argv[4]);
    if (argc > 5)
        job.format = (peer_format)one_of(formats, argv[5]);
    job.result = argc > 7 ? argv[7] : NULL;
    if (job.work != PEER_FILE)
        read_file(&job);
    return job;
}

/* --- callers */

#define MOST_CALLERS 64

typedef struct {
    pthread_t thread;
    const peer_job *job;
    double seconds; /* to run for; 0 = once */
    void *state;
    long runs;
    size_t bytes;
} caller;

static void *call(void *argument)
{
    caller *c = argument;
    double until = seconds_of(CLOCK_MONOTONIC) + c->seconds;

    do {
        c->bytes = peer_run(c->job, c->state);
        if (c->bytes == 0)
            peer_fail("no result");
        c->runs++;
    } while (seconds_of(CLOCK_MONOTONIC) < until);
    return NULL;
}

static void warm_up(const caller *c)
{
    double until = seconds_of(CLOCK_MONOTONIC) + 0.1;

    do
        peer_run(c->job, c->state);
    while (seconds_of(CLOCK_MONOTONIC) < until);
}

static long call_all(caller *callers, int count)
{
    long runs = 0;

    for (int i = 1; i < count; i++)
        if (pthread_create(&callers[i].thread, NULL, call, &callers[i]))
            peer_fail("no thread");
    call(&callers[0]);
    for (int i = 1; i < count; i++)
        pthread_join(callers[i].thread, NULL);
    for (int i = 0; i < count; i++)
        runs += callers[i].runs;
    return runs;
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 8)
        peer_fail("usage: PEER FILE SIZE SECONDS [WORK [FORMAT [CALLERS [RESULT]]]]");
    peer_job job = job_of(argc, argv);
    double seconds = atof(argv[3]);
    int count = argc > 6 ? atoi(argv[6]) : 1;
    caller callers[MOST_CALLERS] = {0};

    if (count < 1 || count > MOST_CALLERS)
        peer_fail("1 to 64 callers");
    peer_start(&job);
    for (int i = 0; i < count; i++)
        callers[i] = (caller){.job = &job, .seconds = seconds, .state = peer_open(&job)};
    long rest = status_of("VmRSS:");
    if (seconds > 0)
        warm_up(&callers[0]);

    double cpu_before = cpu(), before = seconds_of(CLOCK_MONOTONIC);
    long runs = call_all(callers, count);
    printf("%.4f %.4f %ld %ld %ld %zu\n", (cpu() - cpu_before) * 1e3 / (double)runs,
           (seconds_of(CLOCK_MONOTONIC) - before) * 1e3 / (double)runs, runs, rest, peak(), callers[0].bytes);
    return 0;
}
