/* webp_mem.h - libwebp's memory, from that of the job; private to webp_*.c.
 *
 * libwebp is given no allocator. But it takes all its memory, and gives it back, by three functions that it
 * exports to the libraries beside it, so it calls them by way of the dynamic linker; and that finds those of
 * webp_mem.c first. Within a job they take from the job's memory: it is counted, and large blocks are not mapped
 * and unmapped each time, as malloc does in the VM. A limit does not refuse it any, though: 1.3.2 and others
 * then give back a pointer that they never got, and that would be the end of the VM. So the job ends as soon as
 * libwebp is done, or can be stopped. For anybody else the three do what libwebp's do.
 *
 * Where libwebp does not call them (it was linked statically, or loaded by another library before), a job is
 * charged what libwebp will take, as far as one can say. */
#ifndef TB_WEBP_MEM_H
#define TB_WEBP_MEM_H

#include "../../mem.h"

typedef struct {
    tb_mem *mem;   /* borrowed */
    size_t aside;  /* bytes of it that libwebp is expected to take yet */
    long blocks;   /* that it holds */
    bool asked;    /* it took some */
    bool too_much; /* it wanted more than it may have, or there is: what it makes is not to be used */
} tb_webp_mem;

/* Finds out whether libwebp calls ours; before, it is taken not to. */
void tb_webp_mem_load(void);
bool tb_webp_mem_is_ours(void);

/* What libwebp is called for from here to tb_webp_leave, on this thread, is done with m's memory. */
void tb_webp_enter(tb_webp_mem *m);
void tb_webp_leave(void);

/* So much is charged for what libwebp will take, in place of what was set aside before. False, and nothing is,
 * where it would pass a limit. */
bool tb_webp_mem_expect(tb_webp_mem *m, size_t bytes);

/* libwebp has given back all it took: nothing is set aside any longer. */
void tb_webp_mem_close(tb_webp_mem *m);

/* Fails for it could not take what it wanted. */
tb_status tb_webp_no_memory(tb_error *err, const tb_webp_mem *m);

#endif
