#include "listener.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "body.h"
#include "certificate.h"
#include "client.h"
#include "early_reply.h"
#include "exchange.h"
#include "http_status.h"
#include "log.h"
#include "reply.h"
#include "strict_head.h"

#define MOST_DIGITS    18 /* of a Content-Length that fits into 64 bits */
#define LAST_STEPS     4
#define SILENT_LOOK_MS 100 /* until the next look which silent connection may go */
/*
 * Those before are deprecated (RFC 8996), and still part of GnuTLS's NORMAL. So is what TLS 1.2
 * need not have: keys without forward secrecy, and ciphers that are not AEAD (RFC 9325 §4.2).
 */
#define TLS_VERSIONS                                                                               \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:"       \
    "+CHACHA20-POLY1305:-MAC-ALL:+AEAD"

struct listener {
    struct MHD_Daemon *daemon;
    struct upstream *upstream;
    struct inbox *inbox;
    bool stopping;
    bool cutting; /* libmicrohttpd is told to close a connection that has its reply */
    size_t in_flight;
    struct clients clients;
};

/* Whoever has its answer is no longer waited for when the router ends. */
static bool answer_early(struct client *client)
{
    struct listener *listener = client->listener;
    if (!early_reply_send(client))
        return false;
    listener->in_flight--;
    return true;
}

/* The exchange has something for its client, perhaps the reply while the body still comes. */
static void on_wake(void *context)
{
    struct client *client = context;
    const struct exchange *exchange = client->exchange;
    if (client->uploads && !client->answered && exchange->state == EXCHANGE_RECEIVING &&
        exchange_reply_ready(exchange))
        answer_early(client);
    client_wake(client);
}

/* The first call for a request: its target as it came. What it returns is the request's context. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct listener *listener = context;
    struct client *client = client_of(connection);
    if (!client)
        return NULL;
    client->exchange =
        exchange_create(listener->upstream, listener->inbox, target, client->address);
    client->listener = listener;
    client->uploads = client->answered = false;
    client_expect(client);
    if (!client->exchange)
        return NULL;
    client->exchange->wake = on_wake;
    client->exchange->ready = client_ready;
    client->exchange->client = client;
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

static void begin(struct listener *listener, struct client *client, struct first_line first)
{
    size_t length = strlen(client->exchange->target);
    /* One that is too long is refused for that. */
    first.target_length = length < MAX_TARGET ? length : (size_t)(first.version - first.target - 1);
    struct exchange_head head = {
        .method = first.method,
        .version = first.version,
        .is_strict = strict_head_check(client->connection, &first),
        .authorization = field(client, "Authorization"),
        .request_id = field(client, REQUEST_ID_HEADER),
        .stopping = listener->stopping,
        .each_field = each_field,
        .listener_context = client,
    };
    client_note_silence(client, false);
    exchange_begin(client->exchange, &head);
    client_expect(client);
}

static enum MHD_Result receive(struct client *client, const char *bytes, size_t *length)
{
    size_t taken;
    if (!body_receive(client->exchange, bytes, *length, &taken))
        return MHD_NO;
    *length -= taken;
    if (*length > 0)
        client_suspend(client);
    return MHD_YES;
}

/*
 * A client that waits to be asked for its body gets the reply instead from libmicrohttpd, which
 * would ask for it behind any other; that client has sent nothing that a close could trip over.
 */
static enum MHD_Result answer_head(struct client *client)
{
    const struct exchange *exchange = client->exchange;
    client->uploads = exchange->has_body;
    /* An answer before the body ends the connection, so it is given only where one may come. */
    if (!(exchange->has_body || exchange->ends_connection) || !exchange_reply_ready(exchange))
        return MHD_YES;
    if (exchange->has_body && !exchange->ends_connection && !field(client, "Expect") &&
        answer_early(client))
        return MHD_YES;
    return reply_queue(client, client->listener->stopping);
}

/* The end of a connection that has its reply: the rest of the body has come, or too much of it. */
static enum MHD_Result end_connection(struct client *client)
{
    client->listener->cutting = true;
    return MHD_NO;
}

/* Called with the head, then with pieces of the body, then without until there is a response. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *target, const char *method, const char *version,
                                  const char *body, size_t *body_length, void **request_context)
{
    struct listener *listener = context;
    struct client *client = client_of(connection);
    if (!client || !client->exchange || *request_context != client->exchange)
        return MHD_NO;
    struct exchange *exchange = client->exchange;
    if (exchange->state == EXCHANGE_NEW) {
        begin(listener, client, (struct first_line){method, target, version, 0});
        if (client->left)
            exchange_client_left(exchange);
        return answer_head(client);
    }
    if (*body_length > 0)
        return receive(client, body, body_length);
    if (client->answered)
        return end_connection(client);
    body_received(exchange);
    if (exchange_reply_ready(exchange))
        return reply_queue(client, listener->stopping);
    client_suspend(client);
    return MHD_YES;
}

/* libmicrohttpd itself refuses what it cannot parse; and a connection may end within its head. */
static void note_library_answer(struct exchange *exchange, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    exchange->status = info ? (int)info->http_status : STATUS_CLIENT_CLOSED_REQUEST;
    exchange_note_cause(exchange, info ? "the request is malformed or its head too large"
                                       : "the client left before its request was whole");
}

