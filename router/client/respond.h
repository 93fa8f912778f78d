/*
 * From an exchange's reply to libmicrohttpd's response.
 */
#ifndef STANDPY_ROUTER_RESPOND_H
#define STANDPY_ROUTER_RESPOND_H

#include <stdbool.h>

#include "connection.h"

/*
 * Queues the reply of the connection's exchange, which is ready (reply_is_ready). is_last: the
 * connection ends behind it. MHD_NO if there is none: the connection is to be cut.
 */
enum MHD_Result respond(struct connection *connection, bool is_last);

/* The reply's fields, but for those of its length and its connection. */
void respond_add_fields(const struct exchange *exchange, struct MHD_Response *response);

#endif
