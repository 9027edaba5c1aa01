/* lying.h - a worker that answers what it likes, and the stages that have to do with it. */
#ifndef LYING_H
#define LYING_H

#include "../../c_src/codecs/foreign.h"
#include "drain.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIES 32 /* answers; then it is gone */

extern const tb_stage_ops tb_vips_probe, tb_vips_dec, tb_vips_enc;

static tb_heap lying_heap = {.alloc = malloc, .free = free};

static inline void must(bool x)
{
    if (!x)
        abort();
}

/* Its answers are made of the bytes, over and over; their numbers are as expected, if that is wished.  What is
 * left of the bytes it prints. */
static inline tb_worker *liar(const uint8_t *data, size_t size, bool numbered)
{
    tb_worker *w = tb_worker_new();
    tb_reply a;

    must(w);
    for (uint32_t n = 1, at = 0; n <= LIES; n++) {
        for (size_t i = 0; i < sizeof a; i++)
            ((uint8_t *)&a)[i] = size ? data[at++ % size] : 0;
        if (numbered)
            a.number = n;
        must(send(w->far_socket, &a, sizeof a, 0) == (ssize_t)sizeof a);
    }
    shutdown(w->far_socket, SHUT_WR);
    must(size == 0 || write(w->far_words, data, size) != 0);
    return w;
}

static inline tb_status blank_open(tb_stage *s, tb_error *err)
{
    (void)err;
    s->out[0].shape = (tb_shape){9, 7, 3};
    return TB_MORE;
}

static inline tb_status blank_step(tb_stage *s, tb_error *err)
{
    tb_rows *out = &s->out[0];

    (void)err;
    memset(tb_new_row(out, 0), 99, 27);
    return ++out->end == 7 ? TB_DONE : TB_MORE;
}

static const tb_stage_ops blank = {.name = "blank", .outs = 1, .open = blank_open, .step = blank_step};

static inline tb_status lying_probe(tb_chain *c, const tb_probe *how, tb_error *err)
{
    const tb_header *h = how->header;

    must(tb_chain_add(c, &tb_vips_probe, how, -1) == 0);
    tb_status status = drain_run(c, 9, err);
    tb_chain_close(c);
    must(status != TB_DONE || (h->width > 0 && h->height > 0 && h->channels > 0 && h->channels < 5 &&
                               h->frames > 0 && h->orientation > 0 && h->orientation < 9));
    return status;
}

static inline void lying_decode(tb_chain *c, const tb_decode *how, tb_error *err)
{
    const tb_header *h = how->header;

    if (h->width > 500 || h->height > 500)
        return; /* limits come first */
    tb_chain_add(c, &tb_vips_dec, how, -1);
    tb_chain_add(c, &drain, NULL, 0);
    drain_run(c, 99, err);
    tb_chain_close(c);
}

static inline void lying_encode(tb_chain *c, const tb_encode *how, tb_error *err)
{
    tb_chain_add(c, &blank, NULL, -1);
    tb_chain_add(c, &tb_vips_enc, how, 0);
    drain_run(c, 99, err);
    tb_chain_close(c);
}

static inline void lying_change(tb_chain *c, tb_error *err)
{
    static const tb_change_args turn = {.kind = TB_CHANGE_AFFINE,
                                        .affine = {13, 11, 0.8, -0.6, 0.6, 0.8, TB_INTERPOLATE_BICUBIC, {0}}};
    tb_place place = {0};
    tb_change_args crop = {.kind = TB_CHANGE_SMART_CROP, .smart_crop = {5, 4, TB_SMART_ENTROPY, &place}};

    tb_chain_add(c, &blank, NULL, -1);
    tb_chain_add(c, &tb_affine, &turn, 0);
    tb_chain_add(c, &tb_smart_crop, &crop, 1);
    tb_chain_add(c, &drain, NULL, 2);
    drain_run(c, 99, err);
    tb_chain_close(c);
    must(!place.known || (place.x >= 0 && place.y >= 0 && place.x <= 13 - 5 && place.y <= 11 - 4));
}

/* Looked at, decoded, changed and encoded by it: whatever it says, all is given back. */
static inline void lie(const uint8_t *data, size_t size, bool numbered)
{
    static const uint8_t bytes[] = "any";
    tb_mem mem = {.heap = &lying_heap, .limit = 8 << 20};
    tb_vips vips = {.worker = liar(data, size, numbered), .begun = true};
    tb_chain c = {.mem = &mem, .vips = &vips};
    tb_input in = {.data = bytes, .safe = 3, .end = 3, .ended = true};
    static tb_header h;
    tb_meta meta = {0};
    tb_error err = {0};
    const tb_probe look = {&in, &tb_default_limits, TB_KEEP_ALL, &h, &meta, 0};
    tb_output to = {.format = TB_TIFF};
    tb_bytes file = {.mem = &mem};
    const tb_encode encode = {.how = &to, .bytes = &file};

    memset(&h, 0, sizeof h);
    h.format = TB_TIFF;
    if (lying_probe(&c, &look, &err) == TB_DONE) {
        const tb_decode decode = {.input = &in,
                                  .header = &h,
                                  .limits = &tb_default_limits,
                                  .shrink = 1,
                                  .region = {0, 0, h.width, h.height}};
        lying_decode(&c, &decode, &err);
    }
    err = (tb_error){0};
    lying_change(&c, &err);
    err = (tb_error){0};
    lying_encode(&c, &encode, &err);
    must(memchr(err.text, 0, sizeof err.text) != NULL);
    tb_vips_close(&vips, &mem);
    tb_bytes_close(&file);
    tb_meta_close(&meta, &mem);
    must(mem.used == 0 && mem.reserved == 0);
}

#endif
