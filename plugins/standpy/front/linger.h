/*
 * A close with unread bytes is a reset, and the client could lose the answer. So this file closes
 * the sending side first, and reads away what still comes (RFC 9112 §9.6).
 */
#ifndef STANDPY_LINGER_H
#define STANDPY_LINGER_H

#include "connection.h"

/* Call it after the answer. */
void linger_begin(struct connection *connection);

/* Something has come. */
void linger_ready(struct connection *connection);

#endif
