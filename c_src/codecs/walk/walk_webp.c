/* walk_webp.c - the pre-flight walk over a WebP: RIFF chunks, and the heads of
 * the pictures in them. */
#include "walk_formats.h"
#include <string.h>

/* START -> FIRST (the chunk that says the kind) -> CHUNK; the RIFF's length ends */
typedef enum { START, FIRST, CHUNK } phase;

#define NAME(a, b, c, d) ((uint32_t)(d) << 24 | (uint32_t)(c) << 16 | (uint32_t)(b) << 8 | (uint32_t)(a))

enum {
    VP8 = NAME('V', 'P', '8', ' '),
    VP8L = NAME('V', 'P', '8', 'L'),
    VP8X = NAME('V', 'P', '8', 'X'),
    ALPH = NAME('A', 'L', 'P', 'H'),
    ANIM = NAME('A', 'N', 'I', 'M'),
    ANMF = NAME('A', 'N', 'M', 'F'),
    ICCP = NAME('I', 'C', 'C', 'P'),
    EXIF = NAME('E', 'X', 'I', 'F'),
    XMP_ = NAME('X', 'M', 'P', ' ')
};

/* Flags of VP8X.  Metadata that it does not announce is passed over, as libwebp's demuxer does. */
enum { HAS_ANIMATION = 0x02, HAS_XMP = 0x04, HAS_EXIF = 0x08, HAS_ALPHA = 0x10, HAS_ICC = 0x20 };

#define RIFF_HEAD 12
#define HEAD      8  /* of a chunk */
#define ANMF_HEAD 16 /* of a frame, behind the chunk's */
#define ANIM_SIZE 6
#define MAX_CHUNK 0xFFFFFFF6u

static tb_status corrupt(tb_walker *k, const char *text)
{
    return tb_fail(k->err, TB_E_CORRUPT, "webp", "%s", text);
}

static tb_status read_riff(tb_walker *k)
{
    if (tb_walk_left(k) < RIFF_HEAD)
        return TB_HUNGRY;
    uint32_t size = tb_le32(tb_walk_here(k) + 4);
    if (size < 12 || size > MAX_CHUNK)
        return tb_fail(k->err, TB_E_CORRUPT, "webp", "a RIFF of %u bytes", size);
    k->state->webp.riff_end = (uint64_t)size + 8;
    k->state->phase = FIRST;
    return tb_walk_skip(k, RIFF_HEAD);
}

/* The size in the head of a VP8 or VP8L picture. */
static tb_status picture_size(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size, uint32_t *width,
                              uint32_t *height, bool *alpha)
{
    if (name == VP8) {
        if (size < 10 || p[3] != 0x9D || p[4] != 0x01 || p[5] != 0x2A)
            return corrupt(k, "a VP8 picture without its signature");
        uint32_t bits = tb_le24(p);
        if ((bits & 1) != 0 || (bits >> 1 & 7) > 3 || (bits >> 4 & 1) == 0 || bits >> 5 >= size)
            return corrupt(k, "a VP8 picture with a broken head");
        *width = tb_le16(p + 6) & 0x3FFF;
        *height = tb_le16(p + 8) & 0x3FFF;
        *alpha = false;
        return TB_MORE;
    }
    if (size < 5 || p[0] != 0x2F || p[4] >> 5 != 0)
        return corrupt(k, "a VP8L picture with a broken head");
    uint32_t bits = tb_le32(p + 1);
    *width = (bits & 0x3FFF) + 1;
    *height = (bits >> 14 & 0x3FFF) + 1;
    *alpha = (bits >> 28 & 1) != 0;
    return TB_MORE;
}

static void set_alpha(tb_walker *k, bool alpha)
{
    k->header->alpha = alpha;
    k->header->channels = k->header->components = alpha ? 4 : 3;
    k->header->chroma_x = k->header->chroma_y = alpha || k->header->lossless ? 0 : 2;
}

/* All that planning needs is here; but an EXIF to come may turn the picture. */
static void begin_picture(tb_walker *k)
{
    tb_walk_webp_state *s = &k->state->webp;

    k->state->picture = true;
    k->walk->known |= !(s->flags & HAS_EXIF) || s->exif;
}

