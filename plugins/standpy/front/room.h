/*
 * Who goes if there are more connections than the process may have descriptors for.
 */
#ifndef STANDPY_ROOM_H
#define STANDPY_ROOM_H

#include "connection.h"

/* Once, in the front. */
void room_set_up(void);

/* Before one more comes. */
void room_for_one(void);

/* One address must not keep all others out: the oldest silent one of those that are too many goes.
 */
void room_bound_share(const struct connection *connection);

/* Of connections that are kept, the oldest goes if there are too many. */
void room_bound_idle(void);

#endif
