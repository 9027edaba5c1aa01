/* jpeg_dec.c - a source stage over libjpeg-turbo.
 *
 * libjpeg leaves its own calls in two ways, and both end in this file: it
 * suspends when the source has no more bytes, and it jumps away on an error.
 * The bytes are shown to it a window at a time, and it comes back after each row
 * of blocks (libjpeg says iMCU row), so a step is a window or a row of blocks,
 * whichever is less.  Where a row of blocks can be long work with hardly a byte
 * behind it, which takes a very wide picture, the steps are long. */
#include "../codecs.h"
#include "jpeg_entropy.h"
#include "jpeg_mem.h"
#include "jpeg_planes.h"
#include "jpeg_region.h"
#include "jpeg_skip.h"
#include "jpeg_src.h"
#include <jerror.h>
#include <setjmp.h>
#include <string.h>

/* How many bytes are shown at once: 0.2 ms of work, however many blocks they hold,
 * up to a whole row of blocks. */
#define WINDOW       24576
#define WIDE         3000 /* blocks in a row of blocks; one may be two bits */
#define WINDOW_WIDE  1024
#define WINDOW_SCANS 2048 /* of one scan of many; a byte may be eight corrections */

/* What a block takes at worst, in ns, and what a step may. */
#define NS_READ   100.0 /* to be read in one of many scans */
#define NS_MAKE   40.0  /* to become samples */
#define NS_SMOOTH 200.0 /* the same, its missing detail guessed from its neighbours */
#define NS_STEP   500000.0

#define HEAVY        ((size_t)4 << 20) /* bytes of coefficients that take long to free */
#define BURST_PIXELS 8192              /* of the stored picture: short rows come in bursts */
#define BURST_MOST   16

/* HEADER -> START -> ROWS            one scan: rows are made as it is read
 *           START -> SCANS -> ROWS   more: all are read first
 *                   <-> BETWEEN        but those of which nothing will be seen */
typedef enum { HEADER, START, SCANS, BETWEEN, ROWS } phase;

typedef struct {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    tb_jpeg_src source;
    tb_jpeg_skip skip;
    tb_jpeg_mem memory;
    tb_jpeg_region region;
    tb_jpeg_planes planes; /* instead, where they stay apart */
    bool apart;
    jmp_buf escape;
    const tb_decode *how;
    tb_error *err; /* of this step; borrowed */
    bool missing;  /* the input ended too early */
    phase phase;
} dec;

/* ------------------------------------------------------------------ errors */

static void on_error(j_common_ptr jpeg)
{
    longjmp(((dec *)jpeg->client_data)->escape, 1);
}

static void no_output(j_common_ptr jpeg)
{
    (void)jpeg;
}

static tb_status truncated(dec *d)
{
    const struct jpeg_decompress_struct *j = &d->jpeg;
    int height = (int)j->image_height, row = (int)j->input_iMCU_row * j->max_v_samp_factor * DCTSIZE;

    row = row < height ? row : height;
    if (d->phase == HEADER)
        return tb_fail(d->err, TB_E_TRUNCATED, "jpeg", "ends before its first row");
    if (!d->how->keep_truncated && d->skip.inside)
        return tb_fail(d->err, TB_E_TRUNCATED, "jpeg", "ends in scan %d", j->input_scan_number);
    if (!d->how->keep_truncated && j->buffered_image)
        return tb_fail(d->err, TB_E_TRUNCATED, "jpeg", "ends in row %d of %d, in scan %d", row, height,
                       j->input_scan_number);
    if (!d->how->keep_truncated)
        return tb_fail(d->err, TB_E_TRUNCATED, "jpeg", "ends in row %d of %d", row, height);
    if (!d->missing && d->skip.inside)
        tb_warn(d->err, "jpeg", "ends in scan %d; what should follow is left out", j->input_scan_number);
    else if (!d->missing)
        tb_warn(d->err, "jpeg", "ends in row %d of %d; the rest is made up", row, height);
    d->missing = true;
    return TB_MORE;
}

