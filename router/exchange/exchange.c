#include "exchange.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "access_log.h"
#include "admission.h"
#include "body.h"
#include "configuration.h"
#include "dispatch.h"
#include "headers.h"
#include "log.h"
#include "metrics.h"
#include "monitor.h"
#include "monotonic.h"
#include "request_fields.h"

#define SLOW_CLIENT_MICROSECONDS 100000 /* without taking anything of a reply that is there */

int64_t exchange_queue_time(const struct exchange *exchange)
{
    if (exchange->queued == 0)
        return 0;
    int64_t end = exchange->started > 0 ? exchange->started : monotonic_microseconds();
    return end - exchange->queued;
}

int64_t exchange_engine_time(const struct exchange *exchange)
{
    if (exchange->started == 0)
        return 0;
    int64_t end = exchange->replied > 0 ? exchange->replied : monotonic_microseconds();
    return end - exchange->started;
}

struct exchange *exchange_create(struct transfers *transfers, struct inbox *inbox,
                                 const char *target, const char *address)
{
    /* One byte more than is allowed tells a target that is too long. */
    size_t length = strnlen(target, MAX_TARGET);
    struct exchange *exchange = calloc(1, sizeof(*exchange) + length + 1);
    if (!exchange)
        return NULL;
    memcpy(exchange->target, target, length);
    exchange->settings = configuration_hold();
    exchange->transfers = transfers;
    exchange->inbox = inbox;
    exchange->waiter.granted = dispatch_granted;
    snprintf(exchange->address, sizeof(exchange->address), "%s", address);
    exchange->collected = exchange->overflow = BUFFER_EMPTY;
    exchange->body_length = -1;
    exchange->reply_length = -1;
    exchange->began = monotonic_microseconds();
    return exchange;
}

void exchange_note_cause(struct exchange *exchange, const char *cause)
{
    if (exchange->cause[0] == '\0')
        snprintf(exchange->cause, sizeof(exchange->cause), "%s", cause);
}

/* The one place that answers with an error of the router's own. */
void exchange_refuse(struct exchange *exchange, enum problem_kind kind, const char *format, ...)
{
    char detail[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);

    dispatch_stop(exchange);
    exchange_note_cause(exchange, detail);
    free(exchange->problem);
    exchange->problem =
        problem_encode(kind, detail, exchange->request_id, &exchange->problem_length);
    exchange->content_type = PROBLEM_MEDIA_TYPE;
    exchange->status = problem_status(kind);
    exchange->reply_complete = true;
    exchange->wake(exchange->client);
}

/* What takes a worker's time; the rest an engine answers beside its workers (control.h there). */
static bool is_limited(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
           strcmp(method, "OPTIONS") != 0;
}

void exchange_begin(struct exchange *exchange, const struct exchange_head *head)
{
    size_t length = head->request_id ? strlen(head->request_id) : 0;
    request_id_choose(exchange->request_id, head->request_id, length);
    snprintf(exchange->method, sizeof(exchange->method), "%s", head->method);
    exchange->state = EXCHANGE_RECEIVING;
    exchange->limited = is_limited(head->method);
    if (admission_grant(exchange, head))
        request_fields_collect(exchange, head);
}

static size_t on_upload(void *owner, char *into, size_t capacity)
{
    return body_give(owner, into, capacity);
}

/* A 401 is the router's to answer for: the client's token was right. */
static bool on_status(void *owner, int status)
{
    struct exchange *exchange = owner;
    exchange->status = status;
    exchange->token_refused = status == 401;
    return !exchange->token_refused;
}

static bool on_field(void *owner, struct slice name, struct slice value)
{
    struct exchange *exchange = owner;
    if (slice_equals_nocase(name, "connection")) {
        size_t used = strlen(exchange->reply_options);
        size_t left = sizeof(exchange->reply_options) - used;
        return (size_t)snprintf(exchange->reply_options + used, left, "%.*s,", (int)value.length,
                                value.data) < left;
    }
    /* Fields that Connection names may stand before it: they are left out in reply.c. */
    return !header_goes_to_client(name, NULL) ||
           field_list_add(&exchange->reply_fields, name, value);
}

