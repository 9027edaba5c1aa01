/* heif.h - which codecs libheif has: they may come in packages of their own. */
#ifndef TB_VIPS_HEIF_H
#define TB_VIPS_HEIF_H

#include "../header.h"

/* Of HEIF or AVIF; true for any other format, and where libheif cannot be asked. */
bool tb_heif_decodes(tb_format f);
bool tb_heif_encodes(tb_format f);

#endif