static void warn(dec *d)
{
    uint32_t limit = d->how->limits->max_warnings;
    char text[JMSG_LENGTH_MAX] = "";

    if (d->err->warnings < TB_WARNINGS)
        d->errors.format_message((j_common_ptr)&d->jpeg, text);
    tb_warn(d->err, "jpeg", "%s", text);
    d->errors.num_warnings++;
    if (limit && d->errors.num_warnings > (long)limit) {
        tb_fail(d->err, TB_E_CORRUPT, "jpeg", "damaged in more than %u places (max_warnings)", limit);
        longjmp(d->escape, 1);
    }
}

/* Level -1 is a warning: something in the data is wrong; others are chatter. */
static void on_message(j_common_ptr jpeg, int level)
{
    dec *d = jpeg->client_data;

    if (level >= 0)
        return;
    if (!d->source.ended)
        warn(d);
    else if (truncated(d) == TB_FAIL)
        longjmp(d->escape, 1);
}

static bool unsupported(int code)
{
    return code == JERR_SOF_UNSUPPORTED || code == JERR_BAD_PRECISION || code == JERR_CONVERSION_NOTIMPL ||
           code == JERR_FRACT_SAMPLE_NOTIMPL || code == JERR_CCIR601_NOTIMPL || code == JERR_NOTIMPL;
}

/* Where every jump lands; whoever jumped may have told the error already. */
static tb_status failed(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    int code = d->errors.msg_code;
    char text[JMSG_LENGTH_MAX];

    if (err->code != TB_E_NONE)
        return TB_FAIL;
    if (code == JERR_OUT_OF_MEMORY)
        return tb_no_memory(err, s->mem, "jpeg", "decoding");
    d->errors.format_message((j_common_ptr)&d->jpeg, text);
    return tb_fail(err,
                   d->source.ended     ? TB_E_TRUNCATED
                   : unsupported(code) ? TB_E_UNSUPPORTED
                                       : TB_E_CORRUPT,
                   "jpeg", "%s", text);
}

/* What libjpeg was shown it has read. */
static tb_status show_more(dec *d)
{
    if (tb_jpeg_src_at_wall(&d->source)) {
        d->phase = BETWEEN;
        return TB_MORE;
    }
    tb_status status = tb_jpeg_src_more(&d->source);
    if (status != TB_DONE)
        return status;
    if (d->phase == HEADER)
        return truncated(d);
    if (d->source.markers) { /* between two scans, or in a table: then this is the end */
        d->jpeg.unread_marker = JPEG_EOI;
        d->source.ended = true;
    }
    return TB_MORE;
}

/* ------------------------------------------------------------------- steps */

static tb_status check(dec *d)
{
    const struct jpeg_decompress_struct *j = &d->jpeg;
    const tb_header *h = d->how->header;

    if (j->num_components != 1 && j->num_components != 3)
        return tb_fail(d->err, TB_E_UNSUPPORTED, "jpeg", "%d components (CMYK?) are not read",
                       j->num_components);
    if (j->data_precision != 8)
        return tb_fail(d->err, TB_E_UNSUPPORTED, "jpeg", "%d bits a sample are not read", j->data_precision);
    if ((int)j->image_width != h->width || (int)j->image_height != h->height)
        return tb_fail(d->err, TB_E_CORRUPT, "jpeg", "the codec sees %ux%u where the structure says %dx%d",
                       j->image_width, j->image_height, h->width, h->height);
    if (j->num_components != h->components)
        return tb_fail(d->err, TB_E_CORRUPT, "jpeg",
                       "the codec sees %d components where the structure says %d", j->num_components,
                       h->components);
    if (d->apart && !tb_jpeg_planes_are(j, h))
        return tb_fail(d->err, TB_E_CORRUPT, "jpeg", "the codec sees other planes than the structure says");
    return TB_MORE;
}

static tb_status read_header(dec *d)
{
    if (jpeg_read_header(&d->jpeg, TRUE) == JPEG_SUSPENDED)
        return TB_HUNGRY;
    d->phase = START;
    d->source.markers = false;
    return check(d);
}

static double blocks_in_row(const struct jpeg_decompress_struct *j)
{
    double n = 0;

    for (int i = 0; i < j->num_components; i++)
        n += (double)j->comp_info[i].width_in_blocks * j->comp_info[i].v_samp_factor;
    return n;
}

static bool open_rows(tb_stage *s, dec *d)
{
    return d->apart ? tb_jpeg_planes_open(&d->planes, &d->jpeg, d->how, s->mem)
                    : tb_jpeg_region_open(&d->region, &d->jpeg, d->how, s->mem);
}

