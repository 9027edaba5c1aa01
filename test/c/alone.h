/* alone.h - who leaves a test waits for the threads of the core, which end by themselves. */
#ifndef ALONE_H
#define ALONE_H

#include <dirent.h>
#include <poll.h>

static inline int threads(void)
{
    DIR *tasks = opendir("/proc/self/task"); /* where there is none: that cannot be seen */
    const struct dirent *one;
    int n = 0;

    while (tasks && (one = readdir(tasks)))
        n += one->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return n;
}

/* The one that sees to workers which have been killed: it would count as a leak. */
static inline void wait_until_alone(void)
{
    for (int ms = 0; ms < 5000 && threads() > 1; ms += 5)
        poll(NULL, 0, 5);
}

#endif
