#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/tcp.h> /* that of libc has no tcpi_bytes_acked */
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "exchange.h"
#include "log.h"
#include "monotonic.h"

#define SECOND       ((int64_t)1000000)
#define HEAD_TIME    (40 * SECOND)
#define IDLE_TIME    (100 * SECOND) /* libmicrohttpd ends idle ones before; so these drip */
#define BODY_TIME    (20 * SECOND)
#define REPLY_TIME   (60 * SECOND)
#define LINGER_TIME  (30 * SECOND) /* for a body that nobody wants; as nginx's lingering_time */
#define SILENT_TIME  (SECOND / 4)  /* after which one may be closed to make room */
#define STUCK_LOOKS  3
#define SILENT_LOOKS 64
#define SILENT_SHARE 4   /* of all connections may be silent ones of one address */
#define MINIMUM      500 /* bytes a second, of body and reply */

void client_suspend(struct client *client)
{
    client->suspended = true;
    client->suspended_since = monotonic_microseconds();
    MHD_suspend_connection(client->connection);
}

void client_wake(void *context)
{
    struct client *client = context;
    if (!client->suspended)
        return;
    client->suspended = false;
    client->suspended_for += monotonic_microseconds() - client->suspended_since;
    MHD_resume_connection(client->connection);
    client->clients->pending = true;
}

uint64_t client_ready(void *context)
{
    const struct client *client = context;
    int length = 0;
    return ioctl(client->descriptor, FIONREAD, &length) == 0 ? (uint64_t)length : 0;
}

