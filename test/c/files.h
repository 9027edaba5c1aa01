/* files.h - whole files, as they go in and as they come out. */
#ifndef FILES_H
#define FILES_H

#include "check.h"

typedef struct {
    uint8_t *data; /* until files_free */
    size_t size;
} file;

static uint8_t *all_files[4096];
static int file_count;

static inline void files_free(void)
{
    while (file_count)
        free(all_files[--file_count]);
}

static inline file keep_file(file f)
{
    CHECK(f.data && file_count < 4096);
    all_files[file_count++] = f.data;
    return f;
}

static inline file file_of(const uint8_t *data, size_t size)
{
    file f = {malloc(size ? size : 1), size}; /* a byte too far is seen */
    if (f.data && size)
        memcpy(f.data, data, size);
    return keep_file(f);
}

/* What an encoder of ours wrote. */
static inline file file_of_bytes(tb_bytes *bytes)
{
    file f = {malloc(bytes->size ? bytes->size : 1), bytes->size};
    CHECK(f.data && tb_bytes_take(bytes, f.data, f.size) == f.size);
    return keep_file(f);
}

static inline void check_same_file(file a, file b, const char *at, int line)
{
    if (a.size != b.size || memcmp(a.data, b.data, a.size) != 0) {
        printf("%s:%d: files differ (%zu and %zu bytes)\n", at, line, a.size, b.size);
        exit(1);
    }
}
#define CHECK_SAME_FILE(a, b) check_same_file(a, b, __FILE__, __LINE__)

#endif
