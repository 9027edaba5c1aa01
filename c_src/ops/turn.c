/* turn.c - the eight flips and turns of a rectangle.
 *
 * Each is made of three: across (rows become columns), mirror (left to right)
 * and upside (top to bottom), in this order.  What is neither upside nor across
 * streams.  The others take the whole picture in, in blocks of some lines each
 * (a line is a row, or across a column), and give it out line by line; a block
 * is freed when its last line is out.
 *
 * Across, a block holds its columns band by band.  A band is what 16 rows of the
 * input become, 16 pixels side by side in the output:
 *
 *              column 0      column 1             column n-1
 *     band 0   x x x .. x    x x x .. x    ...    x x x .. x
 *     band 1   x x x .. x    x x x .. x    ...    x x x .. x
 *
 * so that a band of the input is taken in at once, and a row of the output is
 * gathered from pieces of 16 pixels.  Where the number of rows is not a multiple
 * of 16, the last band of the output is the short one. */
#include "ops.h"
#include <string.h>

#define BAND        16
#define BLOCK       ((size_t)256 << 10) /* bytes of a block, about */
#define PIECE       ((size_t)64 << 10)  /* bytes of a row that are stored in one step */
#define BLOCKS      16                  /* to which a step stores a piece of a band */
#define MAX_COLUMNS 64                  /* of a block; a power of two, as all numbers of columns are */
#define MIN_COLUMNS 4

static_assert((BAND - 1) * 4 <= TB_SLACK, "what is behind a short band goes to the slack");

typedef struct {
    bool across, mirror, upside;
    uint8_t **block;   /* owned, as what it points to; NULL where not there */
    int blocks, lines; /* lines of a block */
    int bands;
    size_t size; /* bytes of a block */
    size_t at;   /* bytes (across: columns) that are stored of the row (band) to come */
} turn;

static void set_parts(turn *t, int orientation)
{
    t->across = orientation >= 5;
    t->mirror = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    t->upside = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
}

static void lay_out_rows(turn *t, tb_shape from)
{
    size_t row = (size_t)from.width * (size_t)from.channels;

    t->lines = row < BLOCK ? (int)(BLOCK / row) : 1;
    if (t->lines > from.height)
        t->lines = from.height;
    t->blocks = (from.height - 1) / t->lines + 1;
    t->size = row * (size_t)t->lines + TB_SLACK;
}

static void lay_out_columns(turn *t, tb_shape from)
{
    t->bands = (from.height - 1) / BAND + 1;
    size_t column = (size_t)t->bands * BAND * (size_t)from.channels;

    t->lines = MAX_COLUMNS;
    while (t->lines > MIN_COLUMNS && (column * (size_t)t->lines > BLOCK || t->lines / 2 >= from.width))
        t->lines /= 2;
    t->blocks = (from.width - 1) / t->lines + 1;
    t->size = column * (size_t)t->lines;
}

static tb_status turn_open(tb_stage *s, tb_error *err)
{
    const tb_turn_args *a = s->args;
    turn *t = s->state;
    tb_in *in = &s->in[0];
    tb_shape from = in->rows->shape;

    if (a->orientation < 1 || a->orientation > 8)
        return tb_fail(err, TB_E_UNSUPPORTED, "turn", "there is no orientation %d", a->orientation);
    set_parts(t, a->orientation);
    s->out[0].shape = t->across ? (tb_shape){from.height, from.width, from.channels} : from;
    in->window = t->across ? BAND : 1;
    in->want = in->window < from.height ? in->window : from.height;
    if (!t->across && !t->upside)
        return TB_MORE;
    if (t->across)
        lay_out_columns(t, from);
    else
        lay_out_rows(t, from);
    t->block = tb_calloc(s->mem, (size_t)t->blocks, sizeof *t->block);
    return t->block ? TB_MORE : tb_no_memory(err, s->mem, "turn", "its table");
}

static uint8_t *block_at(tb_stage *s, size_t i)
{
    turn *t = s->state;

    if (!t->block[i])
        t->block[i] = tb_alloc(s->mem, t->size, 1);
    return t->block[i];
}

static tb_status no_memory(tb_stage *s, tb_error *err)
{
    return tb_no_memory(err, s->mem, "turn", "the picture, which it needs as a whole");
}

/* Inlined with constant channels; three are moved as four, the last to be overwritten. */
static inline __attribute__((always_inline)) void mirror(const uint8_t *restrict src, uint8_t *restrict dst,
                                                         int n, size_t channels)
{
    for (int x = 0; x < n; x++)
        memcpy(dst + (size_t)x * channels, src + (size_t)(n - 1 - x) * channels,
               channels == 3 ? 4 : channels);
}

static void mirror_row(const uint8_t *src, uint8_t *dst, tb_shape shape)
{
    switch (shape.channels) {
    case 1:
        mirror(src, dst, shape.width, 1);
        break;
    case 2:
        mirror(src, dst, shape.width, 2);
        break;
    case 3:
        mirror(src, dst, shape.width, 3);
        break;
    default:
        mirror(src, dst, shape.width, 4);
        break;
    }
}

static void give_row(const turn *t, const uint8_t *src, tb_rows *out)
{
    if (t->mirror)
        mirror_row(src, tb_new_row(out, 0), out->shape);
    else
        memcpy(tb_new_row(out, 0), src, (size_t)out->shape.width * (size_t)out->shape.channels);
}

