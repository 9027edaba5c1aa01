/* squeeze.c - a sink that makes a file of at most so many bytes.
 *
 * The pixels are kept.  Then the encoder goes over them again and again, at qualities
 * that halve what is left between one that fits and one that does not.  A try ends as
 * soon as it is too long.  Sizes need not grow with the quality everywhere: but what
 * is taken fits, and what is one above it does not. */
#include "squeeze.h"
#include "inner.h"
#include <string.h>

#define ROWS  16
#define BYTES ((size_t)128 << 10) /* of rows that are kept in a step */
#define ALIGN 64

/* KEEP -> (OPEN -> TRY)... */
typedef enum { KEEP, OPEN, TRY } phase;

typedef struct {
    const tb_squeeze_args *how; /* borrowed */
    phase phase;
    uint8_t *kept[TB_PORTS]; /* rows of what comes in; owned */
    tb_output output;        /* of this try */
    tb_encode encode;
    tb_bytes bytes, best; /* of this try, and of the best that fits */
    int fits, fails;      /* qualities; 0 fits nothing, it is not known that it does */
    bool tried;
    tb_error quiet; /* what was said in the first try is not said again */
    tb_inner inner;
} squeeze;

bool tb_has_quality(const tb_output *how)
{
    switch (how->format) {
    case TB_PNG:
    case TB_GIF:
        return false;
    case TB_TIFF:
        return how->compression == TB_TIFF_JPEG;
    case TB_JPEG:
        return true;
    default:
        return !how->lossless;
    }
}

int tb_squeeze_tries(const tb_output *how)
{
    int tries = 1;

    for (int left = tb_has_quality(how) ? how->quality : 1; left > 1; left /= 2)
        tries++;
    return tries;
}

/* ------------------------------------------------------------------- keeping */

/* Of Cb and Cr that are half as high, half as many. */
static int rows_of(const tb_stage *s, int k)
{
    const tb_shape *first = &s->in[0].rows->shape, *shape = &s->in[k].rows->shape;
    size_t n = BYTES / ((size_t)first->width * (size_t)first->channels);
    int rows = n < 2 ? 2 : n > ROWS ? ROWS : (int)n / 2 * 2;

    return shape->height < first->height ? rows / 2 : rows;
}

/* As in the rings of a chain: an encoder may write behind the end of a row. */
static bool take_room(tb_stage *s, int k)
{
    squeeze *q = s->state;
    tb_shape shape = s->in[k].rows->shape;
    size_t width = (size_t)shape.width * (size_t)shape.channels,
           stride = (width + TB_SLACK + ALIGN - 1) / ALIGN * ALIGN;

    q->kept[k] = tb_alloc(s->mem, (size_t)shape.height, stride);
    if (!q->kept[k])
        return false;
    q->inner.rows[k] = tb_inner_rows(q->kept[k], stride, shape);
    s->in[k].window = rows_of(s, k);
    s->in[k].want = 0;
    tb_advance(&s->in[k], 0, s->in[k].window);
    return true;
}

static tb_status squeeze_open(tb_stage *s, tb_error *err)
{
    squeeze *q = s->state;

    q->how = s->args;
    q->output = *q->how->encode.how;
    q->encode = q->how->encode;
    q->encode.how = &q->output;
    q->encode.bytes = &q->bytes;
    q->bytes.mem = q->best.mem = s->mem;
    q->fails = tb_has_quality(&q->output) ? q->output.quality + 1 : 0;
    for (int k = 0; k < s->ops->ins; k++)
        if (!take_room(s, k))
            return tb_no_memory(err, s->mem, s->ops->name, "the picture, to be encoded more than once");
    return TB_MORE;
}

static void keep(squeeze *q, tb_in *in, int k)
{
    const tb_rows *r = &q->inner.rows[k];
    size_t n = (size_t)r->shape.width * (size_t)r->shape.channels;
    int end = in->want;

    for (int y = in->first; y < end; y++)
        memcpy(q->kept[k] + (size_t)y * r->stride, tb_row(in, y), n);
    tb_advance(in, end, end + in->window);
}

static tb_status keep_rows(tb_stage *s)
{
    squeeze *q = s->state;
    bool all = true;

    for (int k = 0; k < s->ops->ins; k++) {
        keep(q, &s->in[k], k);
        all &= s->in[k].first == s->in[k].rows->shape.height;
    }
    if (all)
        q->phase = OPEN;
    return TB_MORE;
}

