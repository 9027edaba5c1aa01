/* exif_edit.h - the EXIF that leaves: made anew from what came, with nothing in
 * it that was not asked for. */
#ifndef TB_EXIF_EDIT_H
#define TB_EXIF_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool copyright;    /* nothing but who made and who owns it */
    bool gps;          /* and where it was made */
    bool upright;      /* the orientation was applied */
    bool srgb;         /* the colours have become those of sRGB */
    int width, height; /* of the picture now */
} tb_exif_wish;

/* Bytes that are enough for the structure made of one of that size. */
size_t tb_exif_room(size_t size);

/* Writes a TIFF structure to `out`: the values of the first directory, of those
 * of EXIF and interoperability, and of GPS if wished.  Thumbnails, the maker's
 * private notes, and what other kinds of metadata hide in EXIF are left out.
 * Returns its size; 0 = broken, or nothing is left. */
size_t tb_exif_edit(const uint8_t *tiff, size_t size, const tb_exif_wish *wish, uint8_t *out);

#endif
