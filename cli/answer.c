#include "answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "grouped.h"
#include "page_title.h"
#include "problem_text.h"

#define MOST_PAGE 65536 /* bytes in which a title is looked for */

void answer_init(struct answer *answer, enum answer_wanted wanted, const char *endpoint,
                 const struct destinations *destinations, struct result *result)
{
    memset(answer, 0, sizeof(*answer));
    answer->wanted = wanted;
    answer->endpoint = endpoint;
    answer->reading.destinations = destinations;
    answer->reading.endpoint = endpoint;
    answer->reading.result = result;
}

static const char *status_of(const struct answer *answer, char text[160])
{
    snprintf(text, 160, "%d%s%s", answer->head.status, answer->head.reason[0] ? " " : "",
             answer->head.reason);
    return text;
}

/* Whether a script may have run although this is not from StandPy. */
static bool may_have_run(const struct answer *answer)
{
    return answer->wanted == ANSWER_PARTS &&
           (answer->head.status >= 500 || answer->head.status == 200);
}

static void describe(const struct answer *answer, char what[512])
{
    char media_type[256], title[PAGE_TITLE];
    answer_head_media_type(&answer->head, media_type);
    if (strcmp(media_type, "text/html") != 0) {
        snprintf(what, 512, media_type[0] ? "something of type %s" : "something without a type%s",
                 media_type);
        return;
    }
    page_title(title, (struct slice){answer->content, answer->content ? answer->size : 0});
    snprintf(what, 512, title[0] ? "a page in HTML, titled '%s'" : "a page in HTML%s", title);
}

static bool not_standpy(const struct answer *answer, struct failure *failure)
{
    char status[160], what[512];
    int number = answer->head.status;
    if (number >= 300 && number < 400 && answer->head.location[0])
        return failure_set(failure, FAILURE_UNREACHABLE,
                           "%s answers %s and points to '%s'. If that is the engine, make it the "
                           "endpoint.",
                           answer->endpoint, status_of(answer, status), answer->head.location);
    describe(answer, what);
    if (number >= 400 && number < 500)
        return failure_set(failure, FAILURE_REFUSED,
                           "%s answers %s with %s, which is not from StandPy. Is the endpoint "
                           "right, or does a proxy before it refuse the request?",
                           answer->endpoint, status_of(answer, status), what);
    return failure_set(
        failure, FAILURE_UNREACHABLE,
        "%s answers %s with %s, which is not from StandPy. Is the endpoint right, and is what "
        "stands before the router able to reach it?%s",
        answer->endpoint, status_of(answer, status), what,
        may_have_run(answer) ? " The script may have run, so the request was not repeated." : "");
}

__attribute__((format(printf, 3, 4))) static bool
refuse_size(const struct answer *answer, struct failure *failure, const char *format, ...)
{
    char what[128], most[GROUPED];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return failure_set(failure, FAILURE_REFUSED,
                       "The answer of %s %s; this client takes at most %s.", answer->endpoint, what,
                       grouped(most, ANSWER_LIMIT));
}

static enum answer_body body_of(const struct answer *answer)
{
    char media_type[256];
    answer_head_media_type(&answer->head, media_type);
    bool is_fine = answer->head.status == 200;
    if (is_fine && answer->wanted == ANSWER_PARTS && strcmp(media_type, "multipart/mixed") == 0)
        return ANSWER_BODY_PARTS;
    if (is_fine && answer->wanted == ANSWER_JSON && strcmp(media_type, "application/json") == 0)
        return ANSWER_BODY_JSON;
    if (!is_fine && strcmp(media_type, "application/problem+json") == 0)
        return ANSWER_BODY_JSON;
    bool is_redirect = answer->head.status >= 300 && answer->head.status < 400;
    return !is_redirect && strcmp(media_type, "text/html") == 0 ? ANSWER_BODY_PAGE
                                                                : ANSWER_BODY_NONE;
}

static bool begin_text(struct answer *answer, struct failure *failure)
{
    answer->text = open_memstream(&answer->content, &answer->size);
    return answer->text || failure_of_memory(failure);
}

static bool begin_parts(struct answer *answer, struct failure *failure)
{
    const char *coding = answer->head.content_encoding;
    if (coding[0] && strcmp(coding, "identity") != 0)
        return failure_set(failure, FAILURE_UNREACHABLE,
                           "%s answers in the encoding '%s', which was not asked for.",
                           answer->endpoint, coding);
    answer->reading.failure = failure;
    return reading_begin(&answer->reading, answer->head.content_type);
}

bool answer_take_head(void *context, const struct answer_head *head, struct failure *failure)
{
    struct answer *answer = context;
    char bytes[GROUPED];
    answer->head = *head;
    answer->body = body_of(answer);
    if (head->length > ANSWER_LIMIT)
        return refuse_size(answer, failure, "has %s bytes", grouped(bytes, head->length));
    switch (answer->body) {
    case ANSWER_BODY_PARTS:
        return begin_parts(answer, failure);
    case ANSWER_BODY_JSON:
        if (head->length > READING_MOST_JSON)
            return refuse_size(answer, failure, "has %s bytes of JSON",
                               grouped(bytes, head->length));
        return begin_text(answer, failure);
    case ANSWER_BODY_PAGE:
        return begin_text(answer, failure);
    case ANSWER_BODY_NONE:
        break;
    }
    return not_standpy(answer, failure); /* whatever else it says */
}

bool answer_take_body(void *context, struct slice piece, struct failure *failure)
{
    struct answer *answer = context;
    answer->received += (int64_t)piece.length;
    if (answer->received > ANSWER_LIMIT)
        return refuse_size(answer, failure, "is larger");
    if (answer->body == ANSWER_BODY_PARTS)
        return reading_take(&answer->reading, piece);
    if (answer->body == ANSWER_BODY_JSON && answer->received > READING_MOST_JSON)
        return refuse_size(answer, failure, "has more than %d bytes", READING_MOST_JSON);
    if (fwrite(piece.data, 1, piece.length, answer->text) < piece.length)
        return failure_of_memory(failure);
    return answer->body == ANSWER_BODY_JSON || answer->received < MOST_PAGE;
}

static bool end_json(struct answer *answer, struct failure *failure)
{
    json_t *json = json_loadb(answer->content, answer->size, JSON_ALLOW_NUL, NULL);
    if (!json_is_object(json)) {
        json_decref(json);
        return failure_set(failure, FAILURE_UNREACHABLE,
                           "%s answers %d with JSON that cannot be read. " READING_OLD,
                           answer->endpoint, answer->head.status);
    }
    if (answer->head.status == 200) {
        answer->json = json;
        return true;
    }
    problem_text_fail(failure, json, answer->head.status, answer->head.retry_after,
                      answer->endpoint);
    json_decref(json);
    return false;
}

bool answer_end(struct answer *answer, bool came, struct failure *failure)
{
    if (answer->text) {
        bool is_whole = fclose(answer->text) == 0;
        answer->text = NULL;
        if (!is_whole)
            return failure_of_memory(failure);
    }
    if (answer->body == ANSWER_BODY_PAGE && failure->kind != FAILURE_INTERRUPTED)
        return not_standpy(answer, failure);
    if (!came)
        return false;
    return answer->body == ANSWER_BODY_PARTS ? reading_end(&answer->reading)
                                             : end_json(answer, failure);
}

void answer_finish(struct answer *answer)
{
    if (answer->text)
        fclose(answer->text);
    free(answer->content);
    json_decref(answer->json);
    reading_finish(&answer->reading);
}
