/*
 * Which silent connections go when there are many: libmicrohttpd takes none beyond its limit, and
 * nobody could ask for /healthz then.
 */
#ifndef STANDPY_ROUTER_ROOM_H
#define STANDPY_ROUTER_ROOM_H

#include <stdbool.h>

#include "connection.h"

/* So many that it has to be looked soon which of them may be closed. */
bool room_is_short(const struct connections *all);

/* Closes the oldest silent ones before the limit is reached. */
void room_make(struct connections *all);

/* A connection has come: of one address only a share may be silent. */
void room_bound_share(const struct connection *connection);

#endif
