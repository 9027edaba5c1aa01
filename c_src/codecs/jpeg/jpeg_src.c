/* jpeg_src.c - libjpeg's source manager over tb_input.
 *
 *     offset 0 ....... pos ========= shown ------- safe
 *              read       may be read       in the next steps
 *
 * libjpeg suspends when it has read what it was shown: that is how a step ends
 * in the middle of a row, and how we wait for input.  It then goes back to the
 * last place it can start from again, at most a marker or a few blocks behind. */
#include "jpeg_src.h"

#define LEAST 256 /* fresh bytes that are worth starting again for */

static void nothing(j_decompress_ptr j)
{
    (void)j;
}

static tb_jpeg_src *of(j_decompress_ptr j)
{
    return (tb_jpeg_src *)j->src;
}

/* All that was shown is read.  In a scan at the end of the input we make up an
 * end mark, after which libjpeg takes every bit for zero. */
static boolean on_empty(j_decompress_ptr j)
{
    static const JOCTET end_mark[] = {0xFF, JPEG_EOI};
    tb_jpeg_src *src = of(j);

    if (!src->ended && (src->markers || src->shown < src->input->end || !tb_input_last(src->input)))
        return FALSE;
    src->ended = true;
    src->methods.next_input_byte = end_mark;
    src->methods.bytes_in_buffer = sizeof end_mark;
    return TRUE;
}

static void on_skip(j_decompress_ptr j, long n)
{
    tb_jpeg_src *src = of(j);
    size_t here = src->methods.bytes_in_buffer, skip = n > 0 ? (size_t)n : 0;

    if (skip > here) {
        src->beyond += skip - here;
        skip = here;
    }
    src->methods.next_input_byte += skip;
    src->methods.bytes_in_buffer -= skip;
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

void tb_jpeg_src_open(tb_jpeg_src *src, tb_input *input, size_t window)
{
    *src = (tb_jpeg_src){.methods = {.init_source = nothing,
                                     .fill_input_buffer = on_empty,
                                     .skip_input_data = on_skip,
                                     .resync_to_restart = jpeg_resync_to_restart,
                                     .term_source = nothing},
                         .input = input,
                         .window = window,
                         .wall = SIZE_MAX,
                         .markers = true,
                         .starved = true};
}

/* Where it must stop. */
static size_t limit_of(const tb_jpeg_src *src)
{
    return least_of(src->input->safe, src->wall);
}

/* The bytes may have moved since the last step. */
void tb_jpeg_src_show(tb_jpeg_src *src)
{
    const tb_input *in = src->input;
    size_t limit = limit_of(src), fresh = limit > src->pos ? limit - src->pos : 0;

    if (src->ended)
        return;
    size_t end = src->pos + least_of(src->window, fresh);
    src->shown = src->shown > end ? src->shown : end;
    src->methods.next_input_byte = tb_input_at(in, least_of(src->pos, in->safe));
    src->methods.bytes_in_buffer = src->shown - src->pos;
}

/* They may go now, as far as they were read. */
void tb_jpeg_src_hide(tb_jpeg_src *src)
{
    if (!src->ended)
        src->pos = src->shown - src->methods.bytes_in_buffer + src->beyond;
    src->beyond = 0;
    src->input->keep = least_of(src->pos, src->input->safe);
}

void tb_jpeg_src_pass(tb_jpeg_src *src, size_t n)
{
    src->shown = src->pos += n;
    src->input->keep = least_of(src->pos, src->input->safe);
}

/* What wants more than is before the wall finds it behind. */
bool tb_jpeg_src_at_wall(tb_jpeg_src *src)
{
    if (src->pos < src->wall && src->shown >= src->wall)
        src->wall = SIZE_MAX;
    return src->pos >= src->wall;
}

tb_status tb_jpeg_src_more(tb_jpeg_src *src)
{
    const tb_input *in = src->input;
    size_t from = src->pos > src->shown ? src->pos : src->shown;
    size_t limit = limit_of(src), fresh = from < limit ? limit - from : 0;

    src->starved = fresh < LEAST && limit < src->wall && !tb_input_last(in);
    if (src->starved)
        return TB_HUNGRY;
    src->shown = from + least_of(fresh, src->window);
    return fresh ? TB_MORE : TB_DONE;
}
