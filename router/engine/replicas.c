#include "replicas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* States */

/* Those that wait may try it again: else they would wait for the others, however busy these are,
 * and whoever came behind them would wait with them. */
static void forget_tries(const struct pool *pool, const struct replica *replica)
{
    for (struct waiter *waiter = pool->first; waiter; waiter = waiter->next) {
        size_t kept = 0;
        for (size_t i = 0; i < waiter->tried_count; i++) {
            if (waiter->tried[i] != replica)
                waiter->tried[kept++] = waiter->tried[i];
        }
        waiter->tried_count = kept;
    }
}

void replicas_serve_pages(struct pool *pool, struct replica *replica, unsigned workers,
                          const char *mount)
{
    pthread_mutex_lock(&pool->lock);
    replica->page_workers = workers;
    snprintf(pool->mount, sizeof(pool->mount), "%s", mount);
    pool_serve(pool);
    pthread_mutex_unlock(&pool->lock);
}

void replicas_answered(struct pool *pool, struct replica *replica, unsigned workers)
{
    pthread_mutex_lock(&pool->lock);
    replica->workers = workers;
    if (replica->state == REPLICA_DOWN)
        forget_tries(pool, replica);
    replica->state = REPLICA_UP;
    if (replica->reported)
        log_line("engine %s: replica %s is up again", pool->name, replica->name);
    replica->reported = false;
    replica->silent_since_ms = replica->silent_ms = 0;
    pool_serve(pool);
    pthread_mutex_unlock(&pool->lock);
}

static void report_down(const struct pool *pool, struct replica *replica,
                        enum replica_failure failure)
{
    static const char *const reasons[] = {
        [REPLICA_REFUSED] = "it takes no connection, or breaks it",
        [REPLICA_UNREACHABLE] = "it cannot be reached",
        [REPLICA_SILENT] = "it does not answer",
        [REPLICA_NO_TOKEN] = "it refuses the router's token (ENGINE_<NAME>_UPSTREAM_TOKEN)",
    };
    if (!replica->reported && replica->listed)
        log_line("engine %s: replica %s is down: %s", pool->name, replica->name, reasons[failure]);
    replica->reported = replica->listed;
}

void replicas_failed(struct pool *pool, struct replica *replica, enum replica_failure failure,
                     int64_t since_ms, int64_t now_ms)
{
    pthread_mutex_lock(&pool->lock);
    if (failure == REPLICA_REFUSED || failure == REPLICA_NO_TOKEN)
        replica->silent_since_ms = 0; /* a stopping engine refuses, and finishes what runs */
    else if (replica->silent_since_ms == 0)
        replica->silent_since_ms = since_ms;
    replica->silent_ms = replica->silent_since_ms > 0 ? now_ms - replica->silent_since_ms : 0;
    if (failure != REPLICA_SILENT || replica->state != REPLICA_UP ||
        replica->silent_ms >= POOL_DOWN_AFTER_MS) {
        report_down(pool, replica, failure);
        replica->state = REPLICA_DOWN;
        pool_serve(pool);
    }
    pthread_mutex_unlock(&pool->lock);
}

void replicas_asked(struct pool *pool, struct replica *replica, int64_t now_ms)
{
    pthread_mutex_lock(&pool->lock);
    replica->asking = false;
    replica->asked_ms = now_ms;
    replica->users--;
    pthread_mutex_unlock(&pool->lock);
}

/* Addresses */

static struct replica *find_replica(const struct pool *pool, const struct address *address)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct replica *replica = pool->replicas[i];
        if (replica->address.port == address->port &&
            strcmp(replica->address.host, address->host) == 0)
            return replica;
    }
    return NULL;
}

/* A new place, or that of a replica whose address is gone. NULL if there is neither. */
static struct replica *find_place(struct pool *pool)
{
    if (pool->count < POOL_MAX_REPLICAS) {
        struct replica *replica = calloc(1, sizeof(*replica));
        if (replica)
            pool->replicas[pool->count++] = replica;
        return replica;
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct replica *replica = pool->replicas[i];
        if (!replica->listed && replica->users == 0)
            return replica;
    }
    return NULL;
}

static void list_address(struct pool *pool, const struct address *address)
{
    struct replica *replica = find_replica(pool, address);
    if (replica)
        replica->address.origin = address->origin;
    if (replica && replica->listed)
        return;
    if (!replica) {
        replica = find_place(pool);
        if (!replica)
            return;
        *replica = (struct replica){.address = *address};
        const char *form = strchr(address->host, ':') ? "[%s]:%u" : "%s:%u";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(replica->name, sizeof(replica->name), form, address->host, address->port);
#pragma GCC diagnostic pop
    }
    replica->listed = true;
    replica->state = REPLICA_UNKNOWN;
    replica->suspect = true;
    replica->silent_since_ms = replica->silent_ms = 0;
}

void replicas_set_addresses(struct pool *pool, const struct address *addresses, size_t count)
{
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) {
        struct replica *replica = pool->replicas[i];
        bool listed = false;
        for (size_t j = 0; j < count && !listed; j++)
            listed = replica->address.port == addresses[j].port &&
                     strcmp(replica->address.host, addresses[j].host) == 0;
        replica->listed = replica->listed && listed;
    }
    for (size_t i = 0; i < count; i++)
        list_address(pool, &addresses[i]);
    pool_serve(pool);
    pthread_mutex_unlock(&pool->lock);
}

void replicas_addresses_of(struct pool *pool, uint64_t origin, struct address *addresses,
                           size_t *count)
{
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) {
        const struct replica *replica = pool->replicas[i];
        if (replica->listed && replica->address.origin == origin && *count < POOL_MAX_REPLICAS)
            addresses[(*count)++] = replica->address;
    }
    pthread_mutex_unlock(&pool->lock);
}
