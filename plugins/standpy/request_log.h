/*
 * The engine's log: one line for each request, with the id that the client has too.
 */
#ifndef STANDPY_REQUEST_LOG_H
#define STANDPY_REQUEST_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "slice.h"

struct worker;

struct request_end {
    int status;
    size_t sent; /* bytes of the answer's body */
};

/*
 * Writes the line of the worker's request to the descriptor, where uWSGI is to log requests.
 * Returns how many microseconds the request took.
 */
uint64_t request_log(const struct worker *worker, const struct request_end *end, int descriptor);

/* One line about what a script should have ended itself. */
void request_log_left_behind(const struct worker *worker, const char *what, size_t count);

/* What Python printed about a failure of the engine's own. */
void request_log_failure(const struct worker *worker, struct slice printed);

/* One line about a script with which its worker has to go. */
void request_log_unusable(const struct worker *worker);

#endif
