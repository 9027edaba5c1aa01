/* webp_ref.h - what tests share of calling libwebp itself. */
#ifndef WEBP_REF_H
#define WEBP_REF_H

#include "files.h"
#include <webp/encode.h>

/* A picture to be encoded into w. */
static inline void begin(WebPPicture *p, WebPMemoryWriter *w, int width, int height)
{
    CHECK(WebPPictureInit(p));
    WebPMemoryWriterInit(w);
    p->width = width;
    p->height = height;
    p->writer = WebPMemoryWrite;
    p->custom_ptr = w;
}

static inline file written(WebPMemoryWriter *w)
{
    file f = file_of(w->mem, w->size);

    WebPMemoryWriterClear(w);
    return f;
}

#endif