/* -------------------------------------------------------------------- trying */

/* The wish itself first: mostly it fits. */
static int next_quality(const squeeze *q)
{
    return q->tried ? (q->fits + q->fails) / 2 : q->output.quality;
}

static tb_status begin(tb_stage *s, tb_error *err)
{
    squeeze *q = s->state;

    q->output.quality = next_quality(q);
    q->phase = TRY;
    return tb_inner_open(&q->inner, s, q->how->encoder, &q->encode, err);
}

void tb_squeeze_refuse(const tb_output *how, tb_error *err)
{
    unsigned long long most = how->max_bytes;
    const char *name = tb_format_name(how->format);

    if (tb_has_quality(how))
        tb_fail(err, TB_E_LIMIT, name,
                "even at quality 1 the file is longer than %llu bytes (max_bytes): fewer pixels would fit",
                most);
    else
        tb_fail(err, TB_E_LIMIT, name,
                "the file is longer than %llu bytes (max_bytes), and there is no quality to lower", most);
}

static tb_status refuse(squeeze *q)
{
    tb_bytes_close(&q->bytes);
    tb_squeeze_refuse(&q->output, q->how->refused);
    return TB_DONE;
}

static tb_status accept(squeeze *q)
{
    *q->how->quality = q->fits ? q->fits : q->output.quality;
    tb_bytes_join(q->how->encode.bytes, &q->best);
    return TB_DONE;
}

/* What becomes of the try; the next one, or the end. */
static tb_status judge(tb_stage *s, bool fits)
{
    squeeze *q = s->state;
    int quality = q->output.quality;

    tb_inner_close(&q->inner);
    s->long_step = false;
    q->tried = true;
    if (fits) {
        tb_bytes_close(&q->best);
        q->best = q->bytes;
        q->bytes = (tb_bytes){.mem = s->mem};
        q->fits = quality;
    } else {
        tb_bytes_close(&q->bytes);
        q->bytes = (tb_bytes){.mem = s->mem};
        q->fails = quality;
    }
    q->phase = OPEN;
    if (!tb_has_quality(&q->output))
        return fits ? accept(q) : refuse(q);
    if (q->fails - q->fits > 1)
        return TB_MORE;
    return q->fits ? accept(q) : refuse(q);
}

static tb_status try(tb_stage *s, tb_error *err)
{
    squeeze *q = s->state;
    tb_status status = tb_inner_step(&q->inner, s, err);

    if (status == TB_FAIL)
        return TB_FAIL;
    if (q->bytes.total > q->output.max_bytes)
        return judge(s, false);
    return status == TB_DONE ? judge(s, true) : TB_MORE;
}

/* ---------------------------------------------------------------------- steps */

static tb_status advance(tb_stage *s, tb_error *err)
{
    switch (((squeeze *)s->state)->phase) {
    case KEEP:
        return keep_rows(s);
    case OPEN:
        return begin(s, err);
    case TRY:
        return try(s, err);
    }
    return TB_DONE;
}

static tb_status squeeze_step(tb_stage *s, tb_error *err)
{
    squeeze *q = s->state;
    tb_error *to = q->tried ? &q->quiet : err;
    tb_status status = advance(s, to);

    if (status == TB_FAIL && to != err)
        return tb_fail(err, to->code, to->stage, "%s", to->text);
    return status;
}

static void squeeze_close(tb_stage *s)
{
    squeeze *q = s->state;

    tb_inner_close(&q->inner);
    tb_bytes_close(&q->bytes);
    tb_bytes_close(&q->best);
    for (int k = 0; k < s->ops->ins; k++)
        tb_free(s->mem, q->kept[k]);
}

const tb_stage_ops tb_squeeze = {.name = "squeeze",
                                 .size = sizeof(squeeze),
                                 .ins = 1,
                                 .open = squeeze_open,
                                 .step = squeeze_step,
                                 .close = squeeze_close};

const tb_stage_ops tb_squeeze_planes = {.name = "squeeze",
                                        .size = sizeof(squeeze),
                                        .ins = TB_PORTS,
                                        .open = squeeze_open,
                                        .step = squeeze_step,
                                        .close = squeeze_close};
