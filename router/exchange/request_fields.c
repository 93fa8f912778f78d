#include "request_fields.h"

#include <stdio.h>
#include <string.h>

#include "headers.h"
#include "request_id.h"
#include "transfer.h"

#define FORWARDED_CAPACITY 1024

struct field_context {
    struct transfer_fields **fields;
    char connection[1024];              /* the options of all Connection fields */
    char forwarded[FORWARDED_CAPACITY]; /* all X-Forwarded-For fields, in their order */
    size_t size;
    const char *too_long; /* the name of one of the two that does not fit */
    bool has_accept, has_content_type;
    const struct own_fields *own;
    char host[512]; /* of the client's request */
    char scheme[16], for_host[512],
        prefix[512]; /* X-Forwarded-Proto, -Host, -Prefix as they came */
};

bool request_fields_add(struct transfer_fields **fields, const char *name, const char *value)
{
    char line[MAX_REQUEST_HEAD + 8]; /* ample: a field is part of the head */
    size_t name_length = strlen(name), value_length = strlen(value);
    if (name_length + value_length + 3 > sizeof(line))
        return false;
    char *end = mempcpy(line, name, name_length);
    if (value_length > 0)
        end = mempcpy(end, ": ", 2);
    else
        *end++ = ';'; /* CURLOPT_HTTPHEADER's form of a field without a value */
    memcpy(end, value, value_length + 1);
    *fields = transfer_fields_add(*fields, line);
    return *fields != NULL;
}

/* Appends a value to a list (RFC 9110 §5.3). False if it does not fit. */
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

static void keep(char *to, size_t capacity, const char *value)
{
    if (strlen(value) < capacity)
        strcpy(to, value);
}

/* What the application learns of the client's own request. True if the field goes no further. */
static bool take_forwarded(struct field_context *fields, const char *name, const char *value)
{
    static const char forwarded[] = "X-Forwarded-";
    if (strcasecmp(name, "Host") == 0)
        keep(fields->host, sizeof(fields->host), value);
    if (strcasecmp(name, "Forwarded") == 0)
        return !fields->own->trusts;
    if (strncasecmp(name, forwarded, sizeof(forwarded) - 1) != 0)
        return false;
    name += sizeof(forwarded) - 1;
    if (!fields->own->trusts)
        return true;
    if (strcasecmp(name, "Proto") == 0)
        keep(fields->scheme, sizeof(fields->scheme), value);
    else if (strcasecmp(name, "Host") == 0)
        keep(fields->for_host, sizeof(fields->for_host), value);
    else if (strcasecmp(name, "Prefix") == 0)
        keep(fields->prefix, sizeof(fields->prefix), value);
    return true;
}

static bool add_forwarded(const struct field_context *came, const struct own_fields *own)
{
    char prefix[512 + 300];
    size_t length = strlen(came->prefix);
    while (length > 0 && came->prefix[length - 1] == '/')
        length--;
    snprintf(prefix, sizeof(prefix), "%.*s/%s", (int)length, came->prefix, own->prefix);
    const char *host = came->for_host[0] ? came->for_host : came->host;
    const char *scheme = came->scheme[0] ? came->scheme : own->is_tls ? "https" : "http";
    return request_fields_add(came->fields, "X-Forwarded-Prefix", prefix) &&
           request_fields_add(came->fields, "X-Forwarded-Proto", scheme) &&
           (host[0] == '\0' || request_fields_add(came->fields, "X-Forwarded-Host", host));
}

static bool visit_field(void *context, const char *name, const char *value)
{
    struct field_context *fields = context;
    if (fields->own->prefix && take_forwarded(fields, name, value))
        return true;
    if (!header_goes_to_engine(name, fields->connection))
        return true;
    fields->size += strlen(name) + strlen(value) + 4;
    if (fields->size > MAX_REQUEST_HEAD)
        return false;
    if (strcasecmp(name, "Accept") == 0)
        fields->has_accept = true;
    if (strcasecmp(name, "Content-Type") == 0)
        fields->has_content_type = true;
    return request_fields_add(fields->fields, name, value);
}

/* The client's own token is for the router alone (headers.c). */
static bool add_token(struct transfer_fields **fields, const char *token)
{
    char value[MAX_REQUEST_HEAD];
    if (!token)
        return true;
    int length = snprintf(value, sizeof(value), "Bearer %s", token);
    return length < (int)sizeof(value) && request_fields_add(fields, "Authorization", value);
}

static bool add_own(const struct field_context *came, const struct own_fields *own)
{
    char forwarded[FORWARDED_CAPACITY + 64];
    snprintf(forwarded, sizeof(forwarded), "%s%s", came->forwarded, own->client);
    if (!request_fields_add(came->fields, REQUEST_ID_HEADER, own->request_id) ||
        !request_fields_add(came->fields, "X-Forwarded-For", forwarded) ||
        !add_token(came->fields, own->token) || (own->prefix && !add_forwarded(came, own)))
        return false;
    /* A name without a value keeps libcurl from adding that field itself. */
    const char *const unwanted[] = {"Expect:", came->has_accept ? NULL : "Accept:",
                                    came->has_content_type ? NULL : "Content-Type:"};
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(*unwanted); i++) {
        if (!unwanted[i])
            continue;
        *came->fields = transfer_fields_add(*came->fields, unwanted[i]);
        if (!*came->fields)
            return false;
    }
    return true;
}

enum step request_fields_collect(struct transfer_fields **fields, const struct request_head *head,
                                 const struct own_fields *own, struct refusal *refusal)
{
    struct field_context came;
    came.fields = fields;
    came.connection[0] = came.forwarded[0] = '\0';
    came.size = 0;
    came.too_long = NULL;
    came.own = own;
    came.host[0] = came.scheme[0] = came.for_host[0] = came.prefix[0] = '\0';
    came.has_accept = came.has_content_type = false;
    head->each_field(head->source, visit_lists, &came);
    /* Half a list would let through fields of this hop only, or hide where a request comes from. */
    if (came.too_long)
        return refuse(refusal, PROBLEM_MALFORMED_REQUEST, "%s has more than %zu bytes",
                      came.too_long, sizeof(came.connection) - 3);
    head->each_field(head->source, visit_field, &came);
    if (came.size > MAX_REQUEST_HEAD)
        return refuse(refusal, PROBLEM_MALFORMED_REQUEST,
                      "the header fields have more than %d bytes", MAX_REQUEST_HEAD);
    if (!add_own(&came, own))
        return refuse(refusal, PROBLEM_INTERNAL, "out of memory");
    return STEP_TAKE;
}
