/* webp_mem.c - the functions by which libwebp takes and gives back memory, before its own. */
#include "webp_mem.h"
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>

/* Bytes of a block, as libwebp has it. */
#define MOST (sizeof(size_t) > 4 ? (uint64_t)1 << 34 : ((uint64_t)1 << 31) - (1 << 16))

/* Of a library that has libwebp in itself, libwebp's own are the ones. */
#define PUBLIC __attribute__((visibility("default"), weak))

PUBLIC void *WebPSafeMalloc(uint64_t n, size_t size);
PUBLIC void *WebPSafeCalloc(uint64_t n, size_t size);
PUBLIC void WebPSafeFree(void *p);

static bool ours;                       /* set at load */
static _Thread_local tb_webp_mem *here; /* NULL = no job's */

void tb_webp_enter(tb_webp_mem *m)
{
    here = ours ? m : NULL;
}

void tb_webp_leave(void)
{
    here = NULL;
}

bool tb_webp_mem_is_ours(void)
{
    return ours;
}

void tb_webp_mem_close(tb_webp_mem *m)
{
    tb_discharge(m->mem, m->aside);
    m->aside = 0;
}

bool tb_webp_mem_expect(tb_webp_mem *m, size_t bytes)
{
    tb_webp_mem_close(m);
    if (!tb_charge(m->mem, bytes))
        return false;
    m->aside = bytes;
    return true;
}

tb_status tb_webp_no_memory(tb_error *err, const tb_webp_mem *m)
{
    if (m->too_much)
        return tb_no_memory(err, m->mem, "webp", "libwebp");
    return tb_fail(err, TB_E_NOMEM, "webp", "the system has no memory for libwebp");
}

static void *take_of_job(tb_webp_mem *m, size_t n, size_t size, bool clear)
{
    size_t bytes = n * size, expected = bytes < m->aside ? bytes : m->aside;
    bool over;
    void *p;

    m->aside -= expected;
    tb_discharge(m->mem, expected);
    p = tb_alloc_anyway(m->mem, n, size, &over);
    m->too_much |= over || !p;
    if (p && clear)
        memset(p, 0, bytes);
    return p;
}

static void *take(uint64_t n, size_t size, bool clear)
{
    tb_webp_mem *m = here;
    void *p;

    if (size > 0 && n > MOST / size)
        return NULL;
    if (m && m->mem)
        p = take_of_job(m, (size_t)n, size, clear);
    else
        p = clear ? calloc((size_t)n, size) : malloc((size_t)n * size);
    if (m && p) {
        m->asked = true;
        m->blocks++;
    }
    return p;
}

void *WebPSafeMalloc(uint64_t n, size_t size)
{
    return take(n, size, false);
}

void *WebPSafeCalloc(uint64_t n, size_t size)
{
    return take(n, size, true);
}

void WebPSafeFree(void *p)
{
    tb_webp_mem *m = here;

    if (m && p)
        m->blocks--;
    if (m && m->mem)
        tb_free(m->mem, p);
    else
        free(p);
}

/* ---------------------------------------------------------------- is it asked? */

#define SIDE 16

typedef struct {
    uint8_t data[1024];
    size_t size;
} small_file;

static int write_small(const uint8_t *data, size_t size, const WebPPicture *picture)
{
    small_file *f = picture->custom_ptr;

    if (size > sizeof f->data - f->size)
        return 0;
    memcpy(f->data + f->size, data, size);
    f->size += size;
    return 1;
}

static bool encode(small_file *f, bool lossless)
{
    WebPConfig config;
    WebPPicture p;
    bool done = false;

    if (!WebPConfigInit(&config) || !WebPPictureInit(&p))
        return false;
    config.lossless = p.use_argb = lossless;
    p.width = p.height = SIDE;
    p.writer = write_small;
    p.custom_ptr = f;
    if (WebPPictureAlloc(&p)) {
        if (lossless)
            memset(p.argb, 0x5a, sizeof *p.argb * SIDE * (size_t)p.argb_stride);
        else
            for (int y = 0; y < SIDE; y++) {
                memset(p.y + y * p.y_stride, 16 * y, SIDE);
                memset(p.u + y / 2 * p.uv_stride, 100, SIDE / 2);
                memset(p.v + y / 2 * p.uv_stride, 100, SIDE / 2);
            }
        done = WebPEncode(&config, &p);
    }
    WebPPictureFree(&p);
    return done;
}

static bool decode(const small_file *f)
{
    uint8_t pixels[3 * SIDE * SIDE];
    WebPIDecoder *d = WebPINewRGB(MODE_RGB, pixels, sizeof pixels, 3 * SIDE);
    bool done = d && WebPIUpdate(d, f->data, f->size) == VP8_STATUS_OK;

    WebPIDelete(d);
    return done;
}

/* It asks for all that it gives back, and gives back all that it asked for, here: it is not such
 * that the one comes here and the other does not. Nothing is taken from a job for that. */
static bool is_asked(bool lossless)
{
    tb_webp_mem all = {0};
    small_file f = {.size = 0};
    bool done, asked;

    here = &all;
    done = encode(&f, lossless);
    asked = all.asked && all.blocks == 0;
    all.asked = false;
    done = done && decode(&f);
    here = NULL;
    return done && asked && all.asked && all.blocks == 0;
}

/* The same library may be loaded again, while there are jobs. */
void tb_webp_mem_load(void)
{
    static bool known;

    if (!known)
        ours = is_asked(false) && is_asked(true);
    known = true;
}
