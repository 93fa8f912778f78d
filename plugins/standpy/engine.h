/*
 * What the master makes before it forks, and all processes of the engine have.
 */
#ifndef STANDPY_ENGINE_H
#define STANDPY_ENGINE_H

#include "capture.h"
#include "control.h"
#include "environment.h"
#include "metrics.h"
#include "options.h"

struct interpreter;

/* In memory that all processes share. */
struct shared {
    struct control_shared control;
    atomic_llong youngest_start;     /* monotonic seconds at which the youngest worker started */
    atomic_uint forks;               /* odd while the master has a child it does not know yet */
    atomic_uint unserved_starts;     /* of workers, since the last request that one of them took */
    struct worker_metrics workers[]; /* by worker, from 0 */
};

struct engine {
    struct environment environment;
    const struct interpreter *interpreter;
    struct control control;
    struct shared *shared;
    struct capture_memory *captures; /* by worker, from 0 */
    int timeout;                     /* seconds */
    long max_requests;               /* 0: never */
    int sandbox_abi;                 /* of Landlock; 0: scripts are not confined */
};

extern struct engine engine;

#endif
