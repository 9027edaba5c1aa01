/* reel.c - gives a reel back. */
#include "reel.h"

void tb_reel_close(tb_reel *r, tb_mem *mem)
{
    tb_region_close(&r->memory);
    tb_discharge(mem, r->charged);
    r->charged = 0;
    tb_free(mem, r->before);
    r->before = NULL;
    tb_bytes_close(&r->body);
}
