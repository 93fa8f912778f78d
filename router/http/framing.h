/*
 * Whether a request's head is well-formed, and where the request ends by it: pure. What two
 * programs could read differently is refused, as a request that one of them does not see (request
 * smuggling) lives on that.
 */
#ifndef STANDPY_ROUTER_FRAMING_H
#define STANDPY_ROUTER_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* Zero before the first field. */
struct framing {
    unsigned hosts, lengths, codings; /* how many such fields there are */
    bool is_chunked;
    int64_t length;    /* of Content-Length, in bytes */
    const char *error; /* the first thing that is wrong; constant text */
};

/* Takes one field: name a token (RFC 9110 §5.6.2), value without control characters (§5.5). */
void framing_add(struct framing *framing, struct slice name, struct slice value);

/*
 * After all fields. version: "HTTP/1.1"; method as it came. True where the request ends at one
 * place only (RFC 9112 §6.3); else framing->error says why not.
 */
bool framing_check(struct framing *framing, const char *version, const char *method);

/* The same for a reply: its body ends at one place only. */
bool framing_check_reply(struct framing *framing);

#endif
