#include "intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "admission.h"
#include "assignment.h"
#include "claim.h"
#include "engine.h"
#include "exchange.h"
#include "page_answers.h"
#include "prefer.h"
#include "route.h"
#include "self_description.h"
#include "text.h"
#include "tokens.h"
#include "upload.h"
#include "workers.h"

#define RETRY_AFTER 1 /* seconds */

static void answer_problem(struct exchange *exchange, enum problem_kind kind, const char *detail)
{
    exchange_answer_problem(exchange, kind, detail, (struct problem_fields){0});
}

static void refuse_method(struct exchange *exchange, const char *allow)
{
    exchange_answer_problem(exchange, PROBLEM_METHOD_NOT_ALLOWED,
                            "the method is not allowed for this path",
                            (struct problem_fields){.allow = allow});
}

static void answer_full(struct exchange *exchange)
{
    exchange_answer_problem(exchange, PROBLEM_UNAVAILABLE,
                            "every worker is busy and the queue is full",
                            (struct problem_fields){.retry_after = RETRY_AFTER});
}

/* Heads */

/* Prefer: wait=N shortens TIMEOUT and never lengthens it. */
static void choose_patience(struct exchange *exchange, struct slice prefer)
{
    int wanted = prefer_wait(prefer);
    int most = exchange->engine->timeout;
    exchange->work.patience = wanted >= 0 && wanted < most ? wanted : most;
}

/* False if it is answered. */
static bool take_contents(struct exchange *exchange, const struct request_head *head)
{
    struct decode_error error;
    struct claim claim;
    if (claim_contents(&exchange->work, head, &exchange->engine->shared->metrics, &claim, &error))
        return true;
    exchange_answer_problem(
        exchange, error.kind, error.detail,
        (struct problem_fields){.missing = &claim.missing, .kept = &claim.kept});
    return false;
}

static void begin_execution(struct exchange *exchange, const struct request_head *head)
{
    struct decode_error error;
    exchange->is_execution = true;
    if (!admit(head, exchange->engine->request_size_limit, &exchange->work.answer_form, &error)) {
        exchange_answer_problem(
            exchange, error.kind, error.detail,
            (struct problem_fields){.only_identity = head->content_encoding.data});
        return;
    }
    if (!take_contents(exchange, head))
        return;
    if (assignment_is_full(POOL_SCRIPTS)) {
        answer_full(exchange);
        return;
    }
    struct work *work = &exchange->work;
    work->content_type_length = head->content_type.length;
    memcpy(work->content_type, head->content_type.data, head->content_type.length);
    memcpy(work->request_id, exchange->record.request_id, sizeof(work->request_id));
    work->queue_ms = head->queue_ms;
    work->keep_limit = exchange->engine->keep_limit;
    choose_patience(exchange, head->prefer);
    if (head->expects_continue && head->rest.length == 0)
        upload_invite(exchange->connection);
    exchange_enter(exchange, EXCHANGE_RECEIVING);
    upload_begin(exchange->connection, head, exchange->engine->request_size_limit);
}

/* The application */

/* The engine's token is not for the application, whose code need not be trusted with it. */
static bool is_hidden(const struct exchange *exchange, const struct iovec *name)
{
    return exchange->engine->access_tokens.count > 0 &&
           slice_equals((struct slice){name->iov_base, name->iov_len}, "HTTP_AUTHORIZATION");
}

static char *pack_one(char *at, const struct iovec *text)
{
    const variable_length length = (variable_length)text->iov_len;
    at = mempcpy(at, &length, sizeof(length));
    return length > 0 ? mempcpy(at, text->iov_base, length) : at;
}

/* Each name and each value behind its length. False if there is no memory. */
static bool pack_variables(struct exchange *exchange, const struct request_head *head)
{
    struct work *work = &exchange->work;
    const struct iovec *variables = head->variables; /* name, value, name, … */
    size_t length = head->variable_count * sizeof(variable_length);
    for (size_t i = 0; i < head->variable_count; i++)
        length += variables[i].iov_len;
    char *at = work->variables = malloc(length + 1);
    for (size_t i = 0; at && i + 1 < head->variable_count; i += 2) {
        if (!is_hidden(exchange, &variables[i]))
            at = pack_one(pack_one(at, &variables[i]), &variables[i + 1]);
    }
    work->variables_length = at ? (size_t)(at - work->variables) : 0;
    return at != NULL;
}

