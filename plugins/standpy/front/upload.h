/*
 * The body of a request, on its way in: how fast it has to come, and what all bodies may take
 * together.
 */
#ifndef STANDPY_UPLOAD_H
#define STANDPY_UPLOAD_H

#include <stdbool.h>

#include "connection.h"

#define BODY_RATE 500 /* bytes a second, behind the first BODY_TIME; as the router's (client.h) */
#define BODY_TIME 20  /* seconds */

/* Reads the body that the head promised; the user hears of it by `body`, perhaps at once. */
void upload_begin(struct connection *connection, const struct request_head *head);

/* 100 Continue (RFC 9110 §15.2.1). */
void upload_invite(struct connection *connection);

/* The body is the caller's from now on. */
struct body upload_take(struct connection *connection);

/* Something has come, or (`left`) the client is gone. */
void upload_ready(struct connection *connection, bool left);

/* Nothing came for too long. */
void upload_stalled(struct connection *connection);

/* Bodies that wait until others are gone go on, if those are. */
void uploads_resume(void);

#endif
