/* limits.c - by setrlimit, and what Linux tells of a process.
 *
 * Files are opened before the sandbox is closed, and stay open. */
#include "limits.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SLACK ((uint64_t)48 << 20) /* of addresses: stacks of threads, and what the heap cannot use again */
#define FILES 64

#ifdef TB_SANITIZED
enum { sanitized = true }; /* it takes all addresses there are */
#else
enum { sanitized = false };
#endif

static int statm = -1, status = -1, clear_refs = -1;
static uint64_t at_start, at_begin;

static void limit(int what, rlim_t most)
{
    struct rlimit l = {most, most};

    setrlimit(what, &l);
}

static uint64_t page(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Bytes of addresses, and of memory. */
static void read_sizes(uint64_t *addresses, uint64_t *resident)
{
    char text[100] = "";
    unsigned long long size = 0, rss = 0;

    if (statm >= 0 && pread(statm, text, sizeof text - 1, 0) > 0)
        sscanf(text, "%llu %llu", &size, &rss);
    *addresses = size * page();
    *resident = rss * page();
}

void tb_limits_open(void)
{
    uint64_t addresses;

    statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    clear_refs = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    signal(SIGXFSZ, SIG_IGN); /* an error, as any other */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, FILES);
    read_sizes(&addresses, &at_start);
}

static void limit_addresses(rlim_t most)
{
    struct rlimit l;

    if (sanitized || getrlimit(RLIMIT_AS, &l))
        return;
    l.rlim_cur = most < l.rlim_max ? most : l.rlim_max;
    setrlimit(RLIMIT_AS, &l);
}

uint64_t tb_limits_begin(uint64_t memory)
{
    uint64_t addresses;

    if (clear_refs >= 0 && pwrite(clear_refs, "5", 1, 0) != 1) { /* the most begins anew */
        close(clear_refs);
        clear_refs = -1;
    }
    read_sizes(&addresses, &at_begin);
    limit_addresses(memory && addresses ? addresses + memory + SLACK : RLIM_INFINITY);
    return at_begin > at_start ? at_begin - at_start : 0;
}

void tb_limits_end(void)
{
    limit_addresses(RLIM_INFINITY);
}

uint64_t tb_limits_peak(uint64_t shared)
{
    char text[2000];
    ssize_t n = clear_refs >= 0 && status >= 0 ? pread(status, text, sizeof text - 1, 0) : 0;
    const char *line;

    text[n > 0 ? n : 0] = 0;
    line = strstr(text, "VmHWM:");
    if (!line)
        return 0;
    uint64_t most = strtoull(line + 6, NULL, 10) * 1024, there = at_begin + shared;
    return most > there ? most - there : 1;
}

uint64_t tb_limits_cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
