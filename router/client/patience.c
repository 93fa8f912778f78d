#include "patience.h"

#include <linux/tcp.h> /* libc's header has no tcpi_bytes_acked */
#include <netinet/in.h>
#include <sys/socket.h>

#include "exchange.h"

#define SECOND      ((int64_t)1000000)
#define HEAD_TIME   (40 * SECOND)
#define IDLE_TIME   (100 * SECOND) /* libmicrohttpd closes idle ones earlier; this is for drips */
#define BODY_TIME   (20 * SECOND)
#define REPLY_TIME  (60 * SECOND)
#define LINGER_TIME (30 * SECOND) /* for a body that nobody wants; as nginx's lingering_time */
#define MINIMUM     500           /* bytes a second, of body and reply */

/*
 * Bytes that the client's system has acknowledged. What was written to the socket says little: the
 * kernel accepts megabytes that no client has seen, and then more only after a third of them is
 * gone.
 */
static uint64_t bytes_taken(const struct connection *connection)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);
    if (getsockopt(connection->descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
        info.tcpi_bytes_acked > 0)
        return info.tcpi_bytes_acked;
    return connection->exchange->reply.sent; /* this kernel does not tell */
}

/*
 * What a client takes of its reply buys it time for the next bytes, but never more than it had at
 * the beginning: a client that took megabytes at once must not then take nothing for hours.
 *
 * Meanwhile libmicrohttpd's own timeout is off, because it sees only what the kernel accepts.
 */
static void credit_what_was_taken(struct connection *connection, int64_t now)
{
    uint64_t taken = bytes_taken(connection);
    /* Repeat it at each look: 1.0 ignores it for a connection that has just been resumed. */
    MHD_set_connection_option(connection->library, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    if (connection->taken != NOT_LOOKED_YET && taken > connection->taken)
        connection->since += (int64_t)(taken - connection->taken) * SECOND / MINIMUM;
    connection->taken = taken;
    if (connection->since > now - connection->suspended_for)
        connection->since = now - connection->suspended_for;
}

void patience_ends(const struct connection *connection)
{
    if (connection->taken != NOT_LOOKED_YET)
        MHD_set_connection_option(connection->library, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_SECONDS);
}

/* Microseconds that the current step may take; INT64_MAX if the router waits for nothing. */
static int64_t patience_with(const struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_IDLE:
        return IDLE_TIME;
    case CONNECTION_HEAD:
        return HEAD_TIME;
    case CONNECTION_BODY:
        return BODY_TIME + (int64_t)(connection->exchange->body.received / MINIMUM) * SECOND;
    case CONNECTION_REPLIES:
        return REPLY_TIME;
    case CONNECTION_LINGERS:
        return LINGER_TIME;
    case CONNECTION_WAITS:
        break;
    }
    return INT64_MAX;
}

static const char *what_is_slow(const struct connection *connection)
{
    if (connection->state == CONNECTION_BODY)
        return "its request's body comes too slowly";
    if (connection->state == CONNECTION_REPLIES)
        return "it takes its answer too slowly";
    return "its request's head comes too slowly";
}

const char *patience_look(struct connection *connection, int64_t now)
{
    /* A suspended connection waits for the router, which has nothing for it or no room for its
     * bytes. */
    if (connection->is_suspended || connection->has_left)
        return NULL;
    if (connection->state == CONNECTION_REPLIES)
        credit_what_was_taken(connection, now);
    bool is_over = now - connection->since - connection->suspended_for > patience_with(connection);
    return is_over ? what_is_slow(connection) : NULL;
}
