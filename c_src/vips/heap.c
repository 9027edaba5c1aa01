/* heap.c - the functions of glibc's that allocate, watched: the program's own come before those of its libraries. */
#include "heap.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

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
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void *seen(void *p, size_t size)
{
    if (!p && size)
        failed = true;
    return p;
}

#define PUBLIC __attribute__((visibility("default")))

PUBLIC void *malloc(size_t size)
{
    return seen(__libc_malloc(size), size);
}

PUBLIC void *calloc(size_t n, size_t size)
{
    return seen(__libc_calloc(n, size), size);
}

PUBLIC void *realloc(void *p, size_t size)
{
    return seen(__libc_realloc(p, size), size);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
    return seen(__libc_memalign(alignment, size), size);
}

PUBLIC int posix_memalign(void **to, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) || (alignment & (alignment - 1)) || alignment == 0)
        return EINVAL;
    *to = seen(__libc_memalign(alignment, size), size);
    return *to || !size ? 0 : ENOMEM;
}
#endif
