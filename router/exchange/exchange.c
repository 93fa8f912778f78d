#include "exchange.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "access_log.h"
#include "admission.h"
#include "configuration.h"
#include "http_status.h"
#include "log.h"
#include "metrics.h"
#include "monotonic.h"
#include "own_paths.h"
#include "text.h"

#define GRANTED_AT offsetof(struct exchange, request.dispatch.granted)

static void on_granted(struct inbox_item *item);
static const struct transfer_events events;

static void wake(const struct exchange *exchange)
{
    exchange->client.wake(exchange->client.client);
}

static void note_cause(struct exchange *exchange, const char *cause)
{
    if (exchange->cause[0] == '\0')
        text_copy(exchange->cause, sizeof(exchange->cause), cause);
}

static void cut(struct exchange *exchange, const char *cause)
{
    note_cause(exchange, cause);
    request_end(&exchange->request);
    reply_cut(&exchange->reply);
    wake(exchange);
}

void exchange_refuse(struct exchange *exchange, const struct refusal *refusal)
{
    exchange->ends_connection |= refusal->ends_connection;
    if (reply_is_settled(&exchange->reply))
        return;
    request_end(&exchange->request);
    note_cause(exchange, refusal->detail);
    if (exchange->request_id[0] == '\0') /* refused before its head was read */
        request_id_choose(exchange->request_id, NULL, 0);
    reply_with_refusal(&exchange->reply, refusal, exchange->request_id);
    wake(exchange);
}

/* Cuts a reply that has begun, and never completes it wrongly. */
static void fail(struct exchange *exchange, const struct refusal *refusal)
{
    if (reply_has_begun(&exchange->reply))
        cut(exchange, refusal->detail);
    else
        exchange_refuse(exchange, refusal);
}

/* The client's request */

struct exchange *exchange_create(struct transfers *transfers, struct inbox *inbox,
                                 const struct exchange_client *client, const char *target,
                                 const char *address)
{
    /* One byte more than the limit tells that a target is too long. */
    size_t length = strnlen(target, MAX_TARGET);
    struct exchange *exchange = calloc(1, sizeof(*exchange) + length + 1);
    if (!exchange)
        return NULL;
    memcpy(exchange->target, target, length);
    text_copy(exchange->address, sizeof(exchange->address), address);
    exchange->settings = configuration_hold();
    exchange->client = *client;
    exchange->began = monotonic_microseconds();
    request_init(&exchange->request, transfers, exchange->began);
    dispatch_init(&exchange->request.dispatch, inbox, on_granted);
    exchange->reply = REPLY_EMPTY;
    exchange->body = BODY_EMPTY;
    exchange->body.size_limit = exchange->settings->request_size_limit;
    exchange->body.buffer_limit = exchange->settings->buffer_limit;
    exchange->body.ready = client->ready;
    exchange->body.client = client->client;
    return exchange;
}

void exchange_begin(struct exchange *exchange, const struct request_head *head, bool is_stopping)
{
    struct admission admission = {.body_length = -1};
    struct refusal refusal;
    size_t length = head->request_id ? strlen(head->request_id) : 0;
    request_id_choose(exchange->request_id, head->request_id, length);
    text_copy(exchange->method, sizeof(exchange->method), head->method);
    enum step step = admission_decide(exchange->settings, head, is_stopping, &admission, &refusal);
    body_begin(&exchange->body, admission.body_length, admission.is_chunked);
    exchange->request.dispatch.engine = admission.engine;
    exchange->request.dispatch.is_limited = admission.is_limited;
    exchange->request.dispatch.is_page = admission.is_page;
    if (admission.engine)
        exchange->engine_target_at = (size_t)(admission.engine_target - head->target);
    if (step == STEP_TAKE && admission.kind == ROUTE_ENGINE)
        step = request_take_fields(&exchange->request, exchange->settings, head,
                                   exchange->request_id, exchange->address, &refusal);
    else if (step == STEP_TAKE)
        step = own_paths_answer(exchange->settings, admission.kind, &exchange->reply.own, &refusal);
    if (step == STEP_REFUSE)
        exchange_refuse(exchange, &refusal);
    else if (admission.kind != ROUTE_ENGINE)
        reply_with_own(&exchange->reply);
}

/* The way to a replica */

static enum step send_on(struct exchange *exchange, struct refusal *refusal)
{
    struct request_line line = {exchange->method, exchange->target + exchange->engine_target_at};
    return request_send(&exchange->request, &line, &exchange->body, &events, exchange, refusal);
}

