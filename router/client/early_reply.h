/*
 * A reply that is there before the request's body is: libmicrohttpd sends none between a body's
 * first byte and its last one, and closes at once behind one that it sends before the first. So it
 * is written to the connection here, which then ends as RFC 9112 §9.6 has it: our side is closed,
 * and what the client still sends is read and dropped for a while (patience.c), as a close with
 * bytes unread would be a reset, and the client could lose the reply with it.
 */
#ifndef STANDPY_ROUTER_EARLY_REPLY_H
#define STANDPY_ROUTER_EARLY_REPLY_H

#include <stdbool.h>

#include "connection.h"

/*
 * Sends the reply of the connection's exchange. False if that cannot be: it is not whole, or too
 * large; then it goes by respond, behind the body.
 */
bool early_reply_send(struct connection *connection);

#endif
