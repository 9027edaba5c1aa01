/* text.h - text that is to be drawn, as it comes from the face: a picture of its own kind.
 *
 * Its bytes are, all numbers with the high byte first,
 *
 *     1            layout
 *     align        0 left, 1 centre, 2 right
 *     flags        1 justified, 2 with a shadow
 *     colour       4 bytes, RGBA; then that of the shadow
 *     size, blur   4 bytes each, in 1/1000
 *     dpi, width, spacing, x, y    4 bytes each; x and y of the shadow, with a sign
 *     length       of the font's name, a byte; then the name
 *     text         to the end
 *
 * No file is taken for this: whether a picture is text is said beside its bytes. */
#ifndef TB_TEXT_H
#define TB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TB_TEXT_LONGEST 10000 /* bytes */

typedef struct {
    int align;
    bool justify, shadow;
    uint8_t colour[4], shadow_colour[4];
    int size, blur; /* in 1/1000 */
    int dpi;
    int width; /* pixels at which lines are broken; 0 = where they end */
    int spacing, x, y;
    const char *font, *text; /* borrowed; UTF-8, and no end of their own */
    size_t font_size, text_size;
} tb_text;

/* False where it is nothing of the kind, or a number is out of its range. */
bool tb_text_read(tb_text *t, const uint8_t *data, size_t size);

#endif
