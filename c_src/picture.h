/* picture.h - a picture that goes in: its bytes, and what is known of them. */
#ifndef TB_PICTURE_H
#define TB_PICTURE_H

#include "codecs/walk/walk.h"
#include "meta.h"

typedef struct {
    tb_limits limits;
    bool orient;         /* turn it upright as EXIF says */
    bool text;           /* its bytes are text that is to be drawn (text.h) */
    bool keep_truncated; /* make do with what is there of one that ends early */
    tb_input input;
    tb_walk walk;
    int first_frame, last_frame; /* that are wanted, counted from 0; INT_MAX = to the end */
    int frames;                  /* of these, that are there; 0 = not settled: 1 */
    int frame;                   /* the one whose turn it is: 0 .. frames - 1 */
    tb_times times;              /* of all that it has; collected where several are wanted */
    bool walked;                 /* to the end of the input */
    bool foreign;                /* libvips reads it, and has told what the header says */
    tb_header header;
    tb_meta meta;
} tb_picture;

#endif
