#include "listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certificate.h"
#include "connection.h"
#include "exchange.h"
#include "handler.h"
#include "log.h"
#include "monotonic.h"
#include "patience.h"
#include "room.h"
#include "strict_head.h"
#include "wrong_length.h"

#define SECOND         ((int64_t)1000000)
#define STUCK_LOOKS    3
#define LAST_STEPS     4
#define SILENT_LOOK_MS 100 /* between checks for silent connections to close */
/*
 * Older versions are deprecated (RFC 8996), but still in GnuTLS's NORMAL. TLS 1.2 loses what RFC
 * 9325 §4.2 advises against: key exchange without forward secrecy, and ciphers that are not AEAD.
 */
#define TLS_VERSIONS                                                                               \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:"       \
    "+CHACHA20-POLY1305:-MAC-ALL:+AEAD"

struct listener {
    struct MHD_Daemon *daemon;
    struct handler handler;
    int64_t looked;   /* when it last looked for slow clients; monotonic microseconds */
    int64_t relieved; /* likewise for engines that wait for their clients */
    struct connections connections;
};

static void on_connection(void *context, struct MHD_Connection *library, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connection_destroy(*socket_context);
        *socket_context = NULL;
        return;
    }
    struct listener *listener = context;
    struct connection *connection = connection_create(&listener->connections, library);
    *socket_context = connection;
    if (connection)
        room_bound_share(connection);
}

static void on_library_message(void *context, const char *format, va_list arguments)
{
    struct listener *listener = context;
    bool expected = listener->handler.is_cutting;
    listener->handler.is_cutting = false;
    if (expected)
        return;
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof(text), format, arguments);
#pragma GCC diagnostic pop
    text[strcspn(text, "\n")] = '\0';
    if (strstr(text, "<b>Content-Length</b>"))
        wrong_length_answer(&listener->connections);
    log_line("client's connection: %s", text);
}

struct listener *listener_create(const struct listener_config *config)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener)
        return NULL;
    listener->handler.transfers = config->transfers;
    listener->handler.inbox = config->inbox;
    listener->connections.epoll = config->epoll;
    listener->connections.tag = config->tag;
    listener->connections.most = config->max_connections;
    unsigned tls_flag = config->tls ? MHD_USE_TLS : 0;
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | tls_flag, 0, NULL, NULL,
        handler_on_request, &listener->handler, MHD_OPTION_EXTERNAL_LOGGER, on_library_message,
        listener, MHD_OPTION_LISTEN_SOCKET, config->socket, MHD_OPTION_CONNECTION_TIMEOUT,
        IDLE_SECONDS, MHD_OPTION_CONNECTION_LIMIT, config->max_connections,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener, MHD_OPTION_NOTIFY_COMPLETED,
        handler_on_completed, &listener->handler, MHD_OPTION_URI_LOG_CALLBACK, handler_on_target,
        &listener->handler, STRICT_HEAD_OPTION, STRICT_HEAD_LEVEL,
        config->tls ? MHD_OPTION_HTTPS_CERT_CALLBACK2 : MHD_OPTION_END, certificate_retrieve,
        MHD_OPTION_HTTPS_PRIORITIES, TLS_VERSIONS, MHD_OPTION_END);
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
    /* libmicrohttpd must not stop with suspended connections. */
    for (int i = 0; i <= listener->connections.highest; i++) {
        struct connection *connection = listener->connections.by_descriptor[i];
        if (connection && connection->exchange)
            exchange_give_up(connection->exchange);
        if (connection)
            connection_wake(connection);
    }
    for (int step = 0; step < LAST_STEPS; step++) /* let the answers go out */
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

static void note_client_left(struct connection *connection)
{
    connection->has_left = true;
    bool was_suspended = connection->is_suspended;
    bool has_head = connection->exchange && connection->state != CONNECTION_HEAD;
    if (has_head)
        exchange_client_left(connection->exchange);
    bool is_over =
        (connection->state != CONNECTION_WAITS && connection->state != CONNECTION_REPLIES) ||
        connection->exchange->reply.state == REPLY_CUT;
    /* If the client closed with its last bytes, libmicrohttpd would wait for another edge. */
    if (is_over && !was_suspended)
        connection_shut(connection);
}

