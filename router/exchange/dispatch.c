#include "dispatch.h"

#include <stddef.h>
#include <stdio.h>

#include "body.h"
#include "exchange.h"
#include "headers.h"
#include "milliseconds.h"
#include "monitor.h"
#include "monotonic.h"
#include "request_fields.h"

/* In the thread that freed a place, under the pool's lock: the exchange belongs to its own. */
void dispatch_granted(struct waiter *waiter)
{
    struct exchange *exchange =
        (struct exchange *)(void *)((char *)waiter - offsetof(struct exchange, waiter));
    inbox_push(exchange->inbox, &exchange->granted);
}

void dispatch_release(struct exchange *exchange)
{
    if (!exchange->waiter.replica)
        return;
    double milliseconds =
        exchange->replied > 0 ? (double)(monotonic_microseconds() - exchange->started) / 1000 : 0;
    pool_release(exchange->engine->pool, &exchange->waiter, exchange->limited, milliseconds);
}

void dispatch_stop(struct exchange *exchange)
{
    if (exchange->transfer)
        transfer_cancel(exchange->transfer);
    exchange->transfer = NULL;
    if (exchange->queued > 0 && exchange->started == 0) {
        pool_leave(exchange->engine->pool, &exchange->waiter);
        inbox_remove(exchange->inbox, &exchange->granted);
    }
    dispatch_release(exchange);
}

/* The replica is there. */
static void start_transfer(struct exchange *exchange)
{
    char queue[64];
    exchange->started = monotonic_microseconds();
    snprintf(exchange->replica, sizeof(exchange->replica), "%s", exchange->waiter.replica->name);
    snprintf(queue, sizeof(queue), MILLISECONDS, IN_MILLISECONDS(exchange_queue_time(exchange)));
    bool first = !exchange->attempted;
    exchange->attempted = true;
    if (first && !request_fields_add(exchange, QUEUE_TIME_HEADER, queue)) {
        exchange_refuse(exchange, PROBLEM_INTERNAL, "out of memory");
        return;
    }
    struct transfer_request request = {
        .replica = exchange->replica,
        .own_connection = !exchange->limited,
        .method = exchange->method,
        .target = exchange->target + exchange->engine_target_at,
        .body_length = exchange->body_length,
        .body = body_is_small(exchange) && exchange->received > 0 ? exchange->upload.data : NULL,
        .fields = exchange->fields,
    };
    exchange->transfer =
        transfer_start(exchange->transfers, &request, &exchange_transfer_events, exchange);
    if (!exchange->transfer)
        exchange_refuse(exchange, PROBLEM_INTERNAL, "the request cannot be sent on");
}

/* Nothing was sent: whoever sends it again runs nothing twice. */
static void refuse_unreachable(struct exchange *exchange)
{
    const char *name = exchange->engine->name;
    exchange->retry_after = 1;
    if (exchange->waiter.tried_count > 0)
        exchange_refuse(exchange, PROBLEM_UNREACHABLE, "the engine %s cannot be reached", name);
    else if (pool_has_addresses(exchange->engine->pool))
        exchange_refuse(exchange, PROBLEM_UNREACHABLE,
                        "the engine %s cannot be reached: no replica answers", name);
    else
        exchange_refuse(exchange, PROBLEM_UNREACHABLE,
                        "the engine %s cannot be reached: its name has no address", name);
}

void dispatch_refuse_token(struct exchange *exchange)
{
    exchange->retry_after = 1;
    exchange_refuse(exchange, PROBLEM_UNREACHABLE,
                    "the engine %s does not take the router's token: ENGINE_<NAME>_UPSTREAM_TOKEN "
                    "has to be its ACCESS_TOKEN",
                    exchange->engine->name);
}

static bool has_waited_enough(const struct exchange *exchange)
{
    int64_t wait = (int64_t)exchange->engine->wait * 1000000;
    return monotonic_microseconds() - exchange->stranded >= wait;
}

/* There is no replica that can be reached now. */
static void strand(struct exchange *exchange)
{
    monitor_hurry();
    if (exchange->stranded == 0)
        exchange->stranded = monotonic_microseconds();
    enum pool_answer answer = has_waited_enough(exchange)
                                  ? POOL_EMPTY
                                  : pool_wait(exchange->engine->pool, &exchange->waiter);
    if (answer == POOL_GRANTED) {
        start_transfer(exchange);
    } else if (answer != POOL_WAITS) {
        exchange->queued = 0;
        refuse_unreachable(exchange);
    }
}

void dispatch_look(struct exchange *exchange)
{
    if (exchange->stranded == 0 || exchange->started > 0 || exchange->status > 0)
        return;
    monitor_hurry();
    if (has_waited_enough(exchange))
        refuse_unreachable(exchange);
}

void dispatch_find(struct exchange *exchange)
{
    struct pool *pool = exchange->engine->pool;
    exchange->queued = monotonic_microseconds();
    exchange->started = 0;
    switch (pool_acquire(pool, &exchange->waiter, exchange->limited)) {
    case POOL_GRANTED:
        start_transfer(exchange);
        break;
    case POOL_WAITS:
        break;
    case POOL_FULL:
        exchange->queued = 0;
        exchange->retry_after = pool_retry_after(pool);
        exchange_refuse(exchange, PROBLEM_UNAVAILABLE,
                        "every worker of the engine %s is busy and its queue is full (%u)",
                        exchange->engine->name, exchange->engine->queue_limit);
        break;
    case POOL_EMPTY:
        strand(exchange);
        break;
    }
}

void dispatch_start(struct inbox_item *item)
{
    struct exchange *exchange =
        (struct exchange *)(void *)((char *)item - offsetof(struct exchange, granted));
    if (exchange->waiter.replica)
        start_transfer(exchange);
    else
        strand(exchange);
}
