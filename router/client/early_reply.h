/*
 * Sends a reply that is ready before the request's body is whole. libmicrohttpd cannot: between a
 * body's first and last byte it sends nothing, and after a reply before the first byte it closes at
 * once. A close with unread bytes is a reset, and the client could lose the reply.
 *
 * So this file writes the reply to the connection, closes our side, and lets the rest of the body
 * be read and dropped for a while (patience.c), as RFC 9112 §9.6 asks.
 */
#ifndef STANDPY_ROUTER_EARLY_REPLY_H
#define STANDPY_ROUTER_EARLY_REPLY_H

#include <stdbool.h>

#include "connection.h"

/*
 * Sends the reply of the connection's exchange. False if it is not whole or too large; then respond
 * sends it after the body.
 */
bool early_reply_send(struct connection *connection);

#endif
