#include "request.h"

#include <assert.h>
#include <stdio.h>

#include "headers.h"
#include "milliseconds.h"
#include "monotonic.h"
#include "request_fields.h"
#include "text.h"

/* The only function that changes a request's state. Returns how many microseconds the state before
 * lasted. */
static int64_t set_state(struct request *request, enum request_state state)
{
    static const unsigned next[] = {
        [REQUEST_UNASKED] = 1U << REQUEST_QUEUED | 1U << REQUEST_DONE,
        [REQUEST_QUEUED] = 1U << REQUEST_SENT | 1U << REQUEST_DONE,
        [REQUEST_SENT] = 1U << REQUEST_QUEUED | 1U << REQUEST_DONE, /* queued again: not reached */
        [REQUEST_DONE] = 0,
    };
    enum request_state before = request->state;
    assert(next[before] & 1U << state);
    int64_t now = monotonic_microseconds();
    int64_t lasted = now - request->since;
    request->state = state;
    request->since = now;
    if (before == REQUEST_QUEUED)
        request->queue_time = lasted;
    if (before == REQUEST_SENT && request->engine_time < 0)
        request->engine_time = lasted;
    if (state == REQUEST_QUEUED)
        request->engine_time = -1;
    return lasted;
}

void request_init(struct request *request, struct transfers *transfers, int64_t now)
{
    request->transfers = transfers;
    request->since = now;
    request->queue_time = request->engine_time = -1;
}

/* They decide which replica is best. */
static bool visit_contents(void *context, const char *name, const char *value)
{
    if (strcasecmp(name, CONTENTS_HEADER) == 0)
        content_numbers_add(context, slice_of(value));
    return true;
}

enum step request_take_fields(struct request *request, const struct settings *settings,
                              const struct request_head *head, const char *request_id,
                              const char *client, struct refusal *refusal)
{
    const struct tokens *tokens = &request->dispatch.engine->upstream_tokens;
    struct own_fields own = {
        .request_id = request_id,
        .client = client,
        .token = tokens->count > 0 ? tokens->list[0] : NULL,
        .prefix = request->dispatch.is_page ? request->dispatch.engine->name : NULL,
        .is_tls = settings->tls_certificate,
        .trusts = settings->trusts_forwarded,
    };
    head->each_field(head->source, visit_contents, &request->dispatch.contents);
    return request_fields_collect(&request->fields, head, &own, refusal);
}

enum step request_find(struct request *request, struct refusal *refusal)
{
    set_state(request, REQUEST_QUEUED);
    return dispatch_find(&request->dispatch, refusal);
}

enum step request_resume(struct request *request, struct refusal *refusal)
{
    return dispatch_resume(&request->dispatch, refusal);
}

static bool add_queue_time(struct request *request)
{
    char text[64];
    snprintf(text, sizeof(text), MILLISECONDS, IN_MILLISECONDS(request->queue_time));
    return request_fields_add(&request->fields, QUEUE_TIME_HEADER, text);
}

enum step request_send(struct request *request, const struct request_line *line,
                       const struct body *body, const struct transfer_events *events, void *owner,
                       struct refusal *refusal)
{
    bool is_first = request->replica[0] == '\0';
    set_state(request, REQUEST_SENT);
    text_copy(request->replica, sizeof(request->replica), request->dispatch.waiter.replica->name);
    if (is_first && !add_queue_time(request))
        return refuse(refusal, PROBLEM_INTERNAL, "out of memory");
    struct transfer_request sent = {
        .replica = request->replica,
        .own_connection = !request->dispatch.is_limited,
        .method = line->method,
        .target = line->target,
        .body_length = body->length,
        .body = body_in_one_piece(body),
        .fields = request->fields,
    };
    request->transfer = transfer_start(request->transfers, &sent, events, owner);
    if (!request->transfer)
        return refuse(refusal, PROBLEM_INTERNAL, "the request cannot be sent on");
    return STEP_TAKE;
}

/* libcurl 7.88 ends no transfer whose upload is paused, even if the whole reply is there and it
 * would send no more; it sees that when the upload goes on. */
void request_let_upload_end(const struct request *request, const struct reply *reply)
{
    if (request->transfer && reply_is_final(reply))
        transfer_continue_upload(request->transfer);
}

void request_note_field(struct request *request, struct slice name, struct slice value)
{
    if (slice_equals_nocase(name, KEPT_HEADER))
        content_numbers_add(&request->kept, value);
}

void request_answered(struct request *request, int status)
{
    dispatch_learn(&request->dispatch, status, &request->kept);
    request->engine_time = monotonic_microseconds() - request->since;
}

void request_end(struct request *request)
{
    enum request_state before = request->state;
    if (request->transfer)
        transfer_cancel(request->transfer);
    request->transfer = NULL;
    if (before == REQUEST_DONE)
        return;
    bool was_answered = request->engine_time >= 0;
    int64_t lasted = set_state(request, REQUEST_DONE);
    if (before == REQUEST_QUEUED)
        dispatch_leave(&request->dispatch);
    if (before == REQUEST_SENT)
        dispatch_release(&request->dispatch, was_answered ? lasted : 0);
}

static enum step refuse_token(const struct engine *engine, struct refusal *refusal)
{
    refuse(refusal, PROBLEM_UNREACHABLE,
           "the engine %s does not take the router's token: ENGINE_<NAME>_UPSTREAM_TOKEN has to be "
           "its ACCESS_TOKEN",
           engine->name);
    refusal->retry_after = 1;
    return STEP_REFUSE;
}

enum step request_over(struct request *request, const struct reply *reply,
                       enum transfer_result result, const char *cause, struct refusal *refusal)
{
    const struct engine *engine = request->dispatch.engine;
    bool has_head = reply->state != REPLY_NONE;
    request->transfer = NULL;
    if (!has_head && reply->status == 401)
        return refuse_token(engine, refusal);
    if (!has_head)
        dispatch_suspect(&request->dispatch);
    if (result == TRANSFER_NOT_REACHED) {
        dispatch_release(&request->dispatch, 0);
        return STEP_START;
    }
    if (result == TRANSFER_COMPLETE && has_head) {
        request_end(request);
        return STEP_TAKE;
    }
    return refuse(refusal, PROBLEM_ENGINE_BROKE,
                  "the engine %s gave no whole answer: the connection to it broke (%s); the script "
                  "may have run",
                  engine->name, cause);
}

enum step request_look(struct request *request, struct refusal *refusal)
{
    if (request->state == REQUEST_QUEUED)
        return dispatch_look(&request->dispatch, refusal);
    if (request->state != REQUEST_SENT || !dispatch_has_lost(&request->dispatch))
        return STEP_WAIT;
    return refuse(refusal, PROBLEM_GATEWAY_TIMEOUT,
                  "the engine %s gave no answer in time: its replica %s has not answered GET /info "
                  "for %d seconds",
                  request->dispatch.engine->name, request->replica, POOL_GONE_AFTER_MS / 1000);
}

void request_finish(struct request *request)
{
    transfer_fields_free(request->fields);
}
