/*
 * Sends an answer: at once if the socket takes it, else as fast as the socket does.
 */
#ifndef STANDPY_OUTGOING_H
#define STANDPY_OUTGOING_H

#include <stdint.h>

#include "connection.h"
#include "slice.h"

struct outgoing {
    struct slice head; /* with its empty line */
    struct slice body; /* borrowed: sent or copied before the call returns */
    int file;          /* instead of a body; the connection owns it from now on. -1: none */
    uint64_t file_length;
};

/* Sends the answer; the user hears of its end by `answered`, perhaps at once. */
void outgoing_send(struct connection *connection, const struct outgoing *answer);

/* Call it when the socket takes more. */
void outgoing_ready(struct connection *connection);

/* Call it when the socket took nothing for too long. */
void outgoing_stalled(struct connection *connection);

#endif
