/* fuzz_worker.c - a worker that was taken over: any answers, to those who asked. */
#include "lying.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        lie(data + 1, size - 1, data[0] & 1);
    return 0;
}
