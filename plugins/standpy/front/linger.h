/*
 * A close with bytes unread would be a reset, and the client could lose the answer with it: so the
 * sending side is closed first, and what still comes is read away (RFC 9112 §9.6).
 */
#ifndef STANDPY_LINGER_H
#define STANDPY_LINGER_H

#include "connection.h"

/* Behind the answer. */
void linger_begin(struct connection *connection);

/* Something has come. */
void linger_ready(struct connection *connection);

#endif
