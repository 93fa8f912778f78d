#include "resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "configuration.h"
#include "log.h"
#include "replicas.h"

#define LOOK_MS            2000 /* between looks; names of Docker and Kubernetes change quickly */
#define HURRIED_MS         250
#define FIRST_LOOK_SECONDS 2
#define STOP_SECONDS       1

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_looked, stop, reloaded, hurry;
} resolver = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void set(bool *what)
{
    pthread_mutex_lock(&resolver.lock);
    *what = true;
    pthread_cond_broadcast(&resolver.changed);
    pthread_mutex_unlock(&resolver.lock);
}

void resolver_reload(void)
{
    set(&resolver.reloaded);
}

void resolver_hurry(void)
{
    set(&resolver.hurry);
}

/* The same number for all addresses of one name and port (FNV-1a). */
static uint64_t origin_of(const struct host *host)
{
    uint64_t hash = 0xcbf29ce484222325U ^ host->port;
    for (const char *c = host->name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3U;
    return hash;
}

static void add_address(struct address *addresses, size_t *count, const struct sockaddr *from,
                        const struct host *host)
{
    struct address address = {.port = host->port, .origin = origin_of(host)};
    const void *bytes =
        from->sa_family == AF_INET
            ? (const void *)&((const struct sockaddr_in *)(const void *)from)->sin_addr
            : &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    if (*count == POOL_MAX_REPLICAS ||
        !inet_ntop(from->sa_family, bytes, address.host, sizeof(address.host)))
        return;
    addresses[(*count)++] = address;
}

/* Appends a name's addresses. Returns 0, or why the name does not resolve now (gai_strerror). */
static int resolve(const struct host *host, struct address *addresses, size_t *count)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found;
    int failure = getaddrinfo(host->name, NULL, &hints, &found);
    if (failure != 0) /* AI_ADDRCONFIG hides a family that only the loopback has */
        failure = getaddrinfo(
            host->name, NULL,
            &(struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, &found);
    if (failure != 0)
        return failure;
    for (const struct addrinfo *one = found; one; one = one->ai_next) {
        if (one->ai_family == AF_INET || one->ai_family == AF_INET6)
            add_address(addresses, count, one->ai_addr, host);
    }
    freeaddrinfo(found);
    return 0;
}

/* Whether a host of an engine resolved at the last look. Outcomes of removed hosts stay. */
struct outcome {
    struct outcome *next;
    const struct pool *pool;
    uint64_t origin;
    bool resolves;
};

static struct {
    pthread_mutex_t lock;
    struct outcome *first;
} outcomes = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Call it under the lock. */
static struct outcome *find_outcome(const struct pool *pool, uint64_t origin)
{
    struct outcome *outcome = outcomes.first;
    while (outcome && (outcome->pool != pool || outcome->origin != origin))
        outcome = outcome->next;
    return outcome;
}

bool resolver_knows(const struct engine *engine, const struct host *host)
{
    pthread_mutex_lock(&outcomes.lock);
    const struct outcome *outcome = find_outcome(engine->pool, origin_of(host));
    bool knows = !outcome || outcome->resolves;
    pthread_mutex_unlock(&outcomes.lock);
    return knows;
}

/* Returns whether that is news. At the first look, only a host that does not resolve is. */
static bool note_outcome(const struct pool *pool, uint64_t origin, bool resolves)
{
    pthread_mutex_lock(&outcomes.lock);
    struct outcome *outcome = find_outcome(pool, origin);
    bool news = outcome ? outcome->resolves != resolves : !resolves;
    if (!outcome && (outcome = calloc(1, sizeof(*outcome))) != NULL) {
        *outcome = (struct outcome){.next = outcomes.first, .pool = pool, .origin = origin};
        outcomes.first = outcome;
    }
    if (outcome)
        outcome->resolves = resolves;
    pthread_mutex_unlock(&outcomes.lock);
    return news;
}

static void report(const struct engine *engine, const struct host *host, int failure)
{
    if (!note_outcome(engine->pool, origin_of(host), failure == 0))
        return;
    if (failure != 0)
        log_line("engine %s: its host %s does not resolve: %s", engine->name, host->name,
                 gai_strerror(failure));
    else
        log_line("engine %s: its host %s resolves now", engine->name, host->name);
}

static void forget_outcomes(void)
{
    for (struct outcome *outcome = outcomes.first, *next; outcome; outcome = next) {
        next = outcome->next;
        free(outcome);
    }
    outcomes.first = NULL;
}

/* A name that does not resolve keeps its addresses, so a failing name server stops nothing. */
static void resolve_engine(const struct engine *engine)
{
    struct address *addresses = calloc(POOL_MAX_REPLICAS, sizeof(*addresses));
    size_t count = 0;
    if (!addresses)
        return;
    for (size_t i = 0; i < engine->host_count; i++) {
        int failure = resolve(&engine->hosts[i], addresses, &count);
        report(engine, &engine->hosts[i], failure);
        if (failure != 0)
            replicas_addresses_of(engine->pool, origin_of(&engine->hosts[i]), addresses, &count);
    }
    replicas_set_addresses(engine->pool, addresses, count);
    free(addresses);
}

void resolver_look_at_new(const struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        if (!pool_has_addresses(settings->engines[i].pool))
            resolve_engine(&settings->engines[i]);
    }
}

static void resolve_all(void)
{
    const struct settings *settings = configuration_hold();
    for (size_t i = 0; i < settings->engine_count; i++)
        resolve_engine(&settings->engines[i]);
    configuration_release(settings);
}

static struct timespec after(clockid_t clock, int milliseconds)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* Call it under the lock. Waits until the next look is due, or the end. */
static void wait_for_next_look(void)
{
    struct timespec due = after(CLOCK_REALTIME, LOOK_MS), soon = after(CLOCK_REALTIME, HURRIED_MS);
    int waited = 0;
    while (!resolver.stop && !resolver.reloaded && !resolver.hurry && waited == 0)
        waited = pthread_cond_timedwait(&resolver.changed, &resolver.lock, &due);
    for (waited = 0; !resolver.stop && !resolver.reloaded && waited == 0;)
        waited = pthread_cond_timedwait(&resolver.changed, &resolver.lock, &soon);
}

static void *run(void *unused)
{
    pthread_mutex_lock(&resolver.lock);
    while (!resolver.stop) {
        resolver.reloaded = resolver.hurry = false;
        pthread_mutex_unlock(&resolver.lock);
        resolve_all();
        pthread_mutex_lock(&resolver.lock);
        resolver.has_looked = true;
        pthread_cond_broadcast(&resolver.changed);
        wait_for_next_look();
    }
    pthread_mutex_unlock(&resolver.lock);
    return unused;
}

bool resolver_start(void)
{
    if (pthread_create(&resolver.thread, NULL, run, NULL) != 0)
        return false;
    struct timespec until = after(CLOCK_REALTIME, FIRST_LOOK_SECONDS * 1000);
    pthread_mutex_lock(&resolver.lock);
    while (!resolver.has_looked &&
           pthread_cond_timedwait(&resolver.changed, &resolver.lock, &until) == 0) {
    }
    pthread_mutex_unlock(&resolver.lock);
    return true;
}

bool resolver_stop(void)
{
    struct timespec until = after(CLOCK_REALTIME, STOP_SECONDS * 1000);
    set(&resolver.stop);
    if (pthread_timedjoin_np(resolver.thread, NULL, &until) != 0)
        return false;
    forget_outcomes();
    return true;
}
