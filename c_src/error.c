/* error.c - the first failure wins; warnings are counted and the first few kept. */
#include "error.h"
#include <stdarg.h>
#include <stdio.h>

tb_status tb_fail(tb_error *err, tb_code code, const char *stage, const char *fmt, ...)
{
    if (err->code == TB_E_NONE) {
        va_list ap;
        err->code = code;
        err->stage = stage;
        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
    }
    return TB_FAIL;
}

void tb_warn(tb_error *err, const char *stage, const char *fmt, ...)
{
    if (err->warnings < TB_WARNINGS) {
        char *text = err->warning[err->warnings];
        size_t room = sizeof err->warning[0];
        int n = snprintf(text, room, "%s: ", stage);
        va_list ap;
        va_start(ap, fmt);
        if ((size_t)n < room)
            vsnprintf(text + n, room - (size_t)n, fmt, ap);
        va_end(ap);
    }
    err->warnings++;
}
