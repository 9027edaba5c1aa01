/* jpeg_entropy.c - the coefficients of a JPEG, read in libjpeg's place.
 *
 * Most of what a JPEG costs is here.  libjpeg looks up a code, then takes the bits of the coefficient
 * that follows, then the next code; its input is bytes.  We look up two coefficients at once, where
 * their bits are few, and take eight bytes at a time: half the time.
 *
 * libjpeg is made of modules, objects with methods that jpegint.h names, and this is one of them in
 * place of its own.  It makes the same coefficients, of damaged files too, and gives the same
 * warnings; it suspends, as libjpeg's, before a MCU.  Where libjpeg comes without that header, its own
 * module does the work.
 *
 * Where there are no more bytes we go on with zeros, and count them.  A MCU that has used one has either
 * met a marker, then zeros are what libjpeg takes as well; or it is to be read again when more bytes
 * are here. */
#include "jpeg_entropy.h"
#include "jpeg_blocks.h"
#include "jpeg_mem.h"
#include "jpeg_skip.h"
#include <jerror.h>

#if defined LIBJPEG_TURBO_VERSION_NUMBER && defined __has_include
#if __has_include(<jpegint.h>)
#include <jpegint.h>
#define KNOWN_MODULES
#endif
#endif

#ifdef KNOWN_MODULES

#ifdef TB_EAGER
#define FEW 0
#else
#define FEW 255 /* blocks that are not worth making tables */
#endif

typedef struct {
    struct jpeg_entropy_decoder methods;  /* first: all that libjpeg sees */
    struct jpeg_entropy_decoder *library; /* libjpeg's own, which checks the head of each scan */
    tb_jpeg_read *read;
    tb_bit_reader reader;
    tb_jpeg_mcu mcu;
    unsigned to_restart; /* MCUs */
    tb_jpeg_codes *means[NUM_HUFF_TBLS], *details[NUM_HUFF_TBLS];
} entropy;

/* -------------------------------------------------------------------- MCUs */

/* False if it suspends. */
static bool restart(j_decompress_ptr j, entropy *e)
{
    j->marker->discarded_bytes += (unsigned)e->reader.bits.n / 8;
    e->reader.bits = (tb_bits){0};
    if (!j->marker->read_restart_marker(j))
        return false;
    e->mcu.before = (tb_jpeg_before){0};
    e->to_restart = j->restart_interval;
    if (j->unread_marker == 0)
        e->methods.insufficient_data = FALSE;
    return true;
}

/* Zeros were read for bits. */
static void run_out(j_decompress_ptr j, entropy *e)
{
    e->reader.bits = (tb_bits){0};
    e->methods.insufficient_data = TRUE;
    WARNMS(j, JWRN_HIT_MARKER);
}

/* What the MCU has read is read. */
static void accept(j_decompress_ptr j, entropy *e)
{
    tb_bit_reader *r = &e->reader;

    j->src->next_input_byte = r->bits.next;
    j->src->bytes_in_buffer = (size_t)(r->end - r->bits.next);
    j->unread_marker = r->marker;
    r->bits.n -= r->zeros;
    if (r->none)
        WARNMS(j, JWRN_HUFF_BAD_CODE);
    if (r->bits.n < 0)
        run_out(j, e);
}

/* False if its end is not here yet: then nothing has happened. */
static bool read_mcu(j_decompress_ptr j, entropy *e, JBLOCKROW *to)
{
    tb_bit_reader *r = &e->reader;
    tb_bits bits = r->bits;
    tb_jpeg_before before = e->mcu.before;

    e->mcu.count = 0;
    r->zeros = 0;
    r->none = false;
    r->marker = j->unread_marker;
    tb_bits_show(r);
    e->read(&e->mcu, r, to);
    if (tb_bits_ran_out(r->bits, r)) {
        while (e->mcu.count > 0)
            *e->mcu.made[--e->mcu.count] = 0;
        r->bits = bits;
        e->mcu.before = before;
        return false;
    }
    accept(j, e);
    return true;
}

