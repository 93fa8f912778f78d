/*
 * Whether bytes that come in pieces are UTF-8. Pure.
 */
#ifndef STANDPY_CLI_UTF8_STREAM_H
#define STANDPY_CLI_UTF8_STREAM_H

#include <stdbool.h>

#include "slice.h"

/* All zero at the beginning. */
struct utf8_stream {
    char held[4]; /* the beginning of a character whose rest is still to come */
    size_t count;
    bool is_wrong;
};

void utf8_stream_take(struct utf8_stream *stream, struct slice piece);

/* Of all that was taken. */
bool utf8_stream_is_valid(const struct utf8_stream *stream);

#endif
