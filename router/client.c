#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "exchange.h"
#include "log.h"

#define SECOND       ((int64_t)1000000)
#define HEAD_TIME    (40 * SECOND)
#define IDLE_TIME    (100 * SECOND) /* libmicrohttpd ends idle ones before; so these drip */
#define BODY_TIME    (20 * SECOND)
#define BODY_MINIMUM 500           /* bytes a second */
#define LINGER_TIME  (30 * SECOND) /* for a body that nobody wants; as nginx's lingering_time */

void client_suspend(struct client *client)
{
    client->suspended = true;
    client->suspended_since = exchange_now();
    MHD_suspend_connection(client->connection);
}

void client_wake(void *context)
{
    struct client *client = context;
    if (!client->suspended)
        return;
    client->suspended = false;
    client->suspended_for += exchange_now() - client->suspended_since;
    MHD_resume_connection(client->connection);
    client->clients->pending = true;
}

void client_expect(struct client *client)
{
    client->since = exchange_now();
    client->suspended_for = 0;
}

static void describe_address(struct client *client)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(client->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                  client->address, sizeof(client->address));
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                  client->address, sizeof(client->address));
    /* A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d. */
    if (strncmp(client->address, "::ffff:", 7) == 0 && strchr(client->address, '.'))
        memmove(client->address, client->address + 7, strlen(client->address + 7) + 1);
}

static void connection_started(struct clients *clients, struct MHD_Connection *connection,
                               void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = calloc(1, sizeof(*client));
    *context = client;
    if (!client)
        return;
    *client = (struct client){.clients = clients,
                              .connection = connection,
                              .descriptor = info ? (int)info->connect_fd : -1};
    describe_address(client);
    client_expect(client);
    if (client->descriptor < 0 || client->descriptor >= MAX_DESCRIPTORS)
        return;
    clients->by_descriptor[client->descriptor] = client;
    if (client->descriptor > clients->highest)
        clients->highest = client->descriptor;
    /* Edge-triggered, and for the end only: one call for each connection. libmicrohttpd does not
     * look at the sockets of suspended connections itself. */
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET,
                                .data.u64 =
                                    (uint64_t)clients->tag << 32 | (uint32_t)client->descriptor};
    if (epoll_ctl(clients->epoll, EPOLL_CTL_ADD, client->descriptor, &event) != 0)
        log_line("cannot watch a client's connection: %s", strerror(errno));
}

static void connection_closed(struct clients *clients, void **context)
{
    struct client *client = *context;
    if (!client)
        return;
    if (client->descriptor >= 0 && client->descriptor < MAX_DESCRIPTORS)
        clients->by_descriptor[client->descriptor] = NULL;
    /* Where there were as many as may be, libmicrohttpd accepts again when it is run next; and no
     * socket may ever tell that it is due. */
    clients->pending = true;
    free(client);
    *context = NULL;
}

void client_on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_started(context, connection, socket_context);
    else
        connection_closed(context, socket_context);
}

struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void client_left(struct clients *clients, int descriptor)
{
    struct client *client =
        descriptor < MAX_DESCRIPTORS ? clients->by_descriptor[descriptor] : NULL;
    if (!client)
        return;
    client->left = true;
    bool was_suspended = client->suspended;
    if (client->exchange && client->exchange->state != EXCHANGE_NEW)
        exchange_client_left(client->exchange);
    const struct exchange *exchange = client->exchange;
    bool is_over = !exchange || exchange->state == EXCHANGE_NEW ||
                   exchange->state == EXCHANGE_RECEIVING || exchange->broken;
    /* libmicrohttpd waits for another edge where the end came together with the last bytes. */
    if (is_over && !was_suspended)
        shutdown(client->descriptor, SHUT_RDWR);
}

/* Slow ones */

/* Microseconds that it may take for what it sends now; INT64_MAX where it sends nothing. */
static int64_t patience(const struct client *client)
{
    const struct exchange *exchange = client->exchange;
    if (!exchange)
        return IDLE_TIME;
    if (exchange->state == EXCHANGE_NEW)
        return HEAD_TIME;
    if (client->answered)
        return LINGER_TIME;
    if (exchange->state == EXCHANGE_RECEIVING)
        return BODY_TIME + (int64_t)(exchange->received / BODY_MINIMUM) * SECOND;
    return INT64_MAX;
}

static void cut_off(struct client *client)
{
    const char *what = client->exchange && client->exchange->state == EXCHANGE_RECEIVING
                           ? "its request's body comes too slowly"
                           : "its request's head comes too slowly";
    if (!client->answered)
        log_line("client %s is cut off: %s", client->address, what);
    if (client->exchange && !client->answered) {
        exchange_note_cause(client->exchange, what);
        client_left(client->clients, client->descriptor);
    }
    shutdown(client->descriptor, SHUT_RDWR); /* for libmicrohttpd it has ended, and is closed */
}

void client_cut_off_slow(struct clients *clients)
{
    int64_t now = exchange_now();
    if (now - clients->looked < SECOND)
        return;
    clients->looked = now;
    for (int i = 0; i <= clients->highest; i++) {
        struct client *client = clients->by_descriptor[i];
        if (client && !client->suspended && !client->left &&
            now - client->since - client->suspended_for > patience(client))
            cut_off(client);
    }
}