/* What follows a marker that came too early is left as it is. */
static boolean decode_mcu(j_decompress_ptr j, JBLOCKROW *to)
{
    entropy *e = (entropy *)j->entropy;

    if (j->restart_interval && e->to_restart == 0 && !restart(j, e))
        return FALSE;
    if (!e->methods.insufficient_data && !read_mcu(j, e, to))
        return FALSE;
    e->to_restart--;
    return TRUE;
}

/* ------------------------------------------------------------------- scans */

static void *alloc(j_decompress_ptr j, size_t size)
{
    return j->mem->alloc_large((j_common_ptr)j, JPOOL_IMAGE, size);
}

static const tb_jpeg_codes *codes_of(j_decompress_ptr j, tb_jpeg_codes **made, const JHUFF_TBL *of,
                                     tb_codes_kind kind)
{
    bool fresh = !*made;

    if (fresh)
        *made = alloc(j, tb_jpeg_codes_size(kind == TB_CODES_MEAN));
    if (fresh || !tb_jpeg_codes_are(*made, of, kind))
        tb_jpeg_codes_make(*made, of, kind, ((tb_jpeg_mem *)j->mem)->mem->heap);
    return *made;
}

static tb_jpeg_place place_of(j_decompress_ptr j, entropy *e, int component)
{
    const jpeg_component_info *c = j->cur_comp_info[component];
    bool means = !j->progressive_mode || (j->Ss == 0 && j->Ah == 0);
    bool details = !j->progressive_mode || j->Ss > 0;
    int m = c->dc_tbl_no, d = c->ac_tbl_no;
    tb_codes_kind kind = !j->progressive_mode ? TB_CODES_DETAIL : j->Ah == 0 ? TB_CODES_FIRST : TB_CODES_MORE;
    tb_jpeg_place p = {.of = c, .component = component, .detail = !tb_jpeg_only_mean(c)};

    if (means)
        p.means = codes_of(j, &e->means[m], j->dc_huff_tbl_ptrs[m], TB_CODES_MEAN);
    if (details)
        p.details = codes_of(j, &e->details[d], j->ac_huff_tbl_ptrs[d], kind);
    return p;
}

static tb_jpeg_read *reader_of(j_decompress_ptr j)
{
    if (!j->progressive_mode)
        return jpeg_has_multiple_scans(j) ? tb_read_blocks_again : tb_read_blocks;
    if (j->Ss == 0)
        return j->Ah == 0 ? tb_read_means : tb_read_more_of_means;
    return j->Ah == 0 ? tb_read_details : tb_read_more_of_details;
}

static void begin_scan(j_decompress_ptr j, entropy *e)
{
    e->methods.insufficient_data = FALSE;
    e->reader = (tb_bit_reader){.jpeg = j};
    e->mcu.before = (tb_jpeg_before){0};
    e->to_restart = j->restart_interval;
    e->read = reader_of(j);
    for (int i = 0; i < j->blocks_in_MCU; i++)
        e->mcu.place[i] = place_of(j, e, j->MCU_membership[i]);
}

/* What jumps leaves libjpeg with a module that is whole, too. */
static void start_pass(j_decompress_ptr j)
{
    entropy *e = (entropy *)j->entropy;

    j->entropy = e->library;
    e->library->start_pass(j);
    j->entropy = &e->methods;
    begin_scan(j, e);
}

static bool many_blocks(j_decompress_ptr j)
{
    return (size_t)j->MCUs_per_row * j->MCU_rows_in_scan * (size_t)j->blocks_in_MCU > FEW;
}

void tb_jpeg_entropy_take(j_decompress_ptr j)
{
    if (j->arith_code || !many_blocks(j))
        return;
    entropy *e = alloc(j, sizeof *e);
    *e = (entropy){.methods = {.start_pass = start_pass, .decode_mcu = decode_mcu}, .library = j->entropy};
    begin_scan(j, e);
    j->entropy = &e->methods;
}

#else

void tb_jpeg_entropy_take(j_decompress_ptr j)
{
    (void)j;
}

#endif