static tb_status start(tb_stage *s, dec *d)
{
    struct jpeg_decompress_struct *j = &d->jpeg;
    double blocks = blocks_in_row(j);

    if (j->arith_code && !tb_input_last(d->how->input)) /* its decoder cannot suspend */
        return TB_HUNGRY;
    j->scale_num = 1;
    j->scale_denom = (unsigned)d->how->shrink;
    j->raw_data_out = d->apart;
    d->memory.chroma_size = d->apart ? DCTSIZE / tb_jpeg_chroma_shrink(d->how) : 0;
    j->out_color_space = d->how->header->channels == 1 ? JCS_GRAYSCALE : d->apart ? JCS_YCbCr : JCS_RGB;
    j->dct_method = JDCT_ISLOW;
    j->buffered_image = jpeg_has_multiple_scans(j);
    jpeg_start_decompress(j);
    tb_jpeg_entropy_take(j);
    tb_jpeg_skip_open(&d->skip, j);
    d->phase = j->buffered_image ? SCANS : ROWS;
    d->source.window = j->arith_code       ? SIZE_MAX
                       : j->buffered_image ? WINDOW_SCANS
                       : blocks > WIDE     ? WINDOW_WIDE
                                           : WINDOW;
    s->long_step = j->arith_code || blocks * (j->buffered_image ? NS_READ : NS_MAKE) > NS_STEP;
    if (!open_rows(s, d))
        return tb_no_memory(d->err, s->mem, "jpeg", "a row");
    return j->arith_code ? TB_HUNGRY : TB_MORE;
}

/* Every coefficient is known, so nothing can have followed. */
static bool complete(const struct jpeg_decompress_struct *j)
{
    for (int i = 0; i < j->num_components; i++) {
        if (!j->comp_info[i].quant_table)
            return false;
        for (int k = 0; j->progressive_mode && k < DCTSIZE2; k++)
            if (j->coef_bits[i][k] != 0)
                return false;
    }
    return true;
}

static bool will_smooth(const struct jpeg_decompress_struct *j)
{
    return j->progressive_mode && j->do_block_smoothing && !complete(j);
}

static tb_status finish_scans(tb_stage *s, dec *d)
{
    struct jpeg_decompress_struct *j = &d->jpeg;

    if (d->source.ended && !complete(j) && truncated(d) == TB_FAIL)
        return TB_FAIL;
    jpeg_start_output(j, j->input_scan_number);
    s->long_step = blocks_in_row(j) * (will_smooth(j) ? NS_SMOOTH : NS_MAKE) > NS_STEP;
    d->phase = ROWS;
    return TB_MORE;
}

static tb_status count_scans(dec *d)
{
    uint32_t limit = d->how->limits->max_scans;

    if (limit && d->jpeg.input_scan_number > (int)limit)
        return tb_fail(d->err, TB_E_LIMIT, "jpeg", "more than %u scans (max_scans)", limit);
    return TB_MORE;
}

/* libjpeg has no part in it. */
static tb_status skip_scans(dec *d)
{
    tb_status status = tb_jpeg_skip_step(&d->skip, &d->jpeg, &d->source);

    if (status == TB_MORE)
        return count_scans(d);
    if (status != TB_DONE)
        return status;
    d->phase = SCANS;
    return d->skip.inside ? truncated(d) : TB_MORE;
}

static tb_status read_scans(tb_stage *s, dec *d)
{
    struct jpeg_decompress_struct *j = &d->jpeg;

    if (!tb_jpeg_mem_ready((j_common_ptr)j, j->input_iMCU_row, j->total_iMCU_rows))
        return TB_MORE;
    switch (jpeg_consume_input(j)) {
    case JPEG_SUSPENDED:
        return TB_HUNGRY;
    case JPEG_REACHED_SOS:
        d->source.markers = false;
        d->source.wall = SIZE_MAX;
        return count_scans(d);
    case JPEG_SCAN_COMPLETED:
        d->source.markers = true;
        if (d->skip.on && !d->source.ended)
            d->phase = BETWEEN;
        return TB_MORE;
    case JPEG_REACHED_EOI:
        return finish_scans(s, d);
    default:
        return TB_MORE;
    }
}

