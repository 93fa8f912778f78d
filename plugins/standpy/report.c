#include "report.h"

#include <math.h>
#include <stdlib.h>

#include "text.h"

/* Milliseconds, to the microsecond. */
static json_t *milliseconds(double value)
{
    return json_real(round(value * 1000) / 1000);
}

static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new_nocheck(object, key, value) == 0;
}

static bool set_text(json_t *object, const char *key, struct slice text)
{
    return set(object, key, text_to_json(text.data, text.length));
}

/* Nine digits: below a microsecond nothing is known, and 0.1 is written as 0.1. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(9))

char *report_tail(const struct execution_result *result, const struct report_context *context)
{
    json_t *timings = json_object();
    json_t *report = json_object();
    bool made = timings && report && set(timings, "queue", milliseconds(context->queue_ms)) &&
                set(timings, "decode", milliseconds(result->decode_ms)) &&
                set(timings, "run", milliseconds(result->run_ms)) &&
                set(timings, "encode", milliseconds(result->encode_ms)) &&
                set_text(report, "stdout", context->out) &&
                set_text(report, "stderr", context->err) &&
                set(report, "request_id", json_string(context->request_id)) &&
                json_object_set_nocheck(report, "timings", timings) == 0;
    char *text = made ? json_dumps(report, DUMP_FLAGS) : NULL;
    json_decref(timings);
    json_decref(report);
    if (text)
        text[0] = ','; /* it goes on where the outputs ended */
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
    char *text = made ? json_dumps(problem, DUMP_FLAGS) : NULL;
    json_decref(problem);
    json_decref(detail);
    return text;
}
