/* jp2.h - the colour profile of a JPEG 2000, which libvips 8.14 does not tell. */
#ifndef TB_VIPS_JP2_H
#define TB_VIPS_JP2_H

#include "../input.h"

/* Its bytes in the input and how many there are; NULL if it has none. */
const uint8_t *tb_jp2_profile(const tb_input *in, size_t *size);

#endif