static tb_status read_still(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size)
{
    tb_walk_webp_state *s = &k->state->webp;
    tb_header *h = k->header;
    uint32_t width = 0, height = 0;
    bool alpha = false;

    if (k->state->picture)
        return TB_MORE; /* one more than there should be: libwebp takes the first */
    if (s->flags & HAS_ANIMATION)
        return corrupt(k, "a still picture in an animation");
    if (picture_size(k, name, p, size, &width, &height, &alpha) == TB_FAIL)
        return TB_FAIL;
    if (s->vp8x && (width != (uint32_t)h->width || height != (uint32_t)h->height))
        return tb_fail(k->err, TB_E_CORRUPT, "webp", "the canvas is %dx%d, its picture %ux%u", h->width,
                       h->height, width, height);
    if (tb_walk_size(k, width, height) == TB_FAIL)
        return TB_FAIL;
    h->lossless = name == VP8L;
    set_alpha(k, name == VP8L ? alpha : s->alph || (s->flags & HAS_ALPHA));
    begin_picture(k);
    return TB_MORE;
}

static tb_status read_vp8x(tb_walker *k, const uint8_t *p, uint32_t size)
{
    tb_walk_webp_state *s = &k->state->webp;

    if (size != 10)
        return corrupt(k, "a VP8X chunk of the wrong length");
    s->vp8x = true;
    s->flags = p[0];
    k->header->animated = (s->flags & HAS_ANIMATION) != 0;
    k->header->frames = k->header->animated ? 0 : 1;
    k->header->loop = 1;
    k->header->xmp_ahead = (s->flags & HAS_XMP) != 0;
    set_alpha(k, (s->flags & HAS_ALPHA) != 0);
    return tb_walk_size(k, (uint64_t)tb_le24(p + 4) + 1, (uint64_t)tb_le24(p + 7) + 1);
}

/* x and y in units of 2, width and height less 1, duration: 3 bytes each; flags. */
static tb_status read_anmf(tb_walker *k, const uint8_t *p, uint32_t size)
{
    tb_walk_webp_state *s = &k->state->webp;
    tb_header *h = k->header;

    if (size < ANMF_HEAD + HEAD)
        return corrupt(k, "a frame that is too short");
    uint32_t x = 2 * tb_le24(p), y = 2 * tb_le24(p + 3);
    s->frame_width = tb_le24(p + 6) + 1;
    s->frame_height = tb_le24(p + 9) + 1;
    if (x + s->frame_width > (uint32_t)h->width || y + s->frame_height > (uint32_t)h->height)
        return tb_fail(k->err, TB_E_CORRUPT, "webp", "the canvas is %dx%d, a frame %ux%u at %u,%u", h->width,
                       h->height, s->frame_width, s->frame_height, x, y);
    if (tb_walk_frame(k, tb_le24(p + 12)) == TB_FAIL)
        return TB_FAIL;
    s->frame_end = k->in->safe + HEAD + (uint64_t)size;
    begin_picture(k);
    return tb_walk_skip(k, HEAD + ANMF_HEAD);
}

/* A chunk inside of a frame. */
static tb_status read_frame(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size)
{
    tb_walk_webp_state *s = &k->state->webp;
    uint32_t width = 0, height = 0;
    bool alpha = false;

    if (name != VP8 && name != VP8L)
        return name == ALPH ? TB_MORE : tb_walk_metadata(k, size);
    if (picture_size(k, name, p, size, &width, &height, &alpha) == TB_FAIL)
        return TB_FAIL;
    if (width != s->frame_width || height != s->frame_height)
        return tb_fail(k->err, TB_E_CORRUPT, "webp", "a frame is %ux%u, its picture %ux%u", s->frame_width,
                       s->frame_height, width, height);
    return TB_MORE;
}

static void read_icc(tb_walker *k, uint32_t size)
{
    if (!(k->state->webp.flags & HAS_ICC) || k->header->icc_pieces || k->state->picture || size == 0 ||
        !tb_walk_fits(k, "an ICC profile", size, k->limits->max_icc, "max_icc"))
        return;
    k->header->icc[0] = (tb_span){k->in->safe + HEAD, size};
    k->header->icc_pieces = 1;
}

/* It comes behind the picture; if it was announced, planning waits for it. */
static void read_exif(tb_walker *k, uint32_t size)
{
    if (!(k->state->webp.flags & HAS_EXIF) || k->state->webp.exif)
        return;
    if (tb_walk_fits(k, "EXIF", size, k->limits->max_exif, "max_exif"))
        tb_walk_exif(k, HEAD, size);
    k->state->webp.exif = true;
    k->walk->known |= k->state->picture;
}

