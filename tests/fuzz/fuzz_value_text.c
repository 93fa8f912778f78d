/* Values of answers: whatever pieces they come in, the same is written, and that is read as itself.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    char *bytes; /* owned */
    size_t length;
    bool is_json;
};

static struct text written(const char *json, size_t size, size_t step)
{
    struct text text = {NULL, 0, true};
    FILE *out = open_memstream(&text.bytes, &text.length);
    struct value_text *value = value_text_create(out);
    for (size_t at = 0; at < size; at += step)
        text.is_json =
            value_text_take(value, json + at, size - at < step ? size - at : step) && text.is_json;
    text.is_json = value_text_end(value) && text.is_json;
    value_text_destroy(value);
    fclose(out);
    return text;
}

static bool same(struct text a, struct text b)
{
    return a.is_json == b.is_json &&
           (!a.is_json || (a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text whole = written((const char *)data, size, size + 1);
    struct text pieces = written((const char *)data, size, 1);
    struct text again = written(whole.bytes, whole.length, 3);
    if (!same(whole, pieces) || (whole.is_json && !same(whole, again)))
        abort();
    free(whole.bytes);
    free(pieces.bytes);
    free(again.bytes);
    return 0;
}
