/*
 * Finds what libmicrohttpd 0.9 hides of a request's head. It accepts a bare LF as the end of a
 * line, ends a value at a NUL, and adds a folded line to the name of its field. A program in front
 * of the router may read such a head differently. From 1.0 on the library refuses such heads itself
 * if it is told to (MHD_OPTION_CLIENT_DISCIPLINE_LVL).
 *
 * Remove this file when Debian 12, which has 0.9, is no longer supported: its LTS ends on 30 June
 * 2028.
 */
#ifndef STANDPY_ROUTER_STRICT_HEAD_H
#define STANDPY_ROUTER_STRICT_HEAD_H

#include <microhttpd.h>
#include <stdbool.h>

/* For MHD_start_daemon. In 0.9 the strict option would add little, and would refuse without a
 * readable answer. framing.c refuses a request without Host, admission.c a target with a space. */
#if MHD_VERSION >= 0x01000000
#define STRICT_HEAD_OPTION MHD_OPTION_CLIENT_DISCIPLINE_LVL
#define STRICT_HEAD_LEVEL  1
#else
#define STRICT_HEAD_OPTION MHD_OPTION_STRICT_FOR_CLIENT
#define STRICT_HEAD_LEVEL  0
#endif

/* The first line: the arguments of the access handler, and the target's length as it came. */
struct first_line {
    const char *method, *target, *version;
    size_t target_length;
};

/*
 * True if every line of the head ended with CRLF, the first line had one space between its parts,
 * and each other line held one name and one value. Call it in the access handler's first call.
 *
 * 0.9 leaves the same NUL for CR, for LF and for a colon at the beginning of a line. So NULs before
 * a bare LF may pass for CRLF, and such a colon for a CR. 0.9 also skips a line before the request
 * if it begins with a NUL.
 */
bool strict_head_check(struct MHD_Connection *connection, const struct first_line *first);

#endif
