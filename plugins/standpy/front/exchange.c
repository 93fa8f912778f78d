#include "exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contents.h"
#include "engine.h"
#include "http_status.h"
#include "keeping.h"
#include "monotonic.h"
#include "outgoing.h"
#include "response.h"

static const struct engine *engine;
static int open_count;

void exchanges_set_up(const struct engine *started_engine)
{
    engine = started_engine;
}

int exchanges_open(void)
{
    return open_count;
}

struct exchange *exchange_of_work(struct work *work)
{
    return (struct exchange *)(void *)((char *)work - offsetof(struct exchange, work));
}

struct exchange *exchange_begin(struct connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        abort(); /* the front starts anew with less */
    exchange->engine = engine;
    exchange->connection = connection;
    exchange->work.body.file = -1;
    exchange->started = loop_now();
    connection->request = exchange;
    open_count++;
    return exchange;
}

void exchange_enter(struct exchange *exchange, enum exchange_state state)
{
    assert(exchange_may_follow(exchange->state, state));
    exchange->state = state;
}

/* Answers */

/* One that waits until inputs are kept, because its head names them. */
struct put_aside {
    struct response response; /* its content type lies in `bytes` */
    struct slice body;        /* likewise */
    int file;
    char bytes[];
};

static bool put_aside(struct exchange *exchange, const struct response *response, struct slice body,
                      int file)
{
    size_t type = response->content_type.length;
    struct put_aside *answer = malloc(sizeof(*answer) + type + body.length);
    if (!answer)
        return false;
    *answer = (struct put_aside){.response = *response, .file = file};
    memcpy(answer->bytes, response->content_type.data, type);
    memcpy(answer->bytes + type, body.data, body.length);
    answer->response.content_type = (struct slice){answer->bytes, type};
    answer->body = (struct slice){answer->bytes + type, body.length};
    exchange->answer = answer;
    exchange_enter(exchange, EXCHANGE_KEEPING);
    return true;
}

static void send_answer(struct exchange *exchange, struct response *response, struct slice body,
                        int file)
{
    char head[RESPONSE_HEAD_CAPACITY];
    bool is_head_only = strcmp(exchange->record.method, "HEAD") == 0; /* a length, but no body */
    response->request_id = exchange->record.request_id;
    if (exchange->keeping)
        response->kept = keeping_names(exchange->keeping);
    response->keep = connection_goes_on(exchange->connection);
    exchange_enter(exchange, EXCHANGE_ANSWERING);
    exchange->record.status = response->status;
    exchange->record.sent = is_head_only ? 0 : response->content_length;
    const struct outgoing outgoing = {
        .head = {head, response_head(head, response)},
        .body = is_head_only ? (struct slice){"", 0} : body,
        .file = file,
        .file_length = file >= 0 ? response->content_length : 0,
    };
    outgoing_send(exchange->connection, &outgoing);
}

void exchange_answer(struct exchange *exchange, struct response *response, struct slice body,
                     int file)
{
    bool waits = exchange->keeping && !keeping_is_done(exchange->keeping);
    if (!waits || !put_aside(exchange, response, body, file))
        send_answer(exchange, response, body, file);
}

void exchange_kept(struct exchange *exchange)
{
    struct put_aside *answer = exchange->answer;
    exchange->answer = NULL;
    if (answer)
        send_answer(exchange, &answer->response, answer->body, answer->file);
    free(answer);
}

void exchange_answer_text(struct exchange *exchange, int status, const char *content_type,
                          struct slice text)
{
    exchange_answer_text_with(exchange, status, content_type, text, NULL);
}

void exchange_answer_text_with(struct exchange *exchange, int status, const char *content_type,
                               struct slice text, const char *fields)
{
    struct response response = {
        .status = status,
        .content_type = slice_of(content_type),
        .content_length = text.length,
        .fields = fields,
    };
    exchange_answer(exchange, &response, text, -1);
}

static char *write_problem(const struct exchange *exchange, enum problem_kind kind,
                           const char *detail, const struct content_names *missing)
{
    json_t *problem = problem_create(kind, detail, exchange->record.request_id);
    for (size_t i = 0; missing && i < missing->count; i++) {
        if (i == 0)
            json_object_set_new(problem, "missing", json_array());
        json_array_append_new(json_object_get(problem, "missing"),
                              json_stringn(missing->digests[i], CONTENT_DIGEST));
    }
    char *text = problem ? json_dumps(problem, JSON_COMPACT) : NULL;
    json_decref(problem);
    return text;
}

void exchange_answer_problem(struct exchange *exchange, enum problem_kind kind, const char *detail,
                             struct problem_fields fields)
{
    char *text = write_problem(exchange, kind, detail, fields.missing);
    struct slice body = slice_of(text ? text : "{}");
    struct response response = {
        .status = problem_status(kind),
        .content_type = slice_of(PROBLEM_MEDIA_TYPE),
        .content_length = body.length,
        .allow = fields.allow,
        .retry_after = fields.retry_after,
        .authenticate = kind == PROBLEM_UNAUTHORIZED,
        .realm = fields.realm,
        .only_identity = fields.only_identity,
        .kept = fields.kept,
    };
    exchange_answer(exchange, &response, body, -1);
    free(text);
}

/* Ends */

static void give_back(struct exchange *exchange)
{
    struct work *work = &exchange->work;
    for (size_t i = 0; i < work->content_count; i++)
        content_give_back(work->contents[i]);
    if (exchange->answer && exchange->answer->file >= 0)
        close(exchange->answer->file);
    free(exchange->answer);
    keeping_drop(exchange->keeping);
    body_free(&work->body);
    free(work->variables);
}

static void end(struct exchange *exchange, enum outcome outcome, bool is_logged)
{
    struct request_record *record = &exchange->record;
    record->worker = exchange->work.worker;
    record->microseconds = (uint64_t)(monotonic_nanoseconds() - exchange->started) / 1000;
    if (is_logged)
        request_log(record);
    if (exchange->work.pool == POOL_APPLICATION)
        metrics_count_page(&exchange->engine->shared->metrics, record->status,
                           record->microseconds);
    else if (exchange->is_execution)
        metrics_count(&exchange->engine->shared->metrics, outcome, record->microseconds);
    give_back(exchange);
    free(exchange);
    open_count--;
}

void exchange_end(struct exchange *exchange)
{
    exchange->connection->request = NULL;
    end(exchange, metrics_outcome(exchange->record.status), true);
}

/* If no worker has had the script, it never ran, and no line tells of it. */
void exchange_abandon(struct exchange *exchange)
{
    exchange->record.status = STATUS_CLIENT_CLOSED_REQUEST;
    end(exchange, OUTCOME_ABORTED, exchange->work.worker > 0);
}
