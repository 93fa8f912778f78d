/*
 * The replicas of one engine, and the queue in front of them. Knows neither sockets nor clocks of
 * its own: the monitor tells it which addresses there are and which of them answer, the loops ask
 * it for a replica and say when they are done. All functions may be called from any thread.
 *
 * A request goes to the replica with the least in flight for its size, of those that are up and not
 * full; where all are full it waits in the queue, first come first served; where none is up, those
 * that are down are tried all the same, so that one that has just come back is not missed; but not
 * those that are silent, where it would wait for nothing. Where that is in vain it may wait for one
 * that comes up.
 */
#ifndef STANDPY_ROUTER_POOL_H
#define STANDPY_ROUTER_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "histogram.h"

#define POOL_MAX_REPLICAS 256
#define POOL_MAX_TRIED    16 /* replicas for one request */
#define POOL_MAX_STATUS   600

/* Without an answer to several questions: as long as that an overloaded machine, all of whose
 * processors are busy with scripts, has answered one of them. */
#define POOL_DOWN_AFTER_MS 10000
/* What runs on a replica that has not answered for so long is given up: nginx waits as long for an
 * upstream (proxy_read_timeout), and a host that starts anew has said so by then. */
#define POOL_GONE_AFTER_MS 60000

enum replica_state {
    REPLICA_UNKNOWN, /* not asked yet */
    REPLICA_UP,
    REPLICA_DOWN,
};

struct replica {
    struct address address;
    char name[ADDRESS_TEXT_CAPACITY]; /* address:port, for logs and metrics */
    enum replica_state state;
    bool listed;        /* its address is still one of the engine's */
    bool suspect;       /* to be asked as soon as possible */
    bool reported;      /* the log says that it is down */
    unsigned workers;   /* requests that it can run at a time; 0: not known, no limit */
    unsigned in_flight; /* of those that are limited */
    bool asking;        /* the monitor waits for its answer */
    int64_t asked_ms;   /* when it came, monotonic */
    /* When it was asked for the first time without an answer, and how long nothing had come when
     * it was asked last; 0 where it answers. Monotonic. */
    int64_t silent_since_ms, silent_ms;
    unsigned users; /* all that have it, the monitor too; it keeps its address meanwhile */
};

/* A request that wants a replica. Embedded in its owner, which sets `granted`. */
struct waiter {
    /* A replica is reserved: called by the thread that freed it, under the pool's lock. */
    void (*granted)(struct waiter *waiter);
    struct replica *replica; /* reserved; NULL before */
    struct replica *tried[POOL_MAX_TRIED];
    size_t tried_count;
    struct waiter *next, *previous;
    bool waits;
    bool limited; /* counts among those that a replica can run at a time */
    bool only_up; /* it has tried all that are down, and waits until one answers the monitor */
};

struct pool_counters {
    atomic_ullong by_status[POOL_MAX_STATUS]; /* replies to clients */
    struct histogram durations, waits;
    atomic_ullong replica_failures; /* connections refused or broken */
};

struct pool {
    pthread_mutex_t lock;
    const char *name; /* of the engine; as long as the process */
    struct replica *replicas[POOL_MAX_REPLICAS];
    size_t count;
    size_t next; /* where to begin to look, so that equals take turns */
    struct waiter *first, *last;
    size_t queued, queue_limit;
    double mean_ms; /* moving mean of how long a request has a replica */
    struct pool_counters counters;
};

void pool_set_queue_limit(struct pool *pool, size_t limit);

enum pool_answer {
    POOL_GRANTED, /* waiter->replica */
    POOL_WAITS,   /* `granted` will be called */
    POOL_FULL,
    POOL_EMPTY, /* no address is known, or each of them was tried */
};

/* limited: counts, and waits for its turn. What is not (GET /info) goes to the least busy. */
enum pool_answer pool_acquire(struct pool *pool, struct waiter *waiter, bool limited);

/*
 * For a request that found nothing (POOL_EMPTY), or whose replicas could all not be reached: waits
 * until one is up, and tries those again that it has tried. Its owner says how long (pool_leave).
 */
enum pool_answer pool_wait(struct pool *pool, struct waiter *waiter);

/* What was acquired is given back, after so many milliseconds; 0 where nothing was run. */
void pool_release(struct pool *pool, struct waiter *waiter, bool limited, double milliseconds);

/* The owner is gone: takes it out of the queue, or gives back what was granted meanwhile. */
void pool_leave(struct pool *pool, struct waiter *waiter);

/* A connection to it was refused, or broke before a byte of reply: others first, until it answers
 * the monitor. */
void pool_suspect(struct pool *pool, struct replica *replica);

/* Seconds after which a request that was refused may find a place: a guess by the mean, at least 1.
 */
unsigned pool_retry_after(struct pool *pool);

/* Gives those that wait what has room. Called under the lock, after a change that may help them. */
void pool_serve(struct pool *pool);

bool pool_has_addresses(struct pool *pool);

/* Whether it has been silent for POOL_GONE_AFTER_MS. */
bool pool_is_gone(struct pool *pool, const struct replica *replica);

/* Whether one replica is up; how many requests wait and run. */
bool pool_is_ready(struct pool *pool);
void pool_load(struct pool *pool, size_t *queued, size_t *in_flight);
bool pool_has_waiters(struct pool *pool);

/* Calls visit, under the lock, for each replica that is listed or still has requests. */
void pool_each(struct pool *pool, void (*visit)(void *context, struct replica *replica),
               void *context);

#endif
