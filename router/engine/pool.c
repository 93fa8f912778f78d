#include "pool.h"

#include <string.h>

void pool_set_queue_limit(struct pool *pool, size_t limit)
{
    pthread_mutex_lock(&pool->lock);
    pool->queue_limit = limit;
    pthread_mutex_unlock(&pool->lock);
}

/* Choosing */

static bool is_full(const struct pool *pool, const struct replica *replica, bool is_page)
{
    if (is_page)
        return replica->page_workers > 0 && replica->pages_in_flight >= replica->page_workers;
    unsigned each = 1 + (replica == pool->released ? pool->ahead : 0);
    return replica->workers > 0 && replica->in_flight >= (uint64_t)replica->workers * each;
}

/* Whether `left` is less loaded, relative to its size. */
static bool is_freer(const struct replica *left, const struct replica *right, bool is_page)
{
    unsigned left_size = is_page ? left->page_workers : left->workers;
    unsigned right_size = is_page ? right->page_workers : right->workers;
    uint64_t left_has = is_page ? left->pages_in_flight : left->in_flight;
    uint64_t right_has = is_page ? right->pages_in_flight : right->in_flight;
    return left_has * (right_size > 0 ? right_size : 1) <
           right_has * (left_size > 0 ? left_size : 1);
}

static size_t holds(const struct pool *pool, const struct waiter *waiter,
                    const struct replica *replica)
{
    return waiter->contents ? holdings_count(&pool->holdings, replica, waiter->contents) : 0;
}

/* Whether the request should rather go to `left`: bytes that need not be sent count most. */
static bool is_better(const struct pool *pool, const struct waiter *waiter,
                      const struct replica *left, const struct replica *right)
{
    size_t left_holds = holds(pool, waiter, left), right_holds = holds(pool, waiter, right);
    return left_holds != right_holds ? left_holds > right_holds
                                     : is_freer(left, right, waiter->is_page);
}

static bool was_tried(const struct waiter *waiter, const struct replica *replica)
{
    for (size_t i = 0; i < waiter->tried_count; i++) {
        if (waiter->tried[i] == replica)
            return true;
    }
    return false;
}

struct choice {
    struct replica *replica; /* NULL: none */
    bool all_full;           /* there are replicas, but none has room */
};

/* Chooses among replicas that are up or not asked yet; with `down`, among those that are down. */
static struct choice choose_among(const struct pool *pool, const struct waiter *waiter, bool down,
                                  bool limited)
{
    struct choice choice = {NULL, false};
    for (size_t i = 0; i < pool->count; i++) {
        struct replica *replica = pool->replicas[(pool->next + i) % pool->count];
        bool is_down = replica->state == REPLICA_DOWN;
        if (!replica->listed || is_down != down || was_tried(waiter, replica) ||
            (down && replica->silent_ms >= POOL_DOWN_AFTER_MS))
            continue;
        if (limited && is_full(pool, replica, waiter->is_page))
            choice.all_full = true;
        else if (!choice.replica || is_better(pool, waiter, replica, choice.replica))
            choice.replica = replica;
    }
    return choice;
}

static struct choice choose(struct pool *pool, const struct waiter *waiter, bool limited)
{
    if (waiter->tried_count == POOL_MAX_TRIED)
        return (struct choice){NULL, false};
    struct choice choice = choose_among(pool, waiter, false, limited);
    if (!choice.replica && !choice.all_full && !waiter->only_up)
        choice = choose_among(pool, waiter, true, limited);
    if (choice.replica && pool->count > 0)
        pool->next = (pool->next + 1) % pool->count;
    return choice;
}

static void reserve(struct waiter *waiter, struct replica *replica, bool limited)
{
    waiter->replica = replica;
    replica->users++;
    if (limited)
        ++*(waiter->is_page ? &replica->pages_in_flight : &replica->in_flight);
    waiter->tried[waiter->tried_count++] = replica; /* if the list is full, choose gives nothing */
}

/* The queue */

static void append(struct pool *pool, struct waiter *waiter)
{
    waiter->waits = true;
    waiter->next = NULL;
    waiter->previous = pool->last;
    *(pool->last ? &pool->last->next : &pool->first) = waiter;
    pool->last = waiter;
    pool->queued++;
    pool->pages_queued += waiter->is_page;
}