static tb_status read_row(tb_stage *s, dec *d)
{
    tb_rows *out = &s->out[0];
    size_t size = (size_t)out->shape.width * (size_t)out->shape.channels;
    tb_status status = tb_jpeg_region_read(&d->region, &d->jpeg, tb_new_row(out, 0), size);

    if (status != TB_DONE)
        return status;
    return ++out->end == out->shape.height ? TB_DONE : TB_MORE;
}

static tb_status read_rows(tb_stage *s, dec *d)
{
    tb_status status = TB_MORE;

    for (int i = 0; status == TB_MORE && i < s->out[0].burst; i++)
        status = read_row(s, d);
    return status;
}

/* TB_HUNGRY: libjpeg has read all that it was shown. */
static tb_status advance(tb_stage *s, dec *d)
{
    switch (d->phase) {
    case HEADER:
        return read_header(d);
    case START:
        return start(s, d);
    case SCANS:
        return read_scans(s, d);
    case BETWEEN: /* not libjpeg's: jpeg_step sees to it */
        break;
    case ROWS:
        return d->apart ? tb_jpeg_planes_read(&d->planes, &d->jpeg, s->out) : read_rows(s, d);
    }
    return TB_DONE;
}

static tb_status jpeg_step(tb_stage *s, tb_error *err)
{
    dec *d = s->state;
    const int end = s->out[0].end;

    d->err = err;
    if (setjmp(d->escape))
        return failed(s, err);
    if (d->phase == BETWEEN)
        return skip_scans(d);
    if (d->source.starved)
        return show_more(d);
    tb_jpeg_src_show(&d->source);
    tb_status status = advance(s, d);
    tb_jpeg_src_hide(&d->source);
    s->heavy = d->memory.touched > HEAVY;
    if (d->source.ended && d->jpeg.arith_code && truncated(d) == TB_FAIL) /* there, libjpeg does not warn */
        return TB_FAIL;
    if (status == TB_HUNGRY)
        status = show_more(d);
    return status == TB_HUNGRY && s->out[0].end > end ? TB_MORE : status;
}

static int burst(const tb_decode *how)
{
    int rows = BURST_PIXELS / (how->header->width * how->shrink);

    return rows < 1 ? 1 : rows > BURST_MOST ? BURST_MOST : rows;
}

static tb_status open_jpeg(tb_stage *s, tb_error *err)
{
    dec *d = s->state;

    d->how = s->args;
    d->err = err;
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->jpeg.client_data = d;
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = no_output;
    tb_jpeg_src_open(&d->source, d->how->input, WINDOW_WIDE);
    if (setjmp(d->escape))
        return failed(s, err);
    jpeg_create_decompress(&d->jpeg);
    tb_jpeg_mem_take(&d->memory, (j_common_ptr)&d->jpeg, s->mem);
    d->jpeg.src = &d->source.methods;
    return TB_MORE;
}

static tb_status jpeg_open(tb_stage *s, tb_error *err)
{
    const tb_decode *how = s->args;

    s->out[0].shape = (tb_shape){how->region.width, how->region.height, how->header->channels};
    s->out[0].burst = burst(how);
    return open_jpeg(s, err);
}

static tb_status planes_open(tb_stage *s, tb_error *err)
{
    ((dec *)s->state)->apart = true;
    tb_jpeg_planes_shape(s->out, s->args);
    return open_jpeg(s, err);
}

static void jpeg_close(tb_stage *s)
{
    dec *d = s->state;

    if (d->jpeg.err && !setjmp(d->escape))
        jpeg_destroy_decompress(&d->jpeg);
    tb_jpeg_region_close(&d->region, s->mem);
    tb_jpeg_planes_close(&d->planes, s->mem);
}

const tb_stage_ops tb_jpeg_dec = {.name = "jpeg",
                                  .size = sizeof(dec),
                                  .outs = 1,
                                  .open = jpeg_open,
                                  .step = jpeg_step,
                                  .close = jpeg_close};

const tb_stage_ops tb_jpeg_planes_dec = {.name = "jpeg",
                                         .size = sizeof(dec),
                                         .outs = TB_PLANES,
                                         .open = planes_open,
                                         .step = jpeg_step,
                                         .close = jpeg_close};
