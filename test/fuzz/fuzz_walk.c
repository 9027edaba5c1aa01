/* fuzz_walk.c - the walk ends, keeps its promises, and does not depend on how
 * the bytes come; the metadata it finds are taken out, and edited.  The last byte chooses the
 * pieces and the limits. */
#include "../../c_src/colour/profile.h"
#include "../../c_src/exif_edit.h"
#include "../../c_src/meta.h"
#include "../c/walking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const tb_limits tight = {.formats = ~0u,
                                .max_bytes = 5000,
                                .max_pixels = 3000,
                                .max_side = 300,
                                .max_scans = 3,
                                .max_chunks = 12,
                                .max_blocks = 9,
                                .max_metadata = 900,
                                .max_icc = 300,
                                .max_exif = 64};
static const tb_limits none = {0};

static void check_header(const tb_header *h, const tb_limits *limits, size_t size)
{
    uint64_t side = limits->max_side ? limits->max_side : 65500;

    if (h->format > TB_GIF) /* libvips will look into it */
        return;
    CHECK(h->width > 0 && h->height > 0 && (uint64_t)h->width <= side && (uint64_t)h->height <= side);
    CHECK(!limits->max_pixels || (uint64_t)h->width * (uint64_t)h->height <= limits->max_pixels);
    CHECK(h->channels >= 1 && h->channels <= 4 && h->components >= 1 && h->components <= 4);
    CHECK(h->orientation >= 1 && h->orientation <= 8 && h->frames >= 1 && h->whole_frames <= h->frames &&
          h->loop >= 0 && h->scans >= 1);
    CHECK(h->exif.at + h->exif.size <= size && (!limits->max_exif || h->exif.size <= limits->max_exif));
    uint64_t icc = 0;
    for (int i = 0; i < h->icc_pieces; i++)
        icc += h->icc[i].size;
    CHECK(!limits->max_icc || icc <= limits->max_icc);
}

static tb_heap heap = {.alloc = malloc, .free = free};

/* What leaves of EXIF is no more than came, and leaves again as it is. */
static void edit_exif(const tb_meta *meta)
{
    const size_t room = tb_exif_room(meta->exif_size);
    uint8_t *once = malloc(room), *twice = malloc(tb_exif_room(room));

    CHECK(once && twice);
    for (unsigned i = 0; i < 8 && meta->exif; i++) {
        const tb_exif_wish wish = {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 4) == 0, 30, 70000};
        size_t size = tb_exif_edit(meta->exif, meta->exif_size, &wish, once);
        CHECK(size <= room);
        if (size > 0)
            CHECK(tb_exif_edit(once, size, &wish, twice) == size && memcmp(once, twice, size) == 0);
    }
    free(once);
    free(twice);
}

static void name_profile(const tb_meta *meta)
{
    char name[TB_PROFILE_NAME];
    tb_profile profile;

    if (!meta->icc)
        return;
    tb_profile_name(meta->icc, meta->icc_size, name);
    CHECK(strlen(name) < TB_PROFILE_NAME);
    tb_profile_read(&profile, meta->icc, meta->icc_size);
    for (int i = 0; i < 3 && profile.kind == TB_PROFILE_MATRIX; i++)
        for (int x = 0; x <= 16; x++) {
            double y = tb_curve_at(&profile.curve[i], x / 16.0);
            CHECK(y >= 0 && y <= 1);
        }
}

static void take_profile(const uint8_t *data, size_t size, const tb_header *h, const tb_limits *limits)
{
    tb_mem mem = {.heap = &heap, .limit = 1 << 20};
    tb_input in = {.data = data, .safe = size, .end = size, .ended = true};
    tb_meta meta = {0};
    tb_error err = {0};
    tb_status status;
    size_t steps = 0;

    do {
        status = tb_meta_step(&meta, &mem, h, &in, limits, TB_KEEP_ALL, &err);
        CHECK(++steps < 1000 + size);
    } while (status == TB_MORE);
    CHECK(status == TB_DONE || err.code == TB_E_LIMIT || err.code == TB_E_NOMEM);
    edit_exif(&meta);
    name_profile(&meta);
    CHECK(!meta.icc || status == TB_FAIL || (meta.icc_size >= 132 && memcmp(meta.icc + 36, "acsp", 4) == 0));
    tb_meta_close(&meta, &mem);
    CHECK(mem.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const tb_limits *const all[] = {&tb_default_limits, &none, &tight, &tb_default_limits};
    unsigned choice = size ? data[size - 1] : 0;
    const tb_limits *limits = all[choice & 3];

    if (size > 0)
        size--;
    const walked *whole = walk_bytes(data, size, size, limits);
    size_t piece = 1 + (choice >> 2) * (choice >> 2) + size / 512;
    const walked *parts = walk_bytes(data, size, piece, limits);

    CHECK(whole->status == parts->status ||
          whole->err.code == TB_E_LIMIT); /* max_bytes is seen first, or last */
    if (!strstr(whole->err.text, "max_bytes")) {
        CHECK(strcmp(whole->err.text, parts->err.text) == 0 && whole->err.warnings == parts->err.warnings);
        CHECK(whole->status != TB_DONE || memcmp(&whole->header, &parts->header, sizeof whole->header) == 0);
    }
    if (whole->known)
        check_header(&whole->plan, limits, size);
    if (whole->status == TB_DONE && whole->header.format == TB_JPEG && limits->max_scans)
        CHECK((uint32_t)whole->header.scans <= limits->max_scans);
    if (whole->status == TB_DONE)
        take_profile(data, size, &whole->header, limits);
    return 0;
}
