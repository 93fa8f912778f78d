/*
 * How long the router waits for a client that sends or takes so slowly that it can only be meant to
 * hold a connection or a worker: by the measure of Apache's mod_reqtimeout, a head within 40
 * seconds, a body with 500 bytes a second after the first 20; and a reply at the same rate, behind
 * which it may lag by 60 seconds, the send_timeout of nginx.
 */
#ifndef STANDPY_ROUTER_PATIENCE_H
#define STANDPY_ROUTER_PATIENCE_H

#include <stdint.h>

#include "connection.h"

/* Once a second. now: monotonic microseconds. What it does too slowly; NULL if it may go on. */
const char *patience_look(struct connection *connection, int64_t now);

/* It has taken its reply: libmicrohttpd may look at the time again. */
void patience_ends(const struct connection *connection);

#endif
