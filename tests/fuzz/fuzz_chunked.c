/* Fuzz driver for front/chunked.c: bytes of a chunked body. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chunked chunked = {0};
    struct slice input = {(const char *)data, size};
    const char *end = input.data + size;
    while (input.length > 0 && chunked.state < CHUNKED_END) {
        struct slice content = chunked_take(&chunked, &input);
        assert(content.length <= size && input.data <= end);
    }
    return 0;
}
