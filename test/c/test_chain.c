/* test_chain.c - the loop: trees, early ends, hunger, long steps, lost memory. */
#include "check.h"

int main(void)
{
    image a = noise(13, 7, 3), one, two, *p = &one, *q = &two;
    tb_mem mem = {.heap = &test_heap};
    tb_chain c = {.mem = &mem};
    tb_error err = {0};

    tb_chain_add(&c, &give, &a, -1);
    tb_chain_add(&c, &keep, &p, 0);
    tb_chain_add(&c, &keep, &q, 0);
    CHECK(run_chain(&c, 1, &err) == TB_DONE);
    CHECK_SAME(a, one);
    CHECK_SAME(a, two);
    tb_chain_close(&c);
    CHECK(mem.used == 0);
    images_free();
    return 0;
}
