/* gif.c - a GIF that does not cover its canvas: what is not covered is clear, as in browsers. */
#include "gif.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TRAILER = 0x3B, EXTENSION = 0x21, IMAGE = 0x2C, GRAPHIC_CONTROL = 0xF9 };
enum { HEAD = 13, IMAGE_HEAD = 10, TO_PREVIOUS = 3, CLEAR_FRAME = 30 };

/* A pixel of colour 0, which is clear, of a table of two; its codes, of 3 bits: begin, 0, end. */
static const uint8_t clear_frame[CLEAR_FRAME + 1] = "\x21\xF9\x04\x01\0\0\0\0"
                                                    "\x2C\0\0\0\0\1\0\1\0\x80\0\0\0\0\0\0"
                                                    "\2\2\x44\1\0;";

typedef struct {
    const uint8_t *data;
    size_t size, at;
    int frames, disposal; /* so far; of the frame to come */
    bool bare;            /* the first frame leaves some of the canvas bare, or is taken back */
    bool clear;           /* one says that it has clear pixels */
} blocks;

static unsigned le16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static size_t left(const blocks *b)
{
    return b->size - b->at;
}

static size_t table_size(uint8_t flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* False where the bytes end before. */
static bool skip(blocks *b, size_t n)
{
    if (n > left(b))
        return false;
    b->at += n;
    return true;
}

static bool skip_sub_blocks(blocks *b)
{
    while (left(b) > 0 && b->data[b->at] > 0)
        if (!skip(b, 1 + (size_t)b->data[b->at]))
            return false;
    return skip(b, 1);
}

static bool read_extension(blocks *b)
{
    const uint8_t *p = b->data + b->at;

    if (left(b) >= 4 && p[1] == GRAPHIC_CONTROL && p[2] > 0) {
        b->clear |= p[3] & 1;
        b->disposal = p[3] >> 2 & 7;
    }
    return skip(b, 2) && skip_sub_blocks(b);
}

static bool read_image(blocks *b)
{
    const uint8_t *p = b->data + b->at;

    if (left(b) < IMAGE_HEAD)
        return false;
    if (b->frames++ == 0)
        b->bare =
            le16(p + 5) < le16(b->data + 6) || le16(p + 7) < le16(b->data + 8) || b->disposal == TO_PREVIOUS;
    b->disposal = 0;
    return skip(b, IMAGE_HEAD + table_size(p[9]) + 1) && skip_sub_blocks(b);
}

/* To the trailer, or the end of all bytes behind a whole block; false where it is broken off before. */
static bool walk(blocks *b)
{
    bool whole = b->size >= HEAD && skip(b, HEAD + table_size(b->data[10]));

    while (whole && left(b) > 0 && b->data[b->at] != TRAILER)
        switch (b->data[b->at]) {
        case EXTENSION:
            whole = read_extension(b);
            break;
        case IMAGE:
            whole = read_image(b);
            break;
        default: /* 0 is an empty sub-block too many */
            whole = b->data[b->at] == 0 && skip(b, 1);
        }
    return whole;
}

uint8_t *tb_gif_with_alpha(const uint8_t *data, size_t size, size_t *longer)
{
    blocks b = {.data = data, .size = size};
    uint8_t *copy;

    if (!walk(&b) || !b.bare || b.clear || b.at > SIZE_MAX - CLEAR_FRAME)
        return NULL;
    *longer = b.at + CLEAR_FRAME;
    copy = malloc(*longer);
    if (copy) {
        memcpy(copy, data, b.at);
        memcpy(copy + b.at, clear_frame, CLEAR_FRAME);
    }
    return copy;
}
