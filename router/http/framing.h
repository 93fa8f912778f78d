/*
 * Whether a request's head is well-formed, and where it lets the request end. Pure.
 *
 * The router refuses everything that two programs could read differently: request smuggling relies
 * on a request that one of them does not see.
 */
#ifndef STANDPY_ROUTER_FRAMING_H
#define STANDPY_ROUTER_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* All zero before the first field. */
struct framing {
    unsigned hosts, lengths, codings; /* how many such fields there are */
    bool is_chunked;
    int64_t length;    /* of Content-Length, in bytes */
    const char *error; /* the first error; constant text */
};

/* Takes one field. Notes an error if the name is not a token (RFC 9110 §5.6.2) or the value has
 * control characters (§5.5). */
void framing_add(struct framing *framing, struct slice name, struct slice value);

/*
 * Call it after all fields. version: e.g. "HTTP/1.1"; method: as it came. True if the request can
 * end at one place only (RFC 9112 §6.3); else framing->error says why not.
 */
bool framing_check(struct framing *framing, const char *version, const char *method);

/* The same for a reply: its body ends at one place only. */
bool framing_check_reply(struct framing *framing);

#endif
