/* serve.c - what each question means, and the slots in which things wait for the next. */
#include "serve.h"
#include "change.h"
#include "heap.h"
#include "limits.h"
#include "load.h"
#include "look.h"
#include "save.h"
#include "words.h"
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/mman.h>
#include <unistd.h>

#define TILE 128 /* pixels across */

typedef struct {
    void *map; /* memory of the job's... */
    size_t mapped;
    VipsImage *image; /* ...or a picture... */
    void *bytes;      /* ...or bytes of ours */
    size_t size;
    bool tiles; /* the picture is best asked for in squares */
} thing;

static thing slot[TB_SLOTS];
static uint8_t *desk;

bool tb_serve_open(void)
{
    void *map = mmap(NULL, TB_DESK, PROT_READ | PROT_WRITE, MAP_SHARED, TB_FD_DESK, 0);

    desk = map == MAP_FAILED ? NULL : map;
    return desk != NULL;
}

static void drop_picture(thing *t)
{
    VIPS_UNREF(t->image);
    g_free(t->bytes);
    t->bytes = NULL;
    t->size = 0;
    t->tiles = false;
}

static void drop(thing *t)
{
    drop_picture(t);
    if (t->map)
        munmap(t->map, t->mapped);
    *t = (thing){0};
}

/* Pictures first: they stand on the bytes. */
static void drop_all(void)
{
    for (int i = 0; i < TB_SLOTS; i++)
        drop_picture(&slot[i]);
    for (int i = 0; i < TB_SLOTS; i++)
        drop(&slot[i]);
}

/* Bytes of all that is the job's. */
static uint64_t mapped(void)
{
    uint64_t bytes = TB_DESK;

    for (int i = 0; i < TB_SLOTS; i++)
        bytes += slot[i].mapped;
    return bytes;
}

static tb_status wrong(tb_error *err)
{
    return tb_fail(err, TB_E_CORRUPT, "libvips", "asked for what is not there: this is a bug");
}

/* --------------------------------------------------------------------- each */

static void begin(const tb_request *r, tb_reply *a)
{
    drop_all();
    tb_heap_begin();
    vips_concurrency_set(r->begin.threads);
    a->memory = tb_limits_begin(r->begin.memory);
}

static void take(const tb_request *r, int fd, tb_error *err)
{
    thing *t = &slot[r->slot];
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, r->size, PROT_READ, MAP_SHARED, fd, 0);

    drop(t);
    if (map == MAP_FAILED) {
        tb_fail(err, TB_E_NOMEM, "libvips", "it has no room");
        return;
    }
    t->map = map;
    t->mapped = r->size;
}

static tb_input input_of(const thing *t)
{
    return (tb_input){.data = t->map, .safe = t->mapped, .end = t->mapped, .ended = true};
}

static void look(const tb_request *r, tb_reply *a, tb_error *err)
{
    const tb_input in = input_of(&slot[r->slot]);
    thing *to = &slot[r->to];

    if (!in.data) {
        wrong(err);
        return;
    }
    drop(to);
    to->bytes = tb_look(&in, &r->look, &a->seen, err);
    to->size = to->bytes ? a->seen.icc + a->seen.exif + a->seen.xmp : 0;
}

static void not_the_same(const tb_do_open *how, tb_error *err)
{
    if (how->count > 1 || how->first > 0)
        tb_load_differs(how->format, err);
    else
        tb_fail(err, TB_E_CORRUPT, tb_format_name(how->format), "read twice, its head is not the same");
}

static bool is_as_said(VipsImage *im, const tb_do_open *how)
{
    return im->Xsize == how->width && im->Ysize == (int64_t)how->height * how->count &&
           im->Bands == how->channels && (how->count == 1 || vips_image_get_page_height(im) == how->height);
}

static VipsImage *load_picture(const tb_input *in, const tb_do_open *how, tb_error *err)
{
    if (how->drawn)
        return tb_load_drawn(in, how->format, how->first, how->width, how->height, err);
    return tb_load(in, how->format, (tb_pages){how->first, how->count}, how->keep_truncated, err);
}

static VipsImage *open_picture(const tb_input *in, const tb_do_open *how, tb_error *err)
{
    bool own;
    VipsImage *im = load_picture(in, how, err);

    if (im)
        im = tb_load_bytes(im, how->format, &own, err);
    if (!im || is_as_said(im, how))
        return im;
    not_the_same(how, err);
    g_object_unref(im);
    return NULL;
}

static void open_slot(const tb_request *r, tb_error *err)
{
    const tb_input in = input_of(&slot[r->slot]);

    if (!in.data) {
        wrong(err);
        return;
    }
    drop(&slot[r->to]);
    slot[r->to].image = open_picture(&in, &r->open, err);
    slot[r->to].size = r->open.format; /* that errors are about */
}

static const uint8_t *pixel_at(const VipsRegion *r, int x, int y)
{
    size_t pixel = (size_t)r->im->Bands;

    return r->data + (size_t)(y - r->valid.top) * (size_t)r->bpl + (size_t)(x - r->valid.left) * pixel;
}

/* Some columns of the rows that are asked for, to their place on the desk. */
static bool put_part(VipsRegion *region, const VipsRect *all, VipsRect part)
{
    size_t pixel = (size_t)region->im->Bands, n = (size_t)all->width * pixel;
    uint8_t *to = desk + (size_t)(part.left - all->left) * pixel;

    if (vips_region_prepare(region, &part) || !vips_rect_includesrect(&region->valid, &part))
        return false;
    for (int y = 0; y < part.height; y++)
        memcpy(to + (size_t)y * n, pixel_at(region, part.left, part.top + y), (size_t)part.width * pixel);
    return true;
}

