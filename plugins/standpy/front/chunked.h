/*
 * Takes a chunked body apart (RFC 9112 §7.1). Strict: a line ends with CRLF, and a size is digits
 * only. Pure.
 */
#ifndef STANDPY_CHUNKED_H
#define STANDPY_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

enum chunked_state {
    CHUNKED_SIZE, /* all zero: at the beginning */
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER, /* at the beginning of a line of it */
    CHUNKED_TRAILER_LINE,
    CHUNKED_TRAILER_LF,
    CHUNKED_LAST_LF,
    CHUNKED_END,
    CHUNKED_MALFORMED,
};

struct chunked {
    enum chunked_state state;
    uint64_t left;     /* of the chunk; in CHUNKED_SIZE what was read of its size */
    unsigned digits;   /* of the size */
    unsigned overhead; /* bytes of extensions and trailers so far */
};

/*
 * Takes bytes off the input until there is content, which points into it, or nothing is left; then
 * content is empty. After CHUNKED_END and CHUNKED_MALFORMED it takes nothing more.
 */
struct slice chunked_take(struct chunked *chunked, struct slice *input);

#endif
