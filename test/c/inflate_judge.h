/* inflate_judge.h - zlib's inflate, and ours, over the same bytes. */
#ifndef INFLATE_JUDGE_H
#define INFLATE_JUDGE_H

#include "../../c_src/codecs/inflate/inflate.h"
#include "check.h"
#include <zlib.h>

/* What came out, and how it ended: TB_DONE, TB_FAIL, or TB_MORE where the input was too short. */
typedef struct {
    uint8_t *bytes;
    size_t size, room;
    tb_status end;
} outcome;

static outcome outcome_of(size_t room)
{
    outcome o = {.bytes = malloc(room + 1), .room = room};

    CHECK(o.bytes);
    return o;
}

/* The checksum is not looked at, but zlib waits for it: given four bytes more it has ended
 * if it had nothing else to wait for.  Likewise for the name of a dictionary, which no PNG has. */
static outcome by_zlib(const uint8_t *data, size_t size, size_t room)
{
    outcome o = outcome_of(room);
    z_stream z = {0};
    int status;

    CHECK(inflateInit(&z) == Z_OK);
    inflateValidate(&z, 0);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = o.bytes;
    z.avail_out = (uInt)room;
    status = inflate(&z, Z_NO_FLUSH);
    o.size = room - z.avail_out;
    if (z.avail_out > 0 && (status == Z_OK || status == Z_BUF_ERROR)) {
        z.next_in = (Bytef[4]){0};
        z.avail_in = 4;
        status = inflate(&z, Z_NO_FLUSH);
        status = status == Z_STREAM_END || status == Z_NEED_DICT ? status : Z_OK;
    }
    o.end = status == Z_STREAM_END ? TB_DONE : status == Z_OK || status == Z_BUF_ERROR ? TB_MORE : TB_FAIL;
    inflateEnd(&z);
    return o;
}

/* Given `fed` bytes at a time, and asked for so many. */
static outcome by_ours(const uint8_t *data, size_t size, size_t fed, size_t asked, size_t room)
{
    outcome o = outcome_of(room);
    tb_mem mem = {.heap = &test_heap};
    tb_inflate *z = tb_inflate_new(&mem);
    tb_inflated made = {.more = true};

    CHECK(z);
    for (size_t at = 0; o.end == TB_MORE && o.size < room && (at < size || made.more);) {
        size_t n = size - at < fed ? size - at : fed, most = room - o.size < asked ? room - o.size : asked;
        uint8_t *piece = malloc(n ? n : 1); /* of just that size, so that a look beyond is seen */
        memcpy(piece, data + at, n);
        o.end = tb_inflate_step(z, piece, &n, most, &made);
        free(piece);
        CHECK(made.size <= most);
        memcpy(o.bytes + o.size, made.data, made.size);
        o.size += made.size;
        at += n;
    }
    CHECK((o.end == TB_FAIL) == (z->why != NULL) || o.size == room);
    tb_free(&mem, z);
    CHECK(mem.used == 0);
    return o;
}

/* Both say the same, in every respect. */
static void judge(const uint8_t *data, size_t size, size_t fed, size_t asked, size_t room)
{
    outcome a = by_zlib(data, size, room), b = by_ours(data, size, fed, asked, room);

    CHECK(a.size == b.size && !memcmp(a.bytes, b.bytes, a.size));
    CHECK(a.end == b.end || a.size == room);
    free(a.bytes);
    free(b.bytes);
}

#endif