static void rows(const tb_request *r, tb_error *err)
{
    const thing *t = &slot[r->slot];
    const VipsRect all = {r->rows.left, r->rows.first, r->rows.width, r->rows.count};
    size_t n = t->image && all.width > 0 ? (size_t)all.width * (size_t)t->image->Bands : 0;
    VipsRegion *region;
    bool ok;

    if (n == 0 || all.height < 1 || (size_t)all.height > TB_DESK / n) {
        wrong(err);
        return;
    }
    int step = t->tiles && all.width > TILE ? TILE : all.width;
    region = vips_region_new(t->image);
    ok = region != NULL;
    for (int x = 0; ok && x < all.width; x += step) {
        int width = all.width - x < step ? all.width - x : step;
        ok = put_part(region, &all, (VipsRect){all.left + x, all.top, width, all.height});
    }
    if (!ok)
        tb_words_fail(err, (tb_format)t->size, "cannot be decoded");
    VIPS_UNREF(region);
}

static void change(const tb_request *r, tb_reply *a, tb_error *err)
{
    const tb_do_change *how = &r->change;
    const thing *t = &slot[r->slot];
    thing *to = &slot[r->to];
    tb_shape s = how->shape, out;

    if (!t->map || to == t || !tb_change_gives(&how->how, s, &out) ||
        (size_t)s.width * (size_t)s.height * (size_t)s.channels > t->mapped ||
        (how->place.known && !tb_place_fits(&how->place, &how->how.smart_crop, s))) {
        wrong(err);
        return;
    }
    drop(to);
    a->place = how->place;
    to->image = tb_change_pixels(t->map, s, &how->how, &a->place, err);
    to->size = TB_UNKNOWN;
    to->tiles = how->how.kind == TB_CHANGE_AFFINE;
    if (to->image &&
        (to->image->Xsize != out.width || to->image->Ysize != out.height || to->image->Bands != out.channels))
        tb_fail(err, TB_E_CORRUPT, "libvips", "it made %dx%d of it, not %dx%d", to->image->Xsize,
                to->image->Ysize, out.width, out.height);
}

static size_t size_of(const tb_do_save *how)
{
    return (size_t)how->shape.width * (size_t)how->shape.height * (size_t)how->shape.channels *
           (size_t)how->frames;
}

static void save(const tb_request *r, tb_reply *a, tb_error *err)
{
    const tb_do_save *how = &r->save;
    const thing *t = &slot[r->slot];
    thing *to = &slot[r->to];
    size_t pixels = size_of(how), times = how->frames > 1 ? (size_t)how->frames * sizeof(uint32_t) : 0;
    const uint8_t *meta = (const uint8_t *)t->map + pixels + times;

    if (!t->map || how->frames < 1 || pixels + times + how->icc + how->exif + how->xmp > t->mapped) {
        wrong(err);
        return;
    }
    const tb_outgoing what = {.icc = how->icc ? meta : NULL,
                              .exif = how->exif ? meta + how->icc : NULL,
                              .xmp = how->xmp ? meta + how->icc + how->exif : NULL,
                              .icc_size = how->icc,
                              .exif_size = how->exif,
                              .xmp_size = how->xmp};
    drop(to);
    to->bytes = tb_save(t->map, how, &what, &to->size, err);
    a->size = to->bytes ? to->size : 0;
}

static void give(const tb_request *r, tb_error *err)
{
    const thing *t = &slot[r->slot];

    if (!t->bytes || r->size > TB_DESK || r->from > t->size || r->size > t->size - r->from)
        wrong(err);
    else
        memcpy(desk, (const char *)t->bytes + r->from, r->size);
}

/* ---------------------------------------------------------------------- all */

static void answer(const tb_request *r, int fd, tb_reply *a, tb_error *err)
{
    switch ((tb_do)r->what) {
    case TB_DO_BEGIN:
        begin(r, a);
        break;
    case TB_DO_TAKE:
        take(r, fd, err);
        break;
    case TB_DO_LOOK:
        look(r, a, err);
        break;
    case TB_DO_OPEN:
        open_slot(r, err);
        break;
    case TB_DO_ROWS:
        rows(r, err);
        break;
    case TB_DO_SAVE:
        save(r, a, err);
        break;
    case TB_DO_CHANGE:
        change(r, a, err);
        break;
    case TB_DO_GIVE:
        give(r, err);
        break;
    case TB_DO_DROP:
        drop(&slot[r->slot]);
        break;
    case TB_DO_END:
        drop_all();
        tb_limits_end();
#ifdef __GLIBC__
        malloc_trim(0);
#endif
        break;
    }
}

static void put_words(tb_reply *a, const tb_error *said)
{
    a->code = (int)said->code;
    a->warnings = said->warnings;
    memcpy(a->text, said->text, sizeof a->text);
    memcpy(a->warning, said->warning, sizeof a->warning);
}

bool tb_serve(const tb_request *r, int fd, tb_reply *reply)
{
    tb_error said = {0};

    *reply = (tb_reply){.number = r->number};
    if (r->slot < 0 || r->slot >= TB_SLOTS || r->to < 0 || r->to >= TB_SLOTS) {
        wrong(&said);
    } else {
        tb_words_begin(&said);
        answer(r, fd, reply, &said);
    }
    if (said.code != TB_E_NONE && tb_heap_failed())
        said.code = TB_E_NOMEM;
    if (fd >= 0)
        close(fd);
    put_words(reply, &said);
    tb_words_begin(NULL);
    reply->cpu = tb_limits_cpu();
    if (r->what != TB_DO_BEGIN)
        reply->memory = tb_limits_peak(mapped());
    return r->what != TB_DO_DROP && r->what != TB_DO_END;
}
