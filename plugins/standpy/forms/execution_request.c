#include "execution_request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_text.h"

bool refuse_exhausted(struct decode_error *error)
{
    error->exhausted = true;
    return refuse(error, PROBLEM_TOO_LARGE, "the memory is used up while the request is decoded");
}

bool refuse(struct decode_error *error, enum problem_kind kind, const char *format, ...)
{
    error->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->detail, sizeof(error->detail), format, arguments);
    va_end(arguments);
    return false;
}

void execution_request_init(struct execution_request *request)
{
    *request = (struct execution_request){.table_format = TABLE_DEFAULT};
}

void execution_request_finish(struct execution_request *request)
{
    free(request->inputs);
    json_decref(request->documents);
    execution_request_init(request);
}

bool request_add_input(struct execution_request *request, struct input input,
                       struct decode_error *error)
{
    size_t count = request->input_count;
    if (count == MAX_INPUTS)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "more than %d inputs", MAX_INPUTS);
    if ((count & (count - 1)) == 0) { /* full at every power of two */
        size_t capacity = count ? count * 2 : 1;
        struct input *inputs = reallocarray(request->inputs, capacity, sizeof(*inputs));
        if (!inputs)
            return refuse_exhausted(error);
        request->inputs = inputs;
    }
    request->inputs[request->input_count++] = input;
    return true;
}

bool request_set_script(struct execution_request *request, struct slice script,
                        struct decode_error *error)
{
    if (script.length == 0)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "the script is empty");
    if (script.length > MAX_SCRIPT_SIZE)
        return refuse(error, PROBLEM_TOO_LARGE,
                      "the script has %zu bytes; a script may have at most %u bytes (data belongs "
                      "into inputs)",
                      script.length, MAX_SCRIPT_SIZE);
    const char *null = memchr(script.data, '\0', script.length);
    if (null)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "the script has a null byte at byte %zu",
                      (size_t)(null - script.data));
    request->script = script;
    return true;
}

bool decode_script_request(struct execution_request *request, struct slice body,
                           struct decode_error *error)
{
    if (body.length == 0)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "the body is empty; a body of type text/x-python is the script");
    return request_set_script(request, body, error);
}

static bool set_table_format(struct execution_request *request, json_t *value,
                             struct decode_error *error)
{
    static const char *const names[] = {
        [TABLE_ARROW] = "arrow", [TABLE_CSV] = "csv", [TABLE_JSON] = "json"};
    const char *wanted = json_string_value(value);
    for (size_t i = 0; wanted && i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(wanted, names[i]) == 0) {
            request->table_format = (enum table_format)i;
            return true;
        }
    }
    return refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "options: table_format must be \"arrow\", \"csv\" or \"json\"");
}

bool request_set_options(struct execution_request *request, json_t *options,
                         struct decode_error *error)
{
    if (!json_is_object(options))
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "options must be a JSON object");
    const char *name;
    json_t *value;
    json_object_foreach(options, name, value)
    {
        if (strcmp(name, "macros") == 0) {
            if (!json_is_object(value))
                return refuse(error, PROBLEM_MALFORMED_REQUEST,
                              "options: macros must be a JSON object");
            request->macros = value;
        } else if (strcmp(name, "table_format") == 0) {
            if (!set_table_format(request, value, error))
                return false;
        } else if (strcmp(name, "keep") == 0) {
            request->keep_option = value; /* keep_check reads it, once all inputs are there */
        } else {
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "options: there is no option \"%.100s\"; there are macros, "
                          "table_format and keep",
                          name);
        }
    }
    return true;
}

json_t *request_parse_json(struct execution_request *request, struct slice text, const char *where,
                           struct decode_error *error)
{
    json_error_t cause;
    bool exhausted;
    json_t *document = json_text_read(
        text, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &cause, &exhausted);
    if (exhausted) {
        refuse_exhausted(error);
        return NULL;
    }
    if (!document) {
        refuse(error, PROBLEM_MALFORMED_REQUEST, "%s: not JSON: %s (line %d, column %d)", where,
               cause.text, cause.line, cause.column);
        return NULL;
    }
    if (!request->documents)
        request->documents = json_array();
    /* Steals the reference, and drops it on failure, even if there is no array. */
    if (json_array_append_new(request->documents, document) != 0) {
        refuse_exhausted(error);
        return NULL;
    }
    return document;
}
