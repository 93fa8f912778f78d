#include "handler.h"

#include <string.h>

#include "early_reply.h"
#include "exchange.h"
#include "http_status.h"
#include "patience.h"
#include "respond.h"
#include "strict_head.h"

bool handler_answer_early(struct connection *connection)
{
    if (!early_reply_send(connection))
        return false;
    connection->handler->in_flight--;
    return true;
}

/* The exchange has something for its client: perhaps the reply, while the body is still coming. */
static void on_wake(void *context)
{
    struct connection *connection = context;
    const struct exchange *exchange = connection->exchange;
    if (connection->state == CONNECTION_BODY && body_is_announced(&exchange->body) &&
        reply_is_ready(&exchange->reply))
        handler_answer_early(connection);
    connection_wake(connection);
}

/* Returns the request's context. */
void *handler_on_target(void *context, const char *target, struct MHD_Connection *library)
{
    struct handler *handler = context;
    struct connection *connection = connection_of(library);
    if (!connection)
        return NULL;
    const struct exchange_client client = {on_wake, connection_ready, connection};
    connection->exchange =
        exchange_create(handler->transfers, handler->inbox, &client, target, connection->address);
    if (!connection->exchange)
        return NULL;
    connection->handler = handler;
    connection_becomes(connection, CONNECTION_HEAD);
    handler->in_flight++;
    return connection->exchange;
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

static void each_field(void *source,
                       bool (*visit)(void *context, const char *name, const char *value),
                       void *visit_context)
{
    struct connection *connection = source;
    struct visitor visitor = {visit, visit_context};
    MHD_get_connection_values(connection->library, MHD_HEADER_KIND, visit_field, &visitor);
}

static const char *field(const struct connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection->library, MHD_HEADER_KIND, name);
}

static void begin(const struct handler *handler, struct connection *connection,
                  struct first_line first)
{
    const char *target = connection->exchange->target;
    size_t length = strlen(target);
    /* If the target is too long, the request is refused for that. */
    first.target_length = length < MAX_TARGET ? length : (size_t)(first.version - first.target - 1);
    struct request_head head = {
        .method = first.method,
        .version = first.version,
        .target = target,
        .is_strict = strict_head_check(connection->library, &first),
        .authorization = field(connection, "Authorization"),
        .request_id = field(connection, REQUEST_ID_HEADER),
        .each_field = each_field,
        .source = connection,
    };
    connection_note_silence(connection, false);
    exchange_begin(connection->exchange, &head, handler->is_stopping);
    connection_becomes(connection, CONNECTION_BODY);
    if (connection->has_left)
        exchange_client_left(connection->exchange);
}

static enum MHD_Result receive(struct connection *connection, const char *bytes, size_t *length)
{
    size_t taken;
    if (!exchange_receive(connection->exchange, bytes, *length, &taken))
        return MHD_NO;
    *length -= taken;
    if (*length > 0)
        connection_suspend(connection);
    return MHD_YES;
}

/*
 * If the client waits to be asked for its body (Expect), libmicrohttpd sends the reply in place of
 * the question; after a reply from us it would still ask. Such a client has sent nothing that could
 * turn the close into a reset.
 */
static enum MHD_Result answer_head(struct connection *connection)
{
    const struct exchange *exchange = connection->exchange;
    bool has_body = body_is_announced(&exchange->body);
    /* An early answer ends the connection, so it is given only if a body may come. */
    if (!(has_body || exchange->ends_connection) || !reply_is_ready(&exchange->reply))
        return MHD_YES;
    if (has_body && !exchange->ends_connection && !field(connection, "Expect") &&
        handler_answer_early(connection))
        return MHD_YES;
    return respond(connection, connection->handler->is_stopping);
}

/* Ends a connection that has its reply: the rest of the body has come, or too much of it. */
static enum MHD_Result end_connection(struct handler *handler)
{
    handler->is_cutting = true;
    return MHD_NO;
}

static void end_body(struct connection *connection)
{
    if (connection->state != CONNECTION_BODY)
        return;
    connection_becomes(connection, CONNECTION_WAITS);
    exchange_received(connection->exchange);
}

enum MHD_Result handler_on_request(void *context, struct MHD_Connection *library,
                                   const char *target, const char *method, const char *version,
                                   const char *body, size_t *body_length, void **request_context)
{
    struct handler *handler = context;
    struct connection *connection = connection_of(library);
    if (!connection || !connection->exchange || *request_context != connection->exchange)
        return MHD_NO;
    if (connection->state == CONNECTION_HEAD) {
        if (reply_is_settled(&connection->exchange->reply)) /* given up before its head was whole */
            return MHD_NO;
        begin(handler, connection, (struct first_line){method, target, version, 0});
        return answer_head(connection);
    }
    if (*body_length > 0)
        return receive(connection, body, body_length);
    if (connection->state == CONNECTION_LINGERS)
        return end_connection(handler);
    end_body(connection);
    if (reply_is_ready(&connection->exchange->reply))
        return respond(connection, handler->is_stopping);
    connection_suspend(connection);
    return MHD_YES;
}

/* libmicrohttpd itself refuses what it cannot parse. A connection may also end within a head. */
static void note_library_answer(struct exchange *exchange, struct MHD_Connection *library)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_HTTP_STATUS);
    if (info)
        exchange_answered_elsewhere(exchange, (int)info->http_status,
                                    "the request is malformed or its head too large");
    else
        exchange_answered_elsewhere(exchange, STATUS_CLIENT_CLOSED_REQUEST,
                                    "the client left before its request was whole");
}

void handler_on_completed(void *context, struct MHD_Connection *library, void **request_context,
                          enum MHD_RequestTerminationCode code)
{
    struct handler *handler = context;
    struct exchange *exchange = *request_context;
    if (!exchange)
        return;
    struct connection *connection = exchange->client.client;
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        patience_ends(connection);
    note_library_answer(exchange, library);
    if (connection->state != CONNECTION_LINGERS)
        handler->in_flight--;
    connection->exchange = NULL;
    connection_becomes(connection, CONNECTION_IDLE);
    connection_note_silence(connection, true);
    *request_context = NULL;
    exchange_end(exchange);
}
