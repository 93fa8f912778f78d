/*
 * Any bytes as a request's head, for the real libmicrohttpd. A head that the router admits must
 * have one meaning: a strict reading of the same bytes finds the same first line, the same fields,
 * each on a line of its own, and the same end of the head.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exchange.h"
#include "framing.h"
#include "route.h"
#include "strict_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FIELDS 4096
#define BEFORE_1_0 (MHD_VERSION < 0x01000000)
#define STEPS      8 /* more than the library needs for a head */

struct line {
    struct slice name, value;
};

static struct {
    char bytes[65536];
    bool is_strict; /* by the strict reading */
    bool is_clean;  /* the same for the bytes as 0.9 leaves them */
    struct slice method, target, version;
    struct line fields[MAX_FIELDS];
    size_t count;
} head;

/* The strict reading: RFC 9112 without the leniency that it allows. */

static bool take_until(struct slice *rest, const char *end, struct slice *part)
{
    const char *found = memmem(rest->data, rest->length, end, strlen(end));
    if (!found)
        return false;
    *part = (struct slice){rest->data, (size_t)(found - rest->data)};
    rest->data += part->length + strlen(end);
    rest->length -= part->length + strlen(end);
    return true;
}

static bool has_control(struct slice part)
{
    for (size_t i = 0; i < part.length; i++) {
        unsigned char c = (unsigned char)part.data[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static bool read_fields(struct slice rest)
{
    struct slice line;
    while (take_until(&rest, "\r\n", &line)) {
        struct line *field = &head.fields[head.count];
        if (line.length == 0)
            return true;
        if (head.count == MAX_FIELDS || has_control(line) ||
            !take_until(&line, ":", &field->name) || field->name.length == 0 ||
            memchr(field->name.data, ' ', field->name.length) ||
            memchr(field->name.data, '\t', field->name.length))
            return false;
        for (; line.length > 0 && (line.data[0] == ' ' || line.data[0] == '\t'); line.data++)
            line.length--;
        field->value = line;
        head.count++;
    }
    return false;
}

/* Skips empty lines before a request (RFC 9112 §2.2); both versions of the library also accept a
 * bare LF. */
static struct slice skip_empty_lines(struct slice rest)
{
    const char *end;
    while ((end = memchr(rest.data, '\n', rest.length)) != NULL &&
           (end == rest.data || (end == rest.data + 1 && end[-1] == '\r') ||
            (BEFORE_1_0 && rest.data[0] == '\0'))) {
        rest.length -= (size_t)(end + 1 - rest.data);
        rest.data = end + 1;
    }
    return rest;
}

/* Whether 0.9 turns the byte into a NUL, or it is one already. */
static bool becomes_null(const char *bytes, size_t size, size_t i)
{
    return bytes[i] == '\0' || bytes[i] == '\n' ||
           (bytes[i] == '\r' && i + 1 < size && bytes[i + 1] == '\n') ||
           (bytes[i] == ':' && i > 0 && bytes[i - 1] == '\n');
}

/* Puts CRLF in place of whatever 0.9 leaves as it leaves a CRLF (strict_head.h). */
static struct slice as_left(const uint8_t *data, size_t size)
{
    memcpy(head.bytes, data, size);
    struct slice left = skip_empty_lines((struct slice){head.bytes, size});
    for (size_t i = size - left.length; BEFORE_1_0 && i < size; i++) {
        size_t run = 0; /* such bytes, up to the last LF */
        for (size_t j = i; j < size && becomes_null((const char *)data, size, j); j++) {
            if (data[j] == '\n')
                run = j + 1 - i;
        }
        for (; run >= 2; run -= 2, i += 2)
            memcpy(head.bytes + i, "\r\n", 2);
    }
    return left;
}

static bool read_head(struct slice rest)
{
    struct slice line;
    head.count = 0;
    if (!take_until(&rest, "\r\n", &line) || has_control(line) ||
        !take_until(&line, " ", &head.method) || !take_until(&line, " ", &head.target))
        return false;
    head.version = line;
    return head.method.length > 0 && head.target.length > 0 &&
           !memchr(line.data, ' ', line.length) && read_fields(rest);
}

/* What libmicrohttpd says */

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    return strdup(target);
}

struct fields {
    struct framing framing;
    size_t count;
    bool differ;
};

static bool same(struct slice part, const char *text)
{
    size_t length = strlen(text);
    while (part.length > length && strchr(" \t", part.data[part.length - 1])) /* 0.9 keeps them */
        part.length--;
    return slice_equals(part, text);
}

static enum MHD_Result visit(void *context, enum MHD_ValueKind kind, const char *name,
                             const char *value)
{
    (void)kind;
    struct fields *fields = context;
    framing_add(&fields->framing, slice_of(name), slice_of(value ? value : ""));
    const struct line *field = &head.fields[fields->count++];
    if (fields->count > head.count || !slice_equals(field->name, name) ||
        !same(field->value, value ? value : ""))
        fields->differ = true;
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *target, const char *method, const char *version,
                                  const char *body, size_t *body_length, void **request_context)
{
    (void)context;
    (void)body;
    (void)body_length;
    char *raw = *request_context;
    size_t length = strlen(raw);
    struct first_line first = {method, target, version,
                               length < MAX_TARGET ? length : (size_t)(version - target - 1)};
    bool is_strict = strict_head_check(connection, &first);
    struct fields fields = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, visit, &fields);
    bool admitted = is_strict && raw[0] != '\0' && /* an empty target is no engine's */
                    framing_check(&fields.framing, version, method) &&
                    !route_target_is_malformed(slice_of(raw));
    if (admitted && (!head.is_clean || fields.differ || fields.count != head.count ||
                     !slice_equals(head.method, method) || !slice_equals(head.target, raw) ||
                     !slice_equals(head.version, version)))
        abort();
    if (head.is_strict && !is_strict)
        abort();
    return MHD_NO; /* closes the connection */
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    free(*request_context);
}

static struct MHD_Daemon *start(void)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        NULL, STRICT_HEAD_OPTION, STRICT_HEAD_LEVEL, MHD_OPTION_END);
    if (!daemon)
        abort();
    return daemon;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct MHD_Daemon *daemon;
    if (!daemon)
        daemon = start();
    int ends[2];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (size > sizeof(head.bytes))
        return 0;
    memcpy(head.bytes, data, size);
    head.is_strict = read_head(skip_empty_lines((struct slice){head.bytes, size}));
    head.is_clean = read_head(as_left(data, size));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0 ||
        (size > 0 && write(ends[0], data, size) != (ssize_t)size) ||
        shutdown(ends[0], SHUT_WR) != 0 ||
        MHD_add_connection(daemon, ends[1], (struct sockaddr *)(void *)&address, sizeof(address)) !=
            MHD_YES)
        abort();
    for (int step = 0; step < STEPS; step++)
        MHD_run(daemon);
    close(ends[0]);
    MHD_run(daemon);
    return 0;
}
