/* mogrify.c - the job as a process of ImageMagick's for each picture, from file to file: what
 * it costs where a program starts `mogrify` or `convert`. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "peer.h"
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char directory[] = "/tmp/bench-mogrify-XXXXXX";

static void remove_directory(void)
{
    rmdir(directory);
}

void peer_start(const peer_job *job)
{
    if (job->work == PEER_PIXELS)
        peer_fail("from files only");
    if (setenv("MAGICK_THREAD_LIMIT", "1", 1) || !mkdtemp(directory) || atexit(remove_directory))
        peer_fail("no directory for the results");
}

/* A name for the results of a caller: made, looked at and removed by each run. */
void *peer_open(const peer_job *job)
{
    static int count;
    char *path = malloc(sizeof directory + 16);

    (void)job;
    if (!path)
        peer_fail("no memory");
    snprintf(path, sizeof directory + 16, "%s/%d", directory, count++);
    return path;
}

static void start(const char *const *words)
{
    pid_t pid;
    int status;

    if (posix_spawnp(&pid, words[0], NULL, NULL, (char *const *)(uintptr_t)words, environ) ||
        waitpid(pid, &status, 0) != pid || status != 0)
        peer_fail("convert fails");
}

static void convert(const peer_job *job, const char *to)
{
    static const char *const formats[] = {"jpeg", "png", "webp", "webp"};
    static const char *const options[] = {"jpeg:sampling-factor=4:2:0", "png:compression-level=6",
                                          "webp:lossless=false", "webp:lossless=true"};
    const char *work = job->work == PEER_CROP ? "-crop" : job->work == PEER_BLUR ? "-blur" : "-resize";
    char size[40], out[120];

    if (job->work == PEER_CROP)
        snprintf(size, sizeof size, "%dx%d+0+0", job->n, job->n);
    else
        snprintf(size, sizeof size, job->work == PEER_BLUR ? "0x%d" : "%d", job->n);
    snprintf(out, sizeof out, "%s:%s", formats[job->format], to);
    const char *words[] = {"convert",
                           job->path,
                           "-gravity",
                           "center",
                           work,
                           size,
                           "+repage",
                           "-strip",
                           "-define",
                           options[job->format],
                           job->format == PEER_PNG ? "+set" : "-quality",
                           job->format == PEER_PNG ? "none" : "80",
                           out,
                           NULL};
    start(words);
}

size_t peer_run(const peer_job *job, void *state)
{
    const char *path = state;
    struct stat s;

    convert(job, path);
    if (stat(path, &s))
        peer_fail("convert made nothing");
    if (job->result && rename(path, job->result) == 0)
        return (size_t)s.st_size;
    unlink(path);
    return (size_t)s.st_size;
}
