#include "answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "request_id.h"

#define PART_HEAD_CAPACITY 256
#define BOUNDARY_PREFIX    "standpy-"

static void add(struct answer *answer, struct slice piece)
{
    answer->pieces[answer->piece_count++] = piece;
}

/* Adds {"outputs": …, "stdout": …}: head, the interpreter's pieces, tail. */
static bool add_report(struct answer *answer, const struct execution_result *result,
                       const struct report_context *context)
{
    answer->tail = report_tail(result, context);
    if (!answer->tail)
        return false;
    add(answer, slice_of(REPORT_HEAD));
    for (size_t i = 0; i < result->piece_count; i++)
        add(answer, result->pieces[i]);
    add(answer, slice_of(answer->tail));
    return true;
}

static size_t length_of(const struct answer *answer)
{
    size_t length = 0;
    for (size_t i = 0; i < answer->piece_count; i++)
        length += answer->pieces[i].length;
    return length;
}

/* Writes the head of a part (RFC 2046 §5.1.1) to its place among the heads. */
static struct slice part_head(struct answer *answer, size_t number, const char *boundary,
                              struct slice media_type, size_t length)
{
    char *head = answer->heads + number * PART_HEAD_CAPACITY;
    int written = snprintf(
        head, PART_HEAD_CAPACITY, "%s--%s\r\nContent-Type: %.*s\r\nContent-Length: %zu\r\n\r\n",
        number == 0 ? "" : "\r\n", boundary, (int)media_type.length, media_type.data, length);
    return (struct slice){head, (size_t)written};
}

static bool make_multipart(struct answer *answer, const struct execution_result *result,
                           const struct report_context *context)
{
    /* 128 random bits, so that no output contains it. */
    char boundary[sizeof(BOUNDARY_PREFIX) + REQUEST_ID_CAPACITY] = BOUNDARY_PREFIX;
    request_id_choose(boundary + sizeof(BOUNDARY_PREFIX) - 1, NULL, 0);
    snprintf(answer->content_type, sizeof(answer->content_type), "%s; boundary=%s",
             answer_media_type(ANSWER_MULTIPART), boundary);
    answer->heads = malloc((result->raw_count + 2) * PART_HEAD_CAPACITY);
    if (!answer->heads)
        return false;

    add(answer, (struct slice){NULL, 0}); /* its length is not known yet */
    if (!add_report(answer, result, context))
        return false;
    answer->pieces[0] =
        part_head(answer, 0, boundary, slice_of("application/json"), length_of(answer));
    for (size_t i = 0; i < result->raw_count; i++) {
        const struct raw_output *raw = &result->raws[i];
        add(answer, part_head(answer, i + 1, boundary, raw->media_type, raw->content.length));
        add(answer, raw->content);
    }
    char *end = answer->heads + (result->raw_count + 1) * PART_HEAD_CAPACITY;
    snprintf(end, PART_HEAD_CAPACITY, "\r\n--%s--\r\n", boundary);
    add(answer, slice_of(end));
    return true;
}

bool answer_make(struct answer *answer, enum answer_form form,
                 const struct execution_result *result, const struct report_context *context)
{
    *answer = (struct answer){0};
    /* Report: pieces, head and tail. Multipart: a head for the report, two for each part, the end.
     */
    size_t most = result->piece_count + 2 * result->raw_count + 4;
    answer->pieces = calloc(most, sizeof(*answer->pieces));
    if (!answer->pieces)
        return false;
    if (form == ANSWER_MULTIPART)
        return make_multipart(answer, result, context);
    snprintf(answer->content_type, sizeof(answer->content_type), "%s", answer_media_type(form));
    if (form == ANSWER_JSON)
        return add_report(answer, result, context);
    add(answer, result->raws[0].content); /* the interpreter made sure that there is one */
    return true;
}

void answer_finish(struct answer *answer)
{
    free(answer->pieces);
    free(answer->tail);
    free(answer->heads);
    *answer = (struct answer){0};
}