static tb_status stream_row(tb_stage *s)
{
    tb_in *in = &s->in[0];
    tb_rows *out = &s->out[0];

    give_row(s->state, tb_row(in, out->end), out);
    tb_advance(in, out->end + 1, out->end + 2);
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status store_row(tb_stage *s, tb_error *err)
{
    turn *t = s->state;
    tb_in *in = &s->in[0];
    int y = in->first;
    size_t size = (size_t)in->rows->shape.width * (size_t)in->rows->shape.channels;
    size_t n = size - t->at < PIECE ? size - t->at : PIECE;
    uint8_t *block = block_at(s, (size_t)(y / t->lines));

    if (!block)
        return no_memory(s, err);
    memcpy(block + (size_t)(y % t->lines) * size + t->at, tb_row(in, y) + t->at, n);
    t->at += n;
    if (t->at == size) {
        t->at = 0;
        tb_advance(in, y + 1, y + 2);
    }
    return TB_MORE;
}

/* So many columns of 16 rows to pieces of 16 pixels.  Inlined with constant
 * channels; three are moved as four, but for the last pixel of a piece, behind
 * which another band may be there already. */
static inline __attribute__((always_inline)) void
store_columns(const uint8_t *const *row, size_t at, size_t n, uint8_t *restrict dst, size_t channels)
{
    for (size_t x = at * channels; x < (at + n) * channels; x += channels, dst += channels) {
        for (int i = 0; i < BAND - 1; i++, dst += channels)
            memcpy(dst, row[i] + x, channels == 3 ? 4 : channels);
        memcpy(dst, row[BAND - 1] + x, channels);
    }
}

static void store_tile(const uint8_t *const *row, size_t at, size_t n, uint8_t *dst, int channels)
{
    switch (channels) {
    case 1:
        store_columns(row, at, n, dst, 1);
        break;
    case 2:
        store_columns(row, at, n, dst, 2);
        break;
    case 3:
        store_columns(row, at, n, dst, 3);
        break;
    default:
        store_columns(row, at, n, dst, 4);
        break;
    }
}

/* The rows that go to band `band` of the output, from left to right; returns how
 * many there are.  The rest of a short band repeats the first. */
static int find_rows(const turn *t, const tb_in *in, int band, const uint8_t **row)
{
    int height = in->rows->shape.height, left = height - band * BAND, n = left < BAND ? left : BAND;

    for (int i = 0; i < BAND; i++) {
        int x = band * BAND + (i < n ? i : 0);
        row[i] = tb_row(in, t->mirror ? height - 1 - x : x);
    }
    return n;
}

static tb_status store_band(tb_stage *s, tb_error *err)
{
    turn *t = s->state;
    tb_in *in = &s->in[0];
    tb_shape from = in->rows->shape;
    int band = (t->mirror ? from.height - 1 - in->first : in->first) / BAND;
    size_t width = (size_t)from.width, lines = (size_t)t->lines;
    size_t end = width - t->at < BLOCKS * lines ? width : t->at + BLOCKS * lines;
    const uint8_t *row[BAND];
    int rows = find_rows(t, in, band, row);

    for (; t->at < end; t->at += lines) {
        uint8_t *block = block_at(s, t->at / lines);
        if (!block)
            return no_memory(s, err);
        block += (size_t)band * lines * BAND * (size_t)from.channels;
        store_tile(row, t->at, end - t->at < lines ? end - t->at : lines, block, from.channels);
    }
    if (end == width) {
        t->at = 0;
        tb_advance(in, in->first + rows, in->first + rows + BAND);
    }
    return TB_MORE;
}

/* Pieces that lie `stride` apart, one after the other.  Inlined with a constant size. */
static inline __attribute__((always_inline)) void gather(const uint8_t *restrict src, size_t stride, int n,
                                                         uint8_t *restrict dst, size_t size)
{
    for (int i = 0; i < n; i++, src += stride, dst += size)
        memcpy(dst, src, size);
}

static void give_column(const turn *t, const uint8_t *block, int column, tb_rows *out)
{
    size_t size = BAND * (size_t)out->shape.channels, stride = size * (size_t)t->lines;
    const uint8_t *src = block + (size_t)column * size;
    uint8_t *dst = tb_new_row(out, 0);

    switch (out->shape.channels) {
    case 1:
        gather(src, stride, t->bands, dst, BAND);
        break;
    case 2:
        gather(src, stride, t->bands, dst, BAND * 2);
        break;
    case 3:
        gather(src, stride, t->bands, dst, BAND * 3);
        break;
    default:
        gather(src, stride, t->bands, dst, BAND * 4);
        break;
    }
}

static tb_status give_line(tb_stage *s)
{
    turn *t = s->state;
    tb_rows *out = &s->out[0];
    int line = t->upside ? out->shape.height - 1 - out->end : out->end;
    int in_block = line % t->lines, last = t->upside ? 0 : t->lines - 1;
    uint8_t **block = &t->block[line / t->lines];

    if (t->across)
        give_column(t, *block, in_block, out);
    else
        give_row(t, *block + (size_t)in_block * (size_t)out->shape.width * (size_t)out->shape.channels, out);
    if (in_block == last) {
        tb_free(s->mem, *block);
        *block = NULL;
    }
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status turn_step(tb_stage *s, tb_error *err)
{
    const turn *t = s->state;
    const tb_in *in = &s->in[0];

    if (!t->block)
        return stream_row(s);
    if (in->first == in->rows->shape.height)
        return give_line(s);
    return t->across ? store_band(s, err) : store_row(s, err);
}

static void turn_close(tb_stage *s)
{
    turn *t = s->state;

    for (int i = 0; t->block && i < t->blocks; i++)
        tb_free(s->mem, t->block[i]);
    tb_free(s->mem, t->block);
}

const tb_stage_ops tb_turn = {.name = "turn",
                              .size = sizeof(turn),
                              .ins = 1,
                              .outs = 1,
                              .open = turn_open,
                              .step = turn_step,
                              .close = turn_close};
