#include "connection.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "log.h"
#include "monotonic.h"

void connection_becomes(struct connection *connection, enum connection_state state)
{
    static const unsigned next[] = {
        [CONNECTION_IDLE] = 1U << CONNECTION_HEAD,
        [CONNECTION_HEAD] =
            1U << CONNECTION_BODY | 1U << CONNECTION_LINGERS | 1U << CONNECTION_IDLE,
        [CONNECTION_BODY] = 1U << CONNECTION_WAITS | 1U << CONNECTION_REPLIES |
                            1U << CONNECTION_LINGERS | 1U << CONNECTION_IDLE,
        [CONNECTION_WAITS] = 1U << CONNECTION_REPLIES | 1U << CONNECTION_IDLE,
        [CONNECTION_REPLIES] = 1U << CONNECTION_IDLE,
        [CONNECTION_LINGERS] = 1U << CONNECTION_IDLE,
    };
    assert(next[connection->state] & 1U << state);
    connection->state = state;
    connection->since = monotonic_microseconds();
    connection->suspended_for = 0;
    connection->taken = NOT_LOOKED_YET;
}

void connection_suspend(struct connection *connection)
{
    connection->is_suspended = true;
    connection->suspended_since = monotonic_microseconds();
    MHD_suspend_connection(connection->library);
}

void connection_wake(void *context)
{
    struct connection *connection = context;
    if (!connection->is_suspended)
        return;
    connection->is_suspended = false;
    connection->suspended_for += monotonic_microseconds() - connection->suspended_since;
    MHD_resume_connection(connection->library);
    connection->all->is_pending = true;
}

uint64_t connection_ready(void *context)
{
    const struct connection *connection = context;
    int length = 0;
    return ioctl(connection->descriptor, FIONREAD, &length) == 0 ? (uint64_t)length : 0;
}

static void describe_address(struct connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->library, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                  connection->address, sizeof(connection->address));
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                  connection->address, sizeof(connection->address));
    /* A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d. */
    if (strncmp(connection->address, "::ffff:", 7) == 0 && strchr(connection->address, '.'))
        memmove(connection->address, connection->address + 7, strlen(connection->address + 7) + 1);
}

void connection_note_silence(struct connection *connection, bool is_silent)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->library, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (is_silent && info && info->client_addr)
        silent_add(&connection->all->silent, &connection->silent, info->client_addr);
    else
        silent_remove(&connection->all->silent, &connection->silent);
}

struct connection *connection_create(struct connections *all, struct MHD_Connection *library)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return NULL;
    connection->all = all;
    connection->library = library;
    connection->descriptor = info ? (int)info->connect_fd : -1;
    connection->since = monotonic_microseconds();
    connection->taken = NOT_LOOKED_YET;
    describe_address(connection);
    all->count++;
    connection_note_silence(connection, true);
    if (connection->descriptor < 0 || connection->descriptor >= MAX_DESCRIPTORS)
        return connection;
    all->by_descriptor[connection->descriptor] = connection;
    if (connection->descriptor > all->highest)
        all->highest = connection->descriptor;
    /* Watches only for the end, edge-triggered, so each connection costs one call. libmicrohttpd
     * itself does not watch the sockets of suspended connections. */
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET,
                                .data.u64 =
                                    (uint64_t)all->tag << 32 | (uint32_t)connection->descriptor};
    if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, connection->descriptor, &event) != 0)
        log_line("cannot watch a client's connection: %s", strerror(errno));
    return connection;
}

void connection_destroy(struct connection *connection)
{
    if (!connection)
        return;
    struct connections *all = connection->all;
    if (connection->descriptor >= 0 && connection->descriptor < MAX_DESCRIPTORS)
        all->by_descriptor[connection->descriptor] = NULL;
    /* If the limit was reached, libmicrohttpd accepts again when it runs next. No socket may ever
     * say that this is due. */
    all->is_pending = true;
    all->count--;
    all->closing -= connection->is_closing;
    silent_remove(&all->silent, &connection->silent);
    free(connection);
}

struct connection *connection_of(struct MHD_Connection *library)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void connection_shut(const struct connection *connection)
{
    shutdown(connection->descriptor, SHUT_RDWR);
}
