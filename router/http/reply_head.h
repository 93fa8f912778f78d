/*
 * Whether the head of an engine's reply is well-formed: pure. As with requests (framing.h), what
 * two programs could read differently is not passed on; libcurl is lenient, and the client may not
 * be.
 */
#ifndef STANDPY_ROUTER_REPLY_HEAD_H
#define STANDPY_ROUTER_REPLY_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "framing.h"
#include "slice.h"

#define MAX_REPLY_HEAD 16384 /* bytes; libmicrohttpd has 32 KiB for it and the request's head */

/* Zero before the first line. */
struct reply_head {
    struct framing framing;
    size_t size;
    int status;
    bool is_final; /* its status is no 1xx */
    bool is_over;  /* its empty line came; what comes now are trailers */
};

/*
 * A status line begins a head, perhaps behind that of an interim reply. False where it is not of
 * HTTP/1.0 or 1.1 (libcurl 8 takes "HTTP/3.7" as well), or leaves HTTP (101): framing.error says so
 * then.
 */
bool reply_head_begin(struct reply_head *head, struct slice line, int status);

/*
 * Takes one line without its end. True where it is a field for the client; false for one of an
 * interim reply or of the trailers, and where it is malformed: framing.error says why then.
 */
bool reply_head_add(struct reply_head *head, struct slice line, struct slice *name,
                    struct slice *value);

/* At the empty line. True where the final reply's body begins and ends at one place only (RFC 9112
 * §6.3); false as above. */
bool reply_head_end(struct reply_head *head);

#endif
