/* walk_sniff.c - which format the first bytes tell. */
#include "walk_formats.h"
#include <string.h>

#define ENOUGH 32 /* bytes that tell any format but SVG */

static bool starts(const uint8_t *data, size_t size, const char *magic, size_t n)
{
    return size >= n && memcmp(data, magic, n) == 0;
}

#define STARTS(magic) starts(data, size, magic, sizeof magic - 1)

/* ISO base media: what it is, its brands say; the first known one wins. */
static tb_format sniff_brands(const uint8_t *data, size_t size)
{
    static const char avif[][5] = {"avif", "avis"};
    static const char heif[][5] = {"heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs"};
    size_t box = size >= 4 ? (size_t)data[2] << 8 | data[3] : 0, end = box < ENOUGH ? box : ENOUGH;
    bool generic = false;

    if (size < 12 || data[0] || data[1] || memcmp(data + 4, "ftyp", 4) != 0 || box < 16 || size < end)
        return TB_UNKNOWN;
    for (size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) { /* a version stands behind the first */
        for (size_t i = 0; i < sizeof avif / sizeof avif[0]; i++)
            if (memcmp(data + at, avif[i], 4) == 0)
                return TB_AVIF;
        for (size_t i = 0; i < sizeof heif / sizeof heif[0]; i++)
            if (memcmp(data + at, heif[i], 4) == 0)
                return TB_HEIF;
        generic |= memcmp(data + at, "mif1", 4) == 0 || memcmp(data + at, "msf1", 4) == 0;
    }
    return generic ? TB_HEIF : TB_UNKNOWN;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Past the next `end` mark, or size. */
static size_t past(const uint8_t *data, size_t size, size_t at, const char *end)
{
    size_t n = strlen(end);

    while (at + n <= size && memcmp(data + at, end, n) != 0)
        at++;
    return at + n <= size ? at + n : size;
}

/* Past a <!DOCTYPE ...>, which may hold declarations in brackets. */
static size_t past_doctype(const uint8_t *data, size_t size, size_t at)
{
    bool inside = false;

    for (; at < size; at++) {
        if (data[at] == '[')
            inside = true;
        else if (data[at] == ']')
            inside = false;
        else if (data[at] == '>' && !inside)
            return at + 1;
    }
    return size;
}

static tb_format sniff_svg(const uint8_t *data, size_t size)
{
    size_t at = STARTS("\xEF\xBB\xBF") ? 3 : 0;

    if (size > TB_SNIFF_XML)
        size = TB_SNIFF_XML;
    for (;;) {
        while (at < size && is_space(data[at]))
            at++;
        const uint8_t *p = data + at;
        size_t left = size - at;
        if (starts(p, left, "<?", 2))
            at = past(data, size, at, "?>");
        else if (starts(p, left, "<!--", 4))
            at = past(data, size, at + 4, "-->");
        else if (starts(p, left, "<!DOCTYPE", 9) || starts(p, left, "<!doctype", 9))
            at = past_doctype(data, size, at);
        else
            return (starts(p, left, "<svg", 4) && left > 4 &&
                    (is_space(p[4]) || p[4] == '>' || p[4] == '/' || p[4] == ':'))
                       ? TB_SVG
                       : TB_UNKNOWN;
    }
}

/* "BM" alone would be too little: the length of the second header must be one there is. */
static bool is_bmp(const uint8_t *data, size_t size)
{
    static const uint8_t lengths[] = {12, 16, 40, 52, 56, 64, 108, 124};

    if (!STARTS("BM") || size < 18 || data[15] || data[16] || data[17])
        return false;
    return memchr(lengths, data[14], sizeof lengths) != NULL;
}

static bool is_ppm(const uint8_t *data, size_t size)
{
    return size >= 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '7' &&
           (is_space(data[2]) || data[2] == '#');
}

tb_format tb_sniff(const uint8_t *data, size_t size)
{
    if (size == 0)
        return TB_UNKNOWN;
    if (STARTS("\xFF\xD8\xFF"))
        return TB_JPEG;
    if (STARTS("\x89PNG\r\n\x1A\n"))
        return TB_PNG;
    if (STARTS("RIFF") && size >= 12 && memcmp(data + 8, "WEBP", 4) == 0)
        return TB_WEBP;
    if (STARTS("GIF87a") || STARTS("GIF89a"))
        return TB_GIF;
    if (STARTS("II*\0") || STARTS("MM\0*") || STARTS("II+\0") || STARTS("MM\0+"))
        return TB_TIFF;
    if (STARTS("\xFF\x0A") || STARTS("\0\0\0\x0CJXL \r\n\x87\n"))
        return TB_JXL;
    if (STARTS("\xFF\x4F\xFF\x51") || STARTS("\0\0\0\x0CjP  \r\n\x87\n"))
        return TB_JP2;
    if (STARTS("%PDF-"))
        return TB_PDF;
    if (is_bmp(data, size))
        return TB_BMP;
    if (is_ppm(data, size))
        return TB_PPM;
    tb_format f = sniff_brands(data, size);
    return f != TB_UNKNOWN ? f : sniff_svg(data, size);
}

bool tb_sniff_more(const uint8_t *data, size_t size)
{
    if (size < ENOUGH)
        return true;
    return size < TB_SNIFF_XML && (is_space(data[0]) || data[0] == '<' || STARTS("\xEF\xBB\xBF"));
}
