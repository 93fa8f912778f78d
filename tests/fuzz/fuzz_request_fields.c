/*
 * A request's fields on their way to the engine, one "name:value" per line; the first byte says how
 * often all of them come.
 *
 * The fields that go on are those that came, in the same order, without those of the hop, those for
 * the router alone, and those that the engine could take for another. The router's own fields,
 * including the engine's token, are there exactly once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "framing.h"
#include "headers.h"
#include "request_fields.h"
#include "request_id.h"
#include "transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FIELDS 256
#define MAX_LINES  (MAX_FIELDS * 16 + 8)

static struct {
    const char *names[MAX_FIELDS], *values[MAX_FIELDS];
    size_t count, times;
} came;

static struct {
    char *lines[MAX_LINES];
    size_t count;
} sent;

/* Replaces libcurl's list. */
struct transfer_fields *transfer_fields_add(struct transfer_fields *fields, const char *line)
{
    (void)fields;
    if (sent.count == MAX_LINES)
        abort();
    sent.lines[sent.count++] = strdup(line);
    return (struct transfer_fields *)(void *)&sent;
}

static void each_field(void *context, bool (*visit)(void *, const char *, const char *),
                       void *visit_context)
{
    (void)context;
    for (size_t i = 0; i < came.count * came.times; i++) {
        if (!visit(visit_context, came.names[i % came.count], came.values[i % came.count]))
            return;
    }
}

static bool is_named(const char *connection, const char *name)
{
    for (size_t length; *connection; connection += length + (connection[length] == ',')) {
        length = strcspn(connection, ",");
        const char *option = connection + strspn(connection, " \t");
        const char *end = connection + length;
        while (end > option && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (end > option && (size_t)(end - option) == strlen(name) &&
            strncasecmp(option, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

/* 1: a Connection field names it; 0: it is part of such a name; -1: neither. */
static int named(const char *name)
{
    int found = -1;
    for (size_t i = 0; i < came.count; i++) {
        if (strcasecmp(came.names[i], "Connection") != 0)
            continue;
        if (is_named(came.values[i], name))
            return 1;
        if (strcasestr(came.values[i], name))
            found = 0;
    }
    return found;
}

static bool stays(const char *name)
{
    static const char *const names[] = {"Authorization",
                                        "Connection",
                                        "Content-Length",
                                        "Expect",
                                        "Host",
                                        "Keep-Alive",
                                        "Proxy-Authorization",
                                        "Proxy-Connection",
                                        "TE",
                                        "Proxy-Authenticate",
                                        "Trailer",
                                        "Transfer-Encoding",
                                        "Upgrade",
                                        QUEUE_TIME_HEADER,
                                        REQUEST_ID_HEADER,
                                        "X-Forwarded-For"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return strchr(name, '_') != NULL;
}

/* Whether the line, as libcurl reads it, is a field with that name and value. */
static bool is_line(const char *line, const char *name, const char *value)
{
    size_t length = strlen(name);
    if (strncmp(line, name, length) != 0)
        return false;
    return value[0] ? strncmp(line + length, ": ", 2) == 0 && strcmp(line + length + 2, value) == 0
                    : strcmp(line + length, ";") == 0;
}

/* Index of the first line that is not a field of the client's. */
static size_t check_passed_on(void)
{
    size_t line = 0;
    for (size_t i = 0; i < came.count * came.times; i++) {
        const char *name = came.names[i % came.count], *value = came.values[i % came.count];
        bool goes = line < sent.count && is_line(sent.lines[line], name, value);
        if (!stays(name) && named(name) < 0 && !goes)
            abort();
        if ((stays(name) || named(name) > 0) && goes && strcasecmp(name, REQUEST_ID_HEADER) != 0)
            abort();
        line += !stays(name) && named(name) <= 0 && goes;
    }
    return line;
}

static void check_own(size_t line)
{
    static const char address[] = "192.0.2.1";
    bool has_accept = false, has_type = false;
    for (size_t i = 0; i < line; i++) {
        has_accept |= strncasecmp(sent.lines[i], "Accept:", 7) == 0 ||
                      strcasecmp(sent.lines[i], "Accept;") == 0;
        has_type |= strncasecmp(sent.lines[i], "Content-Type:", 13) == 0 ||
                    strcasecmp(sent.lines[i], "Content-Type;") == 0;
    }
    if (sent.count != line + 4 + !has_accept + !has_type ||
        strcmp(sent.lines[line], REQUEST_ID_HEADER ": the-id") != 0 ||
        strncmp(sent.lines[line + 1], "X-Forwarded-For: ", 17) != 0 ||
        strcmp(sent.lines[line + 1] + strlen(sent.lines[line + 1]) - strlen(address), address) !=
            0 ||
        strcmp(sent.lines[line + 2], "Authorization: Bearer the-engines") != 0)
        abort();
    /* If nothing follows the colon, libcurl sends no such field. */
    for (size_t i = line + 3; i < sent.count; i++) {
        if (strcmp(sent.lines[i], "Expect:") != 0 && strcmp(sent.lines[i], "Accept:") != 0 &&
            strcmp(sent.lines[i], "Content-Type:") != 0)
            abort();
    }
}

/* Every field that came is in the one that goes on, whole and in its order. */
static void check_forwarded(const char *list)
{
    for (size_t i = 0; i < came.count * came.times; i++) {
        const char *value = came.values[i % came.count];
        if (strcasecmp(came.names[i % came.count], "X-Forwarded-For") != 0 || !value[0])
            continue;
        if (strncmp(list, value, strlen(value)) != 0 || strncmp(list + strlen(value), ", ", 2) != 0)
            abort();
        list += strlen(value) + 2;
    }
    if (strcmp(list, "192.0.2.1") != 0)
        abort();
}

/* Gives the fields as the listener does: without spaces before a value. False: such a request never
 * comes this far. */
static bool split(char *text)
{
    struct framing framing = {0};
    came.count = 0;
    for (char *line; came.count < MAX_FIELDS && (line = strsep(&text, "\n")) != NULL;) {
        char *value = strchr(line, ':');
        if (value)
            *value++ = '\0';
        value = value ? value + strspn(value, " \t") : line + strlen(line);
        framing_add(&framing, slice_of(line), slice_of(value));
        came.names[came.count] = line;
        came.values[came.count++] = value;
    }
    return framing_check(&framing, "HTTP/1.1", "POST");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = size > 0 ? strndup((const char *)data + 1, size - 1) : NULL;
    if (text && split(text)) {
        const struct own_fields own = {
            .request_id = "the-id", .client = "192.0.2.1", .token = "the-engines"};
        struct request_head head = {.each_field = each_field};
        struct transfer_fields *fields = NULL;
        struct refusal refusal;
        came.times = (size_t)1 << data[0] % 5;
        enum step step = request_fields_collect(&fields, &head, &own, &refusal);
        if (step == STEP_TAKE) {
            size_t line = check_passed_on();
            check_own(line);
            check_forwarded(sent.lines[line + 1] + 17);
        } else if (refusal.kind != PROBLEM_MALFORMED_REQUEST) {
            abort();
        }
    }
    while (sent.count > 0)
        free(sent.lines[--sent.count]);
    free(text);
    return 0;
}
