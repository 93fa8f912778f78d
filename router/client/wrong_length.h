/*
 * A Content-Length that is none: libmicrohttpd 0.9 sends the head of its answer twice then. To be
 * taken out when Debian 12 is no longer supported (its LTS ends on 30 June 2028), as 1.0 does not.
 */
#ifndef STANDPY_ROUTER_WRONG_LENGTH_H
#define STANDPY_ROUTER_WRONG_LENGTH_H

#include "connection.h"

/* libmicrohttpd says what it is about to do: answers those before it. It cannot send any more once
 * the answer is sent and this side closed. */
void wrong_length_answer(struct connections *all);

#endif
