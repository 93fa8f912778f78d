#include "problem_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "number.h"
#include "utf8.h"

#define URN         "urn:standpy:problem:"
#define MOST_SECOND 999999 /* of Retry-After; more is nothing that an engine says */

const char *problem_text_member(const json_t *problem, const char *member)
{
    const char *text = json_string_value(json_object_get(problem, member));
    return text ? text : "";
}

const char *problem_text_type(const json_t *problem)
{
    const char *type = problem_text_member(problem, "type");
    return strncmp(type, URN, strlen(URN)) == 0 ? type + strlen(URN) : type;
}

static unsigned seconds_of(const char *retry_after)
{
    unsigned seconds = 0;
    number_parse(retry_after, 0, MOST_SECOND, &seconds);
    return seconds;
}

/* The first letter, if its capital has as many bytes. */
static void capitalize(char *text)
{
    char capital[4];
    size_t length = *text ? utf8_sequence(text, strlen(text)) : 0;
    if (length == 0)
        return;
    wint_t letter = towupper((wint_t)utf8_character(text, length));
    if (utf8_put(capital, (uint32_t)letter) == length)
        memcpy(text, capital, length);
}

/* With a capital and a full stop. */
static void as_sentence(struct sentence *sentence, const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    bool ends = length > 0 && strchr(".!?", text[length - 1]);
    snprintf(sentence->text, sizeof(sentence->text), "%.*s%s", (int)(length < 1800 ? length : 1800),
             text, ends ? "" : ".");
    capitalize(sentence->text);
}

static void detail_of(struct sentence *sentence, const json_t *problem)
{
    const char *detail = problem_text_member(problem, "detail");
    const char *title = problem_text_member(problem, "title");
    as_sentence(sentence, *detail ? detail : *title ? title : "it does not say why");
}

static bool script_failed(struct failure *failure, const json_t *problem, const char *detail)
{
    const char *title = problem_text_member(problem, "title");
    bool raised = json_object_size(json_object_get(problem, "exception")) > 0 &&
                  *problem_text_member(problem, "traceback");
    return failure_set(failure, FAILURE_SCRIPT, "%s",
                       !raised  ? detail
                       : *title ? title
                                : "The script failed");
}

static bool refused(struct failure *failure, const char *type, int status, const char *detail,
                    const char *endpoint)
{
    if (strcmp(type, "unauthorized") == 0)
        return failure_set(failure, FAILURE_REFUSED,
                           "%s wants a token, and refused this one or found none: %s Ask your "
                           "administrator for the token.",
                           endpoint, detail);
    if (strcmp(type, "not-found") == 0)
        return failure_set(failure, FAILURE_REFUSED,
                           "There is no engine at %s: %s Is its name spelled right?", endpoint,
                           detail);
    if (strcmp(type, "too-large") == 0)
        return failure_set(failure, FAILURE_REFUSED, "The request is too large for %s: %s",
                           endpoint, detail);
    if (strcmp(type, "contents-missing") == 0)
        return failure_set(failure, FAILURE_REFUSED, "%s has no such contents: %s", endpoint,
                           detail);
    return failure_set(failure, FAILURE_REFUSED, "%s refused the request (%d): %s", endpoint,
                       status, detail);
}

static bool engine_failed(struct failure *failure, const char *type, int status, const char *detail)
{
    static const struct {
        const char *type, *what;
    } known[] = {
        {"engine-broke", "The connection from router to engine broke"},
        {"engine-timeout", "The engine vanished while it had the request"},
        {"internal", "The engine itself failed"},
    };
    char what[300];
    snprintf(what, sizeof(what),
             "The engine answered %d with a problem that this client does not know (%.100s)",
             status, *type ? type : "no type");
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(type, known[i].type) == 0)
            snprintf(what, sizeof(what), "%s", known[i].what);
    }
    return failure_set(failure, FAILURE_UNREACHABLE,
                       "%s: %s The script may have run, so the request was not repeated.", what,
                       detail);
}

static void decide(struct failure *failure, const json_t *problem, int status,
                   const char *retry_after, const char *endpoint)
{
    struct sentence detail = {""};
    const char *type = problem_text_type(problem);
    detail_of(&detail, problem);
    if (status == 422 || strcmp(type, "script-died") == 0) {
        script_failed(failure, problem, detail.text);
    } else if (strcmp(type, "deadline-exceeded") == 0) {
        failure_set(failure, FAILURE_DEADLINE, "%s", detail.text);
    } else if (strcmp(type, "unavailable") == 0) {
        failure_set(failure, FAILURE_BUSY, "%s is busy: %s", endpoint, detail.text);
        failure->retry_after = seconds_of(retry_after);
    } else if (strcmp(type, "engine-unreachable") == 0) {
        failure_set(failure, FAILURE_UNREACHABLE,
                    "The router cannot reach the engine: %s The script did not run.", detail.text);
        failure->retry_after = seconds_of(retry_after);
    } else if (status >= 400 && status < 500) {
        refused(failure, type, status, detail.text, endpoint);
    } else {
        engine_failed(failure, type, status, detail.text);
    }
}

bool problem_text_fail(struct failure *failure, json_t *problem, int status,
                       const char *retry_after, const char *endpoint)
{
    decide(failure, problem, status, retry_after, endpoint);
    failure->problem = json_incref(problem);
    return false;
}

bool problem_text_is(const struct failure *failure, const char *type)
{
    return failure->problem && strcmp(problem_text_type(failure->problem), type) == 0;
}
