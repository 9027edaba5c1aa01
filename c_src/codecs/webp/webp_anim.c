/* webp_anim.c - a sink stage for one frame of an animated WebP.
 *
 * What has changed since the frame before, a rectangle, is encoded as a WebP of its own, whose
 * chunks then make a frame that is put over what is there.  The last frame writes the file:
 *
 *     RIFF VP8X [ICCP] ANIM  ANMF (frame 0: all of it)  ANMF  ...  [EXIF] [XMP ] */
#include "../../reel.h"
#include "../inner.h"
#include "webp_riff.h"
#include <string.h>

#define ALIGN 64
#define BYTES ((size_t)128 << 10) /* of rows that are looked at in a step */
#define PIECE ((size_t)32 << 10)  /* of a frame that is moved in a step */

#define RIFF_HEAD 12
#define CHUNK     8
#define VP8X      (CHUNK + 10)
#define ANIM      (CHUNK + 6)
#define ANMF      (CHUNK + 16)
#define MOST      0xFFFFFFF6u /* bytes of a RIFF */

enum { HAS_ANIMATION = 0x02, HAS_ALPHA = 0x10, NO_BLENDING = 0x02 };

/* ROWS -> OPEN -> ENCODE -> HEAD -> BODY; of the last frame, -> FILE -> TAIL */
typedef enum { ROWS, OPEN, ENCODE, HEAD, BODY, FILE_HEAD, TAIL } phase;

typedef struct {
    const tb_encode *how; /* borrowed */
    phase phase;
    tb_shape shape;
    size_t stride;
    uint8_t *pixels;              /* of the frame; owned */
    int left, top, right, bottom; /* what has changed, half open */
    tb_encode encode;
    tb_bytes bytes; /* of the frame, as a WebP */
    tb_inner inner;
    tb_outgoing what; /* metadata */
    tb_webp_riff riff;
} anim;

static bool is_last(const anim *a)
{
    return a->how->frame + 1 == a->how->frames;
}

static tb_status anim_open(tb_stage *s, tb_error *err)
{
    anim *a = s->state;
    size_t width, rows;

    a->how = s->args;
    a->shape = s->in[0].rows->shape;
    a->bytes.mem = a->how->reel->body.mem = s->mem;
    a->left = a->shape.width;
    a->top = a->shape.height;
    width = (size_t)a->shape.width * (size_t)a->shape.channels;
    a->stride = (width + TB_SLACK + ALIGN - 1) / ALIGN * ALIGN;
    a->pixels = tb_alloc(s->mem, (size_t)a->shape.height, a->stride);
    if (!a->pixels)
        return tb_no_memory(err, s->mem, "webp", "a frame");
    rows = BYTES / width;
    s->in[0].window = rows < 1 ? 1 : rows > 16 ? 16 : (int)rows;
    tb_advance(&s->in[0], 0, s->in[0].window);
    return TB_MORE;
}

/* ---------------------------------------------------------------- what has changed */

static int first_that_differs(const uint8_t *a, const uint8_t *b, int n)
{
    int i = 0;

    while (i < n && a[i] == b[i])
        i++;
    return i;
}

static int end_of_what_differs(const uint8_t *a, const uint8_t *b, int n)
{
    while (n > 0 && a[n - 1] == b[n - 1])
        n--;
    return n;
}

static void look_at(anim *a, int y)
{
    const uint8_t *before = a->how->reel->before, *row = a->pixels + (size_t)y * a->stride;
    int c = a->shape.channels, n = a->shape.width * c, left = 0, end = n;

    if (before) {
        before += (size_t)y * a->stride;
        left = first_that_differs(row, before, n);
        end = left < n ? end_of_what_differs(row, before, n) : 0;
    }
    if (end <= left)
        return;
    a->left = left / c < a->left ? left / c : a->left;
    a->right = (end - 1) / c + 1 > a->right ? (end - 1) / c + 1 : a->right;
    a->top = y < a->top ? y : a->top;
    a->bottom = y + 1;
}

static tb_status take_rows(tb_stage *s)
{
    anim *a = s->state;
    tb_in *in = &s->in[0];
    int end = in->want;

    for (int y = in->first; y < end; y++) {
        memcpy(a->pixels + (size_t)y * a->stride, tb_row(in, y),
               (size_t)a->shape.width * (size_t)a->shape.channels);
        look_at(a, y);
    }
    tb_advance(in, end, end + in->window);
    if (end == a->shape.height)
        a->phase = OPEN;
    return TB_MORE;
}

/* A place is even; and of a frame that is as the one before, something must be left. */
static void settle(anim *a)
{
    if (a->right == 0)
        a->left = a->top = 0, a->right = a->bottom = 1;
    a->left &= ~1;
    a->top &= ~1;
}

/* --------------------------------------------------------------------- the frame */

static tb_status open_encoder(tb_stage *s, tb_error *err)
{
    anim *a = s->state;
    tb_shape part;
    size_t at;

    settle(a);
    at = (size_t)a->top * a->stride + (size_t)a->left * (size_t)a->shape.channels;
    part = (tb_shape){a->right - a->left, a->bottom - a->top, a->shape.channels};
    a->inner.rows[0] = tb_inner_rows(a->pixels + at, a->stride, part);
    a->encode = (tb_encode){.how = a->how->how, .bytes = &a->bytes};
    a->phase = ENCODE;
    return tb_inner_open(&a->inner, s, &tb_webp_enc, &a->encode, err);
}

static tb_status run_encoder(tb_stage *s, tb_error *err)
{
    anim *a = s->state;
    tb_status status = tb_inner_step(&a->inner, s, err);

    if (status != TB_DONE)
        return status;
    tb_inner_close(&a->inner);
    s->long_step = false;
    a->phase = HEAD;
    return TB_MORE;
}