/* Acts on what dispatch.c has decided. */
static void go_to_replica(struct exchange *exchange, enum step step, struct refusal *refusal)
{
    bool has_waited = step != STEP_REFUSE;
    if (step == STEP_START)
        step = send_on(exchange, refusal);
    if (step != STEP_REFUSE)
        return;
    exchange_refuse(exchange, refusal);
    if (!has_waited)
        exchange->request.queue_time = -1;
}

static void find_replica(struct exchange *exchange)
{
    struct refusal refusal;
    enum step step = request_find(&exchange->request, &refusal);
    go_to_replica(exchange, step, &refusal);
}

static void on_granted(struct inbox_item *item)
{
    struct exchange *exchange = (struct exchange *)(void *)((char *)item - GRANTED_AT);
    struct refusal refusal;
    enum step step = request_resume(&exchange->request, &refusal);
    go_to_replica(exchange, step, &refusal);
}

/* The request's body */

static bool discard(struct exchange *exchange, size_t length)
{
    return body_discard(&exchange->body, length) && exchange->reply.state != REPLY_CUT;
}

bool exchange_receive(struct exchange *exchange, const char *bytes, size_t length, size_t *taken)
{
    struct refusal refusal;
    *taken = length;
    if (reply_is_final(&exchange->reply))
        return discard(exchange, length);
    enum step step = body_receive(&exchange->body, bytes, length, taken, &refusal);
    if (step == STEP_START)
        find_replica(exchange);
    if (step == STEP_REFUSE)
        exchange_refuse(exchange, &refusal);
    else if (exchange->request.transfer && *taken > 0)
        transfer_continue_upload(exchange->request.transfer);
    if (*taken == length || !reply_is_final(&exchange->reply))
        return true;
    size_t rest = length - *taken; /* refused meanwhile: nobody would wake the client */
    *taken = length;
    return discard(exchange, rest);
}

void exchange_received(struct exchange *exchange)
{
    if (body_end(&exchange->body) == STEP_START && !reply_is_settled(&exchange->reply))
        find_replica(exchange);
}

static size_t on_upload(void *owner, char *into, size_t capacity)
{
    struct exchange *exchange = owner;
    size_t given = body_give(&exchange->body, into, capacity);
    if (given > 0 && exchange->body.state == BODY_STREAMS)
        wake(exchange); /* there is room */
    return given;
}

/* The engine's reply */

/* A 401 is the router's fault: the client's token was right. But an application may have users of
 * its own. */
static bool on_status(void *owner, int status)
{
    struct exchange *exchange = owner;
    exchange->reply.status = status;
    return status != 401 || exchange->request.dispatch.is_page;
}

static bool on_field(void *owner, struct slice name, struct slice value)
{
    struct exchange *exchange = owner;
    request_note_field(&exchange->request, name, value);
    return reply_add_field(&exchange->reply, name, value);
}

static void on_head(void *owner, int64_t length)
{
    struct exchange *exchange = owner;
    reply_head_ends(&exchange->reply, length);
    request_answered(&exchange->request, exchange->reply.status);
    exchange->cause[0] = '\0'; /* earlier replicas that could not be reached no longer matter */
    if (reply_is_ready(&exchange->reply))
        wake(exchange);
}

/* The log names the kind of the engine's problem. */
static void note_problem(struct exchange *exchange, const char *bytes, size_t length)
{
    struct slice slug = problem_slug((struct slice){bytes, length});
    char cause[128];
    if (exchange->cause[0] != '\0' || slug.length == 0)
        return;
    snprintf(cause, sizeof(cause), "the engine answered with an error: %.*s", (int)slug.length,
             slug.data);
    note_cause(exchange, cause);
}

static bool on_body(void *owner, const char *bytes, size_t length)
{
    struct exchange *exchange = owner;
    if (exchange->reply.status >= 400)
        note_problem(exchange, bytes, length);
    if (!download_take(&exchange->reply.download, bytes, length, exchange->settings->buffer_limit))
        return false;
    if (reply_is_ready(&exchange->reply))
        wake(exchange);
    return true;
}

/* Nothing has been sent, so nothing can run twice. */
static void try_another(struct exchange *exchange, const char *cause)
{
    log_line("engine %s: replica %s cannot be reached: %s", exchange->request.dispatch.engine->name,
             exchange->request.replica, cause);
    text_copy(exchange->cause, sizeof(exchange->cause), cause);
    find_replica(exchange);
}

static void on_done(void *owner, enum transfer_result result, const char *cause)
{
    struct exchange *exchange = owner;
    struct refusal refusal;
    switch (request_over(&exchange->request, &exchange->reply, result, cause, &refusal)) {
    case STEP_START:
        try_another(exchange, cause);
        break;
    case STEP_REFUSE:
        fail(exchange, &refusal);
        break;
    case STEP_WAIT:
    case STEP_TAKE:
        reply_ends(&exchange->reply);
        wake(exchange);
        break;
    }
}

