/* foreign.c - what the workers of this process can do, found out by the first of them. */
#include "foreign.h"
#include "../worker/pool.h"
#include <pthread.h>
#include <stdio.h>

#ifdef TB_VIPS
enum { built = true };
#else
enum { built = false };
#endif

/* Beside the pool, the one thing in the core that is neither const nor a job's. */
static tb_hello known;
static const tb_vips_part *_Atomic started;

bool tb_foreign_may_read(tb_format f)
{
    return built && f >= TB_GIF && f != TB_BMP && f < TB_FORMATS;
}

const tb_vips_part *tb_foreign(void)
{
    return atomic_load(&started);
}

static bool reads(tb_format f)
{
    return known.reads >> f & 1;
}

static bool writes(tb_format f)
{
    return known.writes >> f & 1;
}

static void version(char text[TB_VERSION])
{
    snprintf(text, TB_VERSION, "libvips %d.%d.%d", known.libvips[0], known.libvips[1], known.libvips[2]);
}

extern const tb_stage_ops tb_vips_probe, tb_vips_dec, tb_vips_enc;

static const tb_vips_part *start(char *why)
{
    static const tb_vips_part part = {.reads = reads,
                                      .writes = writes,
                                      .version = version,
                                      .probe = &tb_vips_probe,
                                      .decoder = &tb_vips_dec,
                                      .encoder = &tb_vips_enc};
    tb_worker *w = tb_pool_start(&known, NULL, why);

    if (!w)
        return NULL;
    tb_pool_put(w);
    return &part;
}

bool tb_foreign_start(char why[TB_WHY])
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* dirty schedulers wait here, no others */

    why[0] = 0;
    if (tb_foreign())
        return true;
    if (!built) {
        snprintf(why, TB_WHY, TB_WITHOUT);
        return false;
    }
    pthread_mutex_lock(&lock);
    if (!tb_foreign())
        atomic_store(&started, start(why));
    pthread_mutex_unlock(&lock);
    return tb_foreign() != NULL;
}

/* What Debian has it in, where libvips' own package does not bring it. */
static const char *package(tb_format f, bool written)
{
    if (f == TB_HEIF)
        return written ? "libheif-plugin-x265" : "libheif-plugin-libde265";
    if (f == TB_AVIF)
        return written ? "libheif-plugin-aomenc" : "libheif-plugin-dav1d";
    return "libvips42";
}

/* Of our own formats it is one kind that libvips reads. */
static const char *called(tb_format f)
{
    return f == TB_JPEG ? "a CMYK jpeg" : f == TB_WEBP ? "an animated webp" : tb_format_name(f);
}

static tb_status never(tb_error *err, const char *stage, tb_format f, bool written)
{
    if (written)
        return tb_fail(err, TB_E_UNSUPPORTED, stage,
                       "%s is not written: name another format, as format: :png", tb_format_name(f));
    return tb_fail(err, TB_E_UNSUPPORTED, stage,
                   "%s is not read: libvips has no loader of its own for it, and that of ImageMagick is "
                   "not safe enough for files from anywhere",
                   tb_format_name(f));
}

tb_status tb_foreign_lacks(tb_error *err, const char *stage, tb_format f, bool written, const char *why)
{
    const char *name = called(f), *done = written ? "written" : f == TB_TEXT ? "drawn" : "read";

    if (f == TB_BMP || (written && (f == TB_SVG || f == TB_PDF || f == TB_PPM)))
        return never(err, stage, f, written);
    if (tb_foreign())
        return tb_fail(err, TB_E_UNSUPPORTED, stage, "%s is not %s by the libvips that is here (Debian: %s)",
                       name, done, package(f, written));
    return tb_fail(err, TB_E_UNSUPPORTED, stage, "%s is not %s: %s", name, done,
                   why && why[0] ? why : TB_WITHOUT);
}

tb_status tb_foreign_needed(tb_error *err, const char *stage, const char *why)
{
    return tb_fail(err, TB_E_UNSUPPORTED, stage, "it needs libvips: %s", why && why[0] ? why : TB_WITHOUT);
}
