#include "problem.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

#define TYPE_PREFIX "urn:standpy:problem:"

struct problem_form {
    int status;
    const char *slug;
    const char *title;
};

static const struct problem_form forms[] = {
    [PROBLEM_MALFORMED_REQUEST] = {400, "malformed-request", "Malformed request"},
    [PROBLEM_UNAUTHORIZED] = {401, "unauthorized", "Token missing or wrong"},
    [PROBLEM_NOT_FOUND] = {404, "not-found", "Not found"},
    [PROBLEM_METHOD_NOT_ALLOWED] = {405, "method-not-allowed", "Method not allowed"},
    [PROBLEM_NOT_ACCEPTABLE] = {406, "not-acceptable", "No such output form"},
    [PROBLEM_CONTENTS_MISSING] = {409, "contents-missing", "Contents are not kept"},
    [PROBLEM_TOO_LARGE] = {413, "too-large", "Request too large"},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {415, "unsupported-media-type", "Unsupported media type"},
    [PROBLEM_SCRIPT_PARSE_FAILED] = {422, "script-parse-failed",
                                     "Failed to parse the Python script"},
    [PROBLEM_SCRIPT_FAILED] = {422, "script-failed", "Failed to run the Python script"},
    [PROBLEM_OUTPUTS_FAILED] = {422, "outputs-failed",
                                "Failed to convert the outputs of the Python script"},
    [PROBLEM_INTERNAL] = {500, "internal", "Internal error of the engine"},
    [PROBLEM_SCRIPT_DIED] = {502, "script-died", "The process of the Python script ended"},
    [PROBLEM_UNREACHABLE] = {502, "engine-unreachable", "The engine cannot be reached"},
    [PROBLEM_ENGINE_BROKE] = {502, "engine-broke", "The engine gave no whole answer"},
    [PROBLEM_UNAVAILABLE] = {503, "unavailable", "Temporarily unavailable"},
    [PROBLEM_DEADLINE] = {504, "deadline-exceeded", "The deadline passed"},
    [PROBLEM_GATEWAY_TIMEOUT] = {504, "engine-timeout", "The engine gave no answer in time"},
};

int problem_status(enum problem_kind kind)
{
    return forms[kind].status;
}

const char *problem_title(enum problem_kind kind)
{
    return forms[kind].title;
}

json_t *problem_create(enum problem_kind kind, const char *detail, const char *request_id)
{
    char type[64] = TYPE_PREFIX;
    strncat(type, forms[kind].slug, sizeof(type) - strlen(type) - 1);

    json_t *clean = text_to_json(detail, strlen(detail));
    json_t *problem =
        json_pack("{s:s, s:s, s:i, s:o, s:s*}", "type", type, "title", forms[kind].title, "status",
                  forms[kind].status, "detail", clean, "request_id", request_id);
    return problem;
}

char *problem_encode(enum problem_kind kind, const char *detail, const char *request_id,
                     size_t *length)
{
    json_t *problem = problem_create(kind, detail, request_id);
    if (!problem)
        return NULL;
    char *text = json_dumps(problem, JSON_COMPACT);
    json_decref(problem);
    if (text)
        *length = strlen(text);
    return text;
}

/* problem_create puts the type first. */
struct slice problem_slug(struct slice text)
{
    static const char begin[] = "{\"type\":\"" TYPE_PREFIX;
    const size_t skip = sizeof(begin) - 1;
    if (text.length <= skip || memcmp(text.data, begin, skip) != 0)
        return (struct slice){NULL, 0};
    struct slice slug = {text.data + skip, 0};
    while (skip + slug.length < text.length && slug.length < 64 &&
           (islower((unsigned char)slug.data[slug.length]) || slug.data[slug.length] == '-'))
        slug.length++;
    return slug;
}