void client_expect(struct client *client)
{
    client->since = monotonic_microseconds();
    client->suspended_for = 0;
    client->taken = NOT_LOOKED_YET;
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

/* Slow ones and silent ones */

static void shut(const struct client *client)
{
    shutdown(client->descriptor, SHUT_RDWR); /* for libmicrohttpd it has ended, and is closed */
}

static struct client *of_silent(struct silent_member *member)
{
    return (struct client *)(void *)((char *)member - offsetof(struct client, silent));
}

/* One that has just come may not have been read yet. */
static bool may_go(struct silent_member *member)
{
    return member && monotonic_microseconds() - of_silent(member)->since > SILENT_TIME;
}

static void close_silent(struct clients *clients, struct silent_member *member)
{
    struct client *client = of_silent(member);
    int64_t now = monotonic_microseconds();
    if (clients->told_of_silent == 0 || now - clients->told_of_silent > SECOND) {
        log_line("%zu connections have sent no request: the oldest, of %s, is closed, others come",
                 clients->silent.count, client->address);
        clients->told_of_silent = now;
    }
    silent_remove(&clients->silent, member);
    client->closing = true;
    clients->closing++;
    shut(client);
}

static unsigned share_of_one(const struct clients *clients)
{
    return clients->most / SILENT_SHARE > 8 ? clients->most / SILENT_SHARE : 8;
}

/* Of an address that has more than its share, if one of the oldest is; else the oldest. */
static struct silent_member *find_victim(const struct clients *clients)
{
    struct silent_member *member = clients->silent.oldest;
    for (int i = 0; member && i < SILENT_LOOKS; i++, member = member->younger) {
        struct silent_member *excess = silent_excess(member, share_of_one(clients));
        if (excess)
            return excess;
    }
    return clients->silent.oldest;
}

/* How many have to go. */
static unsigned excess_of_all(const struct clients *clients)
{
    unsigned wanted = clients->count - clients->closing + clients->most / 8 + 1;
    return wanted > clients->most ? wanted - clients->most : 0;
}

bool client_are_many(const struct clients *clients)
{
    return excess_of_all(clients) > 0 && clients->silent.count > 1;
}

/*
 * libmicrohttpd takes no connection beyond its limit, and nobody could ask for /healthz. So the
 * oldest silent one goes before that, and of one address only a share may be silent.
 */
static void make_room(struct clients *clients)
{
    while (client_are_many(clients)) {
        struct silent_member *victim = find_victim(clients);
        if (!may_go(victim))
            return;
        close_silent(clients, victim);
    }
}

static void bound_share(struct clients *clients, const struct client *client)
{
    struct silent_member *excess = silent_excess(&client->silent, share_of_one(clients));
    if (may_go(excess))
        close_silent(clients, excess);
}

void client_note_silence(struct client *client, bool is_silent)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(client->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (is_silent && info && info->client_addr)
        silent_add(&client->clients->silent, &client->silent, info->client_addr);
    else
        silent_remove(&client->clients->silent, &client->silent);
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
    clients->count++;
    client_note_silence(client, true);
    bound_share(clients, client);
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
    clients->count--;
    clients->closing -= client->closing;
    silent_remove(&clients->silent, &client->silent);
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

/*
 * Bytes that its system has acknowledged. What was written to the socket says little: the kernel
 * takes megabytes that no client has seen, and the next only when a third of them is gone.
 */
static uint64_t bytes_taken(const struct client *client)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);
    if (getsockopt(client->descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
        info.tcpi_bytes_acked > 0)
        return info.tcpi_bytes_acked;
    return client->exchange->sent; /* a kernel that does not tell */
}

/*
 * What a client has taken of its reply gives it time for the next, but never more than it had at
 * the begin: one that took megabytes at once may not then take nothing for hours.
 *
 * libmicrohttpd, which sees only what the kernel takes, no longer looks at the time meanwhile.
 */
static void credit_what_was_taken(struct client *client, int64_t now)
{
    uint64_t taken = bytes_taken(client);
    /* At each look: 1.0 takes it of no connection that has just been resumed. */
    MHD_set_connection_option(client->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    if (client->taken != NOT_LOOKED_YET && taken > client->taken)
        client->since += (int64_t)(taken - client->taken) * SECOND / MINIMUM;
    client->taken = taken;
    if (client->since > now - client->suspended_for)
        client->since = now - client->suspended_for;
}

void client_took_reply(struct client *client)
{
    if (client->taken != NOT_LOOKED_YET)
        MHD_set_connection_option(client->connection, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_SECONDS);
}

/* Microseconds that it may take for what it sends or takes now; INT64_MAX where that is nothing. */
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
        return BODY_TIME + (int64_t)(exchange->received / MINIMUM) * SECOND;
    if (exchange->state == EXCHANGE_REPLYING)
        return REPLY_TIME;
    return INT64_MAX;
}

static const char *what_is_slow(const struct exchange *exchange)
{
    if (exchange && exchange->state == EXCHANGE_RECEIVING)
        return "its request's body comes too slowly";
    if (exchange && exchange->state == EXCHANGE_REPLYING)
        return "it takes its answer too slowly";
    return "its request's head comes too slowly";
}

/* A reply that has begun must not look whole, and what the kernel still has of it is let go. */
static void close_by_reset(const struct client *client)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void note_cut(struct client *client)
{
    const char *what = what_is_slow(client->exchange);
    log_line("client %s is cut off: %s", client->address, what);
    if (!client->exchange)
        return;
    if (client->exchange->state == EXCHANGE_REPLYING)
        close_by_reset(client);
    exchange_note_cause(client->exchange, what);
    client_left(client->clients, client->descriptor);
    client->exchange->client_left = true; /* also where all of its reply was on its way */
}

static void cut_off(struct client *client)
{
    if (!client->answered) /* else it has what it came for */
        note_cut(client);
    shut(client);
}

/*
 * libmicrohttpd reads a line of a chunk whole; one that does not fit into its buffer it leaves
 * where it is, and waits.
 */
static void look_for_endless_line(struct client *client)
{
    struct exchange *exchange = client->exchange;
    bool may_be = exchange && exchange->state == EXCHANGE_RECEIVING && exchange->collects &&
                  !client->answered && !client->suspended && exchange->received == client->seen &&
                  client_ready(client) > 0;
    client->seen = exchange ? exchange->received : 0;
    client->stuck = may_be ? client->stuck + 1 : 0;
    if (client->stuck < STUCK_LOOKS)
        return;
    exchange->ends_connection = true;
    exchange_refuse(exchange, PROBLEM_MALFORMED_REQUEST,
                    "a line of a chunk is longer than the router can read");
}

static void look_at(struct client *client, int64_t now)
{
    if (client->exchange)
        exchange_look(client->exchange);
    look_for_endless_line(client);
    /* While it is suspended, the router has nothing for it, or no room for what it sends. */
    if (client->suspended || client->left)
        return;
    if (client->exchange && client->exchange->state == EXCHANGE_REPLYING)
        credit_what_was_taken(client, now);
    if (now - client->since - client->suspended_for > patience(client))
        cut_off(client);
}

void client_look(struct clients *clients)
{
    int64_t now = monotonic_microseconds();
    make_room(clients);
    if (now - clients->looked < SECOND)
        return;
    clients->looked = now;
    for (int i = 0; i <= clients->highest; i++) {
        if (clients->by_descriptor[i])
            look_at(clients->by_descriptor[i], now);
    }
}

void client_relieve_engines(struct clients *clients)
{
    int64_t now = monotonic_microseconds();
    if (now - clients->relieved < SECOND / 10)
        return;
    clients->relieved = now;
    for (int i = 0; i <= clients->highest; i++) {
        const struct client *client = clients->by_descriptor[i];
        if (client && client->exchange)
            exchange_relieve(client->exchange);
    }
}
