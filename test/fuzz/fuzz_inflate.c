/* fuzz_inflate.c - any bytes are to us what they are to zlib: the same comes of them, and they are
 * refused at the same place.  The first two bytes choose the pieces. */
#include "../c/inflate_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t fed[8] = {1, 3, 17, 64, 500, 1024, 2048, 1 << 20};

    if (size < 2)
        return 0;
    judge(data + 2, size - 2, fed[data[0] & 7], 1 + data[1] * (TB_INFLATE_MOST - 1) / 255, 1 << 16);
    return 0;
}
