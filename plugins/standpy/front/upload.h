/*
 * Receives the body of a request. Bounds how slowly it may come, and how much all bodies may take
 * together.
 */
#ifndef STANDPY_UPLOAD_H
#define STANDPY_UPLOAD_H

#include <stdbool.h>

#include "connection.h"

#define BODY_RATE 500 /* bytes a second after BODY_TIME, as in the router (patience.c) */
#define BODY_TIME 20  /* seconds */

/* Reads the body that the head promised; the user hears of it by `body`, perhaps at once. limit:
 * bytes that a chunked one may have; 0: any number. */
void upload_begin(struct connection *connection, const struct request_head *head, uint64_t limit);

/* 100 Continue (RFC 9110 §15.2.1). */
void upload_invite(struct connection *connection);

/* Returns the body; the caller owns it. */
struct body upload_take(struct connection *connection);

/* Call it when something has come, or (`left`) the client is gone. */
void upload_ready(struct connection *connection, bool left);

/* Call it when nothing came for too long. */
void upload_stalled(struct connection *connection);

/* Lets paused bodies go on if enough of the others are gone. */
void uploads_resume(void);

#endif
