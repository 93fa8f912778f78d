/*
 * Whether the head of an engine's reply is well-formed. Pure. As with requests (framing.h), the
 * router does not pass on what two programs could read differently: libcurl is lenient, and the
 * client may not be.
 */
#ifndef STANDPY_ROUTER_REPLY_HEAD_H
#define STANDPY_ROUTER_REPLY_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "framing.h"
#include "slice.h"

#define MAX_REPLY_HEAD 16384 /* bytes; libmicrohttpd has 32 KiB for it and the request's head */

/* All zero before the first line. */
struct reply_head {
    struct framing framing;
    size_t size;
    int status;
    bool is_final; /* its status is not 1xx */
    bool is_over;  /* its empty line has come; trailers follow */
};

/*
 * Takes a status line, which begins a head, perhaps after that of an interim reply. False if it is
 * not HTTP/1.0 or 1.1 (libcurl 8 also accepts "HTTP/3.7") or leaves HTTP (101): framing.error then
 * says so.
 */
bool reply_head_begin(struct reply_head *head, struct slice line, int status);

/*
 * Takes one line without its end. True if it is a field for the client. False if it belongs to an
 * interim reply or to the trailers; also if it is malformed: framing.error then says why.
 */
bool reply_head_add(struct reply_head *head, struct slice line, struct slice *name,
                    struct slice *value);

/* Takes the empty line. True if the final reply's body begins, and ends at one place only (RFC 9112
 * §6.3); false as above. */
bool reply_head_end(struct reply_head *head);

#endif
