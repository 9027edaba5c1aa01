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
                         .markers = true,
                         .starved = true};
}

/* The bytes may have moved since the last step. */
void tb_jpeg_src_show(tb_jpeg_src *src)
{
    const tb_input *in = src->input;

    if (src->ended)
        return;
    size_t end = src->pos + least_of(src->window, in->safe - src->pos);
    src->shown = src->shown > end ? src->shown : end;
    src->methods.next_input_byte = tb_input_at(in, src->pos);
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

tb_status tb_jpeg_src_more(tb_jpeg_src *src)
{
    const tb_input *in = src->input;
    size_t from = src->pos > src->shown ? src->pos : src->shown;
    size_t fresh = from < in->safe ? in->safe - from : 0;

    src->starved = fresh < LEAST && !tb_input_last(in);
    if (src->starved)
        return TB_HUNGRY;
    src->shown = from + least_of(fresh, src->window);
    return fresh ? TB_MORE : TB_DONE;
}
