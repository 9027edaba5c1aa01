/* words.c - libvips' words.
 *
 * Its errors are lines of "domain: text" in one buffer, which is emptied before each question.  Ours
 * is the last whose domain is of our format. */
#include "words.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <vips/vips.h>

#define LINE sizeof((tb_error *)NULL)->warning[0]

static tb_error *heard; /* takes what is warned of */

static size_t length(const char *s)
{
    return strnlen(s, 20000);
}

/* Domains of the loaders and savers, or parts of them. */
static const char *const domains[TB_FORMATS][3] = {
    [TB_JPEG] = {"jpeg"},         [TB_PNG] = {"png"},   [TB_WEBP] = {"webp"},
    [TB_GIF] = {"gif", "nsgif"},  [TB_TIFF] = {"tiff"}, [TB_HEIF] = {"heif", "avif"},
    [TB_AVIF] = {"heif", "avif"}, [TB_JXL] = {"jxl"},   [TB_JP2] = {"jp2k", "openjpeg"},
    [TB_SVG] = {"svg", "glib"}, /* which is what librsvg's and poppler's words come by */
    [TB_PDF] = {"pdf", "glib"},   [TB_PPM] = {"ppm"},   [TB_TEXT] = {"text", "pango"},
};

static bool contains(const char *text, size_t n, const char *word)
{
    size_t w = strlen(word);

    for (size_t i = 0; i + w <= n; i++)
        if (strncasecmp(text + i, word, w) == 0)
            return true;
    return false;
}

/* The text of a line of the format's, without its domain; NULL if it is another's.  Where there is no format,
 * all are. */
static const char *text_of(const char *line, size_t n, tb_format f)
{
    const char *colon = memchr(line, ':', n);

    if (!colon || f == TB_UNKNOWN)
        return colon ? colon + 1 : NULL;
    for (int i = 0; i < 3 && domains[f][i]; i++)
        if (contains(line, (size_t)(colon - line), domains[f][i]))
            return colon + 1;
    return NULL;
}

/* Printable, one line. */
static void clean(char *to, const char *text, size_t n)
{
    size_t k = 0;

    while (n > 0 && isspace((unsigned char)*text)) {
        text++;
        n--;
    }
    for (size_t i = 0; i < n && k < LINE - 1; i++)
        to[k++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : ' ';
    to[k] = 0;
}

/* The last line about the format. */
static void last_words(char *to, tb_format f)
{
    const char *all = vips_error_buffer();
    size_t n = length(all), at = 0;

    to[0] = 0;
    while (at < n) {
        const char *line = all + at, *end = memchr(line, '\n', n - at);
        size_t size = end ? (size_t)(end - line) : n - at;
        const char *text = text_of(line, size, f);
        if (text)
            clean(to, text, size - (size_t)(text - line));
        at += size + 1;
    }
}

static tb_code code_of(const char *text)
{
    static const struct {
        const char *word;
        tb_code code;
    } codes[] = {
        {"truncated", TB_E_TRUNCATED},       {"premature", TB_E_TRUNCATED},
        {"end of f", TB_E_TRUNCATED},        {"end of input", TB_E_TRUNCATED},
        {"out of memory", TB_E_NOMEM},       {"memory allocation", TB_E_NOMEM},
        {"encrypted", TB_E_UNSUPPORTED},     {"unsupported", TB_E_UNSUPPORTED},
        {"not supported", TB_E_UNSUPPORTED}, {"not configured", TB_E_UNSUPPORTED},
        {"too large", TB_E_LIMIT},           {"too big", TB_E_LIMIT},
        {"security limit", TB_E_LIMIT},
    };

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (contains(text, strlen(text), codes[i].word))
            return codes[i].code;
    return TB_E_CORRUPT;
}

tb_status tb_words_fail(tb_error *err, tb_format f, const char *what)
{
    char text[LINE] = "";

    last_words(text, f);
    const char *stage = f == TB_UNKNOWN ? "libvips" : tb_format_name(f);
    if (text[0])
        return tb_fail(err, code_of(text), stage, "%s: %s", what, text);
    return tb_fail(err, TB_E_CORRUPT, stage, "%s", what);
}

void tb_words_begin(tb_error *err)
{
    heard = err;
    vips_error_clear();
}

/* A file is opened more than once, and warned of as often. */
static void keep(const char line[LINE])
{
    unsigned kept = heard->warnings < TB_WARNINGS ? heard->warnings : TB_WARNINGS;

    for (unsigned i = 0; i < kept; i++)
        if (strcmp(heard->warning[i], line) == 0)
            return;
    if (kept < TB_WARNINGS)
        memcpy(heard->warning[kept], line, LINE);
    heard->warnings++;
}

/* What ends the process is printed: whoever has started it will read it. */
static void hear(const char *domain, GLogLevelFlags level, const char *text, void *user)
{
    static GMutex lock; /* libvips' threads speak, too */
    char line[LINE] = "";

    if (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR))
        g_log_default_handler(domain, level, text, user);
    if (!heard || !text || (level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO | G_LOG_LEVEL_MESSAGE)) ||
        strstr(text, "nclx profile")) /* which nearly every AVIF has */
        return;
    clean(line, text, length(text));
    g_mutex_lock(&lock);
    keep(line);
    g_mutex_unlock(&lock);
}

void tb_words_open(void)
{
    g_log_set_default_handler(hear, NULL);
}
