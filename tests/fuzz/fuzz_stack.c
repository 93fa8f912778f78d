/*
 * Bytes that a runner wrote, where the front expects the stacks of a stuck script.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t thread = 0;
    if (size < sizeof(thread))
        return 0;
    memcpy(&thread, data, sizeof(thread));
    char *copy = malloc(size); /* exactly as long, so that a read past its end shows */
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    struct slice dump = {copy + sizeof(thread), size - sizeof(thread)};
    char *text = stack_format(dump, thread);
    const char *phase = stack_phase(dump, thread);
    assert(phase && strlen(phase) > 0);
    free(text);
    free(copy);
    return 0;
}
