/* region.c - of memfd, or of POSIX shared memory that has no name any longer. */
#define _GNU_SOURCE /* memfd_create */
#include "region.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef MFD_ALLOW_SEALING
static int make(void)
{
    return memfd_create("thumbelina", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static bool seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
}
#else
#include <stdatomic.h>

static int make(void)
{
    static _Atomic unsigned number;
    char name[30]; /* macOS: at most 31 with its end */

    snprintf(name, sizeof name, "/tb-%lx-%x", (unsigned long)getpid(), atomic_fetch_add(&number, 1));
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) {
        shm_unlink(name);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
}

/* macOS sets the size of such memory once only. */
static bool seal(int fd)
{
    (void)fd;
    return true;
}
#endif

/* Files of that size are allowed: to make one that is not would end the process. */
static bool is_allowed(size_t size)
{
    struct rlimit most;

    return size <= INT64_MAX && (getrlimit(RLIMIT_FSIZE, &most) != 0 || size <= most.rlim_cur);
}

bool tb_region_open(tb_region *r, size_t size)
{
    void *data = MAP_FAILED;

    *r = (tb_region){.fd = is_allowed(size) ? make() : -1, .size = size};
    if (r->fd < 0)
        return false;
    if (ftruncate(r->fd, (off_t)size) == 0 && seal(r->fd))
        data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
    if (data != MAP_FAILED) {
        r->data = data;
        return true;
    }
    close(r->fd);
    *r = (tb_region){0};
    return false;
}

void tb_region_close(tb_region *r)
{
    if (!r->data)
        return;
    munmap(r->data, r->size);
    close(r->fd);
    *r = (tb_region){0};
}
