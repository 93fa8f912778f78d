#include "exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "connection.h"
#include "death.h"
#include "engine.h"
#include "execution_request.h"
#include "execution_result.h"
#include "http_status.h"
#include "log.h"
#include "loop.h"
#include "monotonic.h"
#include "prefer.h"
#include "problem.h"
#include "report.h"
#include "request_log.h"
#include "response.h"
#include "route.h"
#include "self_description.h"
#include "stack.h"
#include "text.h"
#include "tokens.h"
#include "work.h"
#include "workers.h"

#define RETRY_AFTER 1 /* seconds */

enum exchange_state {
    EXCHANGE_RECEIVING, /* its body comes */
    EXCHANGE_WAITING,   /* for a worker, or for its result */
    EXCHANGE_ANSWERING,
};

struct exchange {
    enum exchange_state state;
    struct connection *connection;
    struct work work;
    struct request_record record;
    int64_t started; /* nanoseconds */
    bool is_execution;
    bool head_only; /* the answer to HEAD: the body's length, but no body */
    bool may_keep;  /* the client wants to keep the connection */
    bool unread;    /* some of the request is left on the socket */
    bool shorter;   /* Prefer: wait=N was less than TIMEOUT */
};

static const struct engine *engine;
static int open_count;

int exchanges_open(void)
{
    return open_count;
}

static struct exchange *of_work(struct work *work)
{
    return (struct exchange *)(void *)((char *)work - offsetof(struct exchange, work));
}

static bool may_follow(enum exchange_state before, enum exchange_state after)
{
    return after > before;
}

/* The one setter of its state. */
static void enter(struct exchange *exchange, enum exchange_state state)
{
    if (!may_follow(exchange->state, state))
        abort(); /* the front starts anew, which is better than to answer twice */
    exchange->state = state;
}

/* The one end: log, metrics. */
static void end(struct exchange *exchange, enum outcome outcome, bool is_logged)
{
    struct request_record *record = &exchange->record;
    record->worker = exchange->work.worker;
    record->microseconds = (uint64_t)(monotonic_nanoseconds() - exchange->started) / 1000;
    if (is_logged)
        request_log(record);
    if (exchange->is_execution)
        metrics_count(&engine->shared->metrics, outcome, record->microseconds);
    body_free(&exchange->work.body);
    free(exchange);
    open_count--;
}

/* Answers */

/* The one function that answers. */
static void answer(struct exchange *exchange, struct response *response, struct slice body,
                   int file)
{
    char head[RESPONSE_HEAD_CAPACITY];
    bool keep = exchange->may_keep && !exchange->unread && !connections_are_finishing();
    response->request_id = exchange->record.request_id;
    response->keep = keep;
    enter(exchange, EXCHANGE_ANSWERING);
    exchange->record.status = response->status;
    exchange->record.sent = exchange->head_only ? 0 : response->content_length;
    const struct outgoing outgoing = {
        .head = {head, response_head(head, response)},
        .body = exchange->head_only ? (struct slice){"", 0} : body,
        .file = file,
        .file_length = file >= 0 ? response->content_length : 0,
        .keep = keep,
        .unread = exchange->unread,
    };
    connection_answer(exchange->connection, &outgoing);
}

static void answer_text(struct exchange *exchange, int status, const char *content_type,
                        struct slice text)
{
    struct response response = {
        .status = status,
        .content_type = slice_of(content_type),
        .content_length = text.length,
    };
    answer(exchange, &response, text, -1);
}

struct problem_fields {
    const char *allow;
    int retry_after;
    bool only_identity;
};

static void answer_problem_with(struct exchange *exchange, enum problem_kind kind,
                                const char *detail, struct problem_fields fields)
{
    size_t length = 0;
    char *text = problem_encode(kind, detail, exchange->record.request_id, &length);
    struct slice body = text ? (struct slice){text, length} : slice_of("{}");
    struct response response = {
        .status = problem_status(kind),
        .content_type = slice_of(PROBLEM_MEDIA_TYPE),
        .content_length = body.length,
        .allow = fields.allow,
        .retry_after = fields.retry_after,
        .authenticate = kind == PROBLEM_UNAUTHORIZED,
        .only_identity = fields.only_identity,
    };
    answer(exchange, &response, body, -1);
    free(text);
}

static void answer_problem(struct exchange *exchange, enum problem_kind kind, const char *detail)
{
    answer_problem_with(exchange, kind, detail, (struct problem_fields){0});
}

static void answer_full(struct exchange *exchange)
{
    answer_problem_with(exchange, PROBLEM_UNAVAILABLE, "every worker is busy and the queue is full",
                        (struct problem_fields){.retry_after = RETRY_AFTER});
}

/* Heads */

