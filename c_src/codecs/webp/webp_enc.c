/* webp_enc.c - sink stages over libwebp's encoder, of pixels and of planes.
 *
 * Rows come two at a time, and are kept as libwebp works on them: lossy as
 * planes of luma and, at half the size, chroma (1.5 bytes a pixel, and one of
 * alpha), lossless as ARGB.  Then one call encodes all, which nobody can cut;
 * it only asks, now and then, whether to go on. */
#include "webp_enc_cost.h"
#include "webp_mem.h"
#include "webp_riff.h"
#include <string.h>
#include <webp/encode.h>

#define MAX_SIDE  WEBP_MAX_DIMENSION
#define STEP      500e3 /* nanoseconds */
#define TB_PLANES 3
#define SAMPLE    16 /* the detail of one in so many rows is looked at */

/* START -> ROWS -> ENCODE -> TAIL (metadata) */
typedef enum { START, ROWS, ENCODE, TAIL } phase;

typedef struct {
    const tb_encode *how; /* borrowed, as stop */
    tb_stop *stop;
    phase phase;
    WebPConfig config;
    WebPPicture picture; /* its planes are owned, by the job's memory */
    WebPPicture strip;   /* two rows, in libwebp's memory... */
    tb_webp_mem memory;  /* ...which is this */
    bool apart;          /* planes come, not pixels */
    uint8_t *pair;       /* two rows as they came; owned; NULL where apart */
    tb_shape shape;
    bool alpha; /* some pixel is not opaque */
    tb_webp_detail detail;
    tb_outgoing what; /* metadata */
    tb_webp_riff riff;
} enc;

/* Asked by libwebp: go on? */
static int go_on(int percent, const WebPPicture *picture)
{
    enc *e = picture->user_data;

    (void)percent;
    return !e->memory.too_much && !e->stop->asked(e->stop);
}

static int write_bytes(const uint8_t *data, size_t size, const WebPPicture *picture)
{
    return tb_webp_riff_write(picture->custom_ptr, data, size);
}

static bool configure(enc *e)
{
    const tb_output *how = e->how->how;
    WebPConfig *c = &e->config;

    if (!WebPConfigInit(c) || !WebPPictureInit(&e->picture) || !WebPPictureInit(&e->strip))
        return false;
    c->quality = (float)how->quality;
    c->method = how->method;
    c->lossless = how->lossless;
    c->low_memory = tb_webp_enc_is_large(how, e->shape);
    return WebPValidateConfig(c);
}

/* The planes of the whole picture. */
static bool take_planes(enc *e, tb_mem *mem)
{
    WebPPicture *p = &e->picture;
    size_t w = (size_t)e->shape.width, h = (size_t)e->shape.height, half = (w + 1) / 2, rows = (h + 1) / 2;

    p->width = e->shape.width;
    p->height = e->shape.height;
    p->use_argb = e->config.lossless;
    p->argb_stride = p->y_stride = p->a_stride = e->shape.width;
    p->uv_stride = (int)half;
    if (p->use_argb)
        return (p->argb = tb_alloc(mem, h, w * 4)) != NULL;
    p->y = tb_alloc(mem, h, w);
    p->u = tb_alloc(mem, rows, half);
    p->v = tb_alloc(mem, rows, half);
    if (e->shape.channels == 4)
        p->a = tb_alloc(mem, h, w);
    return p->y && p->u && p->v && (p->a || e->shape.channels == 3);
}

/* Two rows of pixels or of Y at a time, and one of U and V. */
static void want_rows(tb_stage *s)
{
    for (int k = 0; k < s->ops->ins; k++) {
        s->in[k].window = k ? 1 : 2;
        s->in[k].want = 0;
        tb_advance(&s->in[k], 0, s->in[k].window);
    }
}

static tb_status webp_open(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_shape in = s->in[0].rows->shape;

    e->apart = s->ops->ins == TB_PLANES;
    in.channels = e->apart ? TB_PLANES : in.channels;
    assert(in.channels == 3 || in.channels == 4);
    if (in.width > MAX_SIDE || in.height > MAX_SIDE)
        return tb_fail(err, TB_E_LIMIT, "webp", "%dx%d: WebP has at most %d pixels a side", in.width,
                       in.height, MAX_SIDE);
    e->how = s->args;
    e->memory.mem = s->mem;
    s->long_step = tb_outgoing_is_long(e->how);
    e->shape = in;
    if (!configure(e))
        return tb_fail(err, TB_E_UNSUPPORTED, "webp", "libwebp does not take quality %d with method %d",
                       e->how->how->quality, e->how->how->method);
    e->riff =
        (tb_webp_riff){.bytes = e->how->bytes, .what = &e->what, .width = in.width, .height = in.height};
    if (!e->apart)
        e->pair = tb_alloc(s->mem, 2 * (size_t)in.width, (size_t)in.channels);
    if ((!e->apart && !e->pair) || !take_planes(e, s->mem))
        return tb_no_memory(err, s->mem, "webp", "the picture to encode");
    want_rows(s);
    return TB_MORE;
}

