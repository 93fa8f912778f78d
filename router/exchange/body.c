#include "body.h"

#include <inttypes.h>

#include "dispatch.h"
#include "exchange.h"

/* In its socket, of a client that is ahead; libmicrohttpd reads half as much at a time. */
#define AHEAD ((uint64_t)32 * 1024)

bool body_is_small(const struct exchange *exchange)
{
    return !exchange->collects && exchange->body_length >= 0 &&
           exchange->body_length <= (int64_t)RING_CAPACITY;
}

/* Nobody takes the rest of the body: behind an error the transfer stops sending. */
static bool is_answered(const struct exchange *exchange)
{
    return exchange->reply_complete || exchange->broken ||
           (exchange->head_complete && exchange->status >= 300);
}

static bool client_is_ahead(const struct exchange *exchange)
{
    if (exchange->body_length < 0)
        return false; /* chunked: its length is to be found out */
    uint64_t rest = (uint64_t)exchange->body_length - exchange->received;
    return rest > 0 && exchange->ready(exchange->client) >= (rest < AHEAD ? rest : AHEAD);
}

static bool collect_chunked(struct exchange *exchange, const char *bytes, size_t length)
{
    uint64_t limit = exchange->settings->request_size_limit;
    exchange->received += length;
    if (limit == 0 || exchange->received <= limit)
        return buffer_write(&exchange->collected, bytes, length, UINT64_MAX);
    exchange_refuse(exchange, PROBLEM_TOO_LARGE,
                    "the request has more than the limit of %" PRIu64 " bytes", limit);
    return true; /* the rest is discarded, then the client gets its answer */
}

static size_t stream(struct exchange *exchange, const char *bytes, size_t length)
{
    size_t taken = ring_write(&exchange->upload, bytes, length);
    if (length > 0 && !exchange->upload.data) /* else nobody would ever wake the client */
        exchange_refuse(exchange, PROBLEM_INTERNAL, "no memory for the body");
    exchange->received += taken;
    if (taken > 0 && exchange->transfer)
        transfer_continue_upload(exchange->transfer);
    return taken;
}

static size_t collect(struct exchange *exchange, const char *bytes, size_t length)
{
    if (!buffer_write(&exchange->collected, bytes, length, exchange->settings->buffer_limit)) {
        dispatch_find(exchange);
        return stream(exchange, bytes, length);
    }
    exchange->received += length;
    if (client_is_ahead(exchange))
        dispatch_find(exchange);
    return length;
}

/* The ring is full, and nothing has been sent on yet. Returns how many more bytes it took. */
static size_t go_on(struct exchange *exchange, const char *bytes, size_t length)
{
    struct ring *ring = &exchange->upload;
    uint64_t limit = exchange->settings->buffer_limit;
    if (client_is_ahead(exchange) ||
        !buffer_write(&exchange->collected, ring->data, ring->length, limit)) {
        dispatch_find(exchange);
        return 0;
    }
    exchange->collects = true;
    ring_finish(ring);
    return length > 0 ? collect(exchange, bytes, length) : 0;
}

static size_t take(struct exchange *exchange, const char *bytes, size_t length)
{
    bool sent_on = exchange->queued > 0;
    if (exchange->collects && !sent_on)
        return collect(exchange, bytes, length);
    size_t taken = stream(exchange, bytes, length);
    if (!sent_on && !body_is_small(exchange) && ring_space(&exchange->upload) == 0)
        taken += go_on(exchange, bytes + taken, length - taken);
    return taken;
}

static bool discard(struct exchange *exchange, size_t length)
{
    exchange->received += length;
    exchange->discarded += length;
    return exchange->discarded < MAX_DISCARD && !exchange->broken;
}

bool body_receive(struct exchange *exchange, const char *bytes, size_t length, size_t *taken)
{
    *taken = length;
    if (is_answered(exchange))
        return discard(exchange, length);
    if (exchange->collects && exchange->body_length < 0)
        return collect_chunked(exchange, bytes, length);
    *taken = take(exchange, bytes, length);
    if (*taken == length || !is_answered(exchange))
        return true;
    size_t rest = length - *taken; /* it was refused meanwhile, and nobody would wake the client */
    *taken = length;
    return discard(exchange, rest);
}

void body_received(struct exchange *exchange)
{
    if (exchange->state != EXCHANGE_RECEIVING)
        return;
    exchange->state = EXCHANGE_WAITING;
    if (exchange->reply_complete || exchange->queued > 0 || exchange->broken)
        return;
    if (exchange->collects)
        exchange->body_length = (int64_t)exchange->received;
    dispatch_find(exchange);
}

size_t body_give(struct exchange *exchange, char *into, size_t capacity)
{
    size_t given = buffer_read(&exchange->collected, into, capacity);
    if (given > 0)
        return given; /* what is in the ring came behind it */
    given = ring_read(&exchange->upload, into, capacity);
    if (given > 0)
        exchange->wake(exchange->client);
    return given;
}
