#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_text.h"
#include "milliseconds.h"
#include "text.h"

static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new_nocheck(object, key, value) == 0;
}

static bool set_text(json_t *object, const char *key, struct slice text)
{
    return set(object, key, text_to_json(text.data, text.length));
}

static char *dump_text(struct slice text)
{
    json_t *string = text_to_json(text.data, text.length);
    char *dumped = json_text_write(string, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(string);
    return dumped;
}

static int64_t microseconds(double milliseconds)
{
    return llround(milliseconds * 1000);
}

/* ,"init":0.123 if there is an rm_init. */
static void write_init(char *text, size_t capacity, double milliseconds)
{
    text[0] = '\0';
    if (milliseconds >= 0)
        snprintf(text, capacity, ",\"init\":" MILLISECONDS,
                 IN_MILLISECONDS(microseconds(milliseconds)));
}

/* Uses jansson only for the texts: every answer has a report, and numbers cost jansson as much time
 * as a script of one line. A request id needs no escapes (request_id.c). */
char *report_tail(const struct execution_result *result, const struct report_context *context)
{
    char *out = context->out.length > 0 ? dump_text(context->out) : NULL;
    char *err = context->err.length > 0 ? dump_text(context->err) : NULL;
    bool made = (out || context->out.length == 0) && (err || context->err.length == 0);
    char *text = NULL, init[64];
    write_init(init, sizeof(init), result->init_ms);
    if (made && asprintf(&text,
                         ",\"stdout\":%s,\"stderr\":%s,\"request_id\":\"%s\","
                         "\"timings\":{\"queue\":" MILLISECONDS ",\"decode\":" MILLISECONDS
                         "%s,\"run\":" MILLISECONDS ",\"encode\":" MILLISECONDS "}}",
                         out ? out : "\"\"", err ? err : "\"\"", context->request_id,
                         IN_MILLISECONDS(microseconds(context->queue_ms)),
                         IN_MILLISECONDS(microseconds(result->decode_ms)), init,
                         IN_MILLISECONDS(microseconds(result->run_ms)),
                         IN_MILLISECONDS(microseconds(result->encode_ms))) < 0)
        text = NULL;
    free(out);
    free(err);
    return text;
}

static bool set_exception(json_t *problem, const struct execution_result *result)
{
    json_t *exception = json_object();
    bool made =
        exception && set_text(exception, "type", result->exception_type) &&
        set_text(exception, "message", result->exception_message) &&
        set(exception, "line",
            result->exception_line > 0 ? json_integer(result->exception_line) : json_null());
    if (!made) {
        json_decref(exception);
        return false;
    }
    return set(problem, "exception", exception);
}

char *report_problem(const struct execution_result *result, const struct report_context *context)
{
    json_t *detail = text_to_json(result->detail.data, result->detail.length);
    json_t *problem =
        detail ? problem_create(result->kind, json_string_value(detail), context->request_id)
               : NULL;
    bool made = problem != NULL;
    if (made && result->phase.length > 0) {
        made = set_text(problem, "phase", result->phase) &&
               (!result->exception_type.data || set_exception(problem, result)) &&
               (!result->traceback.data || set_text(problem, "traceback", result->traceback)) &&
               set_text(problem, "stdout", context->out) &&
               set_text(problem, "stderr", context->err);
    }
    char *text = made ? json_text_write(problem, JSON_COMPACT) : NULL;
    json_decref(problem);
    json_decref(detail);
    return text;
}
