/*
 * What a worker process is and has: one interpreter, one request at a time.
 */
#ifndef STANDPY_WORKER_H
#define STANDPY_WORKER_H

#include <stdint.h>

#include "capture.h"
#include "interpreter.h"
#include "memory.h"
#include "metrics.h"
#include "request_id.h"
#include "watchdog.h"

struct wsgi_request;

/* How long the script of a request may run. */
struct patience {
    int seconds;
    bool client_asked; /* Prefer: wait=N was less than TIMEOUT */
};

/* Lives as long as the process; what it points to is borrowed. */
struct worker {
    int number; /* from 1 */
    const struct interpreter *interpreter;
    struct capture capture;
    struct watchdog watchdog;
    struct memory memory;
    struct worker_metrics *metrics; /* shared with all processes of the engine */
    uint64_t request_size_limit;    /* bytes; 0: none */
    int timeout;                    /* seconds */
    int stack_memory;               /* memfd that faulthandler writes stacks to */

    /* The request that it has, and then the last one. */
    struct wsgi_request *wsgi_request;
    char request_id[REQUEST_ID_CAPACITY];
    bool is_execution; /* POST /execute */
    struct patience patience;
    struct leftovers leftovers; /* of the last script */
    long served;                /* requests since the worker started */
    long lifetime;              /* and how many it may serve */
};

/* uWSGI's hooks in a worker. Ends the process where it cannot be a worker. */
void worker_start(void);
void worker_request(struct wsgi_request *wsgi_request);
/* Between requests: the log, what scripts left behind, recycling. */
void worker_after_request(struct wsgi_request *wsgi_request);
/* At an orderly end of the process. */
void worker_stopped(void);

#endif
