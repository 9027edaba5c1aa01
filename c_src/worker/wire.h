/* wire.h - what a job and its worker say to each other: structs of a fixed layout, without pointers.
 *
 * A worker is a process of its own, in which libvips runs.  The job asks, the worker
 * answers, one question at a time.  What is large goes through memory that both see: the desk, which is there
 * from the beginning, and what the job gives.  The worker keeps things in slots, whose numbers
 * the job chooses.  A worker may have been taken over by the bytes it was given: nothing that it says is
 * believed before it was looked at. */
#ifndef TB_WIRE_H
#define TB_WIRE_H

#include "../codecs/codecs.h"
#include "change.h"

#define TB_DESK  ((size_t)1 << 20) /* bytes of the desk */
#define TB_SLOTS 448

/* Of the worker, from the beginning; 2 takes its words. */
enum { TB_FD_SOCKET = 3, TB_FD_DESK = 4 };

typedef enum {
    TB_DO_BEGIN,  /* a new job: what the last one had is gone */
    TB_DO_TAKE,   /* slot: memory of `size` bytes, which comes along */
    TB_DO_LOOK,   /* slot, the bytes of a picture: what is it?  to: its metadata */
    TB_DO_OPEN,   /* slot, the bytes of a picture; to: the picture */
    TB_DO_ROWS,   /* slot, a picture: some of its rows, to the desk */
    TB_DO_SAVE,   /* slot, the pixels of a picture, and behind them its metadata; to: a file */
    TB_DO_CHANGE, /* slot, the pixels of a picture; to: what is made of it */
    TB_DO_GIVE,   /* slot, metadata or a file: `size` bytes from `from`, to the desk */
    TB_DO_DROP,   /* slot: not needed again.  No answer. */
    TB_DO_END     /* of the job.  No answer. */
} tb_do;

typedef struct {
    uint64_t memory; /* bytes that the job may still take; 0 = any */
    int threads;
} tb_do_begin;

typedef struct {
    tb_format format;
    uint32_t keep; /* TB_KEEP_...: what of the metadata is wanted */
    int first;     /* the page, or frame, that is looked at; if it is not there, it is the first */
    uint64_t max_icc, max_exif, max_metadata;
    uint64_t max_pixels; /* of text */
} tb_do_look;

typedef struct {
    tb_format format;
    bool keep_truncated;
    bool drawn; /* at that size: SVG, PDF */
    int width, height, channels;
    int first, count; /* frames, or pages: they stand below each other */
} tb_do_open;

/* Of all columns, or some. */
typedef struct {
    int first, count, left, width;
} tb_do_rows;

typedef struct {
    tb_shape shape;
    tb_output how;
    int frames, loop;        /* of that shape each, as worker/reel.h says */
    uint64_t icc, exif, xmp; /* sizes; in that order */
} tb_do_save;

typedef struct {
    tb_shape shape;
    tb_change_args how; /* without pointers */
    tb_place place;     /* of a smart crop, if it is known */
} tb_do_change;

typedef struct {
    uint32_t what;   /* tb_do */
    uint32_t number; /* of the question */
    int slot, to;
    uint64_t from, size;
    union {
        tb_do_begin begin;
        tb_do_look look;
        tb_do_open open;
        tb_do_rows rows;
        tb_do_save save;
        tb_do_change change;
    };
} tb_request;

typedef struct {
    int width, height, channels, components, depth, orientation, frames;
    int alpha; /* 0 or 1, as own */
    int own;   /* the profile is still that of the pixels */
    double dpi_x, dpi_y;
    uint64_t icc, exif, xmp; /* sizes; in that order */
} tb_seen;

typedef struct {
    uint32_t number;
    int code; /* tb_code */
    char text[sizeof((tb_error *)NULL)->text];
    unsigned warnings;
    char warning[TB_WARNINGS][sizeof((tb_error *)NULL)->warning[0]];
    uint64_t cpu;    /* ns of all of the process so far */
    uint64_t memory; /* BEGIN: bytes that it has; else the most that the job had so far */
    union {
        tb_seen seen;   /* LOOK */
        uint64_t size;  /* SAVE: of the file */
        tb_place place; /* CHANGE, a smart crop */
    };
} tb_reply;

/* The first that a worker says. */
typedef struct {
    uint32_t layout;
    uint32_t reads, writes; /* bits: 1 << tb_format */
    int libvips[3];
} tb_hello;

/* What it prints before it ends for that reason; the number of the signal follows, of two digits. */
#define TB_CRASHED "thumbelina: signal "

/* Changes with what the two have in common: two builds may meet on the disc. */
#define TB_WIRE_LAYOUT                                                                                       \
    (uint32_t)((((sizeof(tb_request) * 61 + sizeof(tb_reply)) * 61 + sizeof(tb_output)) * 61 + TB_FORMATS) * \
                   61 +                                                                                      \
               TB_DO_END + TB_SLOTS + 1)

#endif
