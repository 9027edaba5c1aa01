/* jpeg_mem.c - libjpeg's memory manager, written again over tb_alloc.
 *
 * libjpeg's own takes what it likes from malloc: its limit is advisory, nobody
 * counts, and the coefficients of a progressive picture (3 bytes a pixel and
 * more) are cleared at once, which is tens of milliseconds of page faults.  Here
 * all is counted and limited, and they are taken and cleared as far as they are
 * needed, a piece at a time.  A component's are a few blocks, each larger than all
 * before it: the VM keeps some freed blocks that are large, and their pages with
 * them, for the next who asks, but unmaps what many small ones leave behind.
 *
 * Where only the mean of a block will be seen (jpeg_skip.c), it is all we keep: 2 bytes
 * of 128.  libjpeg finds whole blocks in a window that moves over the rows.
 *
 * libjpeg knows a manager by its methods only and never looks into a virtual
 * array, so both can be ours.  Its own manager is kept, and goes at the end:
 * what jpeg_create_* made (3 kB) lives there. */
#include "jpeg_mem.h"
#include "jpeg_skip.h"
#include <jerror.h>
#include <string.h>

#define ALIGN 64                 /* for any vector unit; also how far libjpeg may run over an end */
#define CHUNK ((size_t)16 << 10) /* bytes; small objects are cut from it */
#define PARTS 3                  /* of the coefficients of a component */
#define PIECE ((size_t)16 << 10) /* bytes; cleared at once */

typedef struct tb_jpeg_block {
    struct tb_jpeg_block *next;
    uint8_t *free; /* aligned */
    size_t left;
} block;

struct jvirt_barray_control {
    jvirt_barray_ptr next;
    JBLOCKARRAY row;   /* of blocks, or of means; owned; NULL where nobody was yet */
    void *part[PARTS]; /* what they point into; owned */
    int component;
    JDIMENSION rows, blocks;
    size_t cell;    /* bytes that are kept of a block */
    size_t cleared; /* bytes, from the first row on */
    bool zero;
    JBLOCKARRAY window; /* of whole blocks, where means are kept; owned */
    JDIMENSION first, open;
};

static tb_jpeg_mem *of(j_common_ptr jpeg)
{
    return (tb_jpeg_mem *)jpeg->mem;
}

static uint8_t *align(uint8_t *p)
{
    return p + (ALIGN - (uintptr_t)p % ALIGN) % ALIGN;
}

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static void out_of_memory(j_common_ptr jpeg)
{
    ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
}

/* Room for n objects of that size. */
static block *add_block(j_common_ptr jpeg, int pool, size_t n, size_t size)
{
    tb_jpeg_mem *m = of(jpeg);
    size_t bytes;
    block *b = NULL;

    if (pool < 0 || pool >= JPOOL_NUMPOOLS)
        ERREXIT1(jpeg, JERR_BAD_POOL_ID, pool);
    if (!__builtin_mul_overflow(n, size, &bytes) && bytes <= (size_t)m->methods.max_alloc_chunk)
        b = tb_alloc(m->mem, 1, sizeof *b + bytes + 2 * ALIGN);
    if (!b)
        out_of_memory(jpeg);
    *b = (block){.next = m->blocks[pool], .free = align((uint8_t *)(b + 1)), .left = bytes};
    m->blocks[pool] = b;
    return b;
}

static void *alloc_large(j_common_ptr jpeg, int pool, size_t size)
{
    return add_block(jpeg, pool, 1, size)->free;
}

static void *alloc_small(j_common_ptr jpeg, int pool, size_t size)
{
    tb_jpeg_mem *m = of(jpeg);

    if (size > CHUNK / 4 || pool < 0 || pool >= JPOOL_NUMPOOLS)
        return alloc_large(jpeg, pool, size);
    size = round_up(size, ALIGN);
    if (!m->chunk[pool] || m->chunk[pool]->left < size)
        m->chunk[pool] = add_block(jpeg, pool, 1, CHUNK);
    block *b = m->chunk[pool];
    uint8_t *object = b->free;
    b->free += size;
    b->left -= size;
    return object;
}

/* Rows begin aligned, and end so that one of half the size would, for upsampling
 * by two.  Zero, so that what was in memory before can never show in a picture. */
static JSAMPARRAY alloc_sarray(j_common_ptr jpeg, int pool, JDIMENSION width, JDIMENSION rows)
{
    size_t stride = round_up((size_t)width * sizeof(JSAMPLE), (size_t)2 * ALIGN);
    JSAMPARRAY row = alloc_small(jpeg, pool, rows * sizeof *row);
    JSAMPROW data = add_block(jpeg, pool, rows, stride)->free;

    memset(data, 0, rows * stride);
    for (JDIMENSION y = 0; y < rows; y++)
        row[y] = data + y * stride;
    return row;
}

