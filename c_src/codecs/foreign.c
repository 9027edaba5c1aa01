/* foreign.c - finds, loads and starts the part that stands on libvips. */
#define _GNU_SOURCE /* dladdr */
#include "foreign.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LONGEST   1024
#define FILE_NAME "thumbelina_vips.so"

#ifdef TB_VIPS
enum { built = true };
#else
enum { built = false };
#endif

/* The one thing in the core that is neither const nor a job's: a process has one libvips. */
static const tb_vips_part *_Atomic started;

bool tb_foreign_may_read(tb_format f)
{
    return built && f >= TB_GIF && f != TB_BMP && f < TB_FORMATS;
}

const tb_vips_part *tb_foreign(void)
{
    return atomic_load(&started);
}

/* The file lies beside the one that this function is in. */
static bool beside_us(char path[LONGEST])
{
    Dl_info us;
    const char *slash;
    int n;

    if (!dladdr((void *)(uintptr_t)&beside_us, &us) || !us.dli_fname)
        return false;
    slash = strrchr(us.dli_fname, '/');
    n = slash ? (int)(slash - us.dli_fname) + 1 : 0;
    return snprintf(path, LONGEST, "%.*s%s", n, us.dli_fname, FILE_NAME) < LONGEST;
}

static const tb_vips_part *load(char *why)
{
    char path[LONGEST];
    void *lib = beside_us(path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    const tb_vips_part *part = lib ? dlsym(lib, TB_VIPS_SYMBOL) : NULL;

    if (!part) {
        snprintf(why, TB_VIPS_WHY, "libvips could not be loaded (Debian: libvips42)");
        return NULL;
    }
    if (part->layout != TB_VIPS_LAYOUT) {
        snprintf(why, TB_VIPS_WHY, "its part for libvips is of another build");
        return NULL;
    }
    return part->start(why) ? part : NULL;
}

bool tb_foreign_start(char why[TB_VIPS_WHY])
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* dirty schedulers wait here, no others */

    why[0] = 0;
    if (tb_foreign())
        return true;
    if (!built) {
        snprintf(why, TB_VIPS_WHY, "this build is without libvips (Debian: libvips-dev)");
        return false;
    }
    pthread_mutex_lock(&lock);
    if (!tb_foreign())
        atomic_store(&started, load(why));
    pthread_mutex_unlock(&lock);
    return tb_foreign() != NULL;
}

tb_status tb_foreign_lacks(tb_error *err, const char *stage, tb_format f, const char *done)
{
    if (f == TB_BMP || tb_foreign())
        return tb_fail(err, TB_E_UNSUPPORTED, stage, "%s is not %s by this build", tb_format_name(f), done);
    return tb_fail(err, TB_E_UNSUPPORTED, stage,
                   "%s is not %s by this build: it needs libvips (Debian: libvips-dev)", tb_format_name(f),
                   done);
}

tb_status tb_foreign_needed(tb_error *err, const char *stage)
{
    return tb_fail(err, TB_E_UNSUPPORTED, stage,
                   "it needs libvips, which is not there (Debian: libvips-dev)");
}
