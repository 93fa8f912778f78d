/*
 * Which header fields cross the router: pure.
 */
#ifndef STANDPY_ROUTER_HEADERS_H
#define STANDPY_ROUTER_HEADERS_H

#include <stdbool.h>

#include "slice.h"

/* To the engine: milliseconds that the request waited; it reports them with its own timings. */
#define QUEUE_TIME_HEADER "X-Queue-Ms"

/*
 * True for a field of the client's that goes on to the engine. Not for hop-by-hop fields (RFC 9110
 * §7.6.1), also those that `connection` (the client's Connection field, may be NULL) names; not
 * with an underscore in the name, as it would be another field's double for the engine; not for
 * Authorization, and not for those that the router writes itself.
 */
bool header_goes_to_engine(const char *name, const char *connection);

/* The same for a field of the engine's and the client; connection: of the reply, may be NULL. */
bool header_goes_to_client(struct slice name, const char *connection);

#endif
