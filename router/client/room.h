/*
 * Closes silent connections if there are too many. At its limit libmicrohttpd accepts no
 * connection, and nobody could ask for /healthz.
 */
#ifndef STANDPY_ROUTER_ROOM_H
#define STANDPY_ROUTER_ROOM_H

#include <stdbool.h>

#include "connection.h"

/* Whether there are so many connections that silent ones have to be closed soon. */
bool room_is_short(const struct connections *all);

/* Closes the oldest silent ones before the limit is reached. */
void room_make(struct connections *all);

/* Call it for a new connection: closes the oldest silent one of its address if that has more than
 * its share. */
void room_bound_share(const struct connection *connection);

#endif
