/*
 * Writes one line for each request into uWSGI's request log.
 */
#ifndef STANDPY_REQUEST_LOG_H
#define STANDPY_REQUEST_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "log_level.h"

#include "request_id.h"

#define LOGGED_METHOD 16  /* bytes of a method */
#define LOGGED_PATH   512 /* bytes of a path, escaped */

struct request_record {
    char request_id[REQUEST_ID_CAPACITY];
    char method[LOGGED_METHOD + 1];
    char path[LOGGED_PATH]; /* fit for a log line (text.h) */
    int worker;             /* from 1; 0: no script ran */
    int status;
    uint64_t received, sent; /* bytes of body and answer */
    uint64_t microseconds;
};

/* Call it once, before the front is forked. */
void request_log_set_up(enum log_level level, bool json);

void request_log(const struct request_record *record);

#endif
