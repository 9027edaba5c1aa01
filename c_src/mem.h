/* mem.h - every byte a job takes, counted in one place.
 *
 * A job has one tb_mem: it knows what is in use, the most there ever was, and
 * the limit.  The total over all jobs, and the allocator underneath (malloc in
 * the tests, enif_alloc in the VM), are shared through tb_heap. */
#ifndef TB_MEM_H
#define TB_MEM_H

#include "error.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What all jobs share.  Lives longer than any of them. */
typedef struct {
    void *(*alloc)(size_t size);
    void (*free)(void *p);
    struct tb_shelf *shelf; /* NULL = none; what is kept there is of no job, and not counted */
    size_t limit;           /* of `used`; 0 = none */
    size_t step;    /* a job is given as much again as it has, but one to four of these; 0 = what it takes */
    char apart[64]; /* what never changes, from the line of cache of what always does */
    _Atomic size_t used, peak; /* bytes of all jobs, and what they were given beyond: below 8 steps each */
} tb_heap;

typedef struct {
    tb_heap *heap;    /* borrowed */
    size_t used;      /* bytes of this job */
    size_t given;     /* of the heap's: `used`, and what it may take without asking */
    size_t peak;      /* the most of `used` there was, but for... */
    size_t reserved;  /* ...what another process may take for it */
    size_t elsewhere; /* the most that one did take */
    size_t limit;     /* of `used`; 0 = none */
    bool huge_pages;  /* for large blocks from now on, where the system has them: dearer steps, fewer */
    bool refused;     /* the last failure was a limit, not the system... */
    bool crowded;     /* ...that of all jobs */
} tb_mem;

/* n * size bytes aligned as by the heap (8 in the VM); NULL when that overflows, is over a limit or
 * there is no memory.  tb_calloc's are zero; tb_alloc's are not initialised. */
void *tb_alloc(tb_mem *mem, size_t n, size_t size);
void *tb_calloc(tb_mem *mem, size_t n, size_t size);
void tb_free(tb_mem *mem, void *p); /* NULL is fine */

/* As tb_alloc, but a limit only makes it say so: for a library that does not bear to be refused. */
void *tb_alloc_anyway(tb_mem *mem, size_t n, size_t size, bool *over);

/* Bytes a library took without asking us: charged before, discharged after.
 * False if they would pass a limit; then nothing is charged. */
bool tb_charge(tb_mem *mem, size_t bytes);
void tb_discharge(tb_mem *mem, size_t bytes);

/* Likewise for bytes that another process may take, as far as one can say; what it did
 * take, when that is known. */
bool tb_reserve(tb_mem *mem, size_t bytes);
void tb_unreserve(tb_mem *mem, size_t bytes);
void tb_took_elsewhere(tb_mem *mem, size_t bytes);
size_t tb_mem_peak(const tb_mem *mem); /* everywhere */

/* "3 MiB", or "1000 bytes" of what is no whole number of them. */
typedef struct {
    char text[32];
} tb_amount;

tb_amount tb_amount_of(size_t bytes);

/* Fails with :limit or :no_memory, whichever the last failed call was about. */
tb_status tb_no_memory(tb_error *err, const tb_mem *mem, const char *stage, const char *what);

#endif
