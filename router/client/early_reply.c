#include "early_reply.h"

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "exchange.h"
#include "http_status.h"
#include "respond.h"

/* The buffer of any fresh socket, and one TLS record, take this much at once, so nothing waits for
 * a client that does not read. */
#define MAX_EARLY_REPLY 16384

static enum MHD_Result write_field(void *file, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    return fprintf(file, "%s: %s\r\n", name, value) > 0 ? MHD_YES : MHD_NO;
}

static bool write_head(FILE *file, const struct exchange *exchange, size_t length)
{
    static char nothing[1];
    char date[64];
    time_t now = time(NULL);
    struct tm parts;
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
    /* As for every reply, a response of libmicrohttpd collects the fields. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return false;
    respond_add_fields(exchange, response);
    fprintf(file, "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n", exchange->reply.status,
            http_reason(exchange->reply.status), date);
    if (exchange->reply.status != 204 && exchange->reply.status != 304) /* RFC 9110 §8.6 */
        fprintf(file, "Content-Length: %zu\r\n", length);
    MHD_get_response_headers(response, write_field, file);
    MHD_destroy_response(response);
    fputs("\r\n", file);
    return true;
}

/* The caller frees the result; NULL if memory runs out. A HEAD with a body never comes here
 * (framing.c). */
static char *encode(const struct exchange *exchange, struct slice body, size_t *length)
{
    char *bytes = NULL;
    FILE *file = open_memstream(&bytes, length);
    if (!file)
        return NULL;
    bool written = write_head(file, exchange, body.length);
    if (body.length > 0)
        fwrite(body.data, 1, body.length, file);
    if (fclose(file) == 0 && written)
        return bytes;
    free(bytes);
    return NULL;
}

static bool send_all(const struct connection *connection, const char *bytes, size_t length)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->library, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!info || !info->tls_session)
        return send(connection->descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) ==
               (ssize_t)length;
    gnutls_session_t session = info->tls_session;
    while (length > 0) { /* the client may have asked for smaller records */
        ssize_t sent = gnutls_record_send(session, bytes, length);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return gnutls_bye(session, GNUTLS_SHUT_WR) == GNUTLS_E_SUCCESS;
}

bool early_reply_send(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    struct slice body = reply_body(&exchange->reply);
    size_t length = 0;
    char *bytes = body.data ? encode(exchange, body, &length) : NULL;
    if (!bytes || length > MAX_EARLY_REPLY) {
        free(bytes);
        return false;
    }
    bool sent = send_all(connection, bytes, length);
    free(bytes);
    reply_begin(&exchange->reply);
    reply_taken(&exchange->reply, body.length);
    connection_becomes(connection, CONNECTION_LINGERS);
    shutdown(connection->descriptor, sent ? SHUT_WR : SHUT_RDWR);
    return true;
}
