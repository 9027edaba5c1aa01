/* foreign.c - what the workers of this process can do, found out by the first of them. */
#include "foreign.h"
#include "../worker/pool.h"
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK     1     /* ms that who waits for another's start leaves to others */
#define PATIENCE 30000 /* ms until it has said hello, on a machine that is very busy */
#define SLOW     1000  /* ms: what took so long, and failed... */
#define REST     10000 /* ...is not tried again for so long */

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

static const tb_vips_part part = {.reads = reads,
                                  .writes = writes,
                                  .version = version,
                                  .probe = &tb_vips_probe,
                                  .decoder = &tb_vips_dec,
                                  .encoder = &tb_vips_enc};

/* ------------------------------------------------------------------- the first worker */

/* It belongs to all who wait for it: one at a time listens, and with the last that leaves it ends. */
static struct {
    pthread_mutex_t lock; /* held for moments only */
    int waiting;
    bool listens;      /* one does, and has the next two for himself meanwhile */
    tb_worker *worker; /* that has not said hello yet; or NULL */
    uint64_t since;    /* ms: when it was started */
    uint64_t until;    /* ms: none is started before... */
    char last[TB_WHY]; /* ...and this is why */
} first = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool at_once(tb_stop *stop)
{
    return stop != NULL;
}

static tb_heard say_late(tb_worker *w, char *why)
{
    tb_pool_kill(w, 0);
    snprintf(why, TB_WHY, "its process did not start within %d s", PATIENCE / 1000);
    return TB_GONE;
}

/* Starts it, if it is not, and listens for a moment.  TB_STOPPED: it may still come; TB_GONE, and why. */
static tb_heard listen(char *why)
{
    tb_stop stop = {.asked = at_once};
    tb_heard heard;

    if (!first.worker) {
        first.since = now();
        first.worker = tb_pool_begin(why);
    }
    if (!first.worker)
        return TB_GONE;
    heard = tb_pool_hello(first.worker, &known, &stop, why);
    if (heard == TB_STOPPED && now() - first.since > PATIENCE)
        heard = say_late(first.worker, why);
    if (heard == TB_HEARD) {
        tb_pool_put(first.worker);
        atomic_store(&started, &part);
    }
    if (heard != TB_STOPPED)
        first.worker = NULL;
    return heard;
}

/* True if nobody else listens. */
static bool may_listen(bool *waits, char *why)
{
    bool may;

    pthread_mutex_lock(&first.lock);
    first.waiting += !*waits;
    *waits = true;
    if (now() < first.until)
        strcpy(why, first.last);
    may = !first.listens && !why[0] && !tb_foreign();
    first.listens |= may;
    pthread_mutex_unlock(&first.lock);
    return may;
}

static void has_listened(tb_heard heard, const char *why)
{
    pthread_mutex_lock(&first.lock);
    first.listens = false;
    if (heard == TB_GONE && now() - first.since > SLOW) {
        strcpy(first.last, why);
        first.until = now() + REST;
    }
    pthread_mutex_unlock(&first.lock);
}

static void wait_a_moment(bool *waits, char *why)
{
    if (may_listen(waits, why))
        has_listened(listen(why), why);
    else if (!why[0])
        poll(NULL, 0, LOOK);
}

tb_status tb_foreign_start(bool *waits, char why[TB_WHY])
{
    why[0] = 0;
    if (!built)
        snprintf(why, TB_WHY, TB_WITHOUT);
    else if (!tb_foreign())
        wait_a_moment(waits, why);
    if (!tb_foreign() && !why[0])
        return TB_MORE;
    tb_foreign_leave(waits);
    return TB_DONE;
}

void tb_foreign_leave(bool *waits)
{
    tb_worker *w = NULL;

    if (!*waits)
        return;
    pthread_mutex_lock(&first.lock);
    if (--first.waiting == 0) {
        w = first.worker;
        first.worker = NULL;
    }
    pthread_mutex_unlock(&first.lock);
    *waits = false;
    if (w)
        tb_pool_kill(w, 0);
}

bool tb_foreign_wait(tb_stop *stop, char why[TB_WHY])
{
    bool waits = false;

    while (tb_foreign_start(&waits, why) == TB_MORE)
        if (stop && stop->asked(stop))
            break;
    tb_foreign_leave(&waits);
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
