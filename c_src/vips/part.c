/* part.c - libvips is started, and what it can do. */
#include "part.h"
#include "call.h"
#include "load.h"
#include "save.h"
#include "words.h"
#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

extern const tb_stage_ops tb_vips_probe, tb_vips_dec, tb_vips_enc;

/* Only what is asked for by name is used; what libvips calls untrusted is blocked but for those. */
static void allow(void)
{
    static const char *const classes[] = {"VipsForeignLoadSvg", "VipsForeignLoadJp2k", "VipsForeignLoadJxl",
                                          "VipsForeignLoadPdf", "VipsForeignLoadPpm",  "VipsForeignSaveJxl"};

    vips_block_untrusted_set(TRUE);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        vips_operation_block_set(classes[i], FALSE);
}

/* No cache: each job's images are its own.  One thread for each call: the machine is
 * shared out elsewhere. */
static void begin(tb_call *c, void *arg)
{
    bool *ok = arg;

    (void)c;
    *ok = vips_init("thumbelina") == 0;
    if (!*ok)
        return;
    allow();
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    vips_leak_set(FALSE);
    tb_words_open();
}

static bool start(char *why)
{
    tb_call call = {0};
    bool ok = false;

    if (tb_call_run(&call, NULL, begin, &ok) != TB_CALL_ENDED)
        snprintf(why, TB_VIPS_WHY, "the system has no thread for it");
    else if (!ok)
        snprintf(why, TB_VIPS_WHY, "it could not be started");
    tb_call_close(&call);
    return ok;
}

static bool has(const char *operation)
{
    return operation && vips_type_find("VipsOperation", operation) != 0;
}

static bool reads(tb_format f)
{
    return has(tb_loader_of(f));
}

static bool writes(tb_format f)
{
    return has(tb_saver_of(f));
}

static void version(char *text)
{
    snprintf(text, TB_VERSION, "libvips %d.%d.%d", vips_version(0), vips_version(1), vips_version(2));
}

extern const tb_vips_part tb_vips_here;
__attribute__((visibility("default"))) const tb_vips_part tb_vips_here = {
    .layout = TB_VIPS_LAYOUT,
    .start = start,
    .reads = reads,
    .writes = writes,
    .version = version,
    .probe = &tb_vips_probe,
    .decoder = &tb_vips_dec,
    .encoder = &tb_vips_enc,
};
