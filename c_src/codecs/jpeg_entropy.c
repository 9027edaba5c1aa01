/* jpeg_entropy.c - the coefficients of a baseline JPEG (ITU-T T.81, F.2.2), read in libjpeg's place.
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
#include "jpeg_codes.h"
#include "jpeg_mem.h"
#include "jpeg_skip.h"
#include <jerror.h>
#include <string.h>

#if defined __has_include
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
#define LAST   (DCTSIZE2 - 1) /* coefficient of a block */
#define ENOUGH 56             /* bits: for two pairs and any coefficient */

#define INLINE static inline __attribute__((always_inline)) /* or `bits` would be in memory */

_Static_assert(ENOUGH >= 2 * TB_LOOK + TB_COEF_MOST, "no pair asks for more bits");

/* A block of the MCU. */
typedef struct {
    const jpeg_component_info *of;
    int component; /* its number in the scan */
    bool detail;   /* more than the mean will be seen */
    const tb_jpeg_codes *dc, *ac;
} place;

typedef struct {
    struct jpeg_entropy_decoder methods; /* first: all that libjpeg sees */
    uint64_t word;                       /* bits that were read, and not used, the next one highest... */
    int n;                               /* ...so many */
    int mean[MAX_COMPS_IN_SCAN];         /* of the last block, by component */
    unsigned to_restart;                 /* MCUs */
    place place[D_MAX_BLOCKS_IN_MCU];
    tb_jpeg_codes *dc[NUM_HUFF_TBLS], *ac[NUM_HUFF_TBLS];
} entropy;

/* Behind the n bits there are zeros, or bits of `next`. */
typedef struct {
    uint64_t word;
    int n;
    const uint8_t *next;
} bits;

/* While a MCU is read. */
typedef struct {
    bits bits; /* where it is slow; else they are in registers */
    j_decompress_ptr jpeg;
    const uint8_t *end;
    const uint8_t *eight; /* before it there are eight bytes, no marker among those that were read */
    int zeros;            /* the last so many bits are made up */
    int marker;           /* it was read; 0 = none */
    bool none;            /* there was a code that is none */
} reader;

/* -------------------------------------------------------------------- bits */

static void show(reader *r, const struct jpeg_source_mgr *src)
{
    r->bits.next = src->next_input_byte;
    r->end = r->bits.next + src->bytes_in_buffer;
    r->eight = src->bytes_in_buffer < 8 || r->marker ? r->bits.next : r->end - 7;
}

/* A byte of data, -1 if there is no more.  0xFF and 0 are 0xFF; more of 0xFF is filling. */
static int take_byte(reader *r)
{
    const uint8_t *first = r->bits.next, *p = first;

    while (p < r->end && *p == 0xFF)
        p++;
    if (r->marker || p == r->end)
        return -1;
    r->bits.next = p + 1;
    if (p == first || *p == 0)
        return *first;
    r->marker = *p;
    r->eight = r->bits.next;
    return -1;
}

/* Asks for bytes where all are read. */
static bool more_bytes(reader *r)
{
    struct jpeg_source_mgr *src = r->jpeg->src;

    if (r->marker || !src->fill_input_buffer(r->jpeg))
        return false;
    show(r, src);
    return true;
}

static __attribute__((noinline)) void take_bytes(reader *r)
{
    bits *b = &r->bits;

    while (b->n <= ENOUGH) {
        int byte = take_byte(r);
        if (byte >= 0) {
            b->word |= (uint64_t)byte << (56 - b->n);
            b->n += 8;
        } else if (!more_bytes(r)) {
            r->zeros += 64 - b->n;
            b->n = 64;
        }
    }
}

static inline bool has_ff(uint64_t w)
{
    return (~w - 0x0101010101010101) & w & 0x8080808080808080;
}

static inline uint64_t first_highest(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(w);
#else
    return w;
#endif
}

INLINE bits take_enough(bits b, reader *r)
{
    uint64_t w;

    if (b.next < r->eight) {
        memcpy(&w, b.next, sizeof w);
        if (!has_ff(w)) {
            b.word |= first_highest(w) >> b.n;
            b.next += (63 - b.n) >> 3;
            b.n |= 56;
            return b;
        }
    }
    r->bits = b;
    take_bytes(r);
    return r->bits;
}

INLINE void drop(bits *b, int n)
{
    b->word <<= n;
    b->n -= n;
}

/* ------------------------------------------------------------------ blocks */

/* By their order in the file; a damaged one may lead 16 too far. */
static const uint8_t natural_order[DCTSIZE2 + 16] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33,
    40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63};

INLINE tb_coef read_coef(bits *b, reader *r, const tb_jpeg_codes *c)
{
    tb_coef m = c->table[b->word >> (64 - TB_LOOK)];

    if (__builtin_expect(m & TB_COEF_LONG, 0)) {
        m = tb_long_coef(c, b->word, m);
        r->none |= (m & TB_COEF_NONE) != 0;
    }
    drop(b, tb_coef_bits(m));
    return m;
}

/* Returns how far it has come; not at all where two are too long, or the block may be over with
 * the first.  Of one coefficient both are the same: it is stored twice. */
INLINE int read_pair(bits *b, const tb_jpeg_codes *c, int k, JCOEF *block)
{
    tb_pair p = c->pairs[b->word >> (64 - TB_LOOK)];

    if (__builtin_expect(k + p.to_second >= LAST, 0))
        return 0;
    if (block) {
        block[natural_order[k + p.to_second]] = p.second;
        block[natural_order[k + p.to_first]] = p.first;
    }
    drop(b, p.bits);
    return p.advance;
}

