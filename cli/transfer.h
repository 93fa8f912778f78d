/*
 * One request and its answer. With transfer_upload.c and transfer_failure.c the side that knows
 * libcurl.
 */
#ifndef STANDPY_CLI_TRANSFER_H
#define STANDPY_CLI_TRANSFER_H

#include <stdbool.h>

#include "request.h"

bool transfer_begin(void); /* once in a program. False if libcurl does not start */
void transfer_end(void);

/*
 * Sends the request once, on a connection of its own: what libcurl repeats by itself may have run.
 * True if an answer came as a whole, whatever it says. If a signal comes, the connection is closed,
 * which stops the script.
 */
bool transfer_run(const struct target *target, const struct request *request,
                  const struct receiver *receiver, struct failure *failure);

#endif
