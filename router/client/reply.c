#include "reply.h"

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
    client_suspend(client);
    return 0;
}

static struct MHD_Response *copy_reply(struct exchange *exchange, const char *bytes, size_t length)
{
    exchange->sent = strcmp(exchange->method, "HEAD") == 0 ? 0 : length;
    return MHD_create_response_from_buffer(length, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
}

/*
 * Without a body, and without the length that it would have, as the engine named none. Of itself
 * libmicrohttpd would say 0 for a 304 (RFC 9110 §8.6 forbids it), and 0.9.75 would send the last
 * chunk also to HEAD, which the client would take for the next reply; there nothing but the end of
 * the connection keeps it from both.
 */
static struct MHD_Response *make_head_only(struct client *client)
{
#if MHD_VERSION >= 0x01000000
    (void)client;
    return MHD_create_response_empty(MHD_RF_HEAD_ONLY_RESPONSE);
#else
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, REPLY_BLOCK, give_reply, client, NULL);
    if (response)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_OPTION_END);
    return response;
#endif
}

/* The whole reply in one piece where it is all here, else one that is read as it comes. */
static struct MHD_Response *make_response(struct client *client)
{
    struct exchange *exchange = client->exchange;
    if (exchange->problem)
        return copy_reply(exchange, exchange->problem, exchange->problem_length);
    bool has_body = strcmp(exchange->method, "HEAD") != 0 && exchange->status != 304;
    if (!has_body && exchange->reply_length < 0)
        return make_head_only(client);
    if (has_body && exchange_reply_is_one_piece(exchange)) {
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
    snprintf(value, sizeof(value), "queue;dur=" MILLISECONDS ", engine;dur=" MILLISECONDS,
             IN_MILLISECONDS(exchange_queue_time(exchange)),
             IN_MILLISECONDS(exchange_engine_time(exchange)));
    MHD_add_response_header(response, "Server-Timing", value);
}

void reply_add_fields(const struct exchange *exchange, struct MHD_Response *response)
{
    if (exchange->started > 0)
        add_server_timing(exchange, response);
    if (!exchange->problem) {
        size_t position = 0;
        for (const char *name, *value;
             field_list_next(&exchange->reply_fields, &position, &name, &value);) {
            if (header_goes_to_client(slice_of(name), exchange->reply_options))
                MHD_add_response_header(response, name, value);
        }
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

enum MHD_Result reply_queue(struct client *client, bool last)
{
    struct exchange *exchange = client->exchange;
    if (exchange->broken && !exchange->problem)
        return MHD_NO;
    struct MHD_Response *response = make_response(client);
    if (!response)
        return MHD_NO;
    reply_add_fields(exchange, response);
    if (last || exchange->ends_connection)
        MHD_add_response_header(response, "Connection", "close");
    exchange->state = EXCHANGE_REPLYING;
    client_expect(client);
    enum MHD_Result queued =
        MHD_queue_response(client->connection, (unsigned)exchange->status, response);
    MHD_destroy_response(response);
    return queued;
}
