/*
 * Sends an answer while it is made. What the socket does not take is kept, up to a bound; who makes
 * the answer asks whether it is reached, and waits for `drained`.
 */
#ifndef STANDPY_STREAM_H
#define STANDPY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "connection.h"

/* Begins an answer of a connection that waits for it; nothing is sent yet. */
void stream_begin(struct connection *connection);

/* Sends the pieces, or keeps what the socket does not take. False if nothing ever will be sent: the
 * client is gone, or memory ran out. */
bool stream_send(struct connection *connection, const struct iovec *pieces, size_t count);

/* Says whether enough is kept for this client; `drained` says when it no longer is. */
bool stream_is_full(const struct connection *connection);

/* The answer is whole; the user hears `answered` when all of it is sent, perhaps at once. */
void stream_end(struct connection *connection);

/* The answer will never be whole: closes the connection so that the client notices, also if it
 * reads to its end anyway. The user hears `answered`. */
void stream_cut(struct connection *connection, bool ends_with_connection);

/* Call it when the socket takes more. */
void stream_ready(struct connection *connection);

#endif
