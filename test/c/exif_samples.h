/* exif_samples.h - EXIF as a camera writes it, and a reader that complains. */
#ifndef EXIF_SAMPLES_H
#define EXIF_SAMPLES_H

#include "samples.h"

/* A TIFF structure on its way: directories are written when their values are. */
typedef struct {
    blob *b;
    bool big;
    size_t next; /* where the next entry goes */
} tiff_writer;

static inline void tiff_number(const tiff_writer *w, size_t at, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        w->b->data[at + (size_t)(w->big ? bytes - 1 - i : i)] = (uint8_t)(v >> 8 * i);
}

/* Room for a directory of n entries; returns where it is. */
static inline size_t tiff_directory(tiff_writer *w, int n)
{
    size_t at = w->b->size;

    put_zeros(w->b, 2 + (size_t)n * 12 + 4);
    tiff_number(w, at, (uint64_t)n, 2);
    w->next = at + 2;
    return at;
}

static inline void tiff_entry(tiff_writer *w, int tag, int type, size_t count, uint64_t value)
{
    tiff_number(w, w->next, (uint64_t)tag, 2);
    tiff_number(w, w->next + 2, (uint64_t)type, 2);
    tiff_number(w, w->next + 4, count, 4);
    tiff_number(w, w->next + 8, value, type == 3 ? 2 : 4);
    w->next += 12;
}

static inline void tiff_data(tiff_writer *w, int tag, int type, size_t count, const void *data, size_t n)
{
    tiff_entry(w, tag, type, count, w->b->size);
    put(w->b, data, n);
    if (n % 2)
        put8(w->b, 0);
}

static inline void tiff_text(tiff_writer *w, int tag, const char *text)
{
    tiff_data(w, tag, 2, strlen(text) + 1, text, strlen(text) + 1);
}

/* Each secret is in a place of its own. */
static inline blob *camera_exif(bool big, int orientation)
{
    tiff_writer w = {blob_new(), big, 0};
    char note[900];

    memset(note, 'm', sizeof note);
    memcpy(note, "secret of the maker", 19);
    put(w.b, big ? "MM\0*\0\0\0\x08" : "II*\0\x08\0\0\0", 8);
    size_t root = tiff_directory(&w, 9);
    tiff_entry(&w, 0x0100, 4, 1, 4000);
    tiff_text(&w, 0x010F, "A maker");
    tiff_entry(&w, 0x0112, 3, 1, (uint64_t)orientation);
    tiff_data(&w, 0x011A, 5, 1, big ? "\0\0\0\x48\0\0\0\1" : "\x48\0\0\0\1\0\0\0", 8);
    tiff_text(&w, 0x013B, "An artist");
    tiff_data(&w, 0x02BC, 1, 13, "secret of XMP", 13);
    tiff_text(&w, 0x8298, "An owner");
    size_t exif_entry = w.next, gps_entry = w.next + 12;
    w.next += 24;
    size_t exif = tiff_directory(&w, 6);
    tiff_data(&w, 0x829A, 5, 1, big ? "\0\0\0\1\0\0\0\x7D" : "\1\0\0\0\x7D\0\0\0", 8);
    tiff_data(&w, 0x927C, 7, sizeof note, note, sizeof note);
    tiff_entry(&w, 0xA001, 3, 1, 0xFFFF);
    tiff_entry(&w, 0xA002, 4, 1, 4000);
    tiff_entry(&w, 0xA003, 3, 1, 3000);
    size_t interop_entry = w.next;
    w.next += 12;
    size_t interop = tiff_directory(&w, 1);
    tiff_entry(&w, 1, 2, 4, 0);
    memcpy(w.b->data + w.next - 4, "R98", 4);
    size_t gps = tiff_directory(&w, 2);
    tiff_entry(&w, 1, 2, 2, 0);
    memcpy(w.b->data + w.next - 4, "N\0\0", 4);
    tiff_data(&w, 2, 5, 3, "secret of the place, 24b", 24);
    size_t small = tiff_directory(&w, 2);
    tiff_entry(&w, 0x0201, 4, 1, w.b->size);
    tiff_entry(&w, 0x0202, 4, 1, 30);
    put(w.b, "secret of the thumbnail, 30 by", 30);
    tiff_number(&w, root + 2 + 9 * 12, small, 4);
    w.next = exif_entry;
    tiff_entry(&w, 0x8769, 4, 1, exif);
    w.next = gps_entry;
    tiff_entry(&w, 0x8825, 4, 1, gps);
    w.next = interop_entry;
    tiff_entry(&w, 0xA005, 4, 1, interop);
    return w.b;
}

static inline bool holds(const uint8_t *data, size_t size, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= size; i++)
        if (!memcmp(data + i, text, n))
            return true;
    return false;
}

/* --- reading: whatever is not right ends the test */

static inline uint32_t tiff_get(const uint8_t *d, size_t size, size_t at, int bytes)
{
    uint32_t v = 0;

    CHECK(at + (size_t)bytes <= size);
    for (int i = 0; i < bytes; i++)
        v = v << 8 | d[at + (size_t)(d[0] == 'M' ? i : bytes - 1 - i)];
    return v;
}

/* Where the entry of a tag is in the directory at `at`, or 0; all of them are right. */
static inline size_t tiff_find(const uint8_t *d, size_t size, size_t at, uint32_t tag)
{
    static const int sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    uint32_t n = tiff_get(d, size, at, 2);
    size_t found = 0;

    for (uint32_t i = 0; i < n; i++) {
        size_t e = at + 2 + i * 12;
        uint32_t type = tiff_get(d, size, e + 2, 2), count = tiff_get(d, size, e + 4, 4);
        CHECK(type >= 1 && type <= 12);
        uint64_t bytes = (uint64_t)count * (uint64_t)sizes[type];
        CHECK(bytes <= 4 || tiff_get(d, size, e + 8, 4) + bytes <= size);
        if (tiff_get(d, size, e, 2) == tag)
            found = e;
    }
    CHECK(tiff_get(d, size, at + 2 + n * 12, 4) == 0); /* nothing follows it */
    return found;
}

static inline size_t tiff_root(const uint8_t *d, size_t size)
{
    CHECK(size >= 8 && (!memcmp(d, "MM\0*", 4) || !memcmp(d, "II*\0", 4)));
    return tiff_get(d, size, 4, 4);
}

/* The directory that a tag of another leads to, or 0. */
static inline size_t tiff_child(const uint8_t *d, size_t size, size_t at, uint32_t tag)
{
    size_t e = tiff_find(d, size, at, tag);
    return e ? tiff_get(d, size, e + 8, 4) : 0;
}

#endif
