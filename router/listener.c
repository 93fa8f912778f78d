#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exchange.h"
#include "log.h"

#define IDLE_SECONDS    60U
#define REPLY_BLOCK     ((size_t)32 * 1024)
#define MAX_DESCRIPTORS 65536

/* A connection of a client; there is one exchange on it at a time. */
struct client {
    struct listener *listener;
    struct MHD_Connection *connection;
    struct exchange *exchange; /* NULL between requests */
    int descriptor;
    bool suspended;
    bool left; /* it has said so, perhaps before its request was read */
    char address[64];
};

struct listener {
    struct MHD_Daemon *daemon;
    struct upstream *upstream;
    struct inbox *inbox;
    bool stopping;
    int epoll;
    uint32_t tag;
    bool pending;
    size_t in_flight;
    /* By descriptor: events are told apart from those of a connection that is gone. */
    struct client *clients[MAX_DESCRIPTORS];
};

static void suspend(struct client *client)
{
    client->suspended = true;
    MHD_suspend_connection(client->connection);
}

static void wake(void *context)
{
    struct client *client = context;
    if (!client->suspended)
        return;
    client->suspended = false;
    MHD_resume_connection(client->connection);
    client->listener->pending = true;
}

/* Connections */

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

static void connection_started(struct listener *listener, struct MHD_Connection *connection,
                               void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = calloc(1, sizeof(*client));
    *context = client;
    if (!client)
        return;
    *client = (struct client){.listener = listener,
                              .connection = connection,
                              .descriptor = info ? (int)info->connect_fd : -1};
    describe_address(client);
    if (client->descriptor < 0 || client->descriptor >= MAX_DESCRIPTORS)
        return;
    listener->clients[client->descriptor] = client;
    /* Edge-triggered, and for the end only: one call for each connection. libmicrohttpd does not
     * look at the sockets of suspended connections itself. */
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET,
                                .data.u64 =
                                    (uint64_t)listener->tag << 32 | (uint32_t)client->descriptor};
    if (epoll_ctl(listener->epoll, EPOLL_CTL_ADD, client->descriptor, &event) != 0)
        log_line("cannot watch a client's connection: %s", strerror(errno));
}

static void connection_closed(struct listener *listener, void **context)
{
    struct client *client = *context;
    if (!client)
        return;
    if (client->descriptor >= 0 && client->descriptor < MAX_DESCRIPTORS)
        listener->clients[client->descriptor] = NULL;
    free(client);
    *context = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_started(context, connection, socket_context);
    else
        connection_closed(context, socket_context);
}

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Requests */

/* The first call for a request: its target as it came. What it returns is the request's context. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct listener *listener = context;
    struct client *client = client_of(connection);
    if (!client)
        return NULL;
    client->exchange = exchange_create(listener->upstream, listener->inbox, target, wake, client);
    if (client->exchange)
        listener->in_flight++;
    return client->exchange;
}

struct visitor {
    bool (*visit)(void *context, const char *name, const char *value);
    void *context;
};

static enum MHD_Result visit_field(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    struct visitor *visitor = context;
    return visitor->visit(visitor->context, name, value ? value : "") ? MHD_YES : MHD_NO;
}

static void each_field(void *context,
                       bool (*visit)(void *context, const char *name, const char *value),
                       void *visit_context)
{
    struct client *client = context;
    struct visitor visitor = {visit, visit_context};
    MHD_get_connection_values(client->connection, MHD_HEADER_KIND, visit_field, &visitor);
}

static const char *field(const struct client *client, const char *name)
{
    return MHD_lookup_connection_value(client->connection, MHD_HEADER_KIND, name);
}

static void begin(struct client *client, const char *method)
{
    struct exchange_head head = {
        .method = method,
        .authorization = field(client, "Authorization"),
        .request_id = field(client, REQUEST_ID_HEADER),
        .content_length = field(client, "Content-Length"),
        .transfer_encoding = field(client, "Transfer-Encoding"),
        .connection = field(client, "Connection"),
        .forwarded_for = field(client, "X-Forwarded-For"),
        .client = client->address,
        .stopping = client->listener->stopping,
        .each_field = each_field,
        .listener_context = client,
    };
    exchange_begin(client->exchange, &head);
}

/* Replies */

