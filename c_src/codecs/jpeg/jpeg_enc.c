/* jpeg_enc.c - a sink stage over libjpeg-turbo.
 *
 * A row that completes a row of blocks (libjpeg says iMCU row) has them all
 * encoded, which is long work where the picture is wide.  But libjpeg suspends
 * when its output buffer is full, and goes on later at the same block: so a step
 * gives it a small buffer.  Only with Huffman tables of the picture's own, and
 * so when progressive, the encoding is all done at the end and cannot suspend. */
#include "../codecs.h"
#include "jpeg_apps.h"
#include "jpeg_mem.h"
#include "jpeg_planes.h"
#include <jerror.h>
#include <setjmp.h>
#include <string.h>

/* Bytes of output that may be written in a step: 0.1 ms, however many blocks
 * they hold.  The blocks are those of a row of blocks. */
#define ROOM      2048
#define WIDE      2000 /* more than so many can take longer: in places 14 of them fit in 8 bytes */
#define ROOM_WIDE 768
#define HEADERS   1024 /* and the first, for the tables of the planes' */
#define BUFFER    8192 /* what the headers, and the blocks that are written as one, surely fit in */

/* What a block takes at worst (noise), in ns, and what a step may. */
#define NS_ROW_OPTIMIZE    700.0 /* to be transformed, kept and counted */
#define NS_ROW_PROGRESSIVE 170.0
#define NS_END_OPTIMIZE    250.0 /* to be encoded, at the end */
#define NS_END_PROGRESSIVE 2000.0
#define NS_STEP            500000.0

#define HEAVY      ((size_t)4 << 20) /* bytes of coefficients that take long to free */
#define LONG_START 15000 /* samples of a row: with more it takes long to clear the strips libjpeg wants */

/* START -> APPS -> ROWS -> FINISH */
typedef enum { START, APPS, ROWS, FINISH } phase;

typedef struct {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr dest;
    struct jpeg_progress_mgr progress;
    tb_jpeg_mem memory;
    jmp_buf escape;
    const tb_encode *args;
    tb_stop *stop; /* of this step; borrowed */
    tb_error *err;
    bool apart; /* Y, Cb, Cr come in planes */
    bool may_suspend;
    size_t room; /* what is given next */
    tb_jpeg_apps apps;
    phase phase;
    uint8_t buffer[BUFFER];
} enc;

/* ------------------------------------------------------------------ errors */

static void on_error(j_common_ptr jpeg)
{
    longjmp(((enc *)jpeg->client_data)->escape, 1);
}