static void take_out(struct pool *pool, struct waiter *waiter)
{
    *(waiter->previous ? &waiter->previous->next : &pool->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &pool->last) = waiter->previous;
    waiter->waits = false;
    pool->queued--;
    pool->pages_queued -= waiter->is_page;
}

static size_t queued_of(const struct pool *pool, bool is_page)
{
    return is_page ? pool->pages_queued : pool->queued - pool->pages_queued;
}

/* Whether nobody of the other kind waits. */
static bool is_alone(const struct pool *pool, bool is_page)
{
    return queued_of(pool, !is_page) == 0;
}

/* The first of its kind that waits. */
static const struct waiter *first_of(const struct pool *pool, bool is_page)
{
    const struct waiter *waiter = queued_of(pool, is_page) > 0 ? pool->first : NULL;
    while (waiter && waiter->is_page != is_page)
        waiter = waiter->next;
    return waiter;
}

void pool_serve(struct pool *pool)
{
    bool full[2] = {false, false}; /* for scripts, for the application */
    for (struct waiter *waiter = pool->first, *next; waiter; waiter = next) {
        next = waiter->next;
        if (full[waiter->is_page])
            continue;
        struct choice choice = choose(pool, waiter, waiter->limited);
        if (!choice.replica && choice.all_full) {
            full[waiter->is_page] = true;
            if (full[!waiter->is_page] || is_alone(pool, waiter->is_page))
                return;
            continue;
        }
        if (!choice.replica && waiter->only_up)
            continue;
        take_out(pool, waiter);
        if (choice.replica)
            reserve(waiter, choice.replica, waiter->limited);
        waiter->granted(waiter); /* without a replica if none is left */
    }
}

enum pool_answer pool_acquire(struct pool *pool, struct waiter *waiter, bool limited)
{
    enum pool_answer answer = POOL_GRANTED;
    pthread_mutex_lock(&pool->lock);
    waiter->replica = NULL;
    waiter->limited = limited;
    waiter->only_up = false;
    /* Nobody overtakes those that wait. But if they wait for a replica to come up, there is none to
     * take from them. */
    struct choice choice = {NULL, true};
    const struct waiter *first = first_of(pool, waiter->is_page);
    if (!limited || !first || first->only_up)
        choice = choose(pool, waiter, limited);
    if (choice.replica) {
        reserve(waiter, choice.replica, limited);
    } else if (!choice.all_full) {
        answer = POOL_EMPTY;
    } else if (queued_of(pool, waiter->is_page) >= pool->queue_limit) {
        answer = POOL_FULL;
    } else {
        append(pool, waiter);
        answer = POOL_WAITS;
    }
    pthread_mutex_unlock(&pool->lock);
    return answer;
}

enum pool_answer pool_wait(struct pool *pool, struct waiter *waiter)
{
    enum pool_answer answer = POOL_WAITS;
    pthread_mutex_lock(&pool->lock);
    waiter->replica = NULL;
    waiter->tried_count = 0;
    waiter->only_up = true;
    struct choice choice = choose(pool, waiter, waiter->limited);
    if (choice.replica) {
        reserve(waiter, choice.replica, waiter->limited);
        answer = POOL_GRANTED;
    } else if (queued_of(pool, waiter->is_page) >= pool->queue_limit) {
        answer = POOL_FULL;
    } else {
        append(pool, waiter);
    }
    pthread_mutex_unlock(&pool->lock);
    return answer;
}

/* How many requests to send ahead to each worker of a replica that took so long for one. */
static unsigned count_ahead(double milliseconds)
{
    double count = milliseconds > 0 ? POOL_AHEAD_MS / milliseconds : 0;
    return count > POOL_MOST_AHEAD ? POOL_MOST_AHEAD : (unsigned)count;
}

static void give_back(struct pool *pool, struct waiter *waiter, bool limited, double milliseconds)
{
    struct replica *replica = waiter->replica;
    waiter->replica = NULL;
    if (!replica)
        return;
    replica->users--;
    if (limited)
        --*(waiter->is_page ? &replica->pages_in_flight : &replica->in_flight);
    pool->released = waiter->is_page ? NULL : replica;
    pool->ahead = count_ahead(milliseconds);
    pool_serve(pool);
    pool->released = NULL;
}