static ssize_t give_reply(void *context, uint64_t position, char *into, size_t capacity)
{
    (void)position;
    struct client *client = context;
    struct exchange *exchange = client->exchange;
    size_t given = exchange_give(exchange, into, capacity);
    exchange->sent += given;
    if (given > 0)
        return (ssize_t)given;
    if (exchange->broken)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (exchange->reply_complete)
        return MHD_CONTENT_READER_END_OF_STREAM;
    suspend(client);
    return 0;
}

static struct MHD_Response *copy_reply(struct exchange *exchange, const char *bytes, size_t length)
{
    exchange->sent = length;
    return MHD_create_response_from_buffer(length, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
}

/* The whole reply in one piece where it is all here, else one that is read as it comes. */
static struct MHD_Response *make_response(struct client *client)
{
    struct exchange *exchange = client->exchange;
    if (exchange->problem)
        return copy_reply(exchange, exchange->problem, exchange->problem_length);
    bool is_head = strcmp(exchange->method, "HEAD") == 0;
    if (exchange->reply_complete && !is_head && exchange->download.start == 0) {
        struct MHD_Response *whole =
            copy_reply(exchange, exchange->download.data ? exchange->download.data : "",
                       exchange->download.length);
        ring_finish(&exchange->download); /* nothing is left for a client that leaves to lose */
        return whole;
    }
    uint64_t size =
        exchange->reply_length >= 0 ? (uint64_t)exchange->reply_length : MHD_SIZE_UNKNOWN;
    return MHD_create_response_from_callback(size, REPLY_BLOCK, give_reply, client, NULL);
}

static void add_server_timing(const struct exchange *exchange, struct MHD_Response *response)
{
    char value[80];
    snprintf(value, sizeof(value), "queue;dur=%.3f, engine;dur=%.3f", exchange_queue_ms(exchange),
             exchange_engine_ms(exchange));
    MHD_add_response_header(response, "Server-Timing", value);
}

static void add_fields(const struct exchange *exchange, struct MHD_Response *response)
{
    if (exchange->started > 0)
        add_server_timing(exchange, response);
    if (!exchange->problem) {
        for (size_t i = 0; i < exchange->reply_field_count; i++)
            MHD_add_response_header(response, exchange->reply_fields[i].name,
                                    exchange->reply_fields[i].value);
        return;
    }
    MHD_add_response_header(response, REQUEST_ID_HEADER, exchange->request_id);
    MHD_add_response_header(response, "Content-Type", exchange->content_type);
    if (exchange->retry_after > 0) {
        char seconds[16];
        snprintf(seconds, sizeof(seconds), "%u", exchange->retry_after);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    if (exchange->allow)
        MHD_add_response_header(response, "Allow", exchange->allow);
    if (exchange->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
}

static enum MHD_Result reply(struct client *client)
{
    struct exchange *exchange = client->exchange;
    if (exchange->broken && !exchange->problem)
        return MHD_NO;
    struct MHD_Response *response = make_response(client);
    if (!response)
        return MHD_NO;
    add_fields(exchange, response);
    if (client->listener->stopping)
        MHD_add_response_header(response, "Connection", "close");
    exchange->state = EXCHANGE_REPLYING;
    enum MHD_Result queued =
        MHD_queue_response(client->connection, (unsigned)exchange->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result receive(struct client *client, const char *bytes, size_t *length)
{
    size_t taken;
    if (!exchange_receive(client->exchange, bytes, *length, &taken))
        return MHD_NO;
    *length -= taken;
    if (*length > 0)
        suspend(client);
    return MHD_YES;
}

/* Called with the head, then with pieces of the body, then without until there is a response. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *target, const char *method, const char *version,
                                  const char *body, size_t *body_length, void **request_context)
{
    (void)context;
    (void)target;
    (void)version;
    struct client *client = client_of(connection);
    if (!client || !client->exchange || *request_context != client->exchange)
        return MHD_NO;
    struct exchange *exchange = client->exchange;
    if (exchange->state == EXCHANGE_NEW) {
        begin(client, method);
        if (client->left)
            exchange_client_left(exchange);
        return exchange_reply_ready(exchange) ? reply(client) : MHD_YES;
    }
    if (*body_length > 0)
        return receive(client, body, body_length);
    exchange_received(exchange);
    if (exchange_reply_ready(exchange))
        return reply(client);
    suspend(client);
    return MHD_YES;
}

/* The one way out of a request, whatever became of it. */
static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    (void)connection;
    (void)code;
    struct listener *listener = context;
    struct exchange *exchange = *request_context;
    if (!exchange)
        return;
    struct client *client = exchange->client;
    client->exchange = NULL;
    *request_context = NULL;
    listener->in_flight--;
    exchange_end(exchange);
}

static void on_library_message(void *context, const char *format, va_list arguments)
{
    (void)context;
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof(text), format, arguments);
#pragma GCC diagnostic pop
    text[strcspn(text, "\n")] = '\0';
    log_line("client's connection: %s", text);
}

struct listener *listener_create(const struct listener_config *config)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener)
        return NULL;
    listener->upstream = config->upstream;
    listener->inbox = config->inbox;
    listener->epoll = config->epoll;
    listener->tag = config->tag;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)config->tls_certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)config->tls_key},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned tls_flag = config->tls_certificate ? MHD_USE_TLS : 0;
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | tls_flag, 0, NULL, NULL,
        on_request, listener, MHD_OPTION_EXTERNAL_LOGGER, on_library_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, config->socket, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, listener, MHD_OPTION_URI_LOG_CALLBACK, on_target, listener,
        tls_flag ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls, MHD_OPTION_END);
    if (!listener->daemon) {
        free(listener);
        return NULL;
    }
    return listener;
}