/* False, with an answer, if the request will not be given to the application. */
static bool admit_page(struct exchange *exchange, const struct request_head *head)
{
    uint64_t limit = exchange->engine->request_size_limit;
    char detail[120];
    const char *trouble = workers_application_trouble();
    if (head->framing == FRAMING_MALFORMED) {
        answer_problem(exchange, PROBLEM_MALFORMED_REQUEST, "Content-Length is not a number");
        return false;
    }
    if (head->framing == FRAMING_CHUNKED && (!head->is_clear || !head->is_1_1)) {
        answer_problem(exchange, PROBLEM_MALFORMED_REQUEST,
                       "Transfer-Encoding must be chunked, and no Content-Length beside it");
        return false;
    }
    if (limit > 0 && head->framing == FRAMING_LENGTH && head->length > limit) {
        snprintf(detail, sizeof(detail),
                 "the request has %" PRIu64 " bytes; the limit is %" PRIu64 " bytes", head->length,
                 limit);
        answer_problem(exchange, PROBLEM_TOO_LARGE, detail);
        return false;
    }
    if (trouble) {
        answer_problem(exchange, PROBLEM_UNAVAILABLE, trouble);
        return false;
    }
    if (assignment_is_full(POOL_APPLICATION)) {
        answer_full(exchange);
        return false;
    }
    return true;
}

static void begin_page(struct exchange *exchange, const struct request_head *head)
{
    const struct engine *engine = exchange->engine;
    struct work *work = &exchange->work;
    work->pool = POOL_APPLICATION;
    exchange->takes_chunks = head->is_1_1;
    if (slice_equals(head->method, "CONNECT")) { /* a 200 would begin a tunnel (RFC 9110 §9.3.6) */
        refuse_method(exchange, "GET, HEAD, POST");
        return;
    }
    if (!admit_page(exchange, head))
        return;
    memcpy(work->request_id, exchange->record.request_id, sizeof(work->request_id));
    if (!pack_variables(exchange, head) || work->variables_length > MESSAGE_FIELDS) {
        answer_problem(exchange, PROBLEM_MALFORMED_REQUEST, "the head of the request is too large");
        return;
    }
    work->patience = engine->application.timeout;
    work->is_trusted =
        engine->application.trusts || (engine->access_tokens.count > 0 &&
                                       tokens_allow(&engine->access_tokens, head->authorization));
    if (head->expects_continue && head->rest.length == 0)
        upload_invite(exchange->connection);
    exchange_enter(exchange, EXCHANGE_RECEIVING);
    upload_begin(exchange->connection, head, exchange->engine->request_size_limit);
}

static void answer_description(struct exchange *exchange, enum route route)
{
    struct self_description description;
    if (self_describe(route, exchange->engine, &description))
        exchange_answer_text_with(exchange, 200, description.content_type,
                                  slice_of(description.text), description.fields);
    else
        answer_problem(exchange, PROBLEM_INTERNAL, "out of memory");
    free(description.text);
}

static void copy_text(char *to, size_t capacity, struct slice from)
{
    size_t length = from.length < capacity - 1 ? from.length : capacity - 1;
    memcpy(to, from.data, length);
    to[length] = '\0';
}

/* A browser cannot send a Bearer token. Basic is for the application alone: any page could have a
 * form that runs a script with what the browser knows. */
static bool is_let_in(const struct engine *engine, enum route route, struct slice authorization)
{
    return route == ROUTE_HEALTHZ || tokens_allow(&engine->access_tokens, authorization) ||
           (route == ROUTE_APPLICATION &&
            tokens_allow_basic(&engine->access_tokens, authorization));
}

static void refuse_token(struct exchange *exchange, enum route route, struct slice authorization)
{
    const struct problem_fields fields = {
        .realm = route == ROUTE_APPLICATION ? "StandPy, the token is the password" : NULL};
    exchange_answer_problem(exchange, PROBLEM_UNAUTHORIZED,
                            authorization.data
                                ? "the token is wrong"
                                : "this engine wants a token: Authorization: Bearer <token>",
                            fields);
}

