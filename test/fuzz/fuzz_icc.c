/* fuzz_icc.c - no profile harms the picture's shape, its alpha, or the memory: the colours of
 * a few pixels go through it.  The last byte chooses the channels, and the way. */
#include "../../c_src/ops/ops.h"
#include "../c/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int channels = size ? 1 + data[size - 1] % 4 : 3;
    tb_icc_args args = {data, size ? size - 1 : 0, size && data[size - 1] & 4};
    image in = noise(7, 3, channels), out = {0};
    tb_error err = {0};

    CHECK(try_run(in, &tb_icc, &args, 2, &out, &err) == TB_DONE);
    CHECK(out.w == in.w && out.h == in.h && out.c == in.c);
    for (int i = 0; channels % 2 == 0 && i < in.w * in.h; i++)
        CHECK(out.px[i * channels + channels - 1] == in.px[i * channels + channels - 1]);
    images_free();
    return 0;
}
