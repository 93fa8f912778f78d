/*
 * What libmicrohttpd 0.9 hides of a request's head. It takes a bare LF for the end of a line, ends
 * a value at a NUL, and adds a folded line to the name of its field; what a program in front of the
 * router reads in another way. From 1.0 on the library refuses such heads itself where it is told
 * to (MHD_OPTION_CLIENT_DISCIPLINE_LVL).
 */
#ifndef STANDPY_ROUTER_STRICT_HEAD_H
#define STANDPY_ROUTER_STRICT_HEAD_H

#include <microhttpd.h>
#include <stdbool.h>

/*
 * True where every line of the head ended with CRLF, and held one name and one value. version: the
 * argument of the access handler. For the access handler's first call.
 */
bool strict_head_check(struct MHD_Connection *connection, const char *version);

#endif
