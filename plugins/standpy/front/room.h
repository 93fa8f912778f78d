/*
 * Decides which connections go if there are more than the process has descriptors for.
 */
#ifndef STANDPY_ROOM_H
#define STANDPY_ROOM_H

#include "connection.h"

/* Call it once, in the front. */
void room_set_up(void);

/* Call it before one more connection is accepted. */
void room_for_one(void);

/* One address must not keep all others out: if it has too many silent connections, its oldest one
 * goes. */
void room_bound_share(const struct connection *connection);

/* If too many connections are kept, the oldest goes. */
void room_bound_idle(void);

#endif
