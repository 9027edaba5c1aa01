/* text.c - reads what is to be drawn, and believes nothing. */
#include "text.h"

enum { HEAD = 11, NUMBERS = 7, FIXED = HEAD + 4 * NUMBERS + 1 };

/* ----------------------------------------------------------------------- UTF-8 */

/* Bytes of a character that begins so; 0 where none does. */
static size_t length(uint8_t first)
{
    return first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

/* The second byte, where the first leaves it less than all: no character in two ways, no surrogates,
 * nothing above U+10FFFF. */
static bool may_follow(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second < 0xA0;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second < 0x90;
    default:
        return true;
    }
}

static bool is_control(uint8_t c, bool lines)
{
    return (c < ' ' && !(lines && (c == '\n' || c == '\t'))) || c == 0x7F;
}

/* Without control characters but for those that make lines. */
static bool is_clean(const uint8_t *s, size_t size, bool lines)
{
    size_t n;

    for (size_t at = 0; at < size; at += n) {
        n = length(s[at]);
        if (n == 0 || n > size - at || is_control(s[at], lines) || (n > 1 && !may_follow(s[at], s[at + 1])))
            return false;
        for (size_t i = 1; i < n; i++)
            if ((s[at + i] & 0xC0) != 0x80)
                return false;
    }
    return true;
}

/* --------------------------------------------------------------------- numbers */

static int number(const uint8_t *p)
{
    return (int)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

static bool within(int n, int least, int most)
{
    return n >= least && n <= most;
}

static bool read_numbers(tb_text *t, const uint8_t *p)
{
    t->size = number(p);
    t->blur = number(p + 4);
    t->dpi = number(p + 8);
    t->width = number(p + 12);
    t->spacing = number(p + 16);
    t->x = number(p + 20);
    t->y = number(p + 24);
    return within(t->size, 1000, 2000000) && within(t->blur, 0, 100000) && within(t->dpi, 10, 1200) &&
           within(t->width, 0, 65500) && within(t->spacing, 0, 1000) && within(t->x, -1000, 1000) &&
           within(t->y, -1000, 1000);
}

bool tb_text_read(tb_text *t, const uint8_t *data, size_t size)
{
    *t = (tb_text){0};
    if (size <= FIXED || data[0] != 1 || data[1] > 2 || data[2] > 3)
        return false;
    t->align = data[1];
    t->justify = data[2] & 1;
    t->shadow = data[2] & 2;
    for (int i = 0; i < 4; i++) {
        t->colour[i] = data[3 + i];
        t->shadow_colour[i] = data[7 + i];
    }
    t->font_size = data[FIXED - 1];
    if (t->font_size < 1 || t->font_size >= size - FIXED)
        return false;
    t->text_size = size - FIXED - t->font_size;
    t->font = (const char *)data + FIXED;
    t->text = t->font + t->font_size;
    return t->text_size <= TB_TEXT_LONGEST && read_numbers(t, data + HEAD) &&
           is_clean(data + FIXED, t->font_size, false) &&
           is_clean(data + FIXED + t->font_size, t->text_size, true);
}
