/*
 * One exchange: a request that uWSGI handed to this worker, from its head to its answer.
 */
#ifndef STANDPY_EXCHANGE_H
#define STANDPY_EXCHANGE_H

#include <stdint.h>

#include "capture.h"
#include "request_id.h"

struct interpreter;
struct wsgi_request;

/* What a worker needs for its exchanges; borrowed, lives as long as the worker. */
struct worker {
    const struct interpreter *interpreter;
    struct capture capture;
    uint64_t request_size_limit;          /* bytes; 0: none */
    char *(*info)(void);                  /* the JSON of /info; the caller frees it */
    char request_id[REQUEST_ID_CAPACITY]; /* of the exchange, and then of the last one */
};

/* Answers the request, whatever it is. */
void exchange_run(struct worker *worker, struct wsgi_request *wsgi_request);

#endif
