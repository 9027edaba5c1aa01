/* walk_names.c - what the formats are called. */
#include "../../header.h"

static const char *const names[TB_FORMATS] = {
    [TB_UNKNOWN] = "unknown", [TB_JPEG] = "jpeg", [TB_PNG] = "png",   [TB_WEBP] = "webp", [TB_GIF] = "gif",
    [TB_TIFF] = "tiff",       [TB_HEIF] = "heif", [TB_AVIF] = "avif", [TB_JXL] = "jxl",   [TB_JP2] = "jp2",
    [TB_SVG] = "svg",         [TB_PDF] = "pdf",   [TB_BMP] = "bmp",   [TB_PPM] = "ppm",   [TB_TEXT] = "text",
};

const char *tb_format_name(tb_format f)
{
    return names[f];
}
