/* mem.c - counted allocation: a small head before each block remembers its size. */
#define _DEFAULT_SOURCE /* madvise */
#include "mem.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MIB        ((size_t)1 << 20)
#define HUGE_PAGE  ((uintptr_t)2 << 20)
#define MOST_STEPS 4

/* 16 bytes, so that the block behind it keeps the allocator's alignment: the VM's is 8. */
typedef union {
    size_t size;
    char pad[16];
} head;

static void raise_peak(_Atomic size_t *peak, size_t used)
{
    size_t seen = atomic_load_explicit(peak, memory_order_relaxed);

    while (used > seen && !atomic_compare_exchange_weak(peak, &seen, used))
        ;
}

static bool refuse(tb_mem *mem, bool crowded)
{
    mem->refused = true;
    mem->crowded = crowded;
    return false;
}

/* So many bytes of what all jobs may have. */
static bool give(tb_mem *mem, size_t bytes)
{
    tb_heap *heap = mem->heap;
    size_t before = atomic_load(&heap->used);

    do
        if (heap->limit && (bytes > heap->limit || before > heap->limit - bytes))
            return false;
    while (!atomic_compare_exchange_weak(&heap->used, &before, before + bytes));
    raise_peak(&heap->peak, before + bytes);
    mem->given += bytes;
    return true;
}

/* As much again as is in use, so that larger jobs do not ask more often; within bounds. */
static size_t step_of(const tb_mem *mem)
{
    size_t least = mem->heap->step, most = MOST_STEPS * least;

    return mem->used < least ? least : mem->used < most ? mem->used : most;
}

/* All threads count in one place, which is dear: so most blocks are of what was given before. */
static bool give_for(tb_mem *mem, size_t bytes)
{
    size_t spare = mem->given - mem->used, step = step_of(mem);

    if (bytes <= spare)
        return true;
    bytes -= spare;
    return (bytes < step && give(mem, step)) || give(mem, bytes);
}

static void give_back(tb_mem *mem)
{
    size_t spare = mem->given - mem->used, step = step_of(mem);

    if (mem->used > 0 && step > 0 && spare < 2 * step)
        return;
    if (mem->used > 0)
        spare -= step;
    mem->given -= spare;
    atomic_fetch_sub(&mem->heap->used, spare);
}

static void count(tb_mem *mem, size_t bytes)
{
    mem->used += bytes;
    if (mem->used - mem->reserved > mem->peak)
        mem->peak = mem->used - mem->reserved;
}

bool tb_charge(tb_mem *mem, size_t bytes)
{
    if (mem->limit && (bytes > mem->limit || mem->used > mem->limit - bytes))
        return refuse(mem, false);
    if (!give_for(mem, bytes))
        return refuse(mem, true);
    count(mem, bytes);
    return true;
}

/* Of all jobs too, whatever they may have. */
static void charge_anyway(tb_mem *mem, size_t bytes)
{
    size_t before = atomic_fetch_add(&mem->heap->used, bytes);

    raise_peak(&mem->heap->peak, before + bytes);
    mem->given += bytes;
    count(mem, bytes);
}

void tb_discharge(tb_mem *mem, size_t bytes)
{
    if (bytes == 0) /* of a job that was never opened, too */
        return;
    mem->used -= bytes;
    give_back(mem);
}

bool tb_reserve(tb_mem *mem, size_t bytes)
{
    bool fits;

    if (bytes > SIZE_MAX / 2)
        return refuse(mem, !mem->limit);
    mem->reserved += bytes;
    fits = tb_charge(mem, bytes);
    if (!fits)
        mem->reserved -= bytes;
    return fits;
}

void tb_unreserve(tb_mem *mem, size_t bytes)
{
    tb_discharge(mem, bytes);
    mem->reserved -= bytes;
}

void tb_took_elsewhere(tb_mem *mem, size_t bytes)
{
    if (bytes > mem->elsewhere)
        mem->elsewhere = bytes;
}

size_t tb_mem_peak(const tb_mem *mem)
{
    return mem->peak + mem->elsewhere;
}

/* The first touch of a page costs 2 to 10 us, that of a huge one, of 512 as large, 500. */
static void prefer_huge_pages(const void *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    uintptr_t from = ((uintptr_t)block + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE,
              till = ((uintptr_t)block + bytes) / HUGE_PAGE * HUGE_PAGE;

    if (from < till)
        madvise((void *)from, till - from, MADV_HUGEPAGE);
#else
    (void)block, (void)bytes;
#endif
}

/* Of a block of n * size, its head with it. */
static bool whole_size(tb_mem *mem, size_t n, size_t size, size_t *bytes)
{
    if (!__builtin_mul_overflow(n, size, bytes) && !__builtin_add_overflow(*bytes, sizeof(head), bytes))
        return true;
    mem->refused = mem->limit || mem->heap->limit;
    mem->crowded = !mem->limit;
    return false;
}

/* So many bytes that have been charged. */
static void *take(tb_mem *mem, size_t bytes)
{
    head *h = mem->heap->alloc(bytes);

    if (!h) {
        mem->refused = false;
        tb_discharge(mem, bytes);
        return NULL;
    }
    if (mem->huge_pages && bytes >= 2 * HUGE_PAGE)
        prefer_huge_pages(h, bytes);
    h->size = bytes;
    return h + 1;
}

void *tb_alloc(tb_mem *mem, size_t n, size_t size)
{
    size_t bytes;

    return whole_size(mem, n, size, &bytes) && tb_charge(mem, bytes) ? take(mem, bytes) : NULL;
}

void *tb_alloc_anyway(tb_mem *mem, size_t n, size_t size, bool *over)
{
    size_t bytes;

    *over = false;
    if (!whole_size(mem, n, size, &bytes))
        return NULL;
    *over = !tb_charge(mem, bytes);
    if (*over)
        charge_anyway(mem, bytes);
    return take(mem, bytes);
}

void *tb_calloc(tb_mem *mem, size_t n, size_t size)
{
    void *p = tb_alloc(mem, n, size);

    if (p)
        memset(p, 0, n * size);
    return p;
}

void tb_free(tb_mem *mem, void *p)
{
    if (!p)
        return;
    head *h = (head *)p - 1;
    tb_discharge(mem, h->size);
    mem->heap->free(h);
}

tb_amount tb_amount_of(size_t bytes)
{
    tb_amount amount;
    bool whole = bytes % MIB == 0;

    snprintf(amount.text, sizeof amount.text, "%zu %s", whole ? bytes / MIB : bytes, whole ? "MiB" : "bytes");
    return amount;
}

tb_status tb_no_memory(tb_error *err, const tb_mem *mem, const char *stage, const char *what)
{
    if (!mem->refused)
        return tb_fail(err, TB_E_NOMEM, stage, "the system has no memory for %s", what);
    if (mem->crowded)
        return tb_fail(err, TB_E_LIMIT, stage,
                       "no room for %s: all jobs together may use %s (max_total_memory)", what,
                       tb_amount_of(mem->heap->limit).text);
    return tb_fail(err, TB_E_LIMIT, stage, "%s would take this job over %s (max_memory)", what,
                   tb_amount_of(mem->limit).text);
}