/* Copies `rows` rows of `width` bytes. */
static void copy_plane(uint8_t *dst, int stride, const uint8_t *src, int src_stride, int width, int rows)
{
    for (int y = 0; y < rows; y++)
        memcpy(dst + (size_t)y * (size_t)stride, src + (size_t)y * (size_t)src_stride, (size_t)width);
}

/* Planes of the strip to rows y and y + 1 of the picture. */
static void keep_strip(enc *e, int y)
{
    WebPPicture *p = &e->picture;
    const WebPPicture *s = &e->strip;
    size_t at = (size_t)y * (size_t)p->width, half_at = (size_t)(y / 2) * (size_t)p->uv_stride;

    copy_plane(p->y + at, p->y_stride, s->y, s->y_stride, s->width, s->height);
    copy_plane(p->u + half_at, p->uv_stride, s->u, s->uv_stride, p->uv_stride, 1);
    copy_plane(p->v + half_at, p->uv_stride, s->v, s->uv_stride, p->uv_stride, 1);
    if (!p->a)
        return;
    if (s->a)
        copy_plane(p->a + at, p->a_stride, s->a, s->a_stride, s->width, s->height);
    else
        memset(p->a + at, 255, (size_t)s->width * (size_t)s->height);
    e->alpha |= s->a != NULL;
}

static bool keep_lossy(enc *e, int y, int rows)
{
    WebPPicture *s = &e->strip;
    int c = e->shape.channels, stride = e->shape.width * c;

    s->width = e->shape.width;
    s->height = rows;
    if (!(c == 4 ? WebPPictureImportRGBA(s, e->pair, stride) : WebPPictureImportRGB(s, e->pair, stride)))
        return false;
    keep_strip(e, y);
    return true;
}

