/* tables.c - a transform of lcms2, all of whose memory is the job's.
 *
 * lcms2 trusts its allocator in places: where one has nothing to give, it does
 * not return, but jumps out of lcms2, and all that was given is taken back.  What
 * lcms2 may take is bounded by the profile's own size: one that claims large
 * tables and has none is refused, and does not cost the job its memory. */
#include "tables.h"
#include <lcms2.h>
#include <lcms2_plugin.h>
#include <setjmp.h>
#include <string.h>

#define OWN_NEEDS ((size_t)4 << 20) /* bytes: its grids and what it makes of small profiles */
#define EXPANDS   8                 /* samples of 8 bits become floats, and are copied once */
#define RESERVE   16384             /* for the context, whose making does not bear a jump */

/* Stands before each block of lcms2's. */
typedef union head {
    struct {
        union head *next, *before; /* all there are */
        size_t size;
    };
    uint64_t align[4]; /* lcms2 has nothing larger than a double */
} head;

struct tb_tables {
    tb_mem *mem; /* borrowed */
    head *blocks;
    size_t held, most;
    bool starved;
    bool inside; /* lcms2 may be left by `escape` */
    jmp_buf escape;
    cmsContext context; /* owned, as the transform */
    cmsHTRANSFORM transform;
    size_t reserved; /* bytes of it that were given */
    uint64_t reserve[RESERVE / 8];
};

static void *nothing_left(tb_tables *t)
{
    if (t->inside)
        longjmp(t->escape, 1);
    return NULL;
}

static void *take_reserve(tb_tables *t, size_t size)
{
    size_t room = (size + 15) / 16 * 16;
    uint8_t *p = (uint8_t *)t->reserve + t->reserved;

    if (room > RESERVE - t->reserved)
        return NULL;
    t->reserved += room;
    return p;
}

static bool of_reserve(const tb_tables *t, const void *p)
{
    return (uintptr_t)p >= (uintptr_t)t->reserve && (uintptr_t)p < (uintptr_t)t->reserve + RESERVE;
}

static void *take(cmsContext context, cmsUInt32Number size)
{
    tb_tables *t = cmsGetContextUserData(context);
    head *h;

    if (!t || size > t->most - t->held)
        return t ? nothing_left(t) : NULL;
    if (!t->inside)
        return take_reserve(t, size);
    h = tb_alloc(t->mem, sizeof *h + size, 1);
    t->starved |= !h;
    if (!h)
        return nothing_left(t);
    *h = (head){.next = t->blocks, .size = size};
    if (h->next)
        h->next->before = h;
    t->blocks = h;
    t->held += size;
    return h + 1;
}

static void give_back(cmsContext context, void *p)
{
    tb_tables *t = cmsGetContextUserData(context);

    if (!p || of_reserve(t, p))
        return;
    head *h = (head *)p - 1;
    *(h->before ? &h->before->next : &t->blocks) = h->next;
    if (h->next)
        h->next->before = h->before;
    t->held -= h->size;
    tb_free(t->mem, h);
}

static void *take_again(cmsContext context, void *old, cmsUInt32Number size)
{
    tb_tables *t = cmsGetContextUserData(context);

    if (of_reserve(t, old))
        return nothing_left(t);
    void *p = take(context, size);
    size_t n = old ? ((head *)old - 1)->size : 0;
    if (p && n > 0)
        memcpy(p, old, n < size ? n : size);
    if (p)
        give_back(context, old);
    return p;
}

static void no_message(cmsContext context, cmsUInt32Number code, const char *text)
{
    (void)context, (void)code, (void)text;
}

/* Formulas of any length are not for us: where they are, tables are too. */
static cmsHPROFILE open_profile(cmsContext context, const uint8_t *icc, size_t size)
{
    static const cmsTagSignature formulas[] = {cmsSigDToB0Tag, cmsSigDToB1Tag, cmsSigDToB2Tag,
                                               cmsSigDToB3Tag, cmsSigBToD0Tag, cmsSigBToD1Tag,
                                               cmsSigBToD2Tag, cmsSigBToD3Tag};
    cmsHPROFILE profile = cmsOpenProfileFromMemTHR(context, icc, (cmsUInt32Number)size);

    for (int i = 0; profile && i < 8; i++)
        if (cmsIsTag(profile, formulas[i]) && !cmsWriteTag(profile, formulas[i], NULL)) {
            cmsCloseProfile(profile);
            return NULL;
        }
    return profile;
}

static cmsUInt32Number format_of(int channels)
{
    return channels == 1 ? TYPE_GRAY_8 : channels == 3 ? TYPE_RGB_8 : TYPE_RGBA_8;
}

static void make_transform(tb_tables *t, const uint8_t *icc, size_t size, tb_tables_for pixels)
{
    cmsHPROFILE own = open_profile(t->context, icc, size);
    cmsHPROFILE srgb = own ? cmsCreate_sRGBProfileTHR(t->context) : NULL;
    cmsUInt32Number stored = format_of(pixels.channels),
                    shown = format_of(pixels.channels < 3 ? 3 : pixels.channels),
                    how = cmsFLAGS_NOCACHE | (pixels.many ? 0 : cmsFLAGS_NOOPTIMIZE);

    if (srgb)
        t->transform = pixels.back ? cmsCreateTransformTHR(t->context, srgb, shown, own, stored,
                                                           INTENT_RELATIVE_COLORIMETRIC, how)
                                   : cmsCreateTransformTHR(t->context, own, stored, srgb, shown,
                                                           INTENT_RELATIVE_COLORIMETRIC, how);
    if (own)
        cmsCloseProfile(own);
    if (srgb)
        cmsCloseProfile(srgb);
}

static void make(tb_tables *t, const uint8_t *icc, size_t size, tb_tables_for pixels)
{
    cmsPluginMemHandler memory = {.base = {cmsPluginMagicNumber, 2060, cmsPluginMemHandlerSig, NULL},
                                  .MallocPtr = take,
                                  .FreePtr = give_back,
                                  .ReallocPtr = take_again};

    t->context = cmsCreateContext(&memory, t);
    if (!t->context) {
        t->starved = true;
        return;
    }
    cmsSetLogErrorHandlerTHR(t->context, no_message);
    if (!setjmp(t->escape)) {
        t->inside = true;
        make_transform(t, icc, size, pixels);
    }
    t->inside = false;
}

bool tb_tables_new(tb_tables **out, const uint8_t *icc, size_t size, tb_tables_for pixels, tb_mem *mem)
{
    tb_tables *t = tb_calloc(mem, 1, sizeof *t);

    *out = NULL;
    if (!t)
        return false;
    t->mem = mem;
    t->most = OWN_NEEDS + EXPANDS * size;
    if (size <= INT32_MAX / 16)
        make(t, icc, size, pixels);
    bool starved = t->starved;
    if (t->transform && !starved)
        *out = t;
    else
        tb_tables_free(t);
    return !starved;
}

void tb_tables_apply(const tb_tables *t, const uint8_t *src, uint8_t *dst, size_t pixels)
{
    cmsDoTransform(t->transform, src, dst, (cmsUInt32Number)pixels);
}

void tb_tables_free(tb_tables *t)
{
    if (!t)
        return;
    if (t->transform)
        cmsDeleteTransform(t->transform);
    if (t->context)
        cmsDeleteContext(t->context);
    while (t->blocks) { /* what a jump left */
        head *next = t->blocks->next;
        tb_free(t->mem, t->blocks);
        t->blocks = next;
    }
    tb_free(t->mem, t);
}
