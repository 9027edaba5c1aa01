/* outgoing.c - what is kept of the metadata. */
#include "outgoing.h"
#include "../exif_edit.h"

#define LONG ((size_t)256 << 10) /* bytes of EXIF */

static tb_status make_exif(tb_outgoing *o, const tb_encode *e, tb_shape shape, tb_mem *mem, tb_error *err)
{
    const tb_exif_wish wish = {.copyright = !(e->keep & TB_KEEP_EXIF),
                               .gps = (e->keep & TB_KEEP_GPS) != 0,
                               .upright = e->upright,
                               .srgb = e->meta->icc && !(e->keep & TB_KEEP_ICC),
                               .width = shape.width,
                               .height = shape.height};

    o->made = tb_alloc(mem, tb_exif_room(e->meta->exif_size), 1);
    if (!o->made)
        return tb_no_memory(err, mem, "meta", "EXIF");
    o->exif_size = tb_exif_edit(e->meta->exif, e->meta->exif_size, &wish, o->made);
    if (o->exif_size > 0)
        o->exif = o->made;
    else if (!wish.copyright)
        tb_warn(err, "meta", "its EXIF is broken: it is left out");
    return TB_MORE;
}

tb_status tb_outgoing_open(tb_outgoing *o, const tb_encode *e, tb_shape shape, tb_mem *mem, tb_error *err)
{
    const tb_meta *m = e->meta;

    if (m && (e->keep & TB_KEEP_ICC)) {
        o->icc = m->icc;
        o->icc_size = m->icc ? m->icc_size : 0;
    }
    if (m && (e->keep & TB_KEEP_XMP)) {
        o->xmp = m->xmp;
        o->xmp_size = m->xmp ? m->xmp_size : 0;
    }
    if (m && m->exif && (e->keep & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT)))
        return make_exif(o, e, shape, mem, err);
    return TB_MORE;
}

bool tb_outgoing_is_long(const tb_encode *e)
{
    return e->meta && e->meta->exif_size > LONG && (e->keep & (TB_KEEP_EXIF | TB_KEEP_COPYRIGHT));
}

void tb_outgoing_close(tb_outgoing *o, tb_mem *mem)
{
    tb_free(mem, o->made);
}