void pool_release(struct pool *pool, struct waiter *waiter, bool limited, double milliseconds)
{
    pthread_mutex_lock(&pool->lock);
    if (milliseconds > 0 && limited && !waiter->is_page)
        pool->mean_ms += (milliseconds - pool->mean_ms) / (pool->mean_ms > 0 ? 16 : 1);
    give_back(pool, waiter, limited, limited ? milliseconds : 0);
    pthread_mutex_unlock(&pool->lock);
}

void pool_note_contents(struct pool *pool, const struct replica *replica,
                        const struct content_numbers *contents)
{
    if (contents->count == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    holdings_note(&pool->holdings, replica, contents);
    pthread_mutex_unlock(&pool->lock);
}

void pool_forget_contents(struct pool *pool, const struct replica *replica,
                          const struct content_numbers *contents)
{
    if (contents->count == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    holdings_forget(&pool->holdings, replica, contents);
    pthread_mutex_unlock(&pool->lock);
}

void pool_leave(struct pool *pool, struct waiter *waiter)
{
    pthread_mutex_lock(&pool->lock);
    if (waiter->waits)
        take_out(pool, waiter);
    give_back(pool, waiter, waiter->limited, 0);
    pthread_mutex_unlock(&pool->lock);
}

unsigned pool_retry_after(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    unsigned workers = 0;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->replicas[i]->listed && pool->replicas[i]->state != REPLICA_DOWN)
            workers += pool->replicas[i]->workers;
    }
    size_t before = pool->queued > 0 ? pool->queued : 1; /* with no queue, one of those that run */
    double wait_ms = pool->mean_ms * (double)before / (workers > 0 ? workers : 1);
    pthread_mutex_unlock(&pool->lock);
    double seconds = wait_ms / 1000;
    return seconds < 1 ? 1 : seconds > 3600 ? 3600 : (unsigned)(seconds + 0.5);
}

void pool_suspect(struct pool *pool, struct replica *replica)
{
    atomic_fetch_add(&pool->counters.replica_failures, 1);
    pthread_mutex_lock(&pool->lock);
    replica->state = REPLICA_DOWN;
    replica->suspect = true;
    pool_serve(pool); /* if none is up, those that wait try one that is down */
    pthread_mutex_unlock(&pool->lock);
}

bool pool_is_gone(struct pool *pool, const struct replica *replica)
{
    pthread_mutex_lock(&pool->lock);
    bool gone = replica->silent_ms >= POOL_GONE_AFTER_MS;
    pthread_mutex_unlock(&pool->lock);
    return gone;
}

void pool_mount(struct pool *pool, char mount[POOL_MOUNT])
{
    pthread_mutex_lock(&pool->lock);
    memcpy(mount, pool->mount, POOL_MOUNT);
    pthread_mutex_unlock(&pool->lock);
}

bool pool_has_addresses(struct pool *pool)
{
    bool has = false;
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++)
        has = has || pool->replicas[i]->listed;
    pthread_mutex_unlock(&pool->lock);
    return has;
}

bool pool_is_ready(struct pool *pool)
{
    bool ready = false;
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++)
        ready = ready || (pool->replicas[i]->listed && pool->replicas[i]->state == REPLICA_UP);
    pthread_mutex_unlock(&pool->lock);
    return ready;
}

void pool_load(struct pool *pool, size_t *queued, size_t *in_flight)
{
    pthread_mutex_lock(&pool->lock);
    *queued = pool->queued;
    *in_flight = 0;
    for (size_t i = 0; i < pool->count; i++)
        *in_flight += pool->replicas[i]->in_flight + pool->replicas[i]->pages_in_flight;
    pthread_mutex_unlock(&pool->lock);
}

bool pool_has_waiters(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    bool has = pool->queued > 0;
    pthread_mutex_unlock(&pool->lock);
    return has;
}

void pool_each(struct pool *pool, void (*visit)(void *context, struct replica *replica),
               void *context)
{
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->replicas[i]->listed || pool->replicas[i]->users > 0)
            visit(context, pool->replicas[i]);
    }
    pthread_mutex_unlock(&pool->lock);
}
