#include "response.h"

#include <poll.h>

#include "kept.h"
#include "monotonic.h"
#include "uwsgi_api.h"

extern struct uwsgi_server uwsgi;

/* Pieces that fit are joined, so that head and body leave in one writev(2). */
#define JOIN_LIMIT 65536

/* How long an answer waits for a body that nobody wants (RFC 9112 §9.6), and for its next byte. */
#define LINGER_SECONDS      10
#define LINGER_MILLISECONDS 1000

/* Times socket-timeout. */
#define SEND_PATIENCE 6

int response_wait(int descriptor, int timeout)
{
    return uwsgi_simple_wait_write_hook(descriptor, timeout * SEND_PATIENCE);
}

static bool add_header(struct wsgi_request *wsgi_request, const char *name, const char *value)
{
    /* uWSGI takes non-const pointers and copies from them. */
    return uwsgi_response_add_header(wsgi_request, (char *)(uintptr_t)name, (uint16_t)strlen(name),
                                     (char *)(uintptr_t)value, (uint16_t)strlen(value)) == 0;
}

static bool prepare_head(struct wsgi_request *wsgi_request, const struct response *response,
                         size_t length)
{
    return uwsgi_response_prepare_headers_int(wsgi_request, response->status) == 0 &&
           add_header(wsgi_request, "Content-Type", response->content_type) &&
           uwsgi_response_add_content_length(wsgi_request, length) == 0 &&
           add_header(wsgi_request, "X-Request-Id", response->request_id) &&
           (!response->allow || add_header(wsgi_request, "Allow", response->allow)) &&
           (!response->is_last || add_header(wsgi_request, "Connection", "close"));
}

static bool write_body(struct wsgi_request *wsgi_request, struct slice piece)
{
    return uwsgi_response_write_body_do(wsgi_request, (char *)(uintptr_t)piece.data,
                                        piece.length) == UWSGI_OK;
}

static bool write_pieces(struct wsgi_request *wsgi_request, const struct response *response)
{
    size_t next = 0;
    while (next < response->body_count) {
        if (response->body[next].length >= JOIN_LIMIT) {
            if (!write_body(wsgi_request, response->body[next++]))
                return false;
            continue;
        }
        char joined[JOIN_LIMIT];
        size_t length = 0;
        while (next < response->body_count &&
               response->body[next].length <= sizeof(joined) - length) {
            memcpy(joined + length, response->body[next].data, response->body[next].length);
            length += response->body[next++].length;
        }
        if (!write_body(wsgi_request, (struct slice){joined, length}))
            return false;
    }
    return true;
}

/*
 * Closing a socket that still has bytes to read sends a reset, and the client may lose the answer
 * with it. So say that we are done, and take what comes for a while.
 */
static void linger(int connection)
{
    if (shutdown(connection, SHUT_WR) != 0)
        return;
    static char sink[65536];
    struct pollfd readable = {.fd = connection, .events = POLLIN};
    int64_t end = monotonic_seconds() + LINGER_SECONDS;
    while (monotonic_seconds() < end && poll(&readable, 1, LINGER_MILLISECONDS) > 0) {
        if (read(connection, sink, sizeof(sink)) <= 0)
            return;
    }
}

bool response_send(struct wsgi_request *wsgi_request, const struct response *response)
{
    size_t length = 0;
    for (size_t i = 0; i < response->body_count; i++)
        length += response->body[i].length;

    bool sent = prepare_head(wsgi_request, response, length);
    if (sent && response->head_only)
        sent = uwsgi_response_write_headers_do(wsgi_request) == UWSGI_OK;
    else if (sent)
        sent = write_pieces(wsgi_request, response);
    if (sent && !response->is_last)
        kept_wish();
    if (response->body_unread)
        linger(wsgi_request->fd);
    return sent;
}

bool response_continue(struct wsgi_request *wsgi_request)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    return write(wsgi_request->fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1;
}
