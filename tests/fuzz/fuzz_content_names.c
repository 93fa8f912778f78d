/* Values of StandPy-Contents: what is taken can be written, and read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "content_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct content_names names = {0}, again = {0};
    struct slice value = {(const char *)data, size}, wrong = {NULL, 0};
    char text[CONTENT_NAMES_TEXT];
    enum content_names_status status = content_names_add(&names, value, &wrong);
    if (status != CONTENT_NAMES_FINE &&
        (wrong.data < value.data || wrong.data + wrong.length > value.data + size))
        abort();
    size_t length = content_names_write(&names, text);
    if (length != strlen(text) || names.count > CONTENTS_MOST ||
        content_names_add(&again, slice_of(text), &wrong) != CONTENT_NAMES_FINE ||
        again.count != names.count ||
        memcmp(again.digests, names.digests, names.count * CONTENT_DIGEST) != 0)
        abort();
    return 0;
}