/* All of a block but its mean. */
INLINE bits read_detail(bits b, reader *r, const place *p, JCOEF *block)
{
    for (int k = 0; k < LAST;) {
        b = take_enough(b, r);
        k += read_pair(&b, p->ac, k, block);
        k += read_pair(&b, p->ac, k, block);
        if (k >= LAST)
            break;
        tb_coef m = read_coef(&b, r, p->ac);
        if (m & TB_COEF_END)
            break;
        k += tb_coef_advance(m);
        if (block)
            block[natural_order[k]] = (JCOEF)tb_coef_value(m);
    }
    return b;
}

/* To nowhere, if libjpeg only wants to pass them. */
static void read_blocks(const entropy *e, reader *r, int *mean, JBLOCKROW *to)
{
    bits b = r->bits;

    for (int i = 0; i < r->jpeg->blocks_in_MCU; i++) {
        const place *p = &e->place[i];
        b = take_enough(b, r);
        int more = tb_coef_value(read_coef(&b, r, p->dc));
        if (__builtin_add_overflow(mean[p->component], more, &mean[p->component]))
            ERREXIT(r->jpeg, JERR_BAD_DCT_COEF);
        if (to)
            to[i][0][0] = (JCOEF)mean[p->component];
        if (to && p->detail && p->of->component_needed)
            b = read_detail(b, r, p, to[i][0]);
        else
            b = read_detail(b, r, p, NULL);
    }
    r->bits = b;
}

/* -------------------------------------------------------------------- MCUs */

/* False if it suspends. */
static bool restart(j_decompress_ptr j, entropy *e)
{
    j->marker->discarded_bytes += (unsigned)e->n / 8;
    e->n = 0;
    e->word = 0;
    if (!j->marker->read_restart_marker(j))
        return false;
    memset(e->mean, 0, sizeof e->mean);
    e->to_restart = j->restart_interval;
    if (j->unread_marker == 0)
        e->methods.insufficient_data = FALSE;
    return true;
}

static void warn(j_decompress_ptr j, entropy *e, const reader *r, bool over)
{
    if (r->none)
        WARNMS(j, JWRN_HUFF_BAD_CODE);
    if (over)
        WARNMS(j, JWRN_HIT_MARKER);
    e->methods.insufficient_data = over;
}

/* False if its end is not here yet: then nothing has happened. */
static bool read_mcu(j_decompress_ptr j, entropy *e, JBLOCKROW *to)
{
    struct jpeg_source_mgr *src = j->src;
    reader r = {.bits = {.word = e->word, .n = e->n}, .jpeg = j, .marker = j->unread_marker};
    int mean[MAX_COMPS_IN_SCAN];

    show(&r, src);
    memcpy(mean, e->mean, sizeof mean);
    read_blocks(e, &r, mean, to);
    bool over = r.bits.n < r.zeros;
    if (over && !r.marker)
        return false;
    memcpy(e->mean, mean, sizeof mean);
    src->next_input_byte = r.bits.next;
    src->bytes_in_buffer = (size_t)(r.end - r.bits.next);
    j->unread_marker = r.marker;
    e->word = r.bits.word;
    e->n = over ? 0 : r.bits.n - r.zeros;
    warn(j, e, &r, over);
    return true;
}

/* What follows a marker that came too early is left as it is: zeros. */
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

/* ------------------------------------------------------------------ taking */

static void *alloc(j_decompress_ptr j, size_t size)
{
    return j->mem->alloc_large((j_common_ptr)j, JPOOL_IMAGE, size);
}

static const tb_jpeg_codes *codes_of(j_decompress_ptr j, tb_jpeg_codes **made, const JHUFF_TBL *from, bool dc)
{
    if (!*made) {
        *made = alloc(j, tb_jpeg_codes_size(dc));
        tb_jpeg_codes_make(*made, from, dc, ((tb_jpeg_mem *)j->mem)->mem->heap);
    }
    return *made;
}

static place place_of(j_decompress_ptr j, entropy *e, int component)
{
    const jpeg_component_info *c = j->cur_comp_info[component];
    int dc = c->dc_tbl_no, ac = c->ac_tbl_no;
    place p = {.of = c, .component = component, .detail = !tb_jpeg_only_mean(c)};

    p.dc = codes_of(j, &e->dc[dc], j->dc_huff_tbl_ptrs[dc], true);
    p.ac = codes_of(j, &e->ac[ac], j->ac_huff_tbl_ptrs[ac], false);
    return p;
}

/* Are they worth their tables? */
static bool many_blocks(j_decompress_ptr j)
{
    return (size_t)j->MCUs_per_row * j->MCU_rows_in_scan * (size_t)j->blocks_in_MCU > FEW;
}

void tb_jpeg_entropy_take(j_decompress_ptr j)
{
    if (j->progressive_mode || j->arith_code || jpeg_has_multiple_scans(j) || !many_blocks(j))
        return;
    entropy *e = alloc(j, sizeof *e);
    *e = (entropy){.methods = *j->entropy, .to_restart = j->restart_interval};
    e->methods.decode_mcu = decode_mcu;
    for (int i = 0; i < j->blocks_in_MCU; i++)
        e->place[i] = place_of(j, e, j->MCU_membership[i]);
    j->entropy = &e->methods;
}

#else

void tb_jpeg_entropy_take(j_decompress_ptr j)
{
    (void)j;
}

#endif
