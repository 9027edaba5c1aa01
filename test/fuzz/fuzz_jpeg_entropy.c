/* fuzz_jpeg_entropy.c - any bits are to us the coefficients that they are to plain libjpeg, whatever the codes.
 * The first five bytes choose these, the sizes, the scans and the pieces. */
#include "../c/jpeg_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[8] = {0, 1, 2, 7, 9, 50, 333, 4000};
    uint32_t seed;
    image like;

    if (size < 5)
        return 0;
    memcpy(&seed, data, 4);
    seed = seed ? seed : 1;
    bool progressive = data[4] >> 5 & 1;
    int shrink = 1 << (data[4] & 3);
    file f = jpeg_around(data + 5, size - 5, progressive, &like, &seed);
    judge(f, like,
          (way){.shrink = progressive && shrink == 8 ? 1 : shrink, .piece = pieces[data[4] >> 2 & 7]});
    images_free();
    files_free();
    return 0;
}
