#include "respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "headers.h"
#include "milliseconds.h"

#define REPLY_BLOCK ((size_t)32 * 1024)

static ssize_t give_reply(void *context, uint64_t position, char *into, size_t capacity)
{
    (void)position;
    struct connection *connection = context;
    struct exchange *exchange = connection->exchange;
    size_t given = exchange_give(exchange, into, capacity);
    if (given > 0)
        return (ssize_t)given;
    if (exchange->reply.state == REPLY_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (exchange->reply.state == REPLY_ENDS)
        return MHD_CONTENT_READER_END_OF_STREAM;
    connection_suspend(connection);
    return 0;
}

/*
 * A reply without a body, and without Content-Length, because the engine sent none. Left alone,
 * libmicrohttpd would add a length of 0 to a 304 (RFC 9110 §8.6 forbids that). 0.9.75 would also
 * send the last chunk to a HEAD, and the client would take it for the next reply. There only
 * closing the connection prevents both.
 */
static struct MHD_Response *make_head_only(struct connection *connection)
{
    /* Debian 12 has 0.9, until 30 June 2028. */
#if MHD_VERSION >= 0x01000000
    (void)connection;
    return MHD_create_response_empty(MHD_RF_HEAD_ONLY_RESPONSE);
#else
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, REPLY_BLOCK,
                                                                      give_reply, connection, NULL);
    if (response)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_OPTION_END);
    return response;
#endif
}

/* Sends the reply in one piece if all of it is here, else as it comes. */
static struct MHD_Response *make_response(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    struct reply *reply = &exchange->reply;
    bool is_head = strcmp(exchange->method, "HEAD") == 0;
    bool has_body = !is_head && reply->status != 304;
    struct slice body = reply_body(reply);
    if (!reply->own.bytes && !has_body && reply->length < 0)
        return make_head_only(connection);
    if (body.data && (has_body || reply->own.bytes)) {
        struct MHD_Response *whole = MHD_create_response_from_buffer(
            body.length, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
        reply_taken(reply, is_head ? 0 : body.length);
        return whole;
    }
    uint64_t size = reply->length >= 0 ? (uint64_t)reply->length : MHD_SIZE_UNKNOWN;
    return MHD_create_response_from_callback(size, REPLY_BLOCK, give_reply, connection, NULL);
}

static void add_server_timing(const struct request *request, struct MHD_Response *response)
{
    char value[80];
    snprintf(value, sizeof(value), "queue;dur=" MILLISECONDS ", engine;dur=" MILLISECONDS,
             IN_MILLISECONDS(request->queue_time), IN_MILLISECONDS(request->engine_time));
    MHD_add_response_header(response, "Server-Timing", value);
}

static void add_engine_fields(const struct reply *reply, struct MHD_Response *response)
{
    size_t position = 0;
    for (const char *name, *value; field_list_next(&reply->fields, &position, &name, &value);) {
        if (header_goes_to_client(slice_of(name), reply->options))
            MHD_add_response_header(response, name, value);
    }
}

static void add_own_fields(const struct reply *reply, struct MHD_Response *response)
{
    MHD_add_response_header(response, "Content-Type", reply->own.media_type);
    if (reply->retry_after > 0) {
        char seconds[16];
        snprintf(seconds, sizeof(seconds), "%u", reply->retry_after);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    if (reply->allow)
        MHD_add_response_header(response, "Allow", reply->allow);
    if (reply->status == 401 && reply->realm) {
        char basic[384];
        snprintf(basic, sizeof(basic),
                 "Basic realm=\"StandPy: %.255s, the token is the password\", charset=\"UTF-8\"",
                 reply->realm);
        MHD_add_response_header(response, "WWW-Authenticate", basic);
    } else if (reply->status == 401) {
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    }
}

void respond_add_fields(const struct exchange *exchange, struct MHD_Response *response)
{
    if (exchange->request.engine_time >= 0)
        add_server_timing(&exchange->request, response);
    if (!exchange->reply.own.bytes) {
        add_engine_fields(&exchange->reply, response);
        return;
    }
    MHD_add_response_header(response, REQUEST_ID_HEADER, exchange->request_id);
    add_own_fields(&exchange->reply, response);
}

enum MHD_Result respond(struct connection *connection, bool is_last)
{
    struct exchange *exchange = connection->exchange;
    if (exchange->reply.state == REPLY_CUT)
        return MHD_NO;
    reply_begin(&exchange->reply);
    struct MHD_Response *response = make_response(connection);
    if (!response)
        return MHD_NO;
    respond_add_fields(exchange, response);
    if (is_last || exchange->ends_connection)
        MHD_add_response_header(response, "Connection", "close");
    connection_becomes(connection, CONNECTION_REPLIES);
    enum MHD_Result queued =
        MHD_queue_response(connection->library, (unsigned)exchange->reply.status, response);
    MHD_destroy_response(response);
    return queued;
}
