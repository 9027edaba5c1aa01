/* thumb_hash.c - ThumbHash: a picture of some 32 pixels a side in at most 25 bytes.
 *
 * The format is described at https://evanw.github.io/thumbhash: the lightness
 * l = (r + g + b) / 3, the colours p = (r + g) / 2 - b and q = r - g, and alpha each
 * go through a cosine transform, of which the lowest terms are kept, a triangle:
 *
 *     cy 0   dc x x x x     cx
 *        1   x  x x x
 *        2   x  x x
 *        3   x  x
 *
 * What is translucent is laid on the average colour, which is known at the end only.
 * So the rows are kept, and gone through a second time.  Sums are taken pixel by
 * pixel from the top left on: in any other order they would round differently, which
 * shows in the hash where a channel is all but flat. */
#include "look.h"
#include <math.h>
#include <string.h>

#define PI    3.14159265358979323846
#define SIDE  TB_THUMB_HASH_SIDE
#define TERMS 8 /* room for 7 in a direction */
#define ROWS  4 /* of a step: 50 us */

typedef enum { L, P, Q, A, CHANNELS } channel_name;

typedef struct {
    int across, down; /* terms */
    double sum[TERMS][TERMS];
    double ac[TERMS * TERMS], dc, scale;
    int count; /* of ac */
} channel;

typedef struct {
    uint8_t *picture; /* owned */
    int width, height;
    double average[4]; /* premultiplied sums while the rows come */
    bool has_alpha;
    int lightness_across, lightness_down; /* terms of l, as the hash has it */
    channel channel[CHANNELS];
    int y; /* the next row of the second time */
    double wave[SIDE][TERMS];
    double row[CHANNELS][SIDE];
} thumb_hash;

static tb_status thumb_hash_open(tb_stage *s, tb_error *err)
{
    thumb_hash *t = s->state;
    tb_shape shape = s->in[0].rows->shape;

    if (shape.channels != 4)
        return tb_fail(err, TB_E_UNSUPPORTED, "thumb_hash", "takes 4 channels, not %d", shape.channels);
    if (shape.width > SIDE || shape.height > SIDE)
        return tb_fail(err, TB_E_LIMIT, "thumb_hash", "%dx%d is larger than %dx%d", shape.width, shape.height,
                       SIDE, SIDE);
    t->width = shape.width;
    t->height = shape.height;
    s->in[0].window = s->in[0].want = 1;
    t->picture = tb_alloc(s->mem, (size_t)shape.width * (size_t)shape.height, 4);
    return t->picture ? TB_MORE : tb_no_memory(err, s->mem, "thumb_hash", "the picture");
}

static uint8_t *row_of(const thumb_hash *t, int y)
{
    return t->picture + (size_t)y * (size_t)t->width * 4;
}

static void take_row(thumb_hash *t, const uint8_t *src, int y)
{
    memcpy(row_of(t, y), src, (size_t)t->width * 4);
    for (int x = 0; x < t->width; x++, src += 4) {
        double alpha = src[3] / 255.0;
        for (int k = 0; k < 3; k++)
            t->average[k] += alpha / 255 * src[k];
        t->average[3] += alpha;
    }
}

static int terms(double most, int side, int longer)
{
    int n = (int)(most * side / longer + 0.5);

    return n > 1 ? n : 1;
}

static int at_least_3(int n)
{
    return n > 3 ? n : 3;
}

static void set_terms(channel *c, int across, int down)
{
    c->across = across;
    c->down = down;
}

/* After the last row: what can be known only now. */
static void begin_transform(thumb_hash *t)
{
    int longer = t->width > t->height ? t->width : t->height;

    for (int k = 0; t->average[3] > 0 && k < 3; k++)
        t->average[k] /= t->average[3];
    t->has_alpha = t->average[3] < t->width * t->height;
    t->lightness_across = terms(t->has_alpha ? 5 : 7, t->width, longer);
    t->lightness_down = terms(t->has_alpha ? 5 : 7, t->height, longer);
    set_terms(&t->channel[L], at_least_3(t->lightness_across), at_least_3(t->lightness_down));
    set_terms(&t->channel[P], 3, 3);
    set_terms(&t->channel[Q], 3, 3);
    if (t->has_alpha)
        set_terms(&t->channel[A], 5, 5);
    for (int x = 0; x < t->width; x++)
        for (int cx = 0; cx < TERMS; cx++)
            t->wave[x][cx] = cos(PI / t->width * cx * (x + 0.5));
}

/* The pixels of row y on the average colour, in channels. */
static void split_row(thumb_hash *t, int y)
{
    const uint8_t *src = row_of(t, y);

    for (int x = 0; x < t->width; x++, src += 4) {
        double alpha = src[3] / 255.0, v[3];
        for (int k = 0; k < 3; k++)
            v[k] = t->average[k] * (1 - alpha) + alpha / 255 * src[k];
        t->row[L][x] = (v[0] + v[1] + v[2]) / 3;
        t->row[P][x] = (v[0] + v[1]) / 2 - v[2];
        t->row[Q][x] = v[0] - v[1];
        t->row[A][x] = alpha;
    }
}

