/* A pool, and requests that want a place in it. */
#ifndef STANDPY_POOL_REQUESTS_H
#define STANDPY_POOL_REQUESTS_H

#include <stdio.h>

#include "pool.h"
#include "pools.h"
#include "replicas.h"

/* A request, and how often it was granted a place after a wait. */
struct request {
    struct waiter waiter;
    int granted;
};

static inline void on_granted(struct waiter *waiter)
{
    ((struct request *)(void *)waiter)->granted++;
}

static inline struct request new_request(void)
{
    return (struct request){.waiter = {.granted = on_granted}};
}

/* Makes a pool with replicas 10.0.0.1, 10.0.0.2, …, all up. workers: of each. */
static inline struct pool *pool_with(const char *name, size_t count, unsigned workers)
{
    struct pool *pool = pool_of(name);
    struct address addresses[8] = {{{0}, 0, 0}};
    for (size_t i = 0; i < count; i++) {
        snprintf(addresses[i].host, sizeof(addresses[i].host), "10.0.0.%zu", i + 1);
        addresses[i].port = 80;
    }
    pool_set_queue_limit(pool, 2);
    replicas_set_addresses(pool, addresses, count);
    for (size_t i = 0; i < count; i++)
        replicas_answered(pool, pool->replicas[i], workers);
    return pool;
}

static inline enum pool_answer acquire(struct pool *pool, struct request *request)
{
    return pool_acquire(pool, &request->waiter, true);
}

static inline void release(struct pool *pool, struct request *request)
{
    pool_release(pool, &request->waiter, true, 1000);
}

static inline void refuse(struct pool *pool, size_t replica)
{
    replicas_failed(pool, pool->replicas[replica], REPLICA_REFUSED, 1, 1);
}

static inline int tear_down(void **state)
{
    (void)state;
    pool_free_all();
    return 0;
}

#endif