static void put_le(uint8_t *p, size_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

/* Of a WebP: all that is not a chunk of pixels. */
static void skip_head(tb_bytes *b)
{
    uint8_t head[RIFF_HEAD + VP8X];

    tb_bytes_take(b, head, RIFF_HEAD);
    if (b->size >= VP8X && memcmp(b->head->data + b->taken, "VP8X", 4) == 0)
        tb_bytes_take(b, head, VP8X);
}

static tb_status no_memory(tb_stage *s, tb_error *err)
{
    return tb_no_memory(err, s->mem, "webp", "the file");
}

static tb_status put_head(tb_stage *s, tb_error *err)
{
    anim *a = s->state;
    uint8_t head[ANMF] = "ANMF";
    uint32_t most = 0xFFFFFF, ms = a->how->delay < most ? a->how->delay : most;

    skip_head(&a->bytes);
    put_le(head + 4, ANMF - CHUNK + a->bytes.size, 4);
    put_le(head + 8, (size_t)a->left / 2, 3);
    put_le(head + 11, (size_t)a->top / 2, 3);
    put_le(head + 14, (size_t)(a->right - a->left - 1), 3);
    put_le(head + 17, (size_t)(a->bottom - a->top - 1), 3);
    put_le(head + 20, ms, 3);
    head[23] = NO_BLENDING;
    a->phase = BODY;
    return tb_bytes_put(&a->how->reel->body, head, sizeof head) ? TB_MORE : no_memory(s, err);
}

/* The next frame will look at the pixels of this one. */
static void hand_on(tb_stage *s)
{
    anim *a = s->state;
    tb_reel *r = a->how->reel;

    tb_free(s->mem, r->before);
    r->before = is_last(a) ? NULL : a->pixels;
    if (r->before)
        a->pixels = NULL;
}

static tb_status move_body(tb_stage *s, tb_error *err)
{
    anim *a = s->state;
    uint8_t some[1024];
    size_t n, moved = 0;

    while (moved < PIECE && (n = tb_bytes_take(&a->bytes, some, sizeof some)) > 0) {
        if (!tb_bytes_put(&a->how->reel->body, some, n))
            return no_memory(s, err);
        moved += n;
    }
    if (a->bytes.size > 0)
        return TB_MORE;
    hand_on(s);
    a->phase = FILE_HEAD;
    s->long_step = is_last(a) && tb_outgoing_is_long(a->how);
    return is_last(a) ? TB_MORE : TB_DONE;
}

/* ----------------------------------------------------------------------- the file */

static tb_status check_size(const anim *a, tb_error *err)
{
    if (a->how->reel->body.size < MOST / 2)
        return TB_MORE;
    return tb_fail(err, TB_E_LIMIT, "webp", "a WebP cannot hold so much");
}

/* The profile goes between the two, if there is one. */
static bool put_file_head(anim *a)
{
    uint8_t head[RIFF_HEAD + VP8X + ANIM] = "RIFF....WEBPVP8X\x0a\0\0\0";
    uint8_t *vp8x = head + RIFF_HEAD, *loop = vp8x + VP8X;

    put_le(head + 4, sizeof head - CHUNK + a->how->reel->body.size, 4);
    vp8x[CHUNK] = (uint8_t)(HAS_ANIMATION | (a->shape.channels == 4 ? HAS_ALPHA : 0));
    put_le(vp8x + CHUNK + 4, (size_t)a->shape.width - 1, 3);
    put_le(vp8x + CHUNK + 7, (size_t)a->shape.height - 1, 3);
    memcpy(loop, "ANIM\6\0\0\0", CHUNK);
    put_le(loop + CHUNK + 4, (size_t)a->how->loop, 2);
    return tb_webp_riff_write(&a->riff, head, sizeof head);
}

static tb_status begin_file(tb_stage *s, tb_error *err)
{
    anim *a = s->state;

    s->long_step = false;
    a->phase = TAIL;
    a->riff = (tb_webp_riff){
        .bytes = a->how->bytes, .what = &a->what, .width = a->shape.width, .height = a->shape.height};
    if (check_size(a, err) == TB_FAIL || tb_outgoing_open(&a->what, a->how, a->shape, s->mem, err) == TB_FAIL)
        return TB_FAIL;
    if (!put_file_head(a))
        return no_memory(s, err);
    tb_bytes_join(a->how->bytes, &a->how->reel->body);
    return TB_MORE;
}

static tb_status put_tail(tb_stage *s, tb_error *err)
{
    tb_status status = tb_webp_riff_end(&((anim *)s->state)->riff);

    return status == TB_FAIL ? no_memory(s, err) : status;
}

static tb_status anim_step(tb_stage *s, tb_error *err)
{
    switch (((anim *)s->state)->phase) {
    case ROWS:
        return take_rows(s);
    case OPEN:
        return open_encoder(s, err);
    case ENCODE:
        return run_encoder(s, err);
    case HEAD:
        return put_head(s, err);
    case BODY:
        return move_body(s, err);
    case FILE_HEAD:
        return begin_file(s, err);
    case TAIL:
        return put_tail(s, err);
    }
    return TB_DONE;
}

static void anim_close(tb_stage *s)
{
    anim *a = s->state;

    tb_inner_close(&a->inner);
    tb_bytes_close(&a->bytes);
    tb_outgoing_close(&a->what, s->mem);
    tb_free(s->mem, a->pixels);
}

const tb_stage_ops tb_webp_anim = {.name = "webp",
                                   .size = sizeof(anim),
                                   .ins = 1,
                                   .open = anim_open,
                                   .step = anim_step,
                                   .close = anim_close};