void listener_client_left(struct listener *listener, int descriptor)
{
    struct connections *all = &listener->connections;
    if (descriptor < MAX_DESCRIPTORS && all->by_descriptor[descriptor])
        note_client_left(all->by_descriptor[descriptor]);
}

bool listener_pending(const struct listener *listener)
{
    return listener->connections.is_pending;
}

int listener_timeout(const struct listener *listener)
{
    MHD_UNSIGNED_LONG_LONG milliseconds;
    int longest = room_is_short(&listener->connections) ? SILENT_LOOK_MS : 60000;
    if (MHD_get_timeout(listener->daemon, &milliseconds) != MHD_YES)
        return longest < 60000 ? longest : -1;
    return milliseconds > (unsigned)longest ? longest : (int)milliseconds;
}

void listener_run(struct listener *listener)
{
    listener->connections.is_pending = false;
    MHD_run(listener->daemon);
}

/* A truncated reply must not look whole, so a reset drops what the kernel still holds of it. */
static void close_by_reset(const struct connection *connection)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void cut_off(struct connection *connection, const char *what)
{
    if (connection->state != CONNECTION_LINGERS) { /* else the client has its reply */
        log_line("client %s is cut off: %s", connection->address, what);
        if (connection->state == CONNECTION_REPLIES)
            close_by_reset(connection);
        if (connection->exchange)
            exchange_cut_off(connection->exchange, what);
    }
    connection->has_left = true;
    connection_shut(connection);
}

/*
 * libmicrohttpd reads a chunk's line whole. If the line does not fit into its buffer, it waits
 * forever.
 */
static void look_for_endless_line(struct connection *connection)
{
    struct refusal refusal;
    if (connection->state != CONNECTION_BODY)
        return;
    const struct body *body = &connection->exchange->body;
    bool may_be = body->state == BODY_UNCHUNKS && !connection->is_suspended &&
                  body->received == connection->seen && connection_ready(connection) > 0;
    connection->seen = body->received;
    connection->stuck = may_be ? connection->stuck + 1 : 0;
    if (connection->stuck < STUCK_LOOKS)
        return;
    refuse(&refusal, PROBLEM_MALFORMED_REQUEST,
           "a line of a chunk is longer than the router can read");
    refusal.ends_connection = true;
    exchange_refuse(connection->exchange, &refusal);
}

static void look_at(struct connection *connection, int64_t now)
{
    if (connection->exchange)
        exchange_look(connection->exchange);
    look_for_endless_line(connection);
    const char *what = patience_look(connection, now);
    if (what)
        cut_off(connection, what);
}

static void look_at_all(struct listener *listener)
{
    int64_t now = monotonic_microseconds();
    if (now - listener->looked < SECOND)
        return;
    listener->looked = now;
    for (int i = 0; i <= listener->connections.highest; i++) {
        if (listener->connections.by_descriptor[i])
            look_at(listener->connections.by_descriptor[i], now);
    }
}

static void relieve_engines(struct listener *listener)
{
    int64_t now = monotonic_microseconds();
    if (now - listener->relieved < SECOND / 10)
        return;
    listener->relieved = now;
    for (int i = 0; i <= listener->connections.highest; i++) {
        const struct connection *connection = listener->connections.by_descriptor[i];
        if (connection && connection->exchange)
            exchange_relieve(connection->exchange);
    }
}

void listener_look(struct listener *listener)
{
    room_make(&listener->connections);
    look_at_all(listener);
    relieve_engines(listener);
}

void listener_quiesce(struct listener *listener)
{
    listener->handler.is_stopping = true;
    int socket = MHD_quiesce_daemon(listener->daemon);
    if (socket >= 0)
        close(socket);
}

size_t listener_in_flight(const struct listener *listener)
{
    return listener->handler.in_flight;
}
