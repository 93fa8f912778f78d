/*
 * Which header fields cross the router. Pure.
 */
#ifndef STANDPY_ROUTER_HEADERS_H
#define STANDPY_ROUTER_HEADERS_H

#include <stdbool.h>

#include "slice.h"

/* Tells the engine how many milliseconds the request waited; the engine reports them with its own
 * timings. */
#define QUEUE_TIME_HEADER "X-Queue-Ms"

/*
 * Whether a client's field goes on to the engine. These do not: hop-by-hop fields (RFC 9110
 * §7.6.1), including those that `connection` names (the client's Connection field, may be NULL);
 * names with an underscore, which the engine could confuse with another field; Authorization; and
 * fields that the router writes itself.
 */
bool header_goes_to_engine(const char *name, const char *connection);

/* The same for a field from the engine to the client. connection: the reply's; may be NULL. */
bool header_goes_to_client(struct slice name, const char *connection);

#endif
