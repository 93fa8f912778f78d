/*
 * How long the router waits for a slow client, which may only mean to hold a connection or a
 * worker. The limits of Apache's mod_reqtimeout apply: a head within 40 seconds; a body with 500
 * bytes a second after the first 20 seconds. A reply has to be taken at the same rate, and may lag
 * behind it by 60 seconds, the send_timeout of nginx.
 */
#ifndef STANDPY_ROUTER_PATIENCE_H
#define STANDPY_ROUTER_PATIENCE_H

#include <stdint.h>

#include "connection.h"

/* Call it once a second. now: monotonic microseconds. Returns what the client does too slowly; NULL
 * if it may go on. */
const char *patience_look(struct connection *connection, int64_t now);

/* The client has taken its reply: turns libmicrohttpd's timeout on again. */
void patience_ends(const struct connection *connection);

#endif