static void take_head(struct connection *connection, const struct request_head *head)
{
    struct exchange *exchange = exchange_begin(connection);
    struct request_record *record = &exchange->record;
    request_id_choose(record->request_id, head->request_id.data, head->request_id.length);
    copy_text(record->method, sizeof(record->method), head->method);
    text_for_log(record->path, sizeof(record->path), head->path.data, head->path.length);
    const char *allow = NULL;
    const struct engine *engine = exchange->engine;
    enum route route =
        route_find(head->method, head->path,
                   engine->application.workers > 0 ? engine->application.mount : NULL, &allow);
    if (!is_let_in(engine, route, head->authorization)) {
        refuse_token(exchange, route, head->authorization);
        return;
    }
    switch (route) {
    case ROUTE_EXECUTE:
        begin_execution(exchange, head);
        break;
    case ROUTE_APPLICATION:
        begin_page(exchange, head);
        break;
    case ROUTE_INFO:
    case ROUTE_HEALTHZ:
    case ROUTE_METRICS:
        answer_description(exchange, route);
        break;
    case ROUTE_NOT_FOUND:
        answer_problem(exchange, PROBLEM_NOT_FOUND, "there is no such path; there are " ROUTES);
        break;
    case ROUTE_METHOD_NOT_ALLOWED:
        refuse_method(exchange, allow);
        break;
    }
}

static void take_malformed(struct connection *connection, enum head_status status)
{
    struct exchange *exchange = exchange_begin(connection);
    request_id_choose(exchange->record.request_id, NULL, 0);
    answer_problem(exchange, PROBLEM_MALFORMED_REQUEST,
                   status == HEAD_TOO_LARGE ? "the request head is larger than 65535 bytes"
                                            : "the request head is not HTTP");
}

/* Bodies */

static void refuse_body(struct exchange *exchange, enum body_status status)
{
    struct decode_error error = {.kind = PROBLEM_INTERNAL};
    const struct body *body = &exchange->work.body;
    uint64_t length = body->length, expected = body->expected;
    switch (status) {
    case BODY_SHORT:
        refuse(&error, PROBLEM_MALFORMED_REQUEST,
               "the body ended after %" PRIu64 " of the %" PRIu64 " bytes that Content-Length says",
               length, expected);
        break;
    case BODY_STALLED:
        refuse(&error, PROBLEM_MALFORMED_REQUEST,
               "no byte of the body came for %d s, after %" PRIu64 " of the %" PRIu64
               " bytes that Content-Length says",
               connections_patience(), length, expected);
        break;
    case BODY_SLOW:
        refuse(&error, PROBLEM_MALFORMED_REQUEST,
               "the body came more slowly than %d bytes a second: after more than %d s there are "
               "%" PRIu64 " of the %" PRIu64 " bytes that Content-Length says",
               BODY_RATE, BODY_TIME, length, expected);
        break;
    case BODY_NO_MEMORY:
        refuse(&error, PROBLEM_TOO_LARGE,
               "no memory for the %" PRIu64 " bytes of the body, after %" PRIu64 " came", expected,
               length);
        break;
    case BODY_TOO_LARGE:
        refuse(&error, PROBLEM_TOO_LARGE, "the request has more than %" PRIu64 " bytes, the limit",
               exchange->engine->request_size_limit);
        break;
    case BODY_MALFORMED:
        refuse(&error, PROBLEM_MALFORMED_REQUEST,
               "the body is not chunked as RFC 9112 says, after %" PRIu64 " bytes of it", length);
        break;
    case BODY_WHOLE:
        break;
    }
    answer_problem(exchange, error.kind, error.detail);
}

static void take_body(struct connection *connection, enum body_status status, bool left)
{
    struct exchange *exchange = connection->request;
    exchange->work.body = upload_take(connection);
    exchange->record.received = exchange->work.body.length;
    if (status != BODY_WHOLE) {
        refuse_body(exchange, status);
        return;
    }
    if (left)
        return; /* nobody waits for this answer; `left` comes next */
    exchange_enter(exchange, EXCHANGE_WAITING);
    if (!assignment_submit(&exchange->work))
        answer_full(exchange);
}

/* Ends */

static void take_end(struct connection *connection)
{
    exchange_end(connection->request);
}

static void client_takes_more(struct connection *connection)
{
    page_answers_drained(connection->request);
}

static void client_left(struct connection *connection)
{
    struct exchange *exchange = connection->request;
    if (exchange->state == EXCHANGE_WAITING || exchange->state == EXCHANGE_STREAMING)
        assignment_withdraw(&exchange->work);
    exchange_abandon(exchange);
}

const struct connection_user intake = {
    .head = take_head,
    .malformed = take_malformed,
    .body = take_body,
    .drained = client_takes_more,
    .left = client_left,
    .answered = take_end,
};
