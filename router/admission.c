#include "admission.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "auth.h"
#include "exchange.h"
#include "metrics.h"
#include "route.h"

static bool parse_length(const char *text, int64_t *length)
{
    size_t digits = strlen(text);
    if (digits == 0 || digits > 18 || strspn(text, "0123456789") != digits)
        return false;
    *length = strtoll(text, NULL, 10);
    return true;
}

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

static bool is_known_method(const char *method)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        if (strcmp(methods[i], method) == 0)
            return true;
    }
    return false;
}

static bool admit_body(struct exchange *exchange, const struct exchange_head *head)
{
    uint64_t limit = exchange->settings->request_size_limit;
    if (head->transfer_encoding && head->content_length) {
        exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST,
                        "the request has both Content-Length and Transfer-Encoding");
        return false;
    }
    if (head->content_length && !parse_length(head->content_length, &exchange->body_length)) {
        exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST, "Content-Length is no number");
        return false;
    }
    if (limit > 0 && exchange->body_length > 0 && (uint64_t)exchange->body_length > limit) {
        exchange_refuse(exchange, PROBLEM_TOO_LARGE,
                        "the request has %" PRId64 " bytes; the limit is %" PRIu64 " bytes",
                        exchange->body_length, limit);
        return false;
    }
    if (head->transfer_encoding) {
        /* Nothing of a request is ever on a disk: the file is of memory. */
        exchange->collected = memfd_create("upload", MFD_CLOEXEC);
        if (exchange->collected < 0) {
            exchange_refuse(exchange, PROBLEM_INTERNAL, "no memory for the body");
            return false;
        }
    }
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

bool admission_grant(struct exchange *exchange, const struct exchange_head *head)
{
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
    if (!auth_allows(route.engine->tokens, route.engine->token_count, head->authorization)) {
        exchange_refuse(exchange, PROBLEM_UNAUTHORIZED,
                        head->authorization ? "the token is wrong"
                                            : "the engine %s wants a token: Authorization: Bearer "
                                              "<token>",
                        route.engine->name);
        return false;
    }
    return admit_body(exchange, head);
}
