/*
 * An engine's reply of any lines, after an interim one. What passes must be fields that the client
 * reads as the router did, and a body that ends at one place only.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reply_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_field(struct slice name, struct slice value)
{
    if (name.length == 0 || memchr(name.data, ' ', name.length) ||
        memchr(name.data, ':', name.length) || memchr(value.data, '\r', value.length) ||
        memchr(value.data, '\n', value.length) || memchr(value.data, '\0', value.length))
        abort();
    if (value.length > 0 && (value.data[0] == ' ' || value.data[value.length - 1] == ' '))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply_head head = {0};
    struct slice rest = {(const char *)data, size}, name, value;
    bool ended = false;
    const struct slice status_line = slice_of("HTTP/1.1 200 OK");
    reply_head_begin(&head, status_line, size > 0 && data[0] % 2 ? 100 : 200);
    while (rest.length > 0 && !head.framing.error) {
        const char *end = memchr(rest.data, '\n', rest.length);
        size_t length = end ? (size_t)(end - rest.data) : rest.length;
        struct slice line = {rest.data, length};
        if (length == 0) {
            ended = reply_head_end(&head) || ended;
            if (!head.is_final)
                reply_head_begin(&head, status_line, 200);
        } else if (reply_head_add(&head, line, &name, &value)) {
            check_field(name, value);
            if (ended)
                abort(); /* a trailer is not a field */
        }
        rest.data += length + (end ? 1 : 0);
        rest.length -= length + (end ? 1 : 0);
    }
    if (ended && (head.framing.lengths + head.framing.codings > 1 || head.framing.length < 0))
        abort();
    return 0;
}