static JBLOCKARRAY alloc_barray(j_common_ptr jpeg, int pool, JDIMENSION blocks, JDIMENSION rows)
{
    JBLOCKARRAY row = alloc_small(jpeg, pool, rows * sizeof *row);
    JBLOCKROW data = (JBLOCKROW)(void *)add_block(jpeg, pool, rows, blocks * sizeof *data)->free;

    for (JDIMENSION y = 0; y < rows; y++)
        row[y] = data + (size_t)y * blocks;
    return row;
}

/* Virtual arrays of samples serve colour quantisation only. */
static jvirt_sarray_ptr request_sarray(j_common_ptr jpeg, int pool, boolean zero, JDIMENSION width,
                                       JDIMENSION rows, JDIMENSION access)
{
    (void)pool, (void)zero, (void)width, (void)rows, (void)access;
    ERREXIT(jpeg, JERR_NOTIMPL);
    return NULL;
}

static JSAMPARRAY access_sarray(j_common_ptr jpeg, jvirt_sarray_ptr a, JDIMENSION y, JDIMENSION rows,
                                boolean writable)
{
    (void)a, (void)y, (void)rows, (void)writable;
    ERREXIT(jpeg, JERR_NOTIMPL);
    return NULL;
}

static size_t bytes_of(const struct jvirt_barray_control *a, JDIMENSION rows)
{
    return (size_t)rows * a->blocks * a->cell;
}

static jvirt_barray_ptr request_barray(j_common_ptr jpeg, int pool, boolean zero, JDIMENSION blocks,
                                       JDIMENSION rows, JDIMENSION access)
{
    tb_jpeg_mem *m = of(jpeg);
    jvirt_barray_ptr a = alloc_small(jpeg, JPOOL_IMAGE, sizeof *a);

    (void)access;
    if (pool != JPOOL_IMAGE)
        ERREXIT1(jpeg, JERR_BAD_POOL_ID, pool);
    *a = (struct jvirt_barray_control){.next = m->arrays,
                                       .component = m->arrays ? m->arrays->component + 1 : 0,
                                       .rows = rows,
                                       .blocks = blocks,
                                       .cell = sizeof(JBLOCK),
                                       .zero = zero};
    a->row = tb_calloc(m->mem, rows, sizeof *a->row);
    if (!a->row)
        out_of_memory(jpeg);
    m->arrays = a;
    return a;
}

/* How libjpeg has named it before and since its version 7. */
static void set_size(jpeg_component_info *c, int size)
{
#if JPEG_LIB_VERSION >= 70
    c->DCT_h_scaled_size = c->DCT_v_scaled_size = size;
#else
    c->DCT_scaled_size = size;
#endif
}

/* A decoder asks for its arrays when it has settled all sizes and used none: the time to have
 * Cb and Cr smaller than it would, and to know of which components only means are seen. */
static void settle(j_decompress_ptr j)
{
    tb_jpeg_mem *m = of((j_common_ptr)j);

    for (int k = 1; m->chroma_size && k < 3; k++)
        set_size(&j->comp_info[k], m->chroma_size);
    for (jvirt_barray_ptr a = m->arrays; a && j->progressive_mode; a = a->next)
        if (tb_jpeg_only_mean(&j->comp_info[a->component]))
            a->cell = sizeof(JCOEF);
}

/* Nothing is taken yet; but what the job cannot have in the end is refused at once. */
static void realize(j_common_ptr jpeg)
{
    tb_mem *mem = of(jpeg)->mem;
    size_t whole = 0;

    if (jpeg->is_decompressor)
        settle((j_decompress_ptr)jpeg);
    for (jvirt_barray_ptr a = of(jpeg)->arrays; a; a = a->next)
        whole += bytes_of(a, a->rows);
    mem->refused = mem->limit && (mem->used > mem->limit || whole > mem->limit - mem->used);
    if (mem->refused)
        out_of_memory(jpeg);
}

/* The first row behind a part: they end at 1/16, 1/4 and all of the rows. */
static JDIMENSION end_of(const struct jvirt_barray_control *a, int part)
{
    return a->rows - (JDIMENSION)((size_t)a->rows * (16 - (1u << 2 * part)) / 16);
}

/* The part in which the row is. */
static void take_part(j_common_ptr jpeg, jvirt_barray_ptr a, JDIMENSION y)
{
    int part = 0;

    while (end_of(a, part) <= y)
        part++;
    JDIMENSION from = part ? end_of(a, part - 1) : 0, end = end_of(a, part);
    a->part[part] = tb_alloc(of(jpeg)->mem, 1, bytes_of(a, end - from) + ALIGN);
    if (!a->part[part])
        out_of_memory(jpeg);
    for (JDIMENSION i = from; i < end; i++)
        a->row[i] = (JBLOCKROW)(void *)(align(a->part[part]) + bytes_of(a, i - from));
}

/* So many bytes of the first rows at most; true if they need no more. */
static bool clear(j_common_ptr jpeg, jvirt_barray_ptr a, JDIMENSION rows, size_t most)
{
    size_t row = bytes_of(a, 1), end = bytes_of(a, rows), n;

    for (; a->cleared < end && most > 0; a->cleared += n, most -= n) {
        JDIMENSION y = (JDIMENSION)(a->cleared / row);
        size_t at = a->cleared % row;
        n = row - at < most ? row - at : most;
        if (!a->row[y])
            take_part(jpeg, a, y);
        if (a->zero)
            memset((uint8_t *)a->row[y] + at, 0, n);
        of(jpeg)->touched += n;
    }
    return a->cleared >= end;
}