static const struct transfer_events events = {
    .status = on_status,
    .field = on_field,
    .head = on_head,
    .body = on_body,
    .upload = on_upload,
    .done = on_done,
};

/* To the client */

size_t exchange_give(struct exchange *exchange, char *into, size_t capacity)
{
    size_t given = download_give(&exchange->reply.download, into, capacity);
    exchange->reply.sent += given;
    /* If a body pauses again at once, libcurl 8.14 reads on and buffers. So let it go on only if
     * there is room for all that it holds. */
    if (given > 0 && exchange->request.transfer && download_is_empty(&exchange->reply.download)) {
        download_resume(&exchange->reply.download);
        transfer_continue_download(exchange->request.transfer);
    }
    return given;
}

void exchange_relieve(struct exchange *exchange)
{
    struct download *download = &exchange->reply.download;
    request_let_upload_end(&exchange->request, &exchange->reply);
    if (exchange->reply.state != REPLY_FLOWS || download->state != DOWNLOAD_BLOCKED)
        return;
    /* What libcurl holds comes at once; libcurl 8.16 breaks a transfer that then refuses it. */
    if (download_relieve(download, pool_has_waiters(exchange->request.dispatch.engine->pool),
                         TRANSFER_HOLDS, exchange->settings->buffer_limit))
        transfer_continue_download(exchange->request.transfer);
}

void exchange_answered_elsewhere(struct exchange *exchange, int status, const char *cause)
{
    if (exchange->reply.status > 0 || exchange->client_left)
        return;
    exchange->reply.status = status;
    note_cause(exchange, cause);
}

/* Ends */

void exchange_client_left(struct exchange *exchange)
{
    bool has_all = exchange->reply.state == REPLY_WHOLE || exchange->reply.state == REPLY_ENDS;
    if (exchange->client_left || (has_all && download_is_empty(&exchange->reply.download)))
        return;
    exchange->client_left = true;
    if (exchange->reply.state == REPLY_CUT)
        note_cause(exchange, "the client left before its answer");
    else
        cut(exchange, "the client left before its answer");
}

void exchange_cut_off(struct exchange *exchange, const char *cause)
{
    note_cause(exchange, cause);
    exchange_client_left(exchange);
    exchange->client_left = true; /* even if all of its reply was on its way */
}

void exchange_look(struct exchange *exchange)
{
    struct refusal refusal;
    if (request_look(&exchange->request, &refusal) == STEP_REFUSE)
        fail(exchange, &refusal);
}

void exchange_give_up(struct exchange *exchange)
{
    struct refusal refusal;
    enum reply_state state = exchange->reply.state;
    if (state == REPLY_WHOLE || state == REPLY_CUT ||
        (state == REPLY_ENDS && download_is_empty(&exchange->reply.download)))
        return;
    if (exchange->body.state == BODY_WHOLE && !reply_has_begun(&exchange->reply)) {
        refuse(&refusal, PROBLEM_UNAVAILABLE, "the router stopped before the engine answered");
        refusal.retry_after = 1;
        exchange_refuse(exchange, &refusal);
        return;
    }
    if (exchange->reply.status == 0)
        exchange->reply.status = problem_status(PROBLEM_UNAVAILABLE);
    cut(exchange, "the router stopped before the answer was whole");
}

/* Logs and counts the exchange, with one reading of the clock. */
static void report(const struct exchange *exchange)
{
    const struct engine *engine = exchange->request.dispatch.engine;
    struct record record = {
        .client = exchange->address,
        .id = exchange->request_id,
        .engine = engine ? engine->name : "",
        .replica = exchange->request.replica,
        .method = exchange->method,
        .target = exchange->target,
        .engine_target = exchange->target + exchange->engine_target_at,
        .status = exchange->client_left ? STATUS_CLIENT_CLOSED_REQUEST : exchange->reply.status,
        .received = exchange->body.received,
        .sent = exchange->reply.sent,
        .duration = monotonic_microseconds() - exchange->began,
        .queue_time = exchange->request.queue_time,
        .engine_time = exchange->request.engine_time > 0 ? exchange->request.engine_time : 0,
        .counters = engine ? &engine->pool->counters : NULL,
    };
    if (exchange->cause[0] != '\0')
        record.cause = exchange->cause;
    else if (record.status >= 400)
        record.cause = "the engine answered with an error";
    access_log_write(&record, exchange->settings->log_level);
    metrics_count(&record);
}

void exchange_end(struct exchange *exchange)
{
    request_end(&exchange->request);
    report(exchange);
    request_finish(&exchange->request);
    body_finish(&exchange->body);
    reply_finish(&exchange->reply);
    configuration_release(exchange->settings);
    free(exchange);
}
