/*
 * Makes libmicrohttpd's response from an exchange's reply.
 */
#ifndef STANDPY_ROUTER_RESPOND_H
#define STANDPY_ROUTER_RESPOND_H

#include <stdbool.h>

#include "connection.h"

/*
 * Queues the reply of the connection's exchange, which must be ready (reply_is_ready). is_last: the
 * connection ends after it. MHD_NO if there is no reply: cut the connection.
 */
enum MHD_Result respond(struct connection *connection, bool is_last);

/* Adds the reply's fields, except those about its length and its connection. */
void respond_add_fields(const struct exchange *exchange, struct MHD_Response *response);

#endif