static void no_output(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void no_message(j_common_ptr jpeg, int level)
{
    (void)jpeg, (void)level;
}

/* Where every jump lands; whoever jumped may have told the error already. */
static tb_status failed(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    char text[JMSG_LENGTH_MAX];

    if (err->code != TB_E_NONE)
        return TB_FAIL;
    if (e->errors.msg_code == JERR_OUT_OF_MEMORY)
        return tb_no_memory(err, s->mem, "jpeg", "encoding");
    e->errors.format_message((j_common_ptr)&e->jpeg, text);
    return tb_fail(err, TB_E_UNSUPPORTED, "jpeg", "%s", text);
}

/* Called for each row of blocks of each scan at the end. */
static void on_progress(j_common_ptr jpeg)
{
    enc *e = jpeg->client_data;

    if (!e->stop || !e->stop->asked(e->stop))
        return;
    tb_fail(e->err, TB_E_CANCELLED, "jpeg", "stopped while the end was written");
    longjmp(e->escape, 1);
}

/* ------------------------------------------------------------- destination */

static void nothing(j_compress_ptr j)
{
    (void)j;
}

static void give_room(enc *e, size_t room)
{
    e->dest.next_output_byte = e->buffer;
    e->dest.free_in_buffer = room;
}

static boolean on_full(j_compress_ptr j)
{
    enc *e = j->client_data;

    if (e->may_suspend)
        return FALSE;
    if (!tb_bytes_put(e->args->bytes, e->buffer, BUFFER))
        ERREXIT1(j, JERR_OUT_OF_MEMORY, 0);
    give_room(e, BUFFER);
    return TRUE;
}

/* Hands over what was written. */
static tb_status flush(tb_stage *s, enc *e)
{
    size_t n = (size_t)(e->dest.next_output_byte - e->buffer);

    if (n > 0 && !tb_bytes_put(e->args->bytes, e->buffer, n))
        return tb_no_memory(e->err, s->mem, "jpeg", "its output");
    return TB_MORE;
}

/* ------------------------------------------------------------------- steps */

static double blocks_in_row(const struct jpeg_compress_struct *j)
{
    double n = 0;

    for (int i = 0; i < j->num_components; i++)
        n += (double)j->comp_info[i].width_in_blocks * j->comp_info[i].v_samp_factor;
    return n;
}

static void set_chroma(struct jpeg_compress_struct *j, tb_chroma chroma)
{
    j->comp_info[0].h_samp_factor = chroma == TB_CHROMA_444 ? 1 : 2;
    j->comp_info[0].v_samp_factor = chroma == TB_CHROMA_420 ? 2 : 1;
}

static size_t room(const enc *e)
{
    return blocks_in_row(&e->jpeg) > WIDE ? ROOM_WIDE : ROOM;
}

static tb_status start(tb_stage *s, enc *e)
{
    struct jpeg_compress_struct *j = &e->jpeg;
    const tb_output *how = e->args->how;
    tb_shape shape = s->in[0].rows->shape;

    j->image_width = (JDIMENSION)shape.width;
    j->image_height = (JDIMENSION)shape.height;
    j->input_components = e->apart ? TB_PLANES : shape.channels;
    j->in_color_space = e->apart ? JCS_YCbCr : shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(j);
    jpeg_set_quality(j, how->quality, TRUE);
    if (j->num_components == 3)
        set_chroma(j, how->chroma);
    j->raw_data_in = e->apart;
    j->dct_method = JDCT_ISLOW;
    j->optimize_coding = how->optimize || how->progressive;
    if (how->progressive)
        jpeg_simple_progression(j);
    jpeg_start_compress(j, TRUE);
    e->room = room(e) + HEADERS;
    e->phase = APPS;
    return tb_outgoing_open(&e->apps.what, e->args, shape, s->mem, e->err);
}

/* A part of the metadata, or the rest of the headers. */
static tb_status write_apps(enc *e)
{
    if (tb_jpeg_apps_write(&e->apps, &e->jpeg, e->err))
        return TB_MORE;
    if (!e->apart)
        jpeg_write_scanlines(&e->jpeg, NULL, 0); /* no rows: the headers only */
    e->phase = ROWS;
    return TB_MORE;
}

/* Whether the next step may be longer than a step may be. */
static bool takes_long(const enc *e)
{
    const struct jpeg_compress_struct *j = &e->jpeg;
    double blocks = blocks_in_row(j);

    if (!j->optimize_coding || e->phase < ROWS)
        return false;
    if (e->phase == ROWS)
        return blocks * (j->progressive_mode ? NS_ROW_PROGRESSIVE : NS_ROW_OPTIMIZE) > NS_STEP;
    blocks *= j->total_iMCU_rows;
    return blocks * (j->progressive_mode ? NS_END_PROGRESSIVE : NS_END_OPTIMIZE) > NS_STEP;
}

static bool write_row(tb_in *in, struct jpeg_compress_struct *j)
{
    JSAMPROW row = (JSAMPROW)tb_row(in, in->first);

    if (jpeg_write_scanlines(j, &row, 1) == 0)
        return false;
    tb_advance(in, in->first + 1, in->first + 2);
    return true;
}

/* While it suspends libjpeg has the rows, but wants to be given them again. */
static tb_status write_rows(tb_stage *s, enc *e)
{
    size_t given = e->room;

    e->may_suspend = true;
    give_room(e, given);
    bool taken = e->apart ? tb_jpeg_planes_write(s->in, &e->jpeg) : write_row(s->in, &e->jpeg);
    e->may_suspend = false;
    e->room = room(e);
    if (!taken && e->dest.next_output_byte == e->buffer)
        e->room = given < BUFFER / 2 ? 2 * given : BUFFER;
    if (s->in[0].first == s->in[0].rows->shape.height)
        e->phase = FINISH;
    return TB_MORE;
}

static tb_status finish(enc *e)
{
    e->progress.progress_monitor = on_progress;
    e->jpeg.progress = &e->progress;
    jpeg_finish_compress(&e->jpeg);
    return TB_DONE;
}

static tb_status advance(tb_stage *s, enc *e)
{
    switch (e->phase) {
    case START:
        return start(s, e);
    case APPS:
        return write_apps(e);
    case ROWS:
        return write_rows(s, e);
    case FINISH:
        return finish(e);
    }
    return TB_DONE;
}

static tb_status jpeg_step(tb_stage *s, tb_error *err)
{
    enc *e = s->state;

    e->err = err;
    e->stop = s->stop;
    if (setjmp(e->escape))
        return failed(s, err);
    give_room(e, BUFFER);
    tb_status status = advance(s, e);
    s->long_step = takes_long(e);
    s->heavy = e->memory.touched > HEAVY;
    return flush(s, e) == TB_FAIL ? TB_FAIL : status;
}

static tb_status open_jpeg(tb_stage *s, tb_error *err)
{
    enc *e = s->state;
    tb_shape shape = s->in[0].rows->shape;

    e->args = s->args;
    s->long_step = tb_outgoing_is_long(e->args) || (!e->apart && shape.width * shape.channels > LONG_START);
    e->err = err;
    if (shape.width > JPEG_MAX_DIMENSION || shape.height > JPEG_MAX_DIMENSION)
        return tb_fail(err, TB_E_LIMIT, "jpeg", "%dx%d is too large: a side of a JPEG is at most %ld",
                       shape.width, shape.height, JPEG_MAX_DIMENSION);
    e->jpeg.err = jpeg_std_error(&e->errors);
    e->jpeg.client_data = e;
    e->errors.error_exit = on_error;
    e->errors.emit_message = no_message;
    e->errors.output_message = no_output;
    e->dest = (struct jpeg_destination_mgr){
        .init_destination = nothing, .empty_output_buffer = on_full, .term_destination = nothing};
    if (setjmp(e->escape))
        return failed(s, err);
    jpeg_create_compress(&e->jpeg);
    tb_jpeg_mem_take(&e->memory, (j_common_ptr)&e->jpeg, s->mem);
    e->jpeg.dest = &e->dest;
    return TB_MORE;
}

static tb_status jpeg_open(tb_stage *s, tb_error *err)
{
    assert(s->in[0].rows->shape.channels % 2 == 1);
    s->in[0].window = 1;
    s->in[0].want = 1;
    return open_jpeg(s, err);
}

static tb_status planes_open(tb_stage *s, tb_error *err)
{
    ((enc *)s->state)->apart = true;
    tb_jpeg_planes_want(s->in, ((const tb_encode *)s->args)->how->chroma);
    return open_jpeg(s, err);
}

static void jpeg_close(tb_stage *s)
{
    enc *e = s->state;

    if (e->jpeg.err && !setjmp(e->escape))
        jpeg_destroy_compress(&e->jpeg);
    tb_outgoing_close(&e->apps.what, s->mem);
}

const tb_stage_ops tb_jpeg_enc = {
    .name = "jpeg", .size = sizeof(enc), .ins = 1, .open = jpeg_open, .step = jpeg_step, .close = jpeg_close};

const tb_stage_ops tb_jpeg_planes_enc = {.name = "jpeg",
                                         .size = sizeof(enc),
                                         .ins = TB_PLANES,
                                         .open = planes_open,
                                         .step = jpeg_step,
                                         .close = jpeg_close};
