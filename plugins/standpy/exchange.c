#include "exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "execution_request.h"
#include "information.h"
#include "interpreter.h"
#include "kept.h"
#include "media_type.h"
#include "multipart.h"
#include "overdue.h"
#include "prefer.h"
#include "problem.h"
#include "process_state.h"
#include "processes.h"
#include "report.h"
#include "request.h"
#include "request_id.h"
#include "request_log.h"
#include "response.h"
#include "route.h"
#include "worker.h"

#define SECOND INT64_C(1000000000) /* nanoseconds */

struct exchange {
    struct worker *worker;
    struct wsgi_request *wsgi_request;
    struct request_head head;
    const char *request_id;
    struct body body;
    enum request_form { FORM_JSON, FORM_MULTIPART, FORM_SCRIPT } form;
    struct multipart multipart; /* of FORM_MULTIPART */
    enum answer_form answer_form;
    bool body_read; /* nothing of the request is left on the socket */
};

/* Whether the connection is closed behind the answer. */
static bool is_last(const struct exchange *exchange)
{
    const struct worker *worker = exchange->worker;
    return !exchange->body_read || worker->served + 1 >= worker->lifetime ||
           !kept_possible(exchange->wsgi_request);
}

static void send_text(struct exchange *exchange, int status, const char *content_type,
                      const char *text, const char *allow)
{
    struct slice body = slice_of(text);
    struct response response = {
        .status = status,
        .content_type = content_type,
        .request_id = exchange->request_id,
        .allow = allow,
        .body = &body,
        .body_count = 1,
        .head_only = slice_equals(exchange->head.method, "HEAD"),
        .is_last = is_last(exchange),
        .body_unread = !exchange->body_read,
    };
    response_send(exchange->wsgi_request, &response);
}

/* The one place that answers with an error of the exchange's own. */
static void send_problem(struct exchange *exchange, enum problem_kind kind, const char *detail,
                         const char *allow)
{
    size_t length;
    char *text = problem_encode(kind, detail, exchange->request_id, &length);
    send_text(exchange, problem_status(kind), PROBLEM_MEDIA_TYPE, text ? text : "{}", allow);
    free(text);
}

static void send_decode_error(struct exchange *exchange, const struct decode_error *error)
{
    send_problem(exchange, error->kind, error->detail, NULL);
}

/* Which of the three forms the body has, by its media type. */
static bool choose_form(struct exchange *exchange, struct decode_error *error)
{
    struct slice type = exchange->head.content_type;
    struct slice essence = type.data ? media_type_essence(type) : slice_of("");
    if (slice_equals_nocase(essence, "application/json")) {
        exchange->form = FORM_JSON;
        return true;
    }
    if (slice_equals_nocase(essence, "text/x-python")) {
        exchange->form = FORM_SCRIPT;
        return true;
    }
    if (!slice_equals_nocase(essence, "multipart/form-data"))
        return refuse(error, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                      "Content-Type is \"%.*s\"; it must be multipart/form-data, application/json "
                      "or text/x-python",
                      essence.length < 100 ? (int)essence.length : 100, essence.data);

    exchange->form = FORM_MULTIPART;
    char boundary[PARAMETER_CAPACITY];
    size_t length = 0;
    if (!media_type_parameter(type, "boundary", boundary, &length) ||
        !multipart_init(&exchange->multipart, (struct slice){boundary, length}))
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "Content-Type has no boundary of 1 to %d characters", MULTIPART_MAX_BOUNDARY);
    return true;
}

static bool choose_answer(struct exchange *exchange, struct decode_error *error)
{
    return accept_choose(exchange->head.accept, &exchange->answer_form) ||
           refuse(error, PROBLEM_NOT_ACCEPTABLE,
                  "Accept takes none of the forms that there are: " ANSWER_FORMS);
}

static bool check_size(const struct exchange *exchange, struct decode_error *error)
{
    const struct request_head *head = &exchange->head;
    uint64_t limit = exchange->worker->request_size_limit;
    if (head->chunked)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "the body must come with a Content-Length, not with Transfer-Encoding");
    if (head->length_malformed)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "Content-Length is no number");
    if (limit > 0 && head->length > limit)
        return refuse(error, PROBLEM_TOO_LARGE,
                      "the request has %" PRIu64 " bytes; the limit is %" PRIu64 " bytes",
                      head->length, limit);
    /* No script needs more, so it need not come in first. */
    if (exchange->form == FORM_SCRIPT && head->length > MAX_SCRIPT_SIZE)
        return refuse(error, PROBLEM_TOO_LARGE,
                      "the script has %" PRIu64 " bytes; a script may have at most %u bytes",
                      head->length, MAX_SCRIPT_SIZE);
    return true;
}

