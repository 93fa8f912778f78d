#include "request_fields.h"

#include <stdio.h>
#include <string.h>

#include "exchange.h"
#include "headers.h"

struct field_context {
    struct exchange *exchange;
    char connection[1024]; /* the options of all Connection fields */
    char forwarded[1024];  /* all X-Forwarded-For fields, in their order */
    size_t size;
    const char *too_long; /* one of the two does not fit: its name */
    bool has_accept, has_content_type;
};

bool request_fields_add(struct exchange *exchange, const char *name, const char *value)
{
    char line[MAX_REQUEST_HEAD + 8]; /* ample: one field is part of the head */
    size_t name_length = strlen(name), value_length = strlen(value);
    if (name_length + value_length + 3 > sizeof(line))
        return false;
    char *end = mempcpy(line, name, name_length);
    if (value_length > 0)
        end = mempcpy(end, ": ", 2);
    else
        *end++ = ';'; /* as CURLOPT_HTTPHEADER wants a field without value */
    memcpy(end, value, value_length + 1);
    exchange->fields = transfer_fields_add(exchange->fields, line);
    return exchange->fields != NULL;
}

/* As one list (RFC 9110 §5.3). False where it does not fit. */
static bool append(char *list, size_t capacity, const char *value)
{
    size_t length = strlen(list);
    if (value[0] && strlen(value) + 3 > capacity - length)
        return false;
    if (value[0])
        snprintf(list + length, capacity - length, "%s, ", value);
    return true;
}

static bool visit_lists(void *context, const char *name, const char *value)
{
    struct field_context *fields = context;
    if (strcasecmp(name, "Connection") == 0 &&
        !append(fields->connection, sizeof(fields->connection), value))
        fields->too_long = "Connection";
    if (strcasecmp(name, "X-Forwarded-For") == 0 &&
        !append(fields->forwarded, sizeof(fields->forwarded), value))
        fields->too_long = "X-Forwarded-For";
    return !fields->too_long;
}

static bool visit_field(void *context, const char *name, const char *value)
{
    struct field_context *fields = context;
    if (!header_goes_to_engine(name, fields->connection))
        return true;
    fields->size += strlen(name) + strlen(value) + 4;
    if (fields->size > MAX_REQUEST_HEAD)
        return false;
    if (strcasecmp(name, "Accept") == 0)
        fields->has_accept = true;
    if (strcasecmp(name, "Content-Type") == 0)
        fields->has_content_type = true;
    return request_fields_add(fields->exchange, name, value);
}

/* The client's own is for the router alone (headers.c). */
static bool add_upstream_token(struct exchange *exchange)
{
    const struct tokens *tokens = &exchange->engine->upstream_tokens;
    char value[MAX_REQUEST_HEAD];
    if (tokens->count == 0)
        return true;
    int length = snprintf(value, sizeof(value), "Bearer %s", tokens->list[0]);
    return length < (int)sizeof(value) && request_fields_add(exchange, "Authorization", value);
}

static bool add_own_fields(struct exchange *exchange, const struct field_context *fields)
{
    char forwarded[sizeof(fields->forwarded) + sizeof(exchange->address)];
    snprintf(forwarded, sizeof(forwarded), "%s%s", fields->forwarded, exchange->address);
    if (!request_fields_add(exchange, REQUEST_ID_HEADER, exchange->request_id) ||
        !request_fields_add(exchange, "X-Forwarded-For", forwarded))
        return false;
    if (!add_upstream_token(exchange))
        return false;
    /* A name without value keeps libcurl from adding such a field of its own. */
    const char *const unwanted[] = {"Expect:", fields->has_accept ? NULL : "Accept:",
                                    fields->has_content_type ? NULL : "Content-Type:"};
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(*unwanted); i++) {
        if (!unwanted[i])
            continue;
        exchange->fields = transfer_fields_add(exchange->fields, unwanted[i]);
        if (!exchange->fields)
            return false;
    }
    return true;
}

bool request_fields_collect(struct exchange *exchange, const struct exchange_head *head)
{
    struct field_context fields = {.exchange = exchange};
    head->each_field(head->listener_context, visit_lists, &fields);
    /* Half a list would send on what is of this hop only, or hide where a request comes from. */
    if (fields.too_long) {
        exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST, "%s has more than %zu bytes",
                        fields.too_long, sizeof(fields.connection) - 3);
        return false;
    }
    head->each_field(head->listener_context, visit_field, &fields);
    if (fields.size > MAX_REQUEST_HEAD) {
        exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST,
                        "the header fields have more than %d bytes", MAX_REQUEST_HEAD);
        return false;
    }
    if (!add_own_fields(exchange, &fields)) {
        exchange_refuse(exchange, PROBLEM_INTERNAL, "out of memory");
        return false;
    }
    return true;
}
