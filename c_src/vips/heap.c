/* heap.c - the functions of glibc's that allocate, watched: the program's own come before those of its libraries.
 *
 * What they give is zero.  A decoder shows what it finds there where a damaged picture says nothing of some pixels: that
 * would be those of the picture before, which was somebody else's. */
#include "heap.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic bool failed;

void tb_heap_begin(void)
{
    failed = false;
}

bool tb_heap_failed(void)
{
    return failed;
}

#if defined(__GLIBC__) && !defined(TB_SANITIZED)
#include <malloc.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* Above, calloc is cheaper: it knows what is fresh from the system. */
#define SMALL 1024

static void *seen(void *p, size_t size)
{
    if (!p && size)
        failed = true;
    return p;
}

/* ...which had so many bytes before that are to stay. */
static void *cleared(void *p, size_t size, size_t old)
{
    size_t all = p ? malloc_usable_size(p) : 0;

    if (all > old)
        memset((char *)p + old, 0, all - old);
    return seen(p, size);
}

#define PUBLIC __attribute__((visibility("default")))

PUBLIC void *malloc(size_t size)
{
    return size > SMALL ? calloc(1, size) : cleared(__libc_malloc(size), size, 0);
}

PUBLIC void *calloc(size_t n, size_t size)
{
    return seen(__libc_calloc(n, size), size);
}

PUBLIC void *realloc(void *p, size_t size)
{
    size_t old = p ? malloc_usable_size(p) : 0;

    return cleared(__libc_realloc(p, size), size, old);
}

PUBLIC void *memalign(size_t alignment, size_t size)
{
    return cleared(__libc_memalign(alignment, size), size, 0);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

PUBLIC int posix_memalign(void **to, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) || (alignment & (alignment - 1)) || alignment == 0)
        return EINVAL;
    *to = memalign(alignment, size);
    return *to || !size ? 0 : ENOMEM;
}
#endif
