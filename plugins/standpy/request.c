#include "request.h"

#include "uwsgi_api.h"

#include "interpreter.h"
#include "options.h"

extern struct uwsgi_server uwsgi;

#define FIRST_RESERVE ((size_t)1 << 20)

/* uWSGI's own structs are not const-correct; it only reads the name. */
static struct slice variable(struct wsgi_request *wsgi_request, const char *name)
{
    uint16_t length = 0;
    char *value =
        uwsgi_get_var(wsgi_request, (char *)(uintptr_t)name, (uint16_t)strlen(name), &length);
    return (struct slice){value, value ? length : 0};
}

/* RFC 9110 §8.6: digits only. uWSGI itself reads anything as some number. */
static bool read_length(struct slice text, uint64_t *length)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *length = number;
    return text.length > 0;
}

/* What the router says in X-Queue-Ms; 0 where that is nothing sensible. */
static double read_milliseconds(struct slice text)
{
    char copy[32], *end;
    if (!text.data || text.length == 0 || text.length >= sizeof(copy))
        return 0;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    double value = strtod(copy, &end);
    return *end == '\0' && value >= 0 && value < 1e9 ? value : 0;
}

/* Two lengths in one head are how one request is made to look like two (RFC 9112 §11.2). */
static bool has_two_lengths(const struct wsgi_request *wsgi_request)
{
    static const char name[] = "CONTENT_LENGTH";
    int found = 0;
    for (int i = 0; i < wsgi_request->var_cnt; i += 2) { /* name, value, name, … */
        const struct iovec *variable = &wsgi_request->hvec[i];
        found += variable->iov_len == sizeof(name) - 1 &&
                 memcmp(variable->iov_base, name, sizeof(name) - 1) == 0;
    }
    return found > 1;
}

bool request_read_head(struct wsgi_request *wsgi_request, struct request_head *head)
{
    *head = (struct request_head){0};
    if (uwsgi_parse_vars(wsgi_request) != 0)
        return false;
    head->method = (struct slice){wsgi_request->method, wsgi_request->method_len};
    head->path = (struct slice){wsgi_request->path_info, wsgi_request->path_info_len};
    head->request_id = variable(wsgi_request, "HTTP_X_REQUEST_ID");
    head->content_type = variable(wsgi_request, "CONTENT_TYPE");
    head->accept = variable(wsgi_request, "HTTP_ACCEPT");
    head->prefer = variable(wsgi_request, "HTTP_PREFER");
    head->queue_ms = read_milliseconds(variable(wsgi_request, "HTTP_X_QUEUE_MS"));
    head->chunked = variable(wsgi_request, "HTTP_TRANSFER_ENCODING").data != NULL;
    struct slice expect = variable(wsgi_request, "HTTP_EXPECT");
    head->expects_continue = expect.data && slice_equals_nocase(expect, "100-continue");
    struct slice length = variable(wsgi_request, "CONTENT_LENGTH");
    head->has_length = length.data != NULL;
    head->length_malformed =
        length.data && (!read_length(length, &head->length) || has_two_lengths(wsgi_request));
    return true;
}

/* One read(2), or what the head's parser had read already. 0 at the end, -1: see errno. */
static ssize_t read_some(struct wsgi_request *wsgi_request, char *into, size_t capacity)
{
    for (;;) {
        ssize_t got = wsgi_request->socket->proto_read_body(wsgi_request, into, capacity);
        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return 0; /* reset: for the exchange the same as an early end */
        int ready = uwsgi.wait_read_hook(wsgi_request->fd, uwsgi.socket_timeout);
        if (ready <= 0) {
            errno = EAGAIN;
            return -1;
        }
    }
}

enum body_status request_read_body(struct wsgi_request *wsgi_request,
                                   const struct interpreter *interpreter, uint64_t length,
                                   struct body *body, body_progress *progress, void *context)
{
    size_t first = length < FIRST_RESERVE ? (size_t)length : FIRST_RESERVE;
    if (!interpreter->body_reserve(body, first))
        return BODY_NO_MEMORY;

    while (body->length < length) {
        if (body->length == body->capacity) {
            size_t wanted = body->capacity * 2;
            if (!interpreter->body_reserve(body, wanted < length ? wanted : (size_t)length))
                return BODY_NO_MEMORY;
        }
        ssize_t got =
            read_some(wsgi_request, body->data + body->length, body->capacity - body->length);
        if (got < 0)
            return BODY_STALLED;
        if (got == 0)
            return BODY_SHORT;
        body->length += (size_t)got;
        wsgi_request->post_pos += (size_t)got;
        if (!progress(context, body))
            return BODY_REFUSED;
    }
    return BODY_WHOLE;
}

int request_read_timeout(void)
{
    return uwsgi.socket_timeout;
}

void request_backstop(int seconds)
{
    set_harakiri(seconds > 0 ? seconds + BACKSTOP_SECONDS : 0);
}
