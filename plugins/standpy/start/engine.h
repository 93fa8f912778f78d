/*
 * What the master makes before it forks the front: borrowed by the front for as long as it lives.
 */
#ifndef STANDPY_ENGINE_H
#define STANDPY_ENGINE_H

#include <stdatomic.h>

#include "environment.h"
#include "metrics.h"
#include "settings.h"
#include "tokens.h"

/* In memory that master and front share; it outlives a front. */
struct shared {
    atomic_bool stopping;        /* for good: nobody else will accept connections */
    atomic_llong youngest_start; /* monotonic seconds: the last recycle or accident of a worker */
    /* Runners of the front, 0 where there is none: those of a zygote that died are children of the
     * master, which ends all others of its children. */
    size_t runner_capacity;
    atomic_int *runners;
    struct metrics metrics;
};

struct engine {
    struct environment environment;
    struct shared *shared;
    int control[2];    /* [0] is the front's, [1] the zygote's; the master keeps both */
    int workers;       /* scripts at a time */
    int timeout;       /* seconds */
    long max_requests; /* of a runner; 0: no limit */
    enum isolation isolation;
    uint64_t request_size_limit; /* bytes; 0: none */
    struct tokens access_tokens; /* any of them opens all but /healthz */
};

#endif