/* Prefer: wait=N shortens TIMEOUT and never lengthens it. */
static void choose_patience(struct exchange *exchange, struct slice prefer)
{
    int wanted = prefer_wait(prefer);
    exchange->shorter = wanted >= 0 && wanted < engine->timeout;
    exchange->work.patience = exchange->shorter ? wanted : engine->timeout;
}

static void begin_execution(struct exchange *exchange, const struct request_head *head)
{
    struct decode_error error;
    exchange->is_execution = true;
    if (!admit(head, engine->request_size_limit, &exchange->work.answer_form, &error)) {
        answer_problem_with(exchange, error.kind, error.detail,
                            (struct problem_fields){.only_identity = head->content_encoding.data});
        return;
    }
    if (workers_are_full()) {
        answer_full(exchange);
        return;
    }
    struct work *work = &exchange->work;
    work->content_type_length = head->content_type.length;
    memcpy(work->content_type, head->content_type.data, head->content_type.length);
    memcpy(work->request_id, exchange->record.request_id, sizeof(work->request_id));
    work->queue_ms = head->queue_ms;
    choose_patience(exchange, head->prefer);
    if (head->expects_continue && head->rest.length == 0)
        connection_continue(exchange->connection);
    connection_read_body(exchange->connection, head);
}

static void answer_description(struct exchange *exchange, enum route route)
{
    struct self_description description;
    if (self_describe(route, engine, &description))
        answer_text(exchange, 200, description.content_type, slice_of(description.text));
    else
        answer_problem(exchange, PROBLEM_INTERNAL, "out of memory");
    free(description.text);
}

static struct exchange *make_exchange(struct connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        abort(); /* the front starts anew with less */
    exchange->connection = connection;
    exchange->work.body.file = -1;
    exchange->started = loop_now();
    connection->request = exchange;
    open_count++;
    return exchange;
}

static void copy_text(char *to, size_t capacity, struct slice from)
{
    size_t length = from.length < capacity - 1 ? from.length : capacity - 1;
    memcpy(to, from.data, length);
    to[length] = '\0';
}

static void take_head(struct connection *connection, const struct request_head *head)
{
    struct exchange *exchange = make_exchange(connection);
    struct request_record *record = &exchange->record;
    request_id_choose(record->request_id, head->request_id.data, head->request_id.length);
    copy_text(record->method, sizeof(record->method), head->method);
    text_for_log(record->path, sizeof(record->path), head->path.data, head->path.length);
    exchange->may_keep = head->keep_alive;
    exchange->head_only = slice_equals(head->method, "HEAD");
    exchange->unread = head->length > 0 || head->chunked || head->length_malformed;
    const char *allow = NULL;
    enum route route = route_find(head->method, head->path, &allow);
    if (route != ROUTE_HEALTHZ && !tokens_allow(&engine->access_tokens, head->authorization)) {
        answer_problem(exchange, PROBLEM_UNAUTHORIZED,
                       head->authorization.data
                           ? "the token is wrong"
                           : "this engine wants a token: Authorization: Bearer <token>");
        return;
    }
    switch (route) {
    case ROUTE_EXECUTE:
        begin_execution(exchange, head);
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
        answer_problem_with(exchange, PROBLEM_METHOD_NOT_ALLOWED,
                            "the method is not allowed for this path",
                            (struct problem_fields){.allow = allow});
        break;
    }
}

static void take_malformed(struct connection *connection, enum head_status status)
{
    struct exchange *exchange = make_exchange(connection);
    request_id_choose(exchange->record.request_id, NULL, 0);
    exchange->unread = true;
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
        exchange->may_keep = false;
        break;
    case BODY_STALLED:
        exchange->unread = true;
        refuse(&error, PROBLEM_MALFORMED_REQUEST,
               "no byte of the body came for %d s, after %" PRIu64 " of the %" PRIu64
               " bytes that Content-Length says",
               connections_patience(), length, expected);
        break;
    case BODY_SLOW:
        exchange->unread = true;
        refuse(&error, PROBLEM_MALFORMED_REQUEST,
               "the body came more slowly than %d bytes a second: after more than %d s there are "
               "%" PRIu64 " of the %" PRIu64 " bytes that Content-Length says",
               BODY_RATE, BODY_TIME, length, expected);
        break;
    case BODY_NO_MEMORY:
        exchange->unread = true;
        refuse(&error, PROBLEM_TOO_LARGE,
               "no memory for the %" PRIu64 " bytes of the body, after %" PRIu64 " came", expected,
               length);
        break;
    case BODY_WHOLE:
        break;
    }
    answer_problem(exchange, error.kind, error.detail);
}

