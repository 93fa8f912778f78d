#include "linger.h"

#include <errno.h>

#define LINGER_TIME INT64_C(10000000000) /* nanoseconds, for all that is read away */

void linger_begin(struct connection *connection)
{
    if (shutdown(connection->source.descriptor, SHUT_WR) != 0) {
        connection_close(connection);
        return;
    }
    connection->linger_until = loop_now() + LINGER_TIME;
    connection_enter(connection, CONNECTION_LINGERING);
    if (!loop_watch(&connection->source, EPOLLIN))
        connection_close(connection);
}

/* Returns the bytes, 0 at the end (a reset is one), or -1 if there is nothing now. */
static ssize_t receive(struct connection *connection, char *into, size_t capacity)
{
    for (;;) {
        ssize_t got = recv(connection->source.descriptor, into, capacity, MSG_DONTWAIT);
        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
    }
}

void linger_ready(struct connection *connection)
{
    static char sink[65536];
    ssize_t got = receive(connection, sink, sizeof(sink));
    if (got == 0 || loop_now() >= connection->linger_until)
        connection_close(connection);
    else if (got > 0)
        connection_enter(connection, CONNECTION_LINGERING);
}