static void read_xmp(tb_walker *k, uint32_t size)
{
    k->header->xmp_ahead = false;
    if ((k->state->webp.flags & HAS_XMP) && k->header->xmp.size == 0)
        k->header->xmp = (tb_span){k->in->safe + HEAD, size};
}

/* A chunk of the file itself. */
static tb_status read_chunk(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size)
{
    if (name == VP8 || name == VP8L)
        return read_still(k, name, p, size);
    if (name == ALPH) {
        k->state->webp.alph = true;
        return TB_MORE;
    }
    if (tb_walk_metadata(k, size) == TB_FAIL)
        return TB_FAIL;
    if (name == ICCP)
        read_icc(k, size);
    else if (name == EXIF)
        read_exif(k, size);
    else if (name == XMP_)
        read_xmp(k, size);
    else if (name == ANIM && size >= ANIM_SIZE && !k->state->picture)
        k->header->loop = (int)tb_le16(p + 4);
    return TB_MORE;
}

static bool is_first(uint32_t name)
{
    return name == VP8 || name == VP8L || name == VP8X;
}

/* How much of a chunk's data must be here to be read. */
static size_t wanted(const tb_walker *k, uint32_t name, uint32_t size)
{
    uint64_t most = 0;

    if (is_first(name))
        most = 10;
    else if (name == ANMF)
        most = ANMF_HEAD;
    else if (name == ANIM)
        most = ANIM_SIZE;
    else if (name == EXIF && !k->walk->known && tb_walk_waits(k, size))
        most = size;
    return size < most ? size : (size_t)most;
}

/* Leaves a frame, and what is too short there to be a chunk. */
static tb_status end_frame(tb_walker *k)
{
    uint64_t end = k->state->webp.frame_end + (k->state->webp.frame_end & 1);

    k->state->webp.frame_end = 0;
    k->header->whole_frames = k->header->frames;
    return tb_walk_skip(k, end > k->in->safe ? end - k->in->safe : 0);
}

static tb_status end_riff(tb_walker *k)
{
    if (!k->state->picture)
        return corrupt(k, "holds no picture");
    k->walk->known = k->state->whole = true;
    return TB_MORE;
}

/* What is left of a still picture's file does not matter. */
static tb_status overlong(tb_walker *k)
{
    if (!k->state->picture || (k->state->webp.flags & HAS_ANIMATION))
        return corrupt(k, "a chunk is longer than what it is in");
    tb_warn(k->err, "webp", "a chunk behind the picture is longer than the file says to be");
    return end_riff(k);
}

static tb_status read_any(tb_walker *k, uint32_t name, const uint8_t *p, uint32_t size)
{
    if (k->state->phase == FIRST) {
        k->state->phase = CHUNK;
        if (name == VP8X)
            return read_vp8x(k, p, size);
        if (!is_first(name))
            return corrupt(k, "does not begin with VP8, VP8L or VP8X");
    }
    return k->state->webp.frame_end ? read_frame(k, name, p, size) : read_chunk(k, name, p, size);
}

static tb_status next_chunk(tb_walker *k)
{
    tb_walk_webp_state *s = &k->state->webp;
    uint64_t at = k->in->safe, end = s->frame_end ? s->frame_end : s->riff_end;

    if (at + HEAD > end)
        return s->frame_end ? end_frame(k) : end_riff(k);
    if (tb_walk_left(k) < HEAD)
        return TB_HUNGRY;
    const uint8_t *p = tb_walk_here(k);
    uint32_t name = tb_le32(p), size = tb_le32(p + 4);
    if (at + HEAD + size > end)
        return overlong(k);
    if (tb_walk_left(k) - HEAD < wanted(k, name, size))
        return TB_HUNGRY;
    if (tb_walk_chunk(k) == TB_FAIL)
        return TB_FAIL;
    if (name == ANMF && s->flags & HAS_ANIMATION && !s->frame_end)
        return read_anmf(k, p + HEAD, size);
    if (read_any(k, name, p + HEAD, size) == TB_FAIL)
        return TB_FAIL;
    return tb_walk_skip(k, HEAD + (uint64_t)size + (size & 1));
}

tb_status tb_walk_webp(tb_walker *k)
{
    return k->state->phase == START ? read_riff(k) : next_chunk(k);
}
