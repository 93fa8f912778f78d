/*
 * Takes new connections, and hears what happens on them.
 */
#ifndef STANDPY_LISTENER_H
#define STANDPY_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

/* Call it once, in the front. patience: seconds within which at least a byte has to come. */
void listener_set_up(const struct connection_user *user, int patience);

/* Accepts some of a listening socket's new connections. False once there are no more. */
bool listener_accept(struct uwsgi_socket *socket);

/* Does what is due now (connections_next_timeout). */
void listener_pass_time(void);

#endif
