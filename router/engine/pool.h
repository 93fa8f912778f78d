/*
 * The replicas of one engine, and the queue in front of them. The pool knows no sockets and no
 * clock: the monitor tells it which addresses there are and which of them answer; the loops ask it
 * for a replica and say when they are done. All functions may be called from any thread.
 *
 * A request goes to the replica with the least in flight for its size, among those that are up and
 * not full; first of all to one that holds the kept contents that the request names. If all are
 * full, it waits in the queue, first come, first served; scripts and requests of the WSGI
 * application do not wait for each other. While requests wait, a replica that has
 * just finished one quickly gets some ahead: otherwise its workers would be idle until the next one
 * arrives. A replica whose workers are all busy with long scripts gets none, because it finishes
 * nothing, and the requests that wait can still go elsewhere. If none is up, it tries those that
 * are down, because one of them may have just come back. It does not try silent ones, because it
 * would wait for nothing. If all that fails, it may wait for a replica that comes up.
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
#include "holdings.h"

#define POOL_MAX_REPLICAS 256
#define POOL_MAX_TRIED    16 /* replicas that one request may try */
#define POOL_MAX_STATUS   600
#define POOL_MOUNT        256 /* bytes of the path of an application, with its null */

/* A replica gets as many requests ahead of a free worker as it finishes in this time, but at most
 * so many for each of its workers. */
#define POOL_AHEAD_MS   5
#define POOL_MOST_AHEAD 8

/* A replica is down after it has left several questions without an answer. Even an overloaded
 * machine, with scripts on all its processors, answers one of them in this time. */
#define POOL_DOWN_AFTER_MS 10000
/* After so long without an answer, the requests on a replica are given up. nginx waits as long for
 * an upstream (proxy_read_timeout), and by then a host that restarts has said so. */
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
    bool listed;        /* its address still belongs to the engine */
    bool suspect;       /* the monitor asks it as soon as possible */
    bool reported;      /* the log has said that it is down */
    unsigned workers;   /* requests that it can run at once; 0: unknown, no limit */
    unsigned in_flight; /* limited requests that it has */
    unsigned page_workers, pages_in_flight; /* the same of its WSGI application */
    bool asking;                            /* the monitor waits for its answer */
    int64_t asked_ms; /* when its last answer came or failed to come; monotonic */
    /* When the first question without an answer was asked, and how long the silence had lasted at
     * the last one; 0 if it answers. Monotonic. */
    int64_t silent_since_ms, silent_ms;
    unsigned users; /* all who use it, including the monitor; meanwhile it keeps its address */
};

/* A request that wants a replica. Embedded in its owner, which sets `granted`. */
struct waiter {
    /* Called when a replica is reserved: by the thread that freed it, under the pool's lock. */
    void (*granted)(struct waiter *waiter);
    struct replica *replica;                /* reserved for it; NULL before */
    const struct content_numbers *contents; /* borrowed; that it names. NULL: none */
    struct replica *tried[POOL_MAX_TRIED];
    size_t tried_count;
    struct waiter *next, *previous;
    bool waits;
    bool limited; /* counts toward what a replica can run at once */
    bool is_page; /* likewise, of what its application can; set by its owner before */
    bool only_up; /* it has tried those that are down, and waits until one answers the monitor */
};

struct pool_counters {
    atomic_ullong by_status[POOL_MAX_STATUS]; /* replies to clients */
    struct histogram durations, waits;
    atomic_ullong replica_failures; /* connections that were refused or broke */
};

struct pool {
    pthread_mutex_t lock;
    const char *name; /* of the engine; valid until the process ends */
    struct replica *replicas[POOL_MAX_REPLICAS];
    size_t count;
    size_t next; /* where the search begins, so that equals take turns */
    struct waiter *first, *last;
    size_t queued;          /* all of them; requests of the application among them: */
    size_t pages_queued;    /* neither these nor the others take the others' room */
    size_t queue_limit;     /* of each kind */
    char mount[POOL_MOUNT]; /* of the application, as a replica has said; "": none is known */
    double mean_ms;         /* moving mean of how long a request keeps a replica */
    struct holdings holdings;
    /* The replica that has just finished a request, and how many its workers may each be sent
     * ahead; NULL outside of a release. */
    const struct replica *released;
    unsigned ahead;
    struct pool_counters counters;
};

void pool_set_queue_limit(struct pool *pool, size_t limit);

enum pool_answer {
    POOL_GRANTED, /* waiter->replica */
    POOL_WAITS,   /* `granted` will be called */
    POOL_FULL,
    POOL_EMPTY, /* no address is known, or each of them has been tried */
};

/* limited: the request counts, and waits for its turn. Any other (GET /info) goes to the least busy
 * replica. */
enum pool_answer pool_acquire(struct pool *pool, struct waiter *waiter, bool limited);

/*
 * For a request that found nothing (POOL_EMPTY), or none of whose replicas could be reached. It
 * waits until one is up, and may then try the same ones again. Its owner decides how long it waits
 * (pool_leave).
 */
enum pool_answer pool_wait(struct pool *pool, struct waiter *waiter);

/* Gives back what was acquired, after so many milliseconds; 0 if nothing ran. */
void pool_release(struct pool *pool, struct waiter *waiter, bool limited, double milliseconds);

/* What a replica's answer says of the contents that it holds, or does not. */
void pool_note_contents(struct pool *pool, const struct replica *replica,
                        const struct content_numbers *contents);
void pool_forget_contents(struct pool *pool, const struct replica *replica,
                          const struct content_numbers *contents);

/* The owner is gone: takes it out of the queue, or gives back what it was granted meanwhile. */
void pool_leave(struct pool *pool, struct waiter *waiter);

/* A connection to the replica was refused, or broke before the first byte of a reply. Others go
 * first until it answers the monitor. */
void pool_suspect(struct pool *pool, struct replica *replica);

/* Seconds after which a refused request may find a place: an estimate from the mean, at least 1. */
unsigned pool_retry_after(struct pool *pool);

/* Gives free replicas to those that wait. Call it under the lock, after a change that may help
 * them. */
void pool_serve(struct pool *pool);

/* Copies the path of the application; "" if there is none. */
void pool_mount(struct pool *pool, char mount[POOL_MOUNT]);

bool pool_has_addresses(struct pool *pool);

/* Whether the replica has been silent for POOL_GONE_AFTER_MS. */
bool pool_is_gone(struct pool *pool, const struct replica *replica);

/*
 * Whether at least one replica is up; how many requests wait and how many run; whether any waits.
 */
bool pool_is_ready(struct pool *pool);
void pool_load(struct pool *pool, size_t *queued, size_t *in_flight);
bool pool_has_waiters(struct pool *pool);

/* Calls visit, under the lock, for each replica that is listed or still has requests. */
void pool_each(struct pool *pool, void (*visit)(void *context, struct replica *replica),
               void *context);

#endif
