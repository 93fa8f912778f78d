#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "outgoing.h"

#define KEPT_OF_ONE ((size_t)256 << 10) /* bytes of one answer */
#define KEPT_OF_ALL ((size_t)64 << 20)

static size_t kept(const struct connection *connection)
{
    return connection->unsent_length - connection->unsent_sent;
}

bool stream_is_full(const struct connection *connection)
{
    return kept(connection) > (connections_kept() > KEPT_OF_ALL ? 0 : KEPT_OF_ONE);
}

void stream_begin(struct connection *connection)
{
    if (connection->after == AFTER_NEXT && !connection_goes_on(connection))
        connection->after = AFTER_CLOSE;
    connection_enter(connection, CONNECTION_STREAMING);
}

static bool is_full(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* Makes room behind what is kept; what was sent already goes. */
static bool grow(struct connection *connection, size_t more)
{
    size_t rest = kept(connection);
    if (rest > 0 && connection->unsent_sent > 0)
        memmove(connection->unsent, connection->unsent + connection->unsent_sent, rest);
    connection->unsent_length = rest;
    connection->unsent_sent = 0;
    char *larger = realloc(connection->unsent, rest + more);
    if (!larger)
        return false;
    connection->unsent = larger;
    return true;
}

/* Keeps the pieces but for so many bytes of them, which are sent. */
static bool keep(struct connection *connection, const struct iovec *pieces, size_t count,
                 size_t sent)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += pieces[i].iov_len;
    if (length == sent)
        return true;
    if (!grow(connection, length - sent))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t skip = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
        size_t rest = pieces[i].iov_len - skip;
        sent -= skip;
        if (rest > 0)
            memcpy(connection->unsent + connection->unsent_length,
                   (const char *)pieces[i].iov_base + skip, rest);
        connection->unsent_length += rest;
    }
    connection_count_kept(connection, kept(connection));
    if (connection->state == CONNECTION_STREAMING)
        connection_enter(connection, CONNECTION_BLOCKED);
    return loop_watch(&connection->source, EPOLLOUT | EPOLLRDHUP);
}

bool stream_send(struct connection *connection, const struct iovec *pieces, size_t count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = count};
    if (kept(connection) > 0)
        return keep(connection, pieces, count, 0);
    ssize_t sent = sendmsg(connection->source.descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !is_full())
        return false;
    return keep(connection, pieces, count, sent < 0 ? 0 : (size_t)sent);
}

void stream_end(struct connection *connection)
{
    connection_count_kept(connection, 0); /* from now on it is an answer like any other */
    connection_enter(connection, CONNECTION_ANSWERING);
    if (kept(connection) > 0)
        loop_watch(&connection->source, EPOLLOUT);
    outgoing_ready(connection);
}

void stream_cut(struct connection *connection, bool ends_with_connection)
{
    /* A reset says that this was not the end. It may cost the client what it has not read yet. */
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (ends_with_connection)
        setsockopt(connection->source.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    outgoing_stalled(connection);
}

void stream_ready(struct connection *connection)
{
    size_t before = kept(connection);
    while (kept(connection) > 0) {
        ssize_t sent =
            send(connection->source.descriptor, connection->unsent + connection->unsent_sent,
                 kept(connection), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && is_full())
            break;
        if (sent < 0) {
            connection->user->left(connection);
            connection_close(connection);
            return;
        }
        connection->unsent_sent += (size_t)sent;
    }
    connection_count_kept(connection, kept(connection));
    if (kept(connection) == 0) {
        connection_drop_answer(connection);
        connection_enter(connection, CONNECTION_STREAMING);
        loop_watch(&connection->source, EPOLLRDHUP);
    } else if (kept(connection) < before) {
        connection_enter(connection, CONNECTION_BLOCKED);
    }
    if (!stream_is_full(connection))
        connection->user->drained(connection);
}