bool tb_jpeg_mem_ready(j_common_ptr jpeg, JDIMENSION row, JDIMENSION total)
{
    JDIMENSION end = row < total ? row + 1 : total;

    for (jvirt_barray_ptr a = of(jpeg)->arrays; a; a = a->next)
        if (!clear(jpeg, a, a->rows / total * end, PIECE))
            return false;
    return true;
}

/* All zero, and so it stays, but for the means. */
static void take_window(j_common_ptr jpeg, jvirt_barray_ptr a, JDIMENSION rows)
{
    size_t pointers = round_up(rows * sizeof *a->window, ALIGN), row = a->blocks * sizeof(JBLOCK);

    a->window = tb_calloc(of(jpeg)->mem, 1, pointers + rows * row + ALIGN);
    if (!a->window)
        out_of_memory(jpeg);
    uint8_t *data = align((uint8_t *)a->window + pointers);
    for (JDIMENSION i = 0; i < rows; i++)
        a->window[i] = (JBLOCKROW)(void *)(data + i * row);
    a->open = rows;
    a->first = a->rows;
}

static void put_means(jvirt_barray_ptr a)
{
    for (JDIMENSION i = 0; i < a->open && a->first < a->rows; i++) {
        JCOEF *mean = (JCOEF *)a->row[a->first + i];
        for (JDIMENSION x = 0; x < a->blocks; x++)
            mean[x] = a->window[i][x][0];
    }
}

static void get_means(jvirt_barray_ptr a, JDIMENSION y)
{
    for (JDIMENSION i = 0; i < a->open; i++) {
        const JCOEF *mean = (const JCOEF *)a->row[y + i];
        for (JDIMENSION x = 0; x < a->blocks; x++)
            a->window[i][x][0] = mean[x];
    }
    a->first = y;
}

/* libjpeg asks for a component's rows of one row of blocks, always: so many. */
static JBLOCKARRAY window_at(j_common_ptr jpeg, jvirt_barray_ptr a, JDIMENSION y, JDIMENSION rows)
{
    if (!a->window)
        take_window(jpeg, a, rows);
    if (rows != a->open)
        ERREXIT(jpeg, JERR_BAD_VIRTUAL_ACCESS);
    if (y != a->first) {
        put_means(a);
        get_means(a, y);
    }
    return a->window;
}

static JBLOCKARRAY access_barray(j_common_ptr jpeg, jvirt_barray_ptr a, JDIMENSION y, JDIMENSION rows,
                                 boolean writable)
{
    (void)writable;
    if (rows > a->rows || y > a->rows - rows)
        ERREXIT(jpeg, JERR_BAD_VIRTUAL_ACCESS);
    clear(jpeg, a, y + rows, SIZE_MAX);
    return a->cell == sizeof(JBLOCK) ? a->row + y : window_at(jpeg, a, y, rows);
}

static void free_pool(j_common_ptr jpeg, int pool)
{
    tb_jpeg_mem *m = of(jpeg);

    for (; pool == JPOOL_IMAGE && m->arrays; m->arrays = m->arrays->next) {
        for (int i = 0; i < PARTS; i++)
            tb_free(m->mem, m->arrays->part[i]);
        tb_free(m->mem, m->arrays->row);
        tb_free(m->mem, m->arrays->window);
    }
    if (pool == JPOOL_IMAGE)
        m->touched = 0;
    m->chunk[pool] = NULL;
    while (m->blocks[pool]) {
        block *b = m->blocks[pool];
        m->blocks[pool] = b->next;
        tb_free(m->mem, b);
    }
}

static void self_destruct(j_common_ptr jpeg)
{
    tb_jpeg_mem *m = of(jpeg);

    for (int pool = JPOOL_NUMPOOLS - 1; pool >= 0; pool--)
        free_pool(jpeg, pool);
    jpeg->mem = m->library;
    jpeg->mem->self_destruct(jpeg);
}

void tb_jpeg_mem_take(tb_jpeg_mem *m, j_common_ptr jpeg, tb_mem *mem)
{
    *m = (tb_jpeg_mem){.library = jpeg->mem, .mem = mem};
    m->methods = (struct jpeg_memory_mgr){.alloc_small = alloc_small,
                                          .alloc_large = alloc_large,
                                          .alloc_sarray = alloc_sarray,
                                          .alloc_barray = alloc_barray,
                                          .request_virt_sarray = request_sarray,
                                          .request_virt_barray = request_barray,
                                          .realize_virt_arrays = realize,
                                          .access_virt_sarray = access_sarray,
                                          .access_virt_barray = access_barray,
                                          .free_pool = free_pool,
                                          .self_destruct = self_destruct,
                                          .max_alloc_chunk = m->library->max_alloc_chunk};
    jpeg->mem = &m->methods;
}
