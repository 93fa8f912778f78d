/*
 * Answers that are written straight to a connection, past uWSGI: by the control process, and by the
 * watchdog in a stuck worker's place.
 */
#ifndef STANDPY_DIRECT_H
#define STANDPY_DIRECT_H

#include <stdbool.h>

#include "problem.h"

struct direct_answer {
    int status;
    const char *reason;  /* of the status line */
    const char *headers; /* whole lines, each with its CRLF; or "" */
    const char *content_type;
    const char *request_id;
    const char *body;
    bool head_only; /* HEAD */
};

/*
 * Sends the answer and ends the sending side; what the client still sends is thrown away. Waits at
 * most `patience` milliseconds for a client that does not read. The descriptor stays open.
 */
void direct_send(int descriptor, const struct direct_answer *answer, int patience);

#endif
