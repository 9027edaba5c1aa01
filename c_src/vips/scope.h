/* scope.h - what is made on the way belongs to a scope, and goes with it; what comes of it holds what
 * it needs. */
#ifndef TB_SCOPE_H
#define TB_SCOPE_H

#include <vips/vips.h>

/* Room for so many images that are the scope's. */
static inline VipsImage **tb_room(VipsObject *scope, int n)
{
    return (VipsImage **)vips_object_local_array(scope, n);
}

/* Rounded.  NULL where it fails, or has. */
static inline VipsImage *tb_to_bytes(VipsObject *scope, VipsImage *im)
{
    VipsImage **t = tb_room(scope, 2);

    return im && !vips_rint(im, &t[0], NULL) && !vips_cast_uchar(t[0], &t[1], NULL) ? t[1] : NULL;
}

/* The end of the scope: what came of it is the caller's. */
static inline VipsImage *tb_leave(VipsObject *scope, VipsImage *out)
{
    if (out)
        g_object_ref(out);
    g_object_unref(scope);
    return out;
}

#endif
