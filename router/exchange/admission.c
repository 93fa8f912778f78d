#include "admission.h"

#include <inttypes.h>
#include <string.h>

#include "exchange.h"
#include "framing.h"
#include "metrics.h"
#include "prometheus.h"
#include "route.h"
#include "tokens.h"

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

static bool is_known_method(const char *method)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        if (strcmp(methods[i], method) == 0)
            return true;
    }
    return false;
}

static bool visit_field(void *context, const char *name, const char *value)
{
    framing_add(context, slice_of(name), slice_of(value));
    return true;
}

/* Nothing behind a head that is not clear is taken for a request. */
static bool admit_head(struct exchange *exchange, const struct exchange_head *head,
                       struct framing *framing)
{
    head->each_field(head->listener_context, visit_field, framing);
    bool clear = framing_check(framing, head->version, head->method);
    exchange->has_body = framing->codings > 0 || framing->length > 0;
    bool has_target = !route_target_is_malformed(slice_of(exchange->target));
    if (clear && head->is_strict && has_target)
        return true;
    exchange->ends_connection = true;
    if (!has_target) {
        exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST,
                        "the path or query has a control character, a space or a #");
        return false;
    }
    exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST, "%s",
                    framing->error ? framing->error
                                   : "a line of the head has a NUL, goes on in the next line, or "
                                     "ends with no CRLF");
    return false;
}

static bool admit_body(struct exchange *exchange, const struct framing *framing)
{
    uint64_t limit = exchange->settings->request_size_limit;
    if (framing->lengths > 0)
        exchange->body_length = framing->length;
    if (limit > 0 && exchange->body_length > 0 && (uint64_t)exchange->body_length > limit) {
        exchange_refuse(exchange, PROBLEM_TOO_LARGE,
                        "the request has %" PRId64 " bytes; the limit is %" PRIu64 " bytes",
                        exchange->body_length, limit);
        return false;
    }
    exchange->collects = framing->is_chunked;
    return true;
}

static bool any_engine_is_ready(const struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        if (pool_is_ready(settings->engines[i].pool))
            return true;
    }
    return false;
}

/* The router's own paths */
static void answer_own(struct exchange *exchange, struct route route, const char *method)
{
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        exchange->allow = "GET, HEAD";
        exchange_refuse(exchange, PROBLEM_METHOD_NOT_ALLOWED, "the method is not allowed here");
        return;
    }
    if (route.kind == ROUTE_READYZ && !any_engine_is_ready(exchange->settings)) {
        exchange->retry_after = 1;
        exchange_refuse(exchange, PROBLEM_UNAVAILABLE, "no engine can be reached");
        return;
    }
    bool is_metrics = route.kind == ROUTE_METRICS;
    exchange->problem =
        is_metrics ? metrics_text(exchange->settings) : strdup("{\"status\":\"ok\"}");
    if (!exchange->problem) {
        exchange_refuse(exchange, PROBLEM_INTERNAL, "out of memory");
        return;
    }
    exchange->content_type = is_metrics ? PROMETHEUS_MEDIA_TYPE : "application/json";
    exchange->problem_length = strlen(exchange->problem);
    exchange->status = 200;
    exchange->reply_complete = true;
}

static bool is_let_in(const struct engine *engine, const char *authorization)
{
    struct slice none = {NULL, 0};
    return tokens_allow(&engine->tokens, authorization ? slice_of(authorization) : none);
}

bool admission_grant(struct exchange *exchange, const struct exchange_head *head)
{
    struct framing framing = {0};
    if (!admit_head(exchange, head, &framing))
        return false;
    struct slice target = slice_of(exchange->target);
    struct route route = route_find(exchange->settings, target);
    if (target.length >= MAX_TARGET) {
        exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST, "the path is longer than %d bytes",
                        MAX_TARGET - 1);
        return false;
    }
    if (route.kind == ROUTE_NOT_FOUND) {
        exchange_refuse(exchange, PROBLEM_NOT_FOUND,
                        "there is no such engine or path; a path is /<engine>/execute, "
                        "/<engine>/info or /<engine>/healthz");
        return false;
    }
    if (route.kind != ROUTE_ENGINE) {
        answer_own(exchange, route, head->method);
        return false;
    }
    if (!is_known_method(head->method)) {
        exchange->allow = "GET, HEAD, POST";
        exchange_refuse(exchange, PROBLEM_METHOD_NOT_ALLOWED, "the method is not allowed here");
        return false;
    }
    if (head->stopping) {
        exchange->retry_after = 1;
        exchange_refuse(exchange, PROBLEM_UNAVAILABLE, "the router is about to end");
        return false;
    }
    exchange->engine = route.engine;
    exchange->engine_target_at = (size_t)(route.target.data - exchange->target);
    if (!is_let_in(route.engine, head->authorization)) {
        exchange_refuse(exchange, PROBLEM_UNAUTHORIZED,
                        head->authorization ? "the token is wrong"
                                            : "the engine %s wants a token: Authorization: Bearer "
                                              "<token>",
                        route.engine->name);
        return false;
    }
    return admit_body(exchange, &framing);
}