static bool parse_progress(void *context, const struct body *body)
{
    struct exchange *exchange = context;
    if (exchange->form != FORM_MULTIPART)
        return true;
    struct slice so_far = {body->data, body->length};
    return multipart_feed(&exchange->multipart, so_far) != MULTIPART_ERROR;
}

static bool refuse_body(struct exchange *exchange, enum body_status status,
                        struct decode_error *error)
{
    const struct body *body = &exchange->body;
    uint64_t expected = exchange->head.length;
    switch (status) {
    case BODY_SHORT:
        exchange->body_read = true;
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "the body ended after %zu of the %" PRIu64 " bytes that Content-Length says",
                      body->length, expected);
    case BODY_STALLED:
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "no byte of the body came for %d s, after %zu of the %" PRIu64
                      " bytes that Content-Length says",
                      request_read_timeout(), body->length, expected);
    case BODY_REFUSED:
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "multipart/form-data: %s",
                      exchange->multipart.error);
    case BODY_NO_MEMORY:
        return refuse(error, PROBLEM_TOO_LARGE,
                      "no memory for the %" PRIu64 " bytes of the body, after %zu came", expected,
                      body->length);
    case BODY_WHOLE:
        break;
    }
    exchange->body_read = true;
    return true;
}

static bool read_body(struct exchange *exchange, struct decode_error *error)
{
    request_backstop(0);
    watchdog_receive_body(&exchange->worker->watchdog);
    if (exchange->head.expects_continue && !response_continue(exchange->wsgi_request))
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "the client left before its body");
    enum body_status status =
        request_read_body(exchange->wsgi_request, exchange->worker->interpreter,
                          exchange->head.length, &exchange->body, parse_progress, exchange);
    return refuse_body(exchange, status, error);
}

static bool decode(struct exchange *exchange, struct execution_request *request,
                   struct decode_error *error)
{
    struct slice body = {exchange->body.data, exchange->body.length};
    switch (exchange->form) {
    case FORM_JSON:
        return decode_json_request(request, body, error);
    case FORM_SCRIPT:
        return decode_script_request(request, body, error);
    case FORM_MULTIPART:
        break;
    }
    if (body.length == 0)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "the body is empty");
    if (multipart_feed(&exchange->multipart, body) != MULTIPART_DONE)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "multipart/form-data: the body ended before the closing boundary \"%s--\", "
                      "in part %zu",
                      exchange->multipart.delimiter + 2, exchange->multipart.part_count);
    return decode_multipart_request(request, body, &exchange->multipart, error);
}

static void send_answer(struct exchange *exchange, const struct execution_result *result,
                        const struct report_context *context)
{
    struct answer answer;
    if (answer_make(&answer, exchange->answer_form, result, context)) {
        struct response response = {
            .status = 200,
            .content_type = answer.content_type,
            .request_id = exchange->request_id,
            .body = answer.pieces,
            .body_count = answer.piece_count,
            .is_last = is_last(exchange),
        };
        response_send(exchange->wsgi_request, &response);
    } else {
        send_problem(exchange, PROBLEM_INTERNAL, "out of memory", NULL);
    }
    answer_finish(&answer);
}

static void send_result(struct exchange *exchange, const struct execution_result *result,
                        const struct report_context *context)
{
    if (result->ok) {
        send_answer(exchange, result, context);
        return;
    }
    char *problem = report_problem(result, context);
    if (problem)
        send_text(exchange, problem_status(result->kind), PROBLEM_MEDIA_TYPE, problem, NULL);
    else
        send_problem(exchange, PROBLEM_INTERNAL, "out of memory", NULL);
    free(problem);
}

/* Prefer: wait=N shortens TIMEOUT and never lengthens it. */
static struct patience choose_patience(const struct exchange *exchange)
{
    int timeout = exchange->worker->timeout;
    int wanted = prefer_wait(exchange->head.prefer);
    bool shorter = wanted >= 0 && wanted < timeout;
    return (struct patience){.seconds = shorter ? wanted : timeout, .client_asked = shorter};
}

static void start_deadline(struct exchange *exchange)
{
    struct worker *worker = exchange->worker;
    worker->patience = choose_patience(exchange);
    request_backstop(worker->patience.seconds);
    overdue_after(worker->metrics, worker->patience.seconds);
    watchdog_run(&worker->watchdog, worker->patience.seconds * SECOND);
}

/* The script is done; from here on only the client can hold the answer up. */
static void end_deadline(struct exchange *exchange)
{
    watchdog_claim(&exchange->worker->watchdog);
    overdue_never(exchange->worker->metrics);
    request_backstop(0);
}

/* What the script left behind ends in __del__ and the like, which may take its time as well. */
static void start_cleaning(struct exchange *exchange)
{
    struct worker *worker = exchange->worker;
    request_backstop(worker->timeout);
    overdue_after(worker->metrics, worker->timeout);
    watchdog_clean(&worker->watchdog, worker->timeout * SECOND);
}

