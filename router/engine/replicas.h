/*
 * Which replicas a pool has, and which of them answer: what monitor.c and resolver.c tell it. All
 * functions may be called from any thread.
 */
#ifndef STANDPY_ROUTER_REPLICAS_H
#define STANDPY_ROUTER_REPLICAS_H

#include <stddef.h>
#include <stdint.h>

#include "pool.h"

/* These are the addresses now; those in use stay until they are free. */
void replicas_set_addresses(struct pool *pool, const struct address *addresses, size_t count);

/* Adds those that came from one name. */
void replicas_addresses_of(struct pool *pool, uint64_t origin, struct address *addresses,
                           size_t *count);

enum replica_failure {
    REPLICA_REFUSED,     /* something there answered, and was no engine */
    REPLICA_UNREACHABLE, /* the network says that it is not there */
    REPLICA_SILENT,      /* nothing came */
    REPLICA_NO_TOKEN,    /* it is an engine, which wants a token, or another one */
};

/* It has answered; workers: what it can run at a time, or 0 if it did not say. */
void replicas_answered(struct pool *pool, struct replica *replica, unsigned workers);

/* It has not answered what it was asked since_ms. One that is up and silent stays up for
 * POOL_DOWN_AFTER_MS. */
void replicas_failed(struct pool *pool, struct replica *replica, enum replica_failure failure,
                     int64_t since_ms, int64_t now_ms);

/* The monitor is done with it, whatever came. */
void replicas_asked(struct pool *pool, struct replica *replica, int64_t now_ms);

#endif
