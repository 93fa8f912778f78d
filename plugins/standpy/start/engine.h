/*
 * What the master makes before it forks the front. The front borrows it for as long as it lives.
 */
#ifndef STANDPY_ENGINE_H
#define STANDPY_ENGINE_H

#include <stdatomic.h>

#include "environment.h"
#include "learning.h"
#include "message.h"
#include "metrics.h"
#include "settings.h"
#include "tokens.h"
#include "wish.h"

/* In memory that master and front share; it outlives a front. */
struct shared {
    atomic_bool stopping;        /* for good: no other front will accept connections */
    atomic_llong youngest_start; /* when a worker last got a new runner; monotonic seconds */
    /* The front's runners; 0: none. If a zygote dies, its runners become children of the master,
     * which spares these and ends its other children. */
    size_t runner_capacity;
    atomic_int *runners;
    struct metrics metrics;
    struct learning learning;
    struct wish wish;
};

struct engine {
    struct environment environment;
    struct shared *shared;
    int control[2];    /* [0] for the front, [1] for the zygote; the master keeps both */
    int workers;       /* scripts at a time */
    int timeout;       /* seconds */
    long max_requests; /* of a runner; 0: no limit */
    enum isolation isolation;
    struct {
        int workers;       /* requests at a time; 0: there is no application */
        int timeout;       /* seconds */
        const char *mount; /* the path under which it is; "": under / */
        bool trusts;       /* X-Forwarded-… of everyone */
    } application;
    bool learns;                 /* PRELOAD_LEARN */
    uint64_t request_size_limit; /* bytes; 0: none */
    uint64_t keep_limit;         /* bytes of all kept contents; 0: none is kept */
    struct tokens access_tokens; /* any of them opens all but /healthz */
};

static inline int engine_workers(const struct engine *engine, enum pool pool)
{
    return pool == POOL_APPLICATION ? engine->application.workers : engine->workers;
}

#endif