static void account_for(struct worker *worker, const struct leftovers *leftovers, size_t processes)
{
    struct worker_metrics *metrics = worker->metrics;
    metrics_raise(&metrics->cache_hits, leftovers->cache_hits - worker->leftovers.cache_hits);
    metrics_raise(&metrics->cache_misses, leftovers->cache_misses - worker->leftovers.cache_misses);
    worker->leftovers = *leftovers;
    if (processes > 0)
        request_log_left_behind(worker, "processes", processes);
    if (leftovers->threads > 0)
        request_log_left_behind(worker, "threads", (size_t)leftovers->threads);
    if (leftovers->unusable)
        request_log_unusable(worker);
}

/* Runs the script with its output captured, and answers. */
static void run_script(struct exchange *exchange, const struct execution_request *request)
{
    struct worker *worker = exchange->worker;
    struct report_context context = {.request_id = exchange->request_id,
                                     .queue_ms = exchange->head.queue_ms};
    struct execution_result result = {0};
    process_state_remember();
    if (!capture_begin(&worker->capture)) {
        send_problem(exchange, PROBLEM_INTERNAL, "the output cannot be captured", NULL);
        return;
    }
    start_deadline(exchange);
    bool ran = worker->interpreter->execute(request, &exchange->body, &result);
    end_deadline(exchange);
    if (!capture_take(&worker->capture, &context.out, &context.err))
        context.err = slice_of("[the output of the script was lost]\n");
    if (ran && !result.ok && result.kind == PROBLEM_INTERNAL)
        request_log_failure(worker, context.err);
    if (ran)
        send_result(exchange, &result, &context);
    else
        send_problem(exchange, PROBLEM_INTERNAL, "out of memory", NULL);
    start_cleaning(exchange);
    size_t left = processes_end_children(); /* they may print, so they go first */
    capture_end(&worker->capture);
    bool restored = process_state_restore();
    struct leftovers leftovers;
    worker->interpreter->release(&result, &leftovers);
    if (leftovers.signals)
        restored = process_state_restore(); /* Python's handlers are the kernel's too */
    leftovers.unusable = leftovers.unusable || !restored;
    account_for(worker, &leftovers, left);
}

static void execute(struct exchange *exchange)
{
    struct decode_error error;
    exchange->body_read = false;
    if (!choose_form(exchange, &error) || !choose_answer(exchange, &error) ||
        !check_size(exchange, &error) || !read_body(exchange, &error)) {
        send_decode_error(exchange, &error);
    } else {
        struct execution_request request;
        execution_request_init(&request);
        request.answer_form = exchange->answer_form;
        if (decode(exchange, &request, &error))
            run_script(exchange, &request);
        else
            send_decode_error(exchange, &error);
        execution_request_finish(&request);
    }
    multipart_finish(&exchange->multipart);
    if (exchange->body.owner)
        exchange->worker->interpreter->body_release(&exchange->body);
}

static void send_information(struct exchange *exchange, enum route route)
{
    struct information information;
    if (information_make(route, &information))
        send_text(exchange, 200, information.content_type, information.text, NULL);
    else
        send_problem(exchange, PROBLEM_INTERNAL, "out of memory", NULL);
    free(information.text);
}

void exchange_run(struct worker *worker, struct wsgi_request *wsgi_request)
{
    struct exchange exchange = {.worker = worker, .wsgi_request = wsgi_request};
    worker->wsgi_request = wsgi_request;
    worker->is_execution = false;
    bool understood = request_read_head(wsgi_request, &exchange.head);
    request_id_choose(worker->request_id, exchange.head.request_id.data,
                      exchange.head.request_id.length);
    exchange.request_id = worker->request_id;
    exchange.body_read = exchange.head.length == 0 && !exchange.head.chunked;
    if (!understood) {
        send_problem(&exchange, PROBLEM_MALFORMED_REQUEST, "the request head is not HTTP", NULL);
        return;
    }
    const char *allow = NULL;
    enum route route = route_find(exchange.head.method, exchange.head.path, &allow);
    worker->is_execution = route == ROUTE_EXECUTE;
    switch (route) {
    case ROUTE_EXECUTE:
        execute(&exchange);
        break;
    case ROUTE_INFO:
    case ROUTE_HEALTHZ:
    case ROUTE_METRICS:
        send_information(&exchange, route);
        break;
    case ROUTE_NOT_FOUND:
        send_problem(&exchange, PROBLEM_NOT_FOUND, "there is no such path; there are " ROUTES,
                     NULL);
        break;
    case ROUTE_METHOD_NOT_ALLOWED:
        send_problem(&exchange, PROBLEM_METHOD_NOT_ALLOWED,
                     "the method is not allowed for this path", allow);
        break;
    }
}
