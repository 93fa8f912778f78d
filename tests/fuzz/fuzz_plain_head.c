/*
 * Fuzz driver for front/plain_head.c: bytes of a client, which come in two parts. The end is found
 * where it is found at once. A copy is a head again, the same one, and each of its lines is a first
 * line or a field without an underscore.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plain_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(struct slice copy)
{
    const char *end = copy.data + copy.length;
    bool is_first = true;
    for (const char *line = copy.data, *next; line < end; line = next, is_first = false) {
        next = memchr(line, '\n', (size_t)(end - line));
        assert(next && next > line && next[-1] == '\r');
        size_t length = (size_t)(next - line) - 1;
        assert(!memchr(line, '\r', length) && !memchr(line, '\0', length));
        next++;
        if (length == 0)
            assert(next == end);
        const char *colon = memchr(line, ':', length);
        assert(is_first || length == 0 ||
               (colon && colon > line && !memchr(line, '_', (size_t)(colon - line)) &&
                colon[-1] != ' ' && line[0] != ' ' && line[length - 1] != ' '));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct slice text = {(const char *)data + 1, size - 1};
    size_t length = 0, again = 0, seen = data[0] < text.length ? data[0] : text.length;
    enum plain_head found = plain_head_find(text, 0, &length);
    if (plain_head_find((struct slice){text.data, seen}, 0, &again) == PLAIN_HEAD_MORE)
        assert(plain_head_find(text, seen, &again) == found && again == length);
    if (found != PLAIN_HEAD_WHOLE)
        return 0;
    assert(length <= text.length);
    char *copy = malloc(length), *second = malloc(length);
    size_t copied = plain_head_copy((struct slice){text.data, length}, copy);
    assert(copied <= length);
    if (copied > 0) {
        check_lines((struct slice){copy, copied});
        assert(plain_head_find((struct slice){copy, copied}, 0, &again) == PLAIN_HEAD_WHOLE);
        assert(again == copied);
        assert(plain_head_copy((struct slice){copy, copied}, second) == copied);
        assert(memcmp(copy, second, copied) == 0);
    }
    free(copy);
    free(second);
    return 0;
}
