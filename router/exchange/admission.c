#include "admission.h"

#include <inttypes.h>
#include <string.h>

#include "framing.h"
#include "pool.h"
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

static bool takes_a_worker(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
           strcmp(method, "OPTIONS") != 0;
}

static bool visit_field(void *context, const char *name, const char *value)
{
    framing_add(context, slice_of(name), slice_of(value));
    return true;
}

static enum step refuse_head(struct refusal *refusal, const char *why)
{
    refuse(refusal, PROBLEM_MALFORMED_REQUEST, "%s", why);
    refusal->ends_connection = true; /* after an unclear head, no further byte is a request */
    return STEP_REFUSE;
}

static enum step admit_head(const struct request_head *head, struct admission *admission,
                            struct refusal *refusal)
{
    struct framing framing = {0};
    head->each_field(head->source, visit_field, &framing);
    bool is_clear = framing_check(&framing, head->version, head->method);
    admission->is_chunked = framing.is_chunked;
    admission->body_length = framing.lengths > 0 ? framing.length : -1;
    if (route_target_is_malformed(slice_of(head->target)))
        return refuse_head(refusal, "the path or query has a control character, a space or a #");
    if (!is_clear)
        return refuse_head(refusal, framing.error);
    if (!head->is_strict)
        return refuse_head(refusal, "a line of the head has a NUL, continues on the next line, or "
                                    "does not end with CRLF");
    return STEP_TAKE;
}

static enum step refuse_method(struct refusal *refusal, const char *allowed)
{
    refuse(refusal, PROBLEM_METHOD_NOT_ALLOWED, "the method is not allowed here");
    refusal->allow = allowed;
    return STEP_REFUSE;
}

static enum step admit_own_path(const char *method, struct refusal *refusal)
{
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return refuse_method(refusal, "GET, HEAD");
    return STEP_TAKE;
}

static enum step admit_route(const struct settings *settings, const char *target,
                             struct route *route, struct refusal *refusal)
{
    *route = route_find(settings, slice_of(target));
    if (strlen(target) >= MAX_TARGET)
        return refuse(refusal, PROBLEM_MALFORMED_REQUEST, "the path is longer than %d bytes",
                      MAX_TARGET - 1);
    if (route->kind == ROUTE_NOT_FOUND)
        return refuse(refusal, PROBLEM_NOT_FOUND,
                      "there is no such engine or path; a path is /<engine>/execute, "
                      "/<engine>/info or /<engine>/healthz");
    return STEP_TAKE;
}

/* Whether the path is one of the engine's application. */
static bool is_of_application(const struct engine *engine, struct slice target)
{
    char mount[POOL_MOUNT] = "";
    if (engine->pool)
        pool_mount(engine->pool, mount);
    return mount[0] != '\0' && route_is_under(target, mount);
}

/* A browser cannot send a Bearer token, so the application's pages also take it as the password of
 * HTTP Basic. Nothing else does: any page could have a form that runs a script with what the
 * browser knows. */
static enum step admit_token(const struct engine *engine, bool is_page, const char *authorization,
                             struct refusal *refusal)
{
    struct slice sent = authorization ? slice_of(authorization) : (struct slice){NULL, 0};
    if (tokens_allow(&engine->tokens, sent) ||
        (is_page && tokens_allow_basic(&engine->tokens, sent)))
        return STEP_TAKE;
    if (authorization)
        refuse(refusal, PROBLEM_UNAUTHORIZED, "the token is wrong");
    else
        refuse(refusal, PROBLEM_UNAUTHORIZED,
               "the engine %s wants a token: Authorization: Bearer <token>", engine->name);
    refusal->realm = is_page ? engine->name : NULL;
    return STEP_REFUSE;
}

static enum step admit_size(uint64_t limit, int64_t length, struct refusal *refusal)
{
    if (limit == 0 || length <= 0 || (uint64_t)length <= limit)
        return STEP_TAKE;
    return refuse(refusal, PROBLEM_TOO_LARGE,
                  "the request has %" PRId64 " bytes; the limit is %" PRIu64 " bytes", length,
                  limit);
}

enum step admission_decide(const struct settings *settings, const struct request_head *head,
                           bool is_stopping, struct admission *admission, struct refusal *refusal)
{
    struct route route;
    if (admit_head(head, admission, refusal) == STEP_REFUSE ||
        admit_route(settings, head->target, &route, refusal) == STEP_REFUSE)
        return STEP_REFUSE;
    admission->kind = route.kind;
    if (route.kind != ROUTE_ENGINE)
        return admit_own_path(head->method, refusal);
    if (!is_known_method(head->method))
        return refuse_method(refusal, "GET, HEAD, POST");
    if (is_stopping) {
        refuse(refusal, PROBLEM_UNAVAILABLE, "the router is stopping");
        refusal->retry_after = 1;
        return STEP_REFUSE;
    }
    admission->engine = route.engine;
    admission->is_page = is_of_application(route.engine, route.target);
    admission->is_limited = admission->is_page || takes_a_worker(head->method);
    admission->engine_target = route.target.data;
    if (admit_token(route.engine, admission->is_page, head->authorization, refusal) == STEP_REFUSE)
        return STEP_REFUSE;
    return admit_size(settings->request_size_limit, admission->body_length, refusal);
}
