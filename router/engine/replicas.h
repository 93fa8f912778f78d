/*
 * Which replicas a pool has, and which of them answer, as monitor.c and resolver.c report. All
 * functions may be called from any thread.
 */
#ifndef STANDPY_ROUTER_REPLICAS_H
#define STANDPY_ROUTER_REPLICAS_H

#include <stddef.h>
#include <stdint.h>

#include "pool.h"

/* Replaces the addresses; replicas in use stay until they are free. */
void replicas_set_addresses(struct pool *pool, const struct address *addresses, size_t count);

/* Appends the addresses that came from one name. */
void replicas_addresses_of(struct pool *pool, uint64_t origin, struct address *addresses,
                           size_t *count);

enum replica_failure {
    REPLICA_REFUSED,     /* it refuses or breaks connections, or is not an engine */
    REPLICA_UNREACHABLE, /* the network says that it is not there */
    REPLICA_SILENT,      /* nothing came */
    REPLICA_NO_TOKEN,    /* it is an engine that requires a token, or another one */
};

/* What its application takes: requests at a time, and under which path. 0 and "": it has none. */
void replicas_serve_pages(struct pool *pool, struct replica *replica, unsigned workers,
                          const char *mount);

/* The replica has answered. workers: how many requests it can run at once; 0 if it did not say. */
void replicas_answered(struct pool *pool, struct replica *replica, unsigned workers);

/* The replica has not answered the question of since_ms. One that is up and only silent stays up
 * for POOL_DOWN_AFTER_MS. */
void replicas_failed(struct pool *pool, struct replica *replica, enum replica_failure failure,
                     int64_t since_ms, int64_t now_ms);

/* The monitor is done with the question, whatever came of it. */
void replicas_asked(struct pool *pool, struct replica *replica, int64_t now_ms);

#endif