/* Is that term within the triangle? */
static bool kept(const channel *c, int cx, int cy)
{
    return cx * c->down < c->across * (c->down - cy);
}

/* Adds terms of row cy beyond the triangle, too; nobody looks at them. */
static void add_row(const thumb_hash *t, channel *c, const double *row, int y)
{
    for (int cy = 0; cy < c->down; cy++) {
        double wave = cos(PI / t->height * cy * (y + 0.5)), *sum = c->sum[cy];
        for (int x = 0; x < t->width; x++)
            for (int cx = 0; cx < TERMS; cx++)
                sum[cx] += row[x] * t->wave[x][cx] * wave;
    }
}

static void transform_rows(thumb_hash *t)
{
    for (int i = 0; i < ROWS && t->y < t->height; i++, t->y++) {
        split_row(t, t->y);
        for (int k = 0; k < CHANNELS; k++)
            add_row(t, &t->channel[k], t->row[k], t->y);
    }
}

/* The terms but the first, scaled to 0 .. 1. */
static void finish_channel(channel *c, int pixels)
{
    c->dc = c->sum[0][0] / pixels;
    for (int cy = 0; cy < c->down; cy++)
        for (int cx = cy ? 0 : 1; kept(c, cx, cy); cx++) {
            double v = c->sum[cy][cx] / pixels;
            c->ac[c->count++] = v;
            c->scale = fabs(v) > c->scale ? fabs(v) : c->scale;
        }
    for (int i = 0; c->scale > 0 && i < c->count; i++)
        c->ac[i] = 0.5 + 0.5 / c->scale * c->ac[i];
}

static unsigned rounded(double v)
{
    return (unsigned)(v + 0.5);
}

static void put(uint8_t **at, unsigned v, int bytes)
{
    for (; bytes > 0; bytes--, v >>= 8)
        *(*at)++ = (uint8_t)v;
}

static uint8_t *put_head(const thumb_hash *t, uint8_t *at)
{
    const channel *c = t->channel;
    bool landscape = t->width > t->height;
    unsigned shorter = (unsigned)(landscape ? t->lightness_down : t->lightness_across);

    put(&at,
        rounded(63 * c[L].dc) | rounded(31.5 + 31.5 * c[P].dc) << 6 | rounded(31.5 + 31.5 * c[Q].dc) << 12 |
            rounded(31 * c[L].scale) << 18 | (unsigned)t->has_alpha << 23,
        3);
    put(&at,
        shorter | rounded(63 * c[P].scale) << 3 | rounded(63 * c[Q].scale) << 9 | (unsigned)landscape << 15,
        2);
    if (t->has_alpha)
        put(&at, rounded(15 * c[A].dc) | rounded(15 * c[A].scale) << 4, 1);
    return at;
}

static void write_hash(thumb_hash *t, tb_look *look)
{
    uint8_t hash[TB_THUMB_HASH_SIZE] = {0}, *at = put_head(t, hash);
    int nibbles = 0;

    for (int k = 0; k < CHANNELS; k++)
        for (int i = 0; i < t->channel[k].count; i++, nibbles++)
            at[nibbles / 2] |= (uint8_t)(rounded(15 * t->channel[k].ac[i]) << nibbles % 2 * 4);
    look->thumb_hash_size = (int)(at - hash) + (nibbles + 1) / 2;
    memcpy(look->thumb_hash, hash, sizeof hash);
}

static tb_status thumb_hash_step(tb_stage *s, tb_error *err)
{
    thumb_hash *t = s->state;
    tb_in *in = &s->in[0];

    (void)err;
    if (in->first < t->height) {
        take_row(t, tb_row(in, in->first), in->first);
        tb_advance(in, in->first + 1, in->first + 2);
        if (in->first == t->height)
            begin_transform(t);
        return TB_MORE;
    }
    transform_rows(t);
    if (t->y < t->height)
        return TB_MORE;
    for (int k = 0; k < CHANNELS; k++)
        finish_channel(&t->channel[k], t->width * t->height);
    write_hash(t, ((const tb_thumb_hash_args *)s->args)->look);
    return TB_DONE;
}

static void thumb_hash_close(tb_stage *s)
{
    thumb_hash *t = s->state;

    tb_free(s->mem, t->picture);
}

const tb_stage_ops tb_thumb_hash = {.name = "thumb_hash",
                                    .size = sizeof(thumb_hash),
                                    .ins = 1,
                                    .open = thumb_hash_open,
                                    .step = thumb_hash_step,
                                    .close = thumb_hash_close};
