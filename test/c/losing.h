/* losing.h - the heap of the tests, which loses an allocation where it is told to. */
#ifndef LOSING_H
#define LOSING_H

#include "../../c_src/mem.h"
#include <stdio.h>
#include <stdlib.h>

/* The n-th allocation from now fails, and, with fail_on, all after it.  0 = never. */
static long fail_at, fail_seen;
static bool fail_on;

static inline bool lost(void)
{
    return fail_at > 0 && fail_seen >= fail_at;
}

static void *test_alloc(size_t size)
{
    fail_seen++;
    return lost() && (fail_on || fail_seen == fail_at) ? NULL : malloc(size);
}

static tb_heap test_heap = {.alloc = test_alloc, .free = free};

/* A thing is tried again and again, without its first allocation, its second, ..., until it has them all:
 *     for (long n = 0; lose_next(&n);)
 *         CHECK_LOSS(try_it(&err), &err); */
static inline bool lose_next(long *n)
{
    bool more = *n == 0 || lost();

    fail_seen = 0;
    fail_at = more ? ++*n : 0;
    fail_on &= more;
    return more;
}

/* It fails if anything was lost, and says so; else it is done.  A chain that could not be built has said nothing. */
static inline void check_loss(tb_status status, const tb_error *err, const char *file, int line)
{
    bool told = status == TB_FAIL && (err->code == TB_E_NOMEM || err->code == TB_E_NONE);

    if (lost() ? !told : status != TB_DONE) {
        printf("%s:%d: without allocation %ld of %ld: status %d, \"%s\"\n", file, line, fail_at, fail_seen,
               (int)status, err->text);
        exit(1);
    }
}
#define CHECK_LOSS(status, err) check_loss(status, err, __FILE__, __LINE__)

#endif