static void keep_lossless(enc *e, int y, int rows)
{
    size_t c = (size_t)e->shape.channels, w = (size_t)e->shape.width, n = w * (size_t)rows;
    uint32_t *dst = e->picture.argb + (size_t)y * w;
    const uint8_t *p = e->pair;

    for (size_t i = 0; i < n; i++, p += c)
        dst[i] = (uint32_t)(c == 4 ? p[3] : 255) << 24 | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* All rows are here: what is left is one call. */
static tb_status kept(tb_stage *s)
{
    enc *e = s->state;

    e->phase = ENCODE;
    s->long_step = tb_webp_enc_time(e->how->how, e->shape, e->alpha) + (double)e->what.icc_size > STEP;
    return TB_MORE;
}

/* A JPEG's samples are 0..255, a WebP's 16..235, and 16..240 in U and V. */
static void narrow(uint8_t *dst, const uint8_t *src, int n, int k)
{
    int range = k ? 224 : 219, zero = k ? 128 : 0, black = k ? 128 : 16;

    for (int x = 0; x < n; x++)
        dst[x] = (uint8_t)((2 * (src[x] - zero) * range + 255 * (2 * black + 1)) / 510);
}

static void keep_plane(enc *e, const tb_in *in, int k, uint8_t *plane)
{
    int n = in->rows->shape.width;

    for (int y = in->first; y < in->want; y++)
        if (e->how->full)
            narrow(plane + (size_t)y * (size_t)n, tb_row(in, y), n, k);
        else
            memcpy(plane + (size_t)y * (size_t)n, tb_row(in, y), (size_t)n);
}

static tb_status keep_apart(tb_stage *s)
{
    enc *e = s->state;
    tb_in *in = s->in;
    uint8_t *const plane[TB_PLANES] = {e->picture.y, e->picture.u, e->picture.v};
    int y = in[0].first;

    if (in[0].want - y == 2 && y % SAMPLE == 0)
        tb_webp_detail_add(&e->detail, tb_row(in, y + 1), tb_row(in, y),
                           (tb_shape){e->shape.width, e->shape.height, 1});
    for (int k = 0; k < TB_PLANES; k++) {
        keep_plane(e, &in[k], k, plane[k]);
        tb_advance(&in[k], in[k].want, in[k].want + in[k].window);
    }
    return in[0].first < e->shape.height ? TB_MORE : kept(s);
}

static tb_status keep_rows(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_in *in = &s->in[0];
    int y = in->first, rows = in->want - y;
    size_t n = (size_t)e->shape.width * (size_t)e->shape.channels;

    for (int i = 0; i < rows; i++)
        memcpy(e->pair + (size_t)i * n, tb_row(in, y + i), n);
    if (rows == 2 && y % SAMPLE == 0)
        tb_webp_detail_add(&e->detail, e->pair + n, e->pair, e->shape);
    if (e->config.lossless)
        keep_lossless(e, y, rows);
    else if (!keep_lossy(e, y, rows) || e->memory.too_much)
        return tb_webp_no_memory(err, &e->memory);
    tb_advance(in, y + rows, y + rows + 2);
    return y + rows < e->shape.height ? TB_MORE : kept(s);
}

static tb_status failed(const enc *e, tb_mem *mem, tb_error *err)
{
    if (e->memory.too_much)
        return tb_webp_no_memory(err, &e->memory);
    switch (e->picture.error_code) {
    case VP8_ENC_ERROR_USER_ABORT:
        return tb_fail(err, TB_E_CANCELLED, "webp", "stopped");
    case VP8_ENC_ERROR_BAD_WRITE:
        return tb_no_memory(err, mem, "webp", "the file");
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
        return tb_webp_no_memory(err, &e->memory);
    case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
    case VP8_ENC_ERROR_PARTITION_OVERFLOW:
    case VP8_ENC_ERROR_FILE_TOO_BIG:
        return tb_fail(err, TB_E_LIMIT, "webp", "a WebP cannot hold so large a picture at quality %d",
                       e->how->how->quality);
    default:
        return tb_fail(err, TB_E_UNSUPPORTED, "webp", "libwebp could not encode it (error %d)",
                       (int)e->picture.error_code);
    }
}

static tb_status encode(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    WebPPicture *p = &e->picture;
    WebPPicture whole = *p;
    double bytes = tb_webp_enc_memory(e->how->how, e->shape, e->alpha, &e->detail);

    WebPPictureFree(&e->strip);
    if (!tb_webp_mem_expect(&e->memory, (size_t)bytes))
        return tb_no_memory(err, s->mem, "webp", "libwebp's encoder");
    if (!e->alpha)
        whole.a = NULL;
    whole.colorspace = e->alpha ? WEBP_YUV420A : WEBP_YUV420;
    whole.writer = write_bytes;
    whole.custom_ptr = &e->riff;
    whole.progress_hook = go_on;
    whole.user_data = e;
    e->stop = s->stop;
    bool done = WebPEncode(&e->config, &whole);
    p->error_code = whole.error_code;
    WebPPictureFree(&whole);
    tb_webp_mem_close(&e->memory);
    s->long_step = false;
    e->phase = TAIL;
    return done && !e->memory.too_much ? TB_MORE : failed(e, s->mem, err);
}

static tb_status put_tail(tb_stage *s, tb_error *err)
{
    tb_status status = tb_webp_riff_end(&((enc *)s->state)->riff);

    return status == TB_FAIL ? tb_no_memory(err, s->mem, "webp", "the file") : status;
}

static tb_status step(tb_stage *s, tb_error *err)
{
    enc *e = s->state;

    switch (e->phase) {
    case START:
        e->phase = ROWS;
        s->long_step = false;
        return tb_outgoing_open(&e->what, e->how, e->shape, s->mem, err);
    case ROWS:
        return e->apart ? keep_apart(s) : keep_rows(s, err);
    case ENCODE:
        return encode(s, err);
    case TAIL:
        return put_tail(s, err);
    }
    return TB_DONE;
}

static tb_status webp_step(tb_stage *s, tb_error *err)
{
    enc *e = s->state;

    tb_webp_enter(&e->memory);
    tb_status status = step(s, err);
    tb_webp_leave();
    return status;
}

static void webp_close(tb_stage *s)
{
    enc *e = s->state;

    tb_webp_enter(&e->memory);
    WebPPictureFree(&e->strip);
    tb_webp_leave();
    tb_webp_mem_close(&e->memory);
    tb_outgoing_close(&e->what, s->mem);
    tb_free(s->mem, e->pair);
    tb_free(s->mem, e->picture.argb);
    tb_free(s->mem, e->picture.y);
    tb_free(s->mem, e->picture.u);
    tb_free(s->mem, e->picture.v);
    tb_free(s->mem, e->picture.a);
}

const tb_stage_ops tb_webp_enc = {
    .name = "webp", .size = sizeof(enc), .ins = 1, .open = webp_open, .step = webp_step, .close = webp_close};

const tb_stage_ops tb_webp_planes_enc = {.name = "webp",
                                         .size = sizeof(enc),
                                         .ins = TB_PLANES,
                                         .open = webp_open,
                                         .step = webp_step,
                                         .close = webp_close};