void listener_destroy(struct listener *listener)
{
    if (!listener)
        return;
    /* libmicrohttpd wants no suspended connection left when it stops. */
    for (size_t i = 0; i < MAX_DESCRIPTORS; i++) {
        if (listener->clients[i] && listener->clients[i]->exchange)
            exchange_client_left(listener->clients[i]->exchange);
        if (listener->clients[i])
            wake(listener->clients[i]);
    }
    MHD_run(listener->daemon);
    MHD_stop_daemon(listener->daemon);
    free(listener);
}

int listener_descriptor(const struct listener *listener)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

void listener_client_left(struct listener *listener, int descriptor)
{
    struct client *client = descriptor < MAX_DESCRIPTORS ? listener->clients[descriptor] : NULL;
    if (!client)
        return;
    client->left = true;
    if (client->exchange && client->exchange->state != EXCHANGE_NEW)
        exchange_client_left(client->exchange);
    else if (!client->suspended) /* libmicrohttpd may have read all and not noticed the end */
        MHD_set_connection_option(client->connection, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
}

bool listener_pending(const struct listener *listener)
{
    return listener->pending;
}

int listener_timeout(const struct listener *listener)
{
    MHD_UNSIGNED_LONG_LONG milliseconds;
    if (MHD_get_timeout(listener->daemon, &milliseconds) != MHD_YES)
        return -1;
    return milliseconds > 60000 ? 60000 : (int)milliseconds;
}

void listener_run(struct listener *listener)
{
    listener->pending = false;
    MHD_run(listener->daemon);
}

void listener_quiesce(struct listener *listener)
{
    listener->stopping = true;
    int socket = MHD_quiesce_daemon(listener->daemon);
    if (socket >= 0)
        close(socket);
}

size_t listener_in_flight(const struct listener *listener)
{
    return listener->in_flight;
}
