/*
 * A request's head: a line "method target version", then one field "name:value" per line. The first
 * byte says what else is known of the request.
 *
 * Every request is either admitted or refused. An admitted one belongs to one engine and has its
 * token, a method that engines know, and a body that ends at one place within the limit. A refused
 * one has a detail and a refusal's status.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admission.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FIELDS 64
#define SIZE_LIMIT 1000

static struct {
    const char *names[MAX_FIELDS], *values[MAX_FIELDS];
    size_t count;
} came;

static void each_field(void *source, bool (*visit)(void *, const char *, const char *),
                       void *context)
{
    (void)source;
    for (size_t i = 0; i < came.count; i++) {
        if (!visit(context, came.names[i], came.values[i]))
            return;
    }
}

/* Gives the fields as the listener does. */
static struct request_head split(char *text)
{
    struct request_head head = {.each_field = each_field};
    char *line = strsep(&text, "\n");
    head.method = strsep(&line, " ");
    head.target = line ? strsep(&line, " ") : "/";
    head.version = line ? line : "HTTP/1.1";
    came.count = 0;
    while (came.count < MAX_FIELDS && (line = strsep(&text, "\n")) != NULL) {
        char *value = strchr(line, ':');
        if (value)
            *value++ = '\0';
        came.names[came.count] = line;
        came.values[came.count] = value ? value : "";
        if (strcasecmp(line, "Authorization") == 0)
            head.authorization = came.values[came.count];
        came.count++;
    }
    return head;
}

static void check_taken(const struct request_head *head, const struct admission *admission,
                        bool is_stopping)
{
    bool is_safe = strcmp(head->method, "GET") == 0 || strcmp(head->method, "HEAD") == 0;
    if (!head->is_strict || admission->kind == ROUTE_NOT_FOUND)
        abort();
    if (admission->kind != ROUTE_ENGINE) {
        if (!is_safe || admission->engine)
            abort();
        return;
    }
    if (!admission->engine || is_stopping || admission->body_length > SIZE_LIMIT)
        abort();
    if (admission->is_chunked && admission->body_length >= 0)
        abort();
    if (admission->engine_target < head->target ||
        admission->engine_target > head->target + strlen(head->target) ||
        admission->engine_target[0] != '/')
        abort();
    if (admission->engine->tokens.count > 0 &&
        (!head->authorization || !strstr(head->authorization, "the-token")))
        abort();
}

static void check_refused(const struct refusal *refusal)
{
    int status = problem_status(refusal->kind);
    if (status < 400 || !refusal->detail[0])
        abort();
    if ((status == 405) != (refusal->allow != NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char token[] = "the-token", *list[] = {token}, open_name[] = "open", closed[] = "closed";
    static struct engine engines[] = {{.name = closed, .tokens = {.list = list, .count = 1}},
                                      {.name = open_name}};
    const struct settings settings = {
        .engines = engines, .engine_count = 2, .request_size_limit = SIZE_LIMIT};
    char *text = size > 1 ? strndup((const char *)data + 1, size - 1) : NULL;
    if (!text)
        return 0;
    struct request_head head = split(text);
    head.is_strict = !(data[0] & 1);
    bool is_stopping = data[0] & 2;
    struct admission admission = {.body_length = -1};
    struct refusal refusal;
    switch (admission_decide(&settings, &head, is_stopping, &admission, &refusal)) {
    case STEP_TAKE:
        check_taken(&head, &admission, is_stopping);
        break;
    case STEP_REFUSE:
        check_refused(&refusal);
        break;
    case STEP_WAIT:
    case STEP_START:
        abort();
    }
    free(text);
    return 0;
}