static void on_head(void *owner, int64_t length)
{
    struct exchange *exchange = owner;
    exchange->reply_length = length;
    exchange->head_complete = true;
    exchange->replied = monotonic_microseconds();
    exchange->cause[0] = '\0'; /* replicas that could not be reached no longer matter */
    if (exchange_reply_ready(exchange))
        exchange->wake(exchange->client);
}

/* Whatever is in the buffer came before. */
static bool keep(struct exchange *exchange, const char *bytes, size_t length)
{
    if (buffer_is_empty(&exchange->overflow) && ring_space(&exchange->download) >= length)
        return ring_write(&exchange->download, bytes, length) == length;
    return exchange->overflows &&
           buffer_write(&exchange->overflow, bytes, length, exchange->settings->buffer_limit);
}

/* An engine's problem begins with its type; the log names that. */
static void note_problem(struct exchange *exchange, const char *bytes, size_t length)
{
    static const char begin[] = "{\"type\":\"urn:standpy:problem:";
    const size_t skip = sizeof(begin) - 1;
    if (exchange->cause[0] != '\0' || length <= skip || memcmp(bytes, begin, skip) != 0)
        return;
    size_t slug = 0;
    while (skip + slug < length && slug < 64 &&
           (islower((unsigned char)bytes[skip + slug]) || bytes[skip + slug] == '-'))
        slug++;
    snprintf(exchange->cause, sizeof(exchange->cause), "the engine answered with an error: %.*s",
             (int)slug, bytes + skip);
}

static bool on_body(void *owner, const char *bytes, size_t length)
{
    struct exchange *exchange = owner;
    if (exchange->status >= 400)
        note_problem(exchange, bytes, length);
    if (!keep(exchange, bytes, length)) {
        exchange->blocked = monotonic_microseconds();
        return false;
    }
    if (exchange_reply_ready(exchange))
        exchange->wake(exchange->client);
    return true;
}

/* A whole reply that fits is sent in one piece; a larger one is streamed as it comes. */
bool exchange_reply_ready(const struct exchange *exchange)
{
    if (exchange->reply_complete || exchange->broken)
        return true;
    if (!exchange->head_complete)
        return false;
    return exchange->reply_length < 0 || exchange->reply_length > (int64_t)RING_CAPACITY;
}

static void on_done(void *owner, enum transfer_result result, const char *cause)
{
    struct exchange *exchange = owner;
    exchange->transfer = NULL;
    if (result == TRANSFER_COMPLETE && exchange->head_complete) {
        exchange->reply_complete = true;
        dispatch_release(exchange);
        exchange->wake(exchange->client);
        return;
    }
    if (exchange->token_refused) {
        dispatch_release(exchange);
        dispatch_refuse_token(exchange);
        return;
    }
    if (!exchange->head_complete) {
        pool_suspect(exchange->engine->pool, exchange->waiter.replica);
        monitor_hurry();
    }
    dispatch_release(exchange);
    if (result == TRANSFER_NOT_REACHED && !exchange->broken) {
        log_line("engine %s: replica %s cannot be reached: %s", exchange->engine->name,
                 exchange->replica, cause);
        snprintf(exchange->cause, sizeof(exchange->cause), "%s", cause);
        dispatch_find(exchange); /* nothing has been sent, so nothing can run twice */
        return;
    }
    exchange_note_cause(exchange, cause);
    if (exchange->state == EXCHANGE_REPLYING) {
        exchange->broken = true; /* a reply that has begun is cut, never completed wrongly */
        exchange->wake(exchange->client);
        return;
    }
    exchange_refuse(exchange, PROBLEM_ENGINE_BROKE,
                    "the engine %s gave no whole answer: the connection to it broke (%s); the "
                    "script may have run",
                    exchange->engine->name, cause);
}

const struct transfer_events exchange_transfer_events = {
    .status = on_status,
    .field = on_field,
    .head = on_head,
    .body = on_body,
    .upload = on_upload,
    .done = on_done,
};

/* The client's side */