/* The one way out of a request, whatever became of it. */
static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct listener *listener = context;
    struct exchange *exchange = *request_context;
    if (!exchange)
        return;
    struct client *client = exchange->client;
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        client_took_reply(client);
    if (exchange->status == 0 && !exchange->client_left)
        note_library_answer(exchange, connection);
    client->exchange = NULL;
    client_expect(client);
    client_note_silence(client, true);
    *request_context = NULL;
    if (!client->answered)
        listener->in_flight--;
    exchange_end(exchange);
}

enum length_flaw { LENGTH_FINE, LENGTH_NO_NUMBER, LENGTH_TOO_LARGE };

static enum MHD_Result visit_length(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    (void)kind;
    enum length_flaw *flaw = context;
    size_t length = value ? strlen(value) : 0;
    if (strcasecmp(name, "Content-Length") != 0)
        return MHD_YES;
    if (length == 0 || strspn(value, "0123456789") != length)
        *flaw = LENGTH_NO_NUMBER;
    else if (length > MOST_DIGITS)
        *flaw = LENGTH_TOO_LARGE;
    return MHD_YES;
}

/*
 * Where a Content-Length is none, libmicrohttpd 0.9 sends the head of its answer twice. It says
 * what it is about to do, though, and cannot send any more once the answer is sent and this side
 * closed.
 */
static void answer_wrong_lengths(struct listener *listener)
{
    struct silent_member *next;
    for (struct silent_member *member = listener->clients.silent.oldest; member; member = next) {
        next = member->younger;
        struct client *client =
            (struct client *)(void *)((char *)member - offsetof(struct client, silent));
        enum length_flaw flaw = LENGTH_FINE;
        if (!client->exchange || client->answered || client->exchange->status > 0)
            continue;
        MHD_get_connection_values(client->connection, MHD_HEADER_KIND, visit_length, &flaw);
        if (flaw == LENGTH_FINE)
            continue;
        request_id_choose(client->exchange->request_id, NULL, 0);
        client->exchange->ends_connection = true;
        exchange_refuse(client->exchange,
                        flaw == LENGTH_TOO_LARGE ? PROBLEM_TOO_LARGE : PROBLEM_MALFORMED_REQUEST,
                        "Content-Length is %s",
                        flaw == LENGTH_TOO_LARGE ? "too large" : "no number");
        answer_early(client);
    }
}

static void on_library_message(void *context, const char *format, va_list arguments)
{
    struct listener *listener = context;
    bool expected = listener->cutting;
    listener->cutting = false;
    if (expected)
        return;
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof(text), format, arguments);
#pragma GCC diagnostic pop
    text[strcspn(text, "\n")] = '\0';
    if (strstr(text, "<b>Content-Length</b>"))
        answer_wrong_lengths(listener);
    log_line("client's connection: %s", text);
}

struct listener *listener_create(const struct listener_config *config)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener)
        return NULL;
    listener->upstream = config->upstream;
    listener->inbox = config->inbox;
    listener->clients.epoll = config->epoll;
    listener->clients.tag = config->tag;
    listener->clients.most = config->max_connections;
    unsigned tls_flag = config->tls ? MHD_USE_TLS : 0;
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | tls_flag, 0, NULL, NULL,
        on_request, listener, MHD_OPTION_EXTERNAL_LOGGER, on_library_message, listener,
        MHD_OPTION_LISTEN_SOCKET, config->socket, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_CONNECTION_LIMIT, config->max_connections, MHD_OPTION_NOTIFY_CONNECTION,
        client_on_connection, &listener->clients, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        listener, MHD_OPTION_URI_LOG_CALLBACK, on_target, listener, STRICT_HEAD_OPTION,
        STRICT_HEAD_LEVEL, config->tls ? MHD_OPTION_HTTPS_CERT_CALLBACK2 : MHD_OPTION_END,
        certificate_retrieve, MHD_OPTION_HTTPS_PRIORITIES, TLS_VERSIONS, MHD_OPTION_END);
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
    for (int i = 0; i <= listener->clients.highest; i++) {
        struct client *client = listener->clients.by_descriptor[i];
        if (client && client->exchange)
            exchange_give_up(client->exchange);
        if (client)
            client_wake(client);
    }
    for (int step = 0; step < LAST_STEPS; step++) /* for the answers */
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
    client_left(&listener->clients, descriptor);
}

bool listener_pending(const struct listener *listener)
{
    return listener->clients.pending;
}

int listener_timeout(const struct listener *listener)
{
    MHD_UNSIGNED_LONG_LONG milliseconds;
    int longest = client_are_many(&listener->clients) ? SILENT_LOOK_MS : 60000;
    if (MHD_get_timeout(listener->daemon, &milliseconds) != MHD_YES)
        return longest < 60000 ? longest : -1;
    return milliseconds > (unsigned)longest ? longest : (int)milliseconds;
}

void listener_run(struct listener *listener)
{
    listener->clients.pending = false;
    MHD_run(listener->daemon);
}

void listener_look(struct listener *listener)
{
    client_look(&listener->clients);
    client_relieve_engines(&listener->clients);
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
