/*
 * What libmicrohttpd 0.9 hides of a request's head. It takes a bare LF for the end of a line, ends
 * a value at a NUL, and adds a folded line to the name of its field; what a program in front of the
 * router reads in another way. From 1.0 on the library refuses such heads itself if it is told to
 * (MHD_OPTION_CLIENT_DISCIPLINE_LVL). To be taken out when Debian 12, which has 0.9, is no longer
 * supported: its LTS ends on 30 June 2028.
 */
#ifndef STANDPY_ROUTER_STRICT_HEAD_H
#define STANDPY_ROUTER_STRICT_HEAD_H

#include <microhttpd.h>
#include <stdbool.h>

/* For MHD_start_daemon. 0.9 would add little, and that without an answer that a client can read: a
 * request without Host is refused in framing.c, a target with a space in admission.c. */
#if MHD_VERSION >= 0x01000000
#define STRICT_HEAD_OPTION MHD_OPTION_CLIENT_DISCIPLINE_LVL
#define STRICT_HEAD_LEVEL  1
#else
#define STRICT_HEAD_OPTION MHD_OPTION_STRICT_FOR_CLIENT
#define STRICT_HEAD_LEVEL  0
#endif

/* The first line: arguments of the access handler, and how long the target was as it came. */
struct first_line {
    const char *method, *target, *version;
    size_t target_length;
};

/*
 * True where every line of the head ended with CRLF, the first has one space between its parts, and
 * each other one name and one value. For the access handler's first call. 0.9 leaves a NUL
 * for CR, LF and a colon at the begin of a line alike, so NULs before a bare LF may pass for CRLF,
 * and such a colon for a CR; and it skips a line before the request that begins with a NUL.
 */
bool strict_head_check(struct MHD_Connection *connection, const struct first_line *first);

#endif