static bool has_reply(const struct exchange *exchange)
{
    return exchange->download.length > 0 || !buffer_is_empty(&exchange->overflow);
}

bool exchange_reply_is_one_piece(const struct exchange *exchange)
{
    return exchange->reply_complete && exchange->download.start == 0 &&
           buffer_is_empty(&exchange->overflow);
}

static void let_engine_go_on(struct exchange *exchange)
{
    exchange->blocked = 0;
    transfer_continue_download(exchange->transfer);
}

size_t exchange_give(struct exchange *exchange, char *into, size_t capacity)
{
    size_t given = ring_read(&exchange->download, into, capacity);
    if (given == 0)
        given = buffer_read(&exchange->overflow, into, capacity);
    /* libcurl 8.14 reads on and buffers where a body pauses again at once: let it go on only when
     * all that it holds fits. */
    if (given > 0 && !has_reply(exchange) && exchange->transfer)
        let_engine_go_on(exchange);
    return given;
}

void exchange_relieve(struct exchange *exchange)
{
    if (exchange->state != EXCHANGE_REPLYING || !exchange->transfer || exchange->blocked == 0 ||
        exchange->overflows)
        return;
    /* What libcurl holds comes at once; libcurl 8.16 breaks a transfer that then takes none. */
    if (!buffer_has_room(&exchange->overflow, TRANSFER_HOLDS, exchange->settings->buffer_limit))
        return;
    if (monotonic_microseconds() - exchange->blocked < SLOW_CLIENT_MICROSECONDS &&
        !pool_has_waiters(exchange->engine->pool))
        return;
    exchange->overflows = true;
    let_engine_go_on(exchange);
}

void exchange_client_left(struct exchange *exchange)
{
    if (exchange->client_left || (exchange->reply_complete && !has_reply(exchange)))
        return;
    exchange->client_left = exchange->broken = true;
    exchange_note_cause(exchange, "the client left before its answer");
    dispatch_stop(exchange);
    exchange->wake(exchange->client);
}

void exchange_look(struct exchange *exchange)
{
    dispatch_look(exchange);
    if (!exchange->transfer || !pool_is_gone(exchange->engine->pool, exchange->waiter.replica))
        return;
    char what[200];
    snprintf(what, sizeof(what), "its replica %s has not answered GET /info for %d seconds",
             exchange->replica, POOL_GONE_AFTER_MS / 1000);
    if (exchange->state != EXCHANGE_REPLYING) {
        exchange_refuse(exchange, PROBLEM_GATEWAY_TIMEOUT,
                        "the engine %s gave no answer in time: %s", exchange->engine->name, what);
        return;
    }
    exchange->broken = true;
    exchange_note_cause(exchange, what);
    dispatch_stop(exchange);
    exchange->wake(exchange->client);
}

void exchange_give_up(struct exchange *exchange)
{
    bool is_kept = exchange->state == EXCHANGE_REPLYING && has_reply(exchange);
    if ((exchange->reply_complete && !is_kept) || exchange->broken)
        return;
    if (exchange->state == EXCHANGE_WAITING) {
        exchange->retry_after = 1;
        exchange_refuse(exchange, PROBLEM_UNAVAILABLE,
                        "the router ended before the engine answered");
        return;
    }
    exchange->broken = true;
    if (exchange->status == 0)
        exchange->status = problem_status(PROBLEM_UNAVAILABLE);
    exchange_note_cause(exchange, "the router ended before the answer was whole");
    dispatch_stop(exchange);
    exchange->wake(exchange->client);
}

void exchange_end(struct exchange *exchange)
{
    exchange->state = EXCHANGE_ENDED;
    dispatch_stop(exchange);
    transfer_fields_free(exchange->fields);
    access_log_write(exchange);
    metrics_count(exchange);
    ring_finish(&exchange->upload);
    ring_finish(&exchange->download);
    buffer_finish(&exchange->collected);
    buffer_finish(&exchange->overflow);
    field_list_finish(&exchange->reply_fields);
    free(exchange->problem);
    configuration_release(exchange->settings);
    free(exchange);
}
