/* From an exchange's reply to libmicrohttpd's response. */
#ifndef STANDPY_ROUTER_REPLY_H
#define STANDPY_ROUTER_REPLY_H

#include "client.h"

/*
 * Queues the reply of the client's exchange, which is ready (exchange_reply_ready). last: the
 * connection ends behind it. MHD_NO where there is none: the connection is to be cut.
 */
enum MHD_Result reply_queue(struct client *client, bool last);

struct exchange;
/* The reply's fields, but for those of its length and its connection. */
void reply_add_fields(const struct exchange *exchange, struct MHD_Response *response);

#endif