/* A client that is gone before a worker has its script: it never runs, and leaves no line. */
static void abandon(struct exchange *exchange)
{
    exchange->connection = NULL;
    exchange->record.status = STATUS_CLIENT_CLOSED_REQUEST;
    end(exchange, OUTCOME_ABORTED, exchange->work.worker > 0);
}

static void take_body(struct connection *connection, enum body_status status, bool left)
{
    struct exchange *exchange = connection->request;
    exchange->work.body = connection_take_body(connection);
    exchange->record.received = exchange->work.body.length;
    exchange->unread = false;
    if (status != BODY_WHOLE) {
        refuse_body(exchange, status);
        return;
    }
    if (left)
        return; /* the connection says so next: nobody waits for this answer */
    enter(exchange, EXCHANGE_WAITING);
    if (!workers_submit(&exchange->work))
        answer_full(exchange);
}

/* Results */

static void take_result(struct work *work, const struct message *message,
                        const struct message_parts *parts, int file)
{
    struct exchange *exchange = of_work(work);
    struct response response = {
        .status = (int)message->status,
        .content_type = parts->content_type,
        .content_length = message->content_length,
    };
    if (parts->note.length > 0) {
        log_line("worker %d: request %s failed within:", work->worker, work->request_id);
        log_foreign(parts->note);
    }
    answer(exchange, &response, parts->content, file);
}

/* A failure that the front reports in a script's place, with what it printed. */
static void answer_report(struct exchange *exchange, const struct execution_result *result,
                          struct slice out, struct slice err)
{
    const struct report_context context = {
        .request_id = exchange->work.request_id,
        .out = out,
        .err = err,
    };
    char *problem = report_problem(result, &context);
    if (problem)
        answer_text(exchange, problem_status(result->kind), PROBLEM_MEDIA_TYPE, slice_of(problem));
    else
        answer_problem(exchange, result->kind, "out of memory");
    free(problem);
}

static void take_overdue(struct work *work, const struct overdue *overdue)
{
    struct exchange *exchange = of_work(work);
    char detail[200];
    snprintf(detail, sizeof(detail), "the script did not end within %d s, %s%s", work->patience,
             exchange->shorter ? "as the request's Prefer: wait says"
                               : "the TIMEOUT of this engine",
             overdue->stack.length > 0 ? "" : "; where it hung could not be found out");
    char *traceback = stack_format(overdue->stack, overdue->thread);
    const struct execution_result result = {
        .kind = PROBLEM_DEADLINE,
        .detail = slice_of(detail),
        .phase = slice_of(stack_phase(overdue->stack, overdue->thread)),
        .traceback = traceback ? slice_of(traceback) : (struct slice){NULL, 0},
    };
    answer_report(exchange, &result, overdue->out, overdue->err);
    free(traceback);
}

static void log_death(const struct work *work, const struct death *death, const char *traceback)
{
    log_line("worker %d: the script of request %s died: %s; sha256=%s", work->worker,
             work->request_id, death->how, death->script[0] ? death->script : "-");
    if (traceback)
        log_foreign(slice_of(traceback));
}

static void take_death(struct work *work, const struct death *death)
{
    struct exchange *exchange = of_work(work);
    char detail[512];
    snprintf(detail, sizeof(detail), "the script gave no answer: %s%s%s", death->how,
             death->script[0] ? "; sha256 of the script: " : "", death->script);
    char *traceback = stack_format(death->left.stack, death->left.thread);
    const struct execution_result result = {
        .kind = PROBLEM_SCRIPT_DIED,
        .detail = slice_of(detail),
        .phase = slice_of(stack_phase(death->left.stack, death->left.thread)),
        .traceback = traceback ? slice_of(traceback) : (struct slice){NULL, 0},
    };
    log_death(work, death, traceback);
    answer_report(exchange, &result, death->left.out, death->left.err);
    free(traceback);
}

/* Ends */

static void client_left(struct connection *connection)
{
    struct exchange *exchange = connection->request;
    if (exchange->state == EXCHANGE_WAITING)
        workers_withdraw(&exchange->work);
    abandon(exchange);
}

static void take_end(struct connection *connection, bool whole)
{
    struct exchange *exchange = connection->request;
    (void)whole; /* a client that takes half an answer knows */
    connection->request = NULL;
    end(exchange, metrics_outcome(exchange->record.status), true);
}

bool exchanges_start(const struct engine *started_engine, int patience)
{
    static const struct connection_user connection_user = {
        .head = take_head,
        .malformed = take_malformed,
        .body = take_body,
        .left = client_left,
        .answered = take_end,
    };
    static const struct workers_user workers_user = {
        .result = take_result,
        .overdue = take_overdue,
        .died = take_death,
    };
    engine = started_engine;
    connections_set_up(&connection_user, patience);
    return workers_start(engine, &workers_user);
}
